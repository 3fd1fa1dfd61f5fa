//! What the field sends back, between PPW's numbers and words and the ledger's items.
//!
//! Every item of an order has a number: the order's serial and the item's place in the order, so that a number leads
//! back to its item without an index. Whoever sent an item sees it under its own id instead.

use super::Members;
use crate::ppw::ID;
use crate::ppw::wire::sent::is_free;
use docket_core::ids::{ConnectionId, Serial, Uuid};
use docket_core::order::{Attachment, Item, ItemKind, Order, Origin, Stage, Task};
use serde_json::{Value, json};

/// How many items of an order get a number of their own.
const PLACES: i64 = 100_000;
/// The place of an order's result file, which is no item.
pub(in crate::ppw) const RESULT_PLACE: i64 = 0;
/// The entry of an item list by which items are allowed that are not on it.
pub(in crate::ppw) const OTHER: &str = "other";

/// The files taken, by extension, and their media types.
const FILE_TYPES: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("pdf", "application/pdf"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
];

/// The media type of a file name; `None` when files of its kind are not taken.
pub(in crate::ppw) fn media_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    FILE_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(extension)).map(|(_, media_type)| *media_type)
}

/// The extension of a media type.
pub(in crate::ppw) fn extension(media_type: &str) -> Option<&'static str> {
    FILE_TYPES.iter().find(|(_, known)| known.eq_ignore_ascii_case(media_type)).map(|(extension, _)| *extension)
}

/// A file's name, with an extension: by that the other side tells what it is.
pub(in crate::ppw) fn named(file: &Attachment, serial: Serial) -> String {
    let name = match file.name.trim() {
        "" => format!("{serial}-{}", file.blob.get(..8).unwrap_or_default()),
        name => name.to_owned(),
    };
    match (media_type(&name), extension(&file.media_type)) {
        (None, Some(extension)) => format!("{name}.{extension}"),
        _ => name,
    }
}

/// The file name that a URL ends with.
pub(in crate::ppw) fn name_of_url(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let name = path.rsplit('/').next()?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy().into_owned();
    Some(name).filter(|name| name.contains('.'))
}

/// The number of an item.
pub(in crate::ppw) fn number(serial: Serial, place: i64) -> i64 {
    serial.0.saturating_mul(PLACES).saturating_add(place)
}

/// The order and the place that a number may stand for.
pub(in crate::ppw) fn place_of(number: &str) -> Option<(Serial, i64)> {
    let number: i64 = number.trim().parse().ok().filter(|number| *number > 0)?;
    Some((Serial(number / PLACES), number % PLACES))
}

/// Whether a connection sent an item.
pub(in crate::ppw) fn is_own(item: &Item, asker: Option<ConnectionId>) -> bool {
    asker.is_some() && item.origin.connection == asker
}

/// The origin of what a connection sends.
pub(in crate::ppw) fn origin(connection: ConnectionId) -> Origin {
    Origin { connection: Some(connection), dialect: ID.to_owned() }
}

/// The id under which a connection sees an item, as text.
pub(in crate::ppw) fn shown(order: &Order, item: &Item, asker: Option<ConnectionId>) -> String {
    if is_own(item, asker) { item.id.clone() } else { number(order.serial, item.place).to_string() }
}

/// The same as a JSON number, as the vendor's samples have it; ids of the caller's that are none stay texts.
pub(in crate::ppw) fn shown_number(order: &Order, item: &Item, asker: Option<ConnectionId>) -> Value {
    let shown = shown(order, item, asker);
    match shown.parse::<i64>() {
        Ok(number) if number.to_string() == shown => json!(number),
        _ => Value::String(shown),
    }
}

/// The same where nothing but a number will do: ids of the caller's that are none give way to numbers of ours.
pub(in crate::ppw) fn whole_number(order: &Order, item: &Item, asker: Option<ConnectionId>) -> i64 {
    let own = || item.id.parse().ok().filter(|number| *number > 0);
    let own = if is_own(item, asker) { own() } else { None };
    own.unwrap_or_else(|| number(order.serial, item.place))
}

/// The item a connection means by an id: one it sent, else the one that has it for a number.
pub(in crate::ppw) fn find<'a>(order: &'a Order, kind: ItemKind, id: &str, asker: ConnectionId) -> Option<&'a Item> {
    let of_kind = || order.items.iter().filter(|item| item.body.kind() == kind);
    let own = of_kind().find(|item| is_own(item, Some(asker)) && item.id == id);
    own.or_else(|| {
        let (serial, place) = place_of(id)?;
        of_kind().find(|item| serial == order.serial && item.place == place)
    })
}

