//! Files in both directions: which file there is which file here. There a file goes by its name.

use super::call::{Client, Failure, Step, Upload, failure_of};
use super::mirror::{Link, Mirror};
use super::pull::Round;
use crate::connect::{ConnectError, wait};
use crate::wialon::map::DIALECT_ID;
use crate::wialon::wire::{Json, integer, text};
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Request, Target};
use docket_core::order::{Attachment, Command, Item, ItemKind, ItemRef, Order, Origin};
use http::{StatusCode, header};
use serde_json::json;

/// So many orders' files are listed in one call.
const AT_ONCE: usize = 50;
/// The largest file that is attached; more than this the vendor's own programs do not send.
const LARGEST: i64 = 64 << 20;
/// The longest file name, in bytes.
const LONGEST_NAME: usize = 200;
const LIST: &str = "order/list_attachments";

/// A file as it is listed there.
struct Listed {
    name: String,
    size: i64,
    at: i64,
}

/// It is not certain that the file is there as it was attached.
pub(super) fn doubt(link: &mut Link) {
    link.sending = link.sending.or(Some(Timestamp::UNIX_EPOCH));
}

/// Files here that are to be there: those that came another way.
fn ours(order: &Order, own: ConnectionId) -> impl Iterator<Item = (&Item, &Attachment)> {
    order.attachments().filter(move |(item, file)| {
        let can_go = !file.blob.is_empty() && (1..=LARGEST).contains(&file.size_bytes);
        item.origin.connection != Some(own) && can_go
    })
}

fn is_attached(mirror: &Mirror, item: &Item, file: &Attachment) -> bool {
    let link = mirror.files.iter().find(|link| link.is(item));
    link.is_some_and(|link| link.gone || link.sending.is_none() && link.blob == file.blob)
}

/// Links to files that are no longer here.
fn dropped<'m>(order: &'m Order, mirror: &'m Mirror) -> impl Iterator<Item = &'m Link> {
    let is_here = |link: &Link| order.attachments().any(|(item, _)| link.is(item));
    mirror.files.iter().filter(move |link| !link.gone && !is_here(link))
}

/// Whether there is anything to say about files.
pub(super) fn has_news(client: &Client<'_>, order: &Order, mirror: &Mirror) -> bool {
    let own = client.remote.connection.id;
    ours(order, own).any(|(item, file)| !is_attached(mirror, item, file)) || dropped(order, mirror).next().is_some()
}

/// Brings the files there in line with those here; `false` when there is no such order there any more.
pub(super) async fn deliver(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    said: &mut Vec<String>,
) -> Result<bool, ConnectError> {
    let remote = client.remote;
    let mut attached = 0;
    if ours(order, remote.connection.id).any(|(item, file)| !is_attached(mirror, item, file)) {
        let Some(there) = look(client, order, mirror).await? else { return Ok(false) };
        for (item, file) in ours(order, remote.connection.id) {
            if !is_attached(mirror, item, file) {
                attach(client, order, mirror, &there, (item, file)).await?;
                attached += 1;
            }
        }
    }
    let names: Vec<String> = dropped(order, mirror).map(|link| link.name.clone()).collect();
    for name in &names {
        detach(client, mirror, name).await?;
        mirror.files.retain(|link| link.name != *name);
        mirror.keep(remote, order.serial).await?;
    }
    for (count, what) in [(attached, "attached"), (names.len(), "detached")] {
        if count > 0 {
            said.push(format!("{count} {} {what}", if count == 1 { "file" } else { "files" }));
        }
    }
    Ok(true)
}

fn own_id(connection: &Connection) -> Option<i64> {
    Some(connection.id.0)
}

