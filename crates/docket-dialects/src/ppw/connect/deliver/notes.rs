//! Notes and check-ins.

use super::super::mirror::Thing;
use super::{Delivery, digest};
use crate::connect::ConnectError;
use crate::ppw::map;
use docket_core::order::{CheckIn, Item, Note, Point};
use serde::Serialize;

/// `send_notes`.
#[derive(Serialize)]
struct SendNotes {
    dst_report_id: String,
    org_name: String,
    module_type: &'static str,
    note: Vec<SentNote>,
}

#[derive(Serialize)]
struct SentNote {
    note_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    note_rev: Option<String>,
    note_type: &'static str,
    note_text: String,
    insert_date: String,
    org_name: String,
    has_attachments: bool,
}

/// How many notes are sent at once.
const AT_ONCE: usize = 100;

/// Sends the notes that are not there yet. The vendor knows a note by its id, so one that says something else now is
/// sent as a revision of what it was.
pub(super) async fn notes(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let order = delivery.order;
    let own: Vec<(&Item, &Note)> =
        order.notes().filter(|(item, note)| !delivery.is_theirs(item) && !note.text.trim().is_empty()).collect();
    let mut due = Vec::new();
    for (item, note) in own {
        let (thing, said) = (Thing::of(item), digest(&[map::note_type(note), &note.text]));
        let last = delivery.mirror.last(&thing);
        let is_revision = last.is_some_and(|told| !told.said.is_empty() && told.said != said);
        let place = match is_revision {
            true => delivery.mirror.another(order.serial, thing.clone()),
            false => delivery.mirror.place(order.serial, thing.clone()),
        };
        if !delivery.has(place, &said) {
            due.push((place, said, sent(delivery, item, note, &thing, place)));
        }
    }
    let mut count = 0;
    for chunk in due.chunks(AT_ONCE) {
        let places: Vec<usize> = chunk.iter().map(|(place, _, _)| *place).collect();
        let digests: Vec<String> = chunk.iter().map(|(_, said, _)| said.clone()).collect();
        delivery.begin(&places, &digests).await?;
        let data = SendNotes {
            dst_report_id: delivery.report(),
            org_name: delivery.client.remote.connection.name.clone(),
            module_type: "job_notes",
            note: chunk.iter().map(|(_, _, note)| note.again()).collect(),
        };
        if delivery.say("send_notes", &data, &places).await? {
            count += chunk.len();
        }
    }
    delivery.count(count, "note", "notes");
    Ok(())
}

impl SentNote {
    fn again(&self) -> SentNote {
        SentNote {
            note_id: self.note_id.clone(),
            note_rev: self.note_rev.clone(),
            note_text: self.note_text.clone(),
            insert_date: self.insert_date.clone(),
            org_name: self.org_name.clone(),
            ..*self
        }
    }
}

fn sent(delivery: &Delivery<'_>, item: &Item, note: &Note, thing: &Thing, place: usize) -> SentNote {
    let id = delivery.id_at(place);
    let first = delivery.mirror.first_id(thing).map(|first| first.to_string());
    let author = Some(&item.author).filter(|author| !author.trim().is_empty());
    SentNote {
        note_rev: first.filter(|first| *first != id),
        note_id: id,
        note_type: map::note_type(note),
        note_text: note.text.clone(),
        insert_date: item.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        org_name: author.unwrap_or(&delivery.client.remote.connection.name).clone(),
        has_attachments: false,
    }
}

/// `send_checkin`.
#[derive(Serialize)]
struct SendCheckin {
    dst_report_id: String,
    checkin_data: CheckinData,
}

#[derive(Serialize)]
struct CheckinData {
    bg_check_id: String,
    checkin_ts: String,
    gps_lat: String,
    gps_lng: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gps_accuracy: Option<String>,
    misc_data: String,
}

/// Sends the check-ins that are not there yet. Without a place a check-in cannot be said.
pub(super) async fn check_ins(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    let order = delivery.order;
    let mut count = 0;
    for (item, check_in) in order.check_ins().filter(|(item, _)| item.origin.connection != order.origin.connection) {
        let Some(point) = check_in.point else { continue };
        let sent = data(delivery.report(), item, check_in, point);
        let said = digest(&[&crate::ppw::wire::json(&sent)]);
        let with_id = |id: &str| SendCheckin {
            checkin_data: CheckinData { bg_check_id: id.to_owned(), ..sent.checkin_data },
            ..sent
        };
        let thing = Thing::of(item);
        count += usize::from(delivery.say_once(thing, said, "send_checkin", with_id).await?);
    }
    delivery.count(count, "check-in", "check-ins");
    Ok(())
}

fn data(report: String, item: &Item, check_in: &CheckIn, point: Point) -> SendCheckin {
    SendCheckin {
        dst_report_id: report,
        checkin_data: CheckinData {
            bg_check_id: String::new(),
            checkin_ts: map::date_time(item.at),
            gps_lat: point.latitude.to_string(),
            gps_lng: point.longitude.to_string(),
            gps_accuracy: point.accuracy_m.map(|metres| metres.to_string()),
            misc_data: check_in.data.clone().unwrap_or_default(),
        },
    }
}
