//! Items from native JSON: notes, attachments, forms, check-ins, charges, questions, strictly.

use super::members::Members;
use super::{NativeError, invalid};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::order::{
    Answer, Attachment, Body, Charge, ChargeKind, CheckIn, Choice, Form, Item, ItemKind, Note, Origin, Question, Stage,
};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

/// The longest id, name or word.
pub(super) const SHORT_LIMIT: usize = 255;
/// The longest text of a choice.
const LABEL_LIMIT: usize = 4_096;

/// An item as it was given.
pub(super) struct Given {
    /// The item. One without an id of its own has an empty one.
    pub(super) item: Item,
    /// The bytes of an attachment, to be kept before anything names them.
    pub(super) file: Option<Bytes>,
}

/// Where items come from that are given here.
pub(super) fn native() -> Origin {
    Origin { connection: None, dialect: "native".to_owned() }
}

/// Reads one item of a kind.
pub(super) fn item_of(kind: ItemKind, at: &str, json: Json, now: Timestamp) -> Result<Given, NativeError> {
    let mut members = Members::of(at, json)?;
    let id = members.short("id", SHORT_LIMIT)?.unwrap_or_default();
    let author = members.short("author", SHORT_LIMIT)?.unwrap_or_default();
    let moment = members.time("at")?.unwrap_or(now);
    let mut file = None;
    let body = match kind {
        ItemKind::Note => note(&mut members)?.into(),
        ItemKind::Attachment => {
            let (attachment, bytes) = attachment(&mut members)?;
            file = bytes;
            attachment.into()
        }
        ItemKind::Form => form(&mut members, moment)?.into(),
        ItemKind::CheckIn => check_in(&mut members)?.into(),
        ItemKind::Charge => charge(&mut members)?.into(),
        ItemKind::Question => question(&mut members)?.into(),
    };
    members.end(&kind.word().replace('_', "-"))?;
    let body: Body = body;
    Ok(Given { item: Item::new(id, native(), moment, body).by(author), file })
}

fn note(members: &mut Members) -> Result<Note, NativeError> {
    Ok(Note {
        text: members.said("text")?,
        site_wide: members.flag("site_wide")?.unwrap_or_default(),
        revises: members.short("revises", SHORT_LIMIT)?,
    })
}

pub(super) const STAGES: &[(&str, Stage)] =
    &[("before", Stage::Before), ("during", Stage::During), ("after", Stage::After)];

/// What is said about a file, and the file itself where it came as `content`.
fn attachment(members: &mut Members) -> Result<(Attachment, Option<Bytes>), NativeError> {
    let media_type = members.short("media_type", SHORT_LIMIT)?;
    let photo = members.flag("photo")?;
    let mut attachment = Attachment {
        photo: photo.unwrap_or_default(),
        name: members.short("name", SHORT_LIMIT)?.unwrap_or_default(),
        media_type: media_type.unwrap_or_default(),
        stage: members.word("stage", STAGES)?,
        task: members.short("task", SHORT_LIMIT)?,
        caption: members.text("caption")?.unwrap_or_default(),
        taken_at: members.time("taken_at")?,
        point: members.point("point")?,
        note: members.short("note", SHORT_LIMIT)?,
        ..Attachment::default()
    };
    let Some(content) = members.take("content") else { return Ok((attachment, None)) };
    let bytes = content.as_str().and_then(|text| STANDARD.decode(text).ok());
    let bytes = bytes.ok_or_else(|| invalid(members.pointer("content"), "must be a file in base64"))?;
    fill(&mut attachment, &bytes, photo);
    Ok((attachment, Some(bytes.into())))
}

/// What the bytes themselves say.
pub(super) fn fill(attachment: &mut Attachment, bytes: &[u8], photo: Option<bool>) {
    attachment.blob = hex::encode(Sha256::digest(bytes));
    attachment.size_bytes = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
    let found = kind_of(bytes);
    let vague = matches!(attachment.media_type.as_str(), "" | "application/octet-stream");
    attachment.media_type = match found {
        Some(found) if vague => found.to_owned(),
        _ => crate::files::safe_type(&attachment.media_type),
    };
    attachment.photo = photo.unwrap_or_else(|| attachment.media_type.starts_with("image/"));
    if attachment.name.trim().is_empty() {
        let ending = attachment.media_type.split('/').next_back().unwrap_or_default();
        let ending = if ending == "jpeg" { "jpg" } else { ending };
        attachment.name = if found.is_some() { format!("file.{ending}") } else { "file".to_owned() };
    }
    attachment.name = crate::files::safe_name(&attachment.name);
}

