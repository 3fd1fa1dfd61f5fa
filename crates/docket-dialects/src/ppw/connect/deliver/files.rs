//! Photos and files: as addresses at which the source fetches them.

use super::super::mirror::Thing;
use super::{Delivery, digest};
use crate::connect::ConnectError;
use crate::ppw::map::items;
use docket_core::Timestamp;
use docket_core::ids::ConnectionId;
use docket_core::ledger::FileLink;
use docket_core::order::{Attachment, Item};
use jiff::SignedDuration;
use serde::Serialize;

/// How long our addresses lead to files: a source may fetch them when it comes to it.
const LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// The event.
pub(super) const EVENT: &str = "send_file";

/// `send_file`, with addresses.
#[derive(Serialize)]
struct SendFile {
    dst_report_id: String,
    file_id: String,
    file_name: String,
    file_area: &'static str,
    s3_url: String,
    s3_url_thumb: String,
}

/// Sends the files that are not there yet, and the document that was made of the order.
pub(super) async fn files(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let order = delivery.order;
    let (mut photos, mut files, mut left) = (0, 0, 0);
    let result = result(delivery);
    let own = order.attachments().filter(|(item, _)| item.origin.connection != order.origin.connection);
    let own: Vec<(Thing, Attachment)> = own.map(|(item, file)| (Thing::of(item), file.clone())).chain(result).collect();
    for (thing, file) in own {
        let name = items::named(&file, order.serial);
        if items::media_type(&name).is_none() {
            // By the name the vendor tells which files it takes.
            left += 1;
            continue;
        }
        let said = digest(&[&file.blob, &name]);
        // What came first under an id stays: another file is another id.
        if delivery.mirror.last(&thing).is_some_and(|told| !told.said.is_empty() && told.said != said) {
            delivery.mirror.another(order.serial, thing.clone());
        }
        let url = url(delivery, &file, name.clone());
        let report = delivery.report();
        let is_photo = file.photo;
        let data = |id: &str| SendFile {
            dst_report_id: report,
            file_id: id.to_owned(),
            file_name: name,
            file_area: if is_photo { "0" } else { "1" },
            s3_url_thumb: if is_photo { url.clone() } else { String::new() },
            s3_url: url,
        };
        let is_new = delivery.say_once(thing, said, EVENT, data).await?;
        *(if is_photo { &mut photos } else { &mut files }) += usize::from(is_new);
    }
    delivery.count(photos, "photo", "photos");
    delivery.count(files, "file", "files");
    if left > 0 && photos + files > 0 {
        delivery.count(left, "file of a kind that is not taken", "files of kinds that are not taken");
    }
    Ok(())
}

/// The result of an order that produces a document.
fn result(delivery: &Delivery<'_>) -> Option<(Thing, Attachment)> {
    let fields = &delivery.order.fields;
    let file = Attachment {
        blob: fields.result_blob.clone()?,
        name: fields.result_name.clone().unwrap_or_default(),
        media_type: fields.result_type.clone().unwrap_or_else(|| "application/octet-stream".to_owned()),
        ..Attachment::default()
    };
    Some((Thing::named("result", ""), file))
}

/// Where a file can be had for a while.
fn url(delivery: &Delivery<'_>, file: &Attachment, name: String) -> String {
    let remote = delivery.client.remote;
    let link = FileLink { blob: file.blob.clone(), name, media_type: file.media_type.clone() };
    let until = remote.now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX);
    format!("{}{}", remote.origin, remote.ledger.file_url(&link, until))
}

/// A photo that something names, with its id there, if the source has it.
pub(super) fn photo<'o>(
    delivery: &Delivery<'o>,
    by: Option<ConnectionId>,
    id: &str,
) -> Option<(String, &'o Attachment)> {
    let mut named = delivery.order.attachments().filter(|(item, _)| item.id == id);
    let of_same = |(item, _): &(&Item, &Attachment)| item.origin.connection == by;
    let (item, file) = delivery.order.attachments().filter(|(item, _)| item.id == id).find(of_same).or(named.next())?;
    Some((id_there(delivery, item)?, file))
}

/// The id of a file there, if the source has it.
pub(super) fn id_there(delivery: &Delivery<'_>, item: &Item) -> Option<String> {
    if delivery.is_theirs(item) {
        return Some(item.id.clone());
    }
    delivery.mirror.last(&Thing::of(item)).filter(|told| told.done).map(|told| told.id.to_string())
}
