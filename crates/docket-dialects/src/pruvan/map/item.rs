//! Published items and what an order keeps of them.
//!
//! | item | kept as |
//! |---|---|
//! | with a `survey` | form, see [`forms`]; a file beside it as attachment |
//! | with a file | attachment: photo or file, its stage the `evidenceType` where that is Before, During or After |
//! | with a `videoUri` | attachment, fetched; a note with the address where it cannot be had |
//! | a check-in | check-in |
//! | with `notes` and nothing else | note |
//! | with a position and nothing else | check-in |
//!
//! Whatever it said is kept with it, credentials aside. The same `uuId` again replaces what was kept.

use super::forms::{self, By};
use crate::pruvan::wire::item::Upload;
use docket_core::order::{Attachment, Body, CheckIn, Command, Item, ItemKind, ItemRef, Note, Order, Rejection};

/// A file that is in the ledger already.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its content address.
    pub blob: String,
    /// Its name.
    pub name: String,
    /// Its type.
    pub media_type: String,
    /// Its size.
    pub size_bytes: i64,
}

/// An item on its way into an order.
pub struct Received {
    /// What it says.
    pub upload: Upload,
    /// Its id within the order.
    pub id: String,
    /// Its file.
    pub file: Option<Kept>,
    /// Through whom.
    pub by: By,
}

/// Whether an order has a place for anything an item brings.
pub fn has_place(upload: &Upload, has_file: bool) -> bool {
    let said = upload.survey.is_some() || upload.video_uri.is_some() || upload.notes.is_some();
    has_file || said || upload.is_check_in() || upload.point.is_some()
}

/// What an item does to its order.
pub fn propose(received: &Received, order: &Order) -> Result<Command, Rejection> {
    let Received { upload, id, file, by } = received;
    let mut command = Command::default();
    if let Some(survey) = &upload.survey {
        command.put.extend(forms::received(order, upload, survey, id, by));
    }
    let keep = |body: Body| Item {
        id: id.clone(),
        place: 0,
        origin: by.origin.clone(),
        author: by.author.clone(),
        // A file tells itself when it was taken. Of what else there is, what counts is when it was so, not when it
        // was published, which may be days later.
        at: upload.taken_at.filter(|_| matches!(body, Body::CheckIn(_) | Body::Note(_))).unwrap_or(by.now),
        wire: Some(upload.said.clone()),
        body,
    };
    if let Some(file) = file {
        command.put.push(keep(Body::Attachment(attachment(upload, file))));
        if order.item(ItemKind::Note, by.origin.connection, id).is_some() {
            // The video could not be had the last time.
            command.remove.push(ItemRef { kind: ItemKind::Note, connection: by.origin.connection, id: id.clone() });
        }
    }
    if upload.is_check_in() {
        command.put.push(keep(Body::CheckIn(check_in(upload))));
    }
    if !command.put.is_empty() || upload.survey.is_some() {
        return Ok(command);
    }
    match (&upload.video_uri, &upload.notes) {
        (Some(uri), notes) => {
            let notes = notes.as_deref().map(|notes| format!("{notes}\n")).unwrap_or_default();
            command.put.push(keep(note(format!("{notes}Video: {uri}"))));
        }
        (None, Some(notes)) => command.put.push(keep(note(notes.clone()))),
        (None, None) if upload.point.is_some() => command.put.push(keep(Body::CheckIn(check_in(upload)))),
        (None, None) => {}
    }
    Ok(command)
}

fn note(text: String) -> Body {
    Body::Note(Note { site_wide: false, text, revises: None })
}

fn check_in(upload: &Upload) -> CheckIn {
    CheckIn { point: upload.point, data: Some(upload.said.clone()) }
}

fn attachment(upload: &Upload, file: &Kept) -> Attachment {
    Attachment {
        photo: upload.is_photo(&file.media_type) && upload.video_uri.is_none(),
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        size_bytes: file.size_bytes,
        blob: file.blob.clone(),
        stage: upload.stage(),
        task: upload.service.clone(),
        caption: upload.notes.clone().unwrap_or_default(),
        taken_at: upload.taken_at,
        point: upload.point,
        note: None,
    }
}