/// The media type of bytes that begin like one that everybody knows.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: &[(&[u8], &str)] = &[
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"%PDF-", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
    ];
    let webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
    let known = KNOWN.iter().find(|(start, _)| bytes.starts_with(start)).map(|(_, kind)| *kind);
    if webp { Some("image/webp") } else { known }
}

fn form(members: &mut Members, at: Timestamp) -> Result<Form, NativeError> {
    let answers = members.list("answers")?;
    let answers: Vec<Answer> = answers.into_iter().map(|(at, json)| answer(&at, json)).collect::<Result<_, _>>()?;
    let submitted_at = members.time("submitted_at")?.or((!answers.is_empty()).then_some(at));
    Ok(Form {
        name: members.said("name")?,
        template: members.short("template", SHORT_LIMIT)?.unwrap_or_default(),
        version: members.short("version", SHORT_LIMIT)?.unwrap_or_default(),
        task: members.short("task", SHORT_LIMIT)?,
        required: members.flag("required")?.unwrap_or_default(),
        definition: members.opaque("definition")?,
        submitted_at,
        answers,
    })
}

fn answer(at: &str, json: Json) -> Result<Answer, NativeError> {
    let mut members = Members::of(at, json)?;
    let answer = Answer {
        question: members.said("question")?,
        text: members.text("text")?.unwrap_or_default(),
        kind: members.short("kind", SHORT_LIMIT)?.unwrap_or_default(),
        values: members.texts("values")?,
        photos: members.texts("photos")?,
    };
    members.end("an answer")?;
    Ok(answer)
}

fn check_in(members: &mut Members) -> Result<CheckIn, NativeError> {
    let check_in = CheckIn { point: members.point("point")?, data: members.opaque("data")? };
    match check_in.point.is_none() && check_in.data.is_none() {
        true => Err(invalid(members.pointer("point"), "is missing; say where, or give data")),
        false => Ok(check_in),
    }
}

const CHARGES: &[(&str, ChargeKind)] =
    &[("bid", ChargeKind::Bid), ("completion", ChargeKind::Completion), ("invoice", ChargeKind::Invoice)];

fn charge(members: &mut Members) -> Result<Charge, NativeError> {
    Ok(Charge {
        kind: members.word("charge", CHARGES)?.unwrap_or_default(),
        item: members.short("item", SHORT_LIMIT)?,
        description: members.said("description")?,
        quantity: members.number("quantity")?,
        unit_price: members.number("unit_price")?,
        comment: members.text("comment")?.unwrap_or_default(),
        flat_fee: members.flag("flat_fee")?.unwrap_or_default(),
        photos: members.texts("photos")?,
    })
}