/// Whether an attachment says that it shows the front of the house.
fn is_marked_front(file: &Attachment) -> bool {
    let words = |text: &str| {
        let text = text.to_lowercase().replace(['_', '-', '.'], " ");
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        squeezed.contains("front of house")
            || squeezed.contains("front of the house")
            || squeezed.split(' ').any(|word| word == "foh")
    };
    words(&file.caption) || words(&file.name)
}

/// The front-of-house photo of an order: the first that says so in caption or file name, else the first that shows
/// the place rather than work on it, that is, belongs to no task, stage or note. Never one the asker took itself.
pub(in crate::ppw) fn front(order: &Order, asker: Option<ConnectionId>) -> Option<(&Item, &Attachment)> {
    let photos = || {
        let pictures = order.attachments().filter(|(_, file)| file.photo && file.media_type.starts_with("image/"));
        pictures.filter(|(item, _)| !is_own(item, asker))
    };
    let is_of_place = |file: &Attachment| file.task.is_none() && file.stage.is_none() && file.note.is_none();
    photos().find(|(_, file)| is_marked_front(file)).or_else(|| photos().find(|(_, file)| is_of_place(file)))
}

/// An item that bids, completions and invoice lines can be for.
pub(in crate::ppw) struct InvoiceItem {
    /// Its id in the list.
    pub id: String,
    /// What it is called.
    pub description: String,
    /// What the ledger calls it: a task's key or name, a catalogue id.
    pub item: String,
}

/// What a task is called in the ledger's charges.
fn task_item(task: &Task) -> String {
    task.key.clone().filter(|key| !key.trim().is_empty()).unwrap_or_else(|| task.name.clone())
}

/// The order's own items: its tasks, numbered from 1.
pub(in crate::ppw) fn task_items(order: &Order) -> Vec<InvoiceItem> {
    let items = (1..).zip(&order.fields.tasks).map(|(number, task): (usize, _)| InvoiceItem {
        id: number.to_string(),
        description: task.name.clone(),
        item: task_item(task),
    });
    items.collect()
}

/// The task that an id of the list stands for: its place in the list of tasks.
pub(in crate::ppw) fn task_of(order: &Order, id: &str) -> Option<usize> {
    let place = id.parse::<usize>().ok()?.checked_sub(1)?;
    (place < order.fields.tasks.len()).then_some(place)
}

/// What the ledger calls the item of an id, and how it is described; an id that is not on the list stays as it is.
pub(in crate::ppw) fn item_of(order: &Order, id: Option<&str>, named: &[(Uuid, String)]) -> (Option<String>, String) {
    let Some(id) = id.filter(|id| !is_free(id)) else { return (None, String::new()) };
    if let Some(task) = task_of(order, id).and_then(|place| order.fields.tasks.get(place)) {
        return (Some(task_item(task)), task.name.clone());
    }
    let known = Uuid::try_parse(id).ok().and_then(|id| named.iter().find(|(known, _)| *known == id));
    (Some(id.to_owned()), known.map(|(_, name)| name.clone()).unwrap_or_default())
}

/// The forms an order came with from another PPW, as `get_order` had them.
pub(in crate::ppw) fn bag_forms(bag: &Members) -> impl Iterator<Item = &Members> {
    bag.get("pcr_forms").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// What `get_notes` and `get_file` add to the picture of an order, for people who look at
/// it; only what there is. URLs are made for those who ask by the event.
pub(in crate::ppw) fn told(order: &Order, asker: Option<ConnectionId>) -> Members {
    let notes = order.notes().map(|(item, note)| {
        json!({
            "note_id": whole_number(order, item, asker),
            "note_type": super::note_type(note),
            "note_text": note.text,
            "insert_by": item.author,
            "insert_date": super::date_time(item.at),
        })
    });
    let files = order.attachments().map(|(item, file)| {
        json!({
            "file_id": shown_number(order, item, asker),
            "file_name": file.name,
            "file_type": file.media_type,
            "file_size": file.size_bytes.to_string(),
            "file_desc": described(file),
            "module_type": if file.note.is_some() { "job_notes" } else { "uploads" },
        })
    });
    let lists = [("get_notes", notes.collect::<Vec<_>>()), ("get_file", files.collect())];
    let lists = lists.into_iter().filter(|(_, rows)| !rows.is_empty());
    lists.map(|(event, rows)| (event.to_owned(), Value::Array(rows))).collect()
}

/// What is said about a file: caption, stage and task, as far as there are any.
pub(in crate::ppw) fn described(file: &Attachment) -> String {
    let stage = file.stage.map(Stage::word);
    let parts = [Some(file.caption.as_str()), stage, file.task.as_deref()];
    parts.into_iter().flatten().filter(|part| !part.trim().is_empty()).collect::<Vec<_>>().join(", ")
}
