//! Publishing to a remote system: what the field did, item by item, then how far the order is.
//!
//! In order per project: photos and surveys first, then the report that it is complete. An item that the system refuses does
//! not keep the others, nor the report, from it; one that could not be brought there does.

use super::call::{Client, File, is_yes, words};
use super::deliver::names;
use super::mirror::Mirror;
use crate::connect::ConnectError;
use crate::pruvan::map::{outbound, published};
use crate::pruvan::wire::{Members, Pairs};
use docket_core::order::{Body, Item, ItemKind, Order};
use sha1::{Digest as _, Sha1};

/// How often a report is made to a system that answers neither yes nor why not.
const REPORTS: u32 = 3;

/// Brings the remote system in line with an order that came from it; what was done, for people.
pub(super) async fn deliver(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
) -> Result<Vec<String>, ConnectError> {
    let mut said = Vec::new();
    let (mut done, mut aside, mut refused) = (0_usize, 0_usize, Vec::new());
    for item in &order.items {
        match publish(client, order, item, mirror).await {
            Ok(None) => {}
            Ok(Some(is_aside)) => {
                done += 1;
                aside += usize::from(is_aside);
            }
            Err(ConnectError::Refused(why)) => refused.push(why),
            Err(error) => return Err(error),
        }
    }
    match done {
        0 => {}
        1 => said.push("1 item published".to_owned()),
        several => said.push(format!("{several} items published")),
    }
    if aside > 0 {
        said.push(format!("{aside} of them set aside there"));
    }
    said.extend(report(client, order, mirror).await?);
    match refused.first() {
        None => Ok(said),
        Some(first) => {
            let (count, all) = (refused.len(), order.items.len());
            Err(ConnectError::Refused(format!("{count} of {all} items were not taken, the first: {first}")))
        }
    }
}

/// What an item is kept under.
fn key_of(item: &Item) -> String {
    let connection = item.origin.connection.map_or_else(String::new, |connection| connection.to_string());
    format!("{}/{connection}/{}", item.body.kind().word(), item.id)
}

/// Publishes an item, if it says anything new: whether it was set aside there.
async fn publish(
    client: &Client<'_>,
    order: &Order,
    item: &Item,
    mirror: &mut Mirror,
) -> Result<Option<bool>, ConnectError> {
    const OPERATION: &str = "uploadPictures";
    let remote = client.remote;
    // What came from there is there; a form that came from there may have been filled here.
    let is_theirs = item.origin.connection == Some(remote.connection.id);
    if is_theirs && item.body.kind() != ItemKind::Form {
        return Ok(None);
    }
    // A check-in with a photo came as one item, which goes with the photo.
    let came_along = item.body.kind() == ItemKind::CheckIn
        && item.origin.dialect == "pruvan"
        && order.item(ItemKind::Attachment, item.origin.connection, &item.id).is_some();
    if came_along {
        return Ok(None);
    }
    let Some(text) = published::to_originator(order, item) else { return Ok(None) };
    let (key, print) = (key_of(item), print(item));
    if !mirror.anew && mirror.published.get(&key) == Some(&print) {
        return Ok(None);
    }
    let mut payload = client.payload()?;
    for (name, value) in Members::read(&text).iter() {
        payload.raw(name, value);
    }
    let file = file(client, item).await?;
    let answer = client.upload(OPERATION, payload, file.as_ref()).await?;
    let pairs = Pairs::read(&answer.text);
    let member = |name: &str| pairs.as_ref().and_then(|pairs| pairs.get(name)).map(|value| value.get());
    if !is_yes(member("status")) {
        let why = words(member("error")).unwrap_or_else(|| answer.text.chars().take(200).collect());
        return Err(ConnectError::Refused(format!("{OPERATION}: {why}")));
    }
    mirror.published.insert(key, print);
    mirror.keep(remote, order.serial).await?;
    Ok(Some(answer.aside.is_some()))
}

/// What an item is told apart by from what it was: not by the order's address, nor by the items beside it.
fn print(item: &Item) -> String {
    let text = serde_json::to_vec(item).unwrap_or_default();
    Sha1::digest(&text).iter().map(|byte| format!("{byte:02x}")).collect()
}

async fn file(client: &Client<'_>, item: &Item) -> Result<Option<File>, ConnectError> {
    let Body::Attachment(attachment) = &item.body else { return Ok(None) };
    let bytes = client.remote.ledger.blob(&attachment.blob).await?;
    let Some(bytes) = bytes else {
        return Err(ConnectError::Refused(format!("the bytes of {} are not here any more", attachment.name)));
    };
    let media_type = match attachment.media_type.as_str() {
        "" => "application/octet-stream".to_owned(),
        known => known.to_owned(),
    };
    Ok(Some(File { name: attachment.name.clone(), media_type, bytes: bytes.into() }))
}

/// Reports how far the order is, if that is news.
async fn report(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<Option<String>, ConnectError> {
    const OPERATION: &str = "status";
    let remote = client.remote;
    let names = names(client).await?;
    let progress = outbound::progress(order, &names, remote.connection);
    let Some(progress) = progress else { return Ok(None) };
    if !mirror.anew && mirror.reported.as_ref() == Some(&progress.news) {
        return Ok(None);
    }
    // Kept before: when it says so itself it only repeats us.
    mirror.told(progress.assignee.as_deref());
    mirror.keep(remote, order.serial).await?;
    let mut payload = client.payload()?;
    payload.raw("workOrders", &format!("[{}]", progress.object));
    let answer = client.call(OPERATION, payload).await?;
    let pairs = Pairs::read(&answer.text);
    let member = |name: &str| pairs.as_ref().and_then(|pairs| pairs.get(name)).map(|value| value.get());
    let mut said = format!("reported {}", order.state);
    if !is_yes(member("status")) {
        let why = words(member("error")).unwrap_or_else(|| answer.text.chars().take(200).collect());
        mirror.doubted += 1;
        if mirror.doubted < REPORTS {
            mirror.keep(remote, order.serial).await?;
            return Err(ConnectError::later(format!("{OPERATION}: {why}")));
        }
        // There are systems that never say yes.
        said = format!("{said}; answered {} times: {why}", mirror.doubted);
    } else if let Some(why) = &answer.aside {
        said = format!("{said}, set aside there: {why}");
    }
    mirror.doubted = 0;
    mirror.reported = Some(progress.news);
    mirror.keep(remote, order.serial).await?;
    Ok(Some(said))
}