fn question(members: &mut Members) -> Result<Question, NativeError> {
    let message = members.said("message")?;
    let given = members.list("choices")?;
    if given.len() < 2 {
        return Err(invalid(members.pointer("choices"), "give at least two"));
    }
    let mut choices: Vec<Choice> = Vec::with_capacity(given.len());
    for (at, json) in given {
        let mut members = Members::of(at, json)?;
        let key = members.said("key")?;
        let label = members.said("label")?;
        if key.len() > SHORT_LIMIT || label.len() > LABEL_LIMIT {
            return Err(invalid(members.pointer("key"), "is too long, or its label is"));
        }
        if choices.iter().any(|known| known.key == key) {
            return Err(invalid(members.pointer("key"), format!("`{key}` is there twice")));
        }
        members.end("a choice")?;
        choices.push(Choice { key, label });
    }
    Ok(Question { message, choices, answer: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(kind: ItemKind, json: Json) -> Result<Given, String> {
        item_of(kind, "", json, Timestamp::UNIX_EPOCH).map_err(|error| match error {
            NativeError::Invalid { pointer, detail } => format!("{pointer} {detail}"),
            other => format!("{other:?}"),
        })
    }

    /// What is shown of an item is what was given, and what was not said is left out or has its default.
    #[test]
    fn what_is_given_is_what_is_shown() {
        let point = json!({"latitude": 30.2, "longitude": -97.7, "accuracy_m": 5.0});
        let cases = [
            (ItemKind::Note, json!({"text": "Dog", "site_wide": true, "revises": "n0"})),
            (
                ItemKind::Form,
                json!({"name": "PCR", "template": "t", "version": "2", "task": "Mow", "required": true,
                    "definition": "{\"q\":1}", "submitted_at": "2026-01-01T00:00:00Z",
                    "answers": [{"question": "1", "text": "Secure?", "kind": "yesNo", "values": ["Yes"], "photos": ["p1"]}]}),
            ),
            (ItemKind::CheckIn, json!({"point": point, "data": "{\"battery\":7}"})),
            (
                ItemKind::Charge,
                json!({"charge": "bid", "item": "17", "description": "Board up", "quantity": 2.0, "unit_price": 40.5,
                    "comment": "two windows", "flat_fee": true, "photos": ["p1"]}),
            ),
            (
                ItemKind::Question,
                json!({"message": "Open it?", "choices": [{"key": "1", "label": "Yes"}, {"key": "2", "label": "No"}]}),
            ),
        ];
        for (kind, mut given) in cases {
            given["id"] = json!("x1");
            given["author"] = json!("Ann");
            given["at"] = json!("2026-01-02T03:04:05Z");
            let read = read(kind, given.clone()).unwrap_or_else(|error| panic!("{error}: {given}"));
            let mut shown = serde_json::to_value(&read.item).unwrap();
            for (name, value) in [("place", json!(0)), ("kind", json!(kind.word()))] {
                assert_eq!(shown.as_object_mut().unwrap().remove(name), Some(value), "{name} of {kind:?}");
            }
            assert_eq!(shown.as_object_mut().unwrap().remove("origin").unwrap()["dialect"], "native");
            assert_eq!(shown, given);
        }
    }

    #[test]
    fn a_file_says_what_it_is() {
        let given = json!({"content": STANDARD.encode(b"\x89PNG\r\n\x1a\nrest"), "stage": "before", "caption": "Door"});
        let read = read(ItemKind::Attachment, given).unwrap();
        let Body::Attachment(attachment) = &read.item.body else { panic!() };
        assert!(attachment.photo && attachment.size_bytes == 12 && attachment.stage == Some(Stage::Before));
        assert_eq!((attachment.media_type.as_str(), attachment.name.as_str()), ("image/png", "file.png"));
        assert_eq!(attachment.blob, hex::encode(Sha256::digest(read.file.unwrap())));
        assert_eq!(kind_of(b"RIFF1234WEBPVP8 "), Some("image/webp"));
        assert_eq!(kind_of(b"GIF"), None);
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        let wrong = |kind, json: Json| read(kind, json.clone()).err().unwrap_or_else(|| panic!("{json}"));
        let starts = |kind, json: Json, pointer: &str| {
            let error = wrong(kind, json);
            assert_eq!(error.split(' ').next(), Some(pointer), "{error}");
        };
        starts(ItemKind::Note, json!([]), "");
        starts(ItemKind::Note, json!({}), "/text");
        starts(ItemKind::Note, json!({"text": " "}), "/text");
        starts(ItemKind::Note, json!({"text": "a", "sitewide": true}), "/sitewide");
        starts(ItemKind::Note, json!({"text": "a", "site_wide": 1}), "/site_wide");
        starts(ItemKind::Note, json!({"text": "a", "at": "now"}), "/at");
        starts(ItemKind::Note, json!({"text": "a", "id": "x".repeat(256)}), "/id");
        starts(ItemKind::Attachment, json!({"content": "#"}), "/content");
        starts(ItemKind::Attachment, json!({"stage": "later"}), "/stage");
        starts(ItemKind::Attachment, json!({"blob": "ab"}), "/blob");
        starts(ItemKind::Attachment, json!({"point": {"latitude": 91, "longitude": 0}}), "/point/latitude");
        starts(ItemKind::Attachment, json!({"point": {"latitude": 9}}), "/point");
        starts(ItemKind::Form, json!({"name": "a", "answers": [{"values": []}]}), "/answers/0/question");
        starts(
            ItemKind::Form,
            json!({"name": "a", "answers": [{"question": "1", "values": [1]}]}),
            "/answers/0/values/0",
        );
        starts(ItemKind::CheckIn, json!({}), "/point");
        starts(ItemKind::Charge, json!({"description": "a", "charge": "tip"}), "/charge");
        starts(ItemKind::Charge, json!({"description": "a", "quantity": "2"}), "/quantity");
        let choice = json!({"key": "1", "label": "a"});
        starts(ItemKind::Question, json!({"message": "?", "choices": [choice]}), "/choices");
        starts(ItemKind::Question, json!({"message": "?", "choices": [choice, choice]}), "/choices/1/key");
    }
}