/// Looks which files are there: what a file of another may be called, and what became of one whose answer was lost.
async fn look(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<Option<Vec<Listed>>, ConnectError> {
    let (resource, id) = (client.resource().await?, mirror.id.unwrap_or_default());
    for sent in mirror.files.iter().filter_map(|link| link.sending) {
        wait(sent, client.remote.now, "a file was sent and no answer came")?;
    }
    let answer = match client.call(LIST, &json!({"itemId": resource, "id": id})).await {
        // The page says so of an order that is not found.
        Err(Failure { code: Some(4 | 5), .. }) => return Ok(None),
        answer => answer?,
    };
    let listed = listed(&answer.json).ok_or_else(|| Failure::odd(LIST, "the answer is no list"))?;
    let own = own_id(client.remote.connection);
    mirror.files.retain_mut(|link| {
        let is_there = listed.iter().any(|file| file.name == link.name && file.size == link.size);
        let is_open = link.sending.take().is_some() && link.connection != own;
        if is_open && link.again {
            // Written anew under its name, that does no harm.
            link.blob = String::new();
        }
        !is_open || link.again || is_there
    });
    mirror.keep(client.remote, order.serial).await?;
    Ok(Some(listed))
}

fn listed(answer: &Json) -> Option<Vec<Listed>> {
    let number = |file: &Json, name: &str| file.get(name).and_then(integer).unwrap_or(0);
    let read = |file: &Json| {
        let name = file.get("n").and_then(text).filter(|name| !name.is_empty())?;
        Some(Listed { name, size: number(file, "s"), at: number(file, "mt") })
    };
    Some(answer.as_array()?.iter().filter_map(read).collect())
}

/// A name that no other file there has.
fn free_name(mirror: &Mirror, there: &[Listed], item: &Item, file: &Attachment) -> String {
    let plain = |c: char| if c.is_control() || matches!(c, '/' | '\\' | '"') { '_' } else { c };
    let mut name: String = file.name.trim().chars().map(plain).collect();
    while name.len() > LONGEST_NAME {
        name.remove(0);
    }
    if name.is_empty() || matches!(name.as_str(), "." | "..") {
        name = format!("file-{}", item.place);
    }
    let is_taken = |name: &str| {
        let is_known = mirror.files.iter().any(|link| link.name == name && !link.is(item));
        is_known || there.iter().any(|listed| listed.name == name)
    };
    if !is_taken(&name) {
        return name;
    }
    let numbered = |number: i64| match name.rsplit_once('.') {
        Some((stem, end)) if !stem.is_empty() => format!("{stem} ({number}).{end}"),
        _ => format!("{name} ({number})"),
    };
    let mut numbers = item.place..item.place.saturating_add(10_000);
    numbers.find(|number| !is_taken(&numbered(*number))).map_or_else(|| item.id.clone(), numbered)
}

async fn attach(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    there: &[Listed],
    (item, file): (&Item, &Attachment),
) -> Result<(), ConnectError> {
    let (remote, resource) = (client.remote, client.resource().await?);
    let bytes = remote.ledger.blob(&file.blob).await?;
    let bytes =
        bytes.ok_or_else(|| ConnectError::Refused(format!("the bytes of {} are not kept any more", file.name)))?;
    let known = mirror.files.iter().find(|link| link.is(item)).cloned();
    let name = known.as_ref().map(|link| link.name.clone()).unwrap_or_else(|| free_name(mirror, there, item, file));
    let link = Link {
        name: name.clone(),
        connection: item.origin.connection.map(|id| id.0),
        item: item.id.clone(),
        blob: file.blob.clone(),
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sending: Some(remote.now),
        again: known.is_some(),
        ..Link::default()
    };
    mirror.files.retain(|link| !link.is(item));
    mirror.files.push(link);
    mirror.keep(remote, order.serial).await?;
    let hash = format!("docket{:032x}", (remote.random)());
    let params = json!({"itemId": resource, "id": mirror.id, "eventHash": hash});
    let upload = Upload { name: &name, media_type: &file.media_type, bytes: &bytes };
    if let Err(failure) = client.attach(&params, &upload).await {
        if !failure.perhaps {
            mirror.files.retain(|link| !link.is(item));
            mirror.files.extend(known);
            mirror.keep(remote, order.serial).await?;
        }
        return Err(failure.into());
    }
    if let Some(link) = mirror.files.iter_mut().find(|link| link.is(item)) {
        (link.sending, link.again) = (None, false);
    }
    mirror.keep(remote, order.serial).await
}

async fn detach(client: &Client<'_>, mirror: &Mirror, name: &str) -> Result<(), ConnectError> {
    let params = json!({"itemId": client.resource().await?, "id": mirror.id, "path": name});
    match client.call("order/detach", &params).await {
        // It is not there: 5 is said of orders and of files.
        Ok(_) | Err(Failure { code: Some(3..=5), .. }) => Ok(()),
        Err(failure) => Err(failure.into()),
    }
}

/// Looks at the files of orders that were read, and takes over what is new.
pub(super) async fn pull(client: &Client<'_>, round: &mut Round) -> Result<(), ConnectError> {
    let resource = client.resource().await?;
    let mut orders = std::mem::take(&mut round.files);
    orders.sort_unstable();
    orders.dedup();
    for chunk in orders.chunks(AT_ONCE) {
        let step = |(_, id): &(Serial, i64)| Step { svc: LIST, params: json!({"itemId": resource, "id": id}) };
        let answers = client.steps(chunk.iter().map(step).collect(), false).await?;
        for ((serial, id), answer) in chunk.iter().zip(answers) {
            match answer.map(|answer| listed(&answer)) {
                Ok(Some(listed)) => take(client, round, (*serial, *id), listed).await?,
                Ok(None) => return Err(ConnectError::later(format!("{LIST}: the answer is no list"))),
                // It left meanwhile.
                Err(Failure { code: Some(4 | 5), .. }) => {}
                Err(Failure { error: ConnectError::Refused(why), .. }) => round.problem(why),
                Err(failure) => return Err(failure.into()),
            }
        }
    }
    Ok(())
}

/// Brings the files here in line with those there.
async fn take(
    client: &Client<'_>,
    round: &mut Round,
    (serial, id): (Serial, i64),
    listed: Vec<Listed>,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let own = own_id(remote.connection);
    let _turn = remote.turn(serial).await;
    if round.is_older(client, serial) {
        return Ok(());
    }
    let Some(order) = remote.ledger.order(&remote.caller(), Target::Serial(serial)).await? else { return Ok(()) };
    let mut mirror = Mirror::of(remote, serial).await?;
    if mirror.id != Some(id) || mirror.gone {
        return Ok(());
    }
    let (before, mut command) = (mirror.clone(), Command::default());
    for file in &listed {
        let known = mirror.files.iter_mut().find(|link| link.name == file.name);
        if let Some(link) = known {
            let is_ours = link.connection != own;
            let is_same = link.size == file.size && (is_ours || link.at == file.at);
            if is_ours && is_same && !link.again {
                (link.sending, link.gone) = (None, false);
            }
            if is_ours || is_same {
                continue;
            }
        }
        match fetch(client, (order.serial, id), file).await {
            Ok(attachment) => {
                command.put.push(item(client, file, attachment));
                mirror.files.retain(|link| link.name != file.name);
                let (name, item) = (file.name.clone(), file.name.clone());
                mirror.files.push(Link {
                    name,
                    connection: own,
                    item,
                    size: file.size,
                    at: file.at,
                    ..Link::default()
                });
            }
            Err(error @ (ConnectError::Fault(_) | ConnectError::Denied(_))) => return Err(error),
            Err(error) => {
                round.problem(format!("order {serial}: {}: {error}", file.name));
                round.doubt();
            }
        }
    }
    let is_listed = |link: &Link| listed.iter().any(|file| file.name == link.name);
    for link in mirror.files.iter_mut().filter(|link| link.sending.is_none() && !link.gone) {
        if !is_listed(link) {
            if link.connection == own {
                let connection = Some(remote.connection.id);
                command.remove.push(ItemRef { kind: ItemKind::Attachment, connection, id: link.item.clone() });
            }
            // What was attached from here stays here.
            link.gone = true;
        }
    }
    mirror.files.retain(|link| !(link.gone && link.connection == own));
    if mirror == before {
        return Ok(());
    }
    let request = Request::change(Target::Id(order.id), move |_| Ok(command.clone()));
    let outcome = remote.submit(Some(round.exchange), request, Some((serial, mirror.text()))).await?;
    round.settle(outcome, mirror.uid.unwrap_or(id));
    Ok(())
}

/// A file there, as one here.
fn item(client: &Client<'_>, file: &Listed, attachment: Attachment) -> Item {
    let remote = client.remote;
    let origin = Origin { connection: Some(remote.connection.id), dialect: DIALECT_ID.to_owned() };
    let at = Some(file.at).filter(|at| *at > 0).and_then(|at| Timestamp::from_second(at).ok());
    Item::new(file.name.clone(), origin, at.unwrap_or(remote.now), attachment).by(remote.caller().label)
}

/// The bytes of a file. One that broke off is not the file.
async fn fetch(client: &Client<'_>, (_, id): (Serial, i64), file: &Listed) -> Result<Attachment, ConnectError> {
    let params = json!({"itemId": client.resource().await?, "id": id, "path": file.name});
    let answer = client.download(&params).await?;
    let came = i64::try_from(answer.body.len()).unwrap_or(i64::MAX);
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let said = header(header::CONTENT_LENGTH).and_then(|length| length.parse::<i64>().ok());
    if came != file.size {
        if let Some(failure) = failure_of(&answer) {
            return Err(failure.into());
        }
        if said != Some(came) || answer.status != StatusCode::OK {
            return Err(ConnectError::later(format!("{came} of {} bytes came", file.size)));
        }
    }
    let media_type = header(header::CONTENT_TYPE).unwrap_or("application/octet-stream").to_owned();
    Ok(Attachment {
        photo: media_type.starts_with("image/"),
        name: file.name.clone(),
        media_type,
        size_bytes: came,
        blob: client.remote.ledger.keep_blob(answer.body).await?,
        ..Attachment::default()
    })
}
