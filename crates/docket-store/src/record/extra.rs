//! What lies beside the document: wire bags, who wrote what, keys, routes, acknowledgements, notes.
//! An order with none of these has the empty text.

use super::value::{Moment, text_of, write_json};
use docket_core::ids::{ConnectionId, Revision};
use docket_core::order::{Acknowledgement, ExternalKey, Field, Note, Order};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

#[derive(Default, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extra<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyForm<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    wire: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    written: BTreeMap<Cow<'a, str>, i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routed_to: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    imported_by: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acknowledgements: Vec<AcknowledgementForm<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<NoteForm<'a>>,
}

/// A key: connection, namespace, key.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyForm<'a>(i64, Cow<'a, str>, Cow<'a, str>);

impl<'a> From<&'a ExternalKey> for KeyForm<'a> {
    fn from(key: &'a ExternalKey) -> KeyForm<'a> {
        KeyForm(key.connection.0, Cow::Borrowed(&key.namespace), Cow::Borrowed(&key.key))
    }
}

impl From<KeyForm<'_>> for ExternalKey {
    fn from(form: KeyForm<'_>) -> ExternalKey {
        ExternalKey { connection: ConnectionId(form.0), namespace: form.1.into_owned(), key: form.2.into_owned() }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct AcknowledgementForm<'a> {
    connection: i64,
    transaction: Cow<'a, str>,
    success: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    at: Moment,
}

impl<'a> From<&'a Acknowledgement> for AcknowledgementForm<'a> {
    fn from(acknowledgement: &'a Acknowledgement) -> AcknowledgementForm<'a> {
        AcknowledgementForm {
            connection: acknowledgement.connection.0,
            transaction: Cow::Borrowed(&acknowledgement.transaction),
            success: acknowledgement.success,
            reason: acknowledgement.reason.as_deref().map(Cow::Borrowed),
            at: Moment(acknowledgement.at),
        }
    }
}

impl From<AcknowledgementForm<'_>> for Acknowledgement {
    fn from(form: AcknowledgementForm<'_>) -> Acknowledgement {
        Acknowledgement {
            connection: ConnectionId(form.connection),
            transaction: form.transaction.into_owned(),
            success: form.success,
            reason: form.reason.map(Cow::into_owned),
            at: form.at.0,
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct NoteForm<'a> {
    id: Cow<'a, str>,
    site_wide: bool,
    text: Cow<'a, str>,
    author: Cow<'a, str>,
    at: Moment,
}

impl<'a> From<&'a Note> for NoteForm<'a> {
    fn from(note: &'a Note) -> NoteForm<'a> {
        NoteForm {
            id: Cow::Borrowed(&note.id),
            site_wide: note.site_wide,
            text: Cow::Borrowed(&note.text),
            author: Cow::Borrowed(&note.author),
            at: Moment(note.at),
        }
    }
}

impl From<NoteForm<'_>> for Note {
    fn from(form: NoteForm<'_>) -> Note {
        Note {
            id: form.id.into_owned(),
            site_wide: form.site_wide,
            text: form.text.into_owned(),
            author: form.author.into_owned(),
            at: form.at.0,
        }
    }
}

pub(super) fn encode(order: &Order) -> String {
    let extra = Extra {
        keys: order.keys.iter().map(KeyForm::from).collect(),
        wire: order.wire.iter().map(|(dialect, text)| (dialect.as_str().into(), text.as_str().into())).collect(),
        written: order.written.iter().map(|(field, revision)| (field.name().into(), revision.0)).collect(),
        routed_to: order.routed_to.iter().map(|id| id.0).collect(),
        imported_by: order.imported_by.iter().map(|id| id.0).collect(),
        acknowledgements: order.acknowledgements.iter().map(AcknowledgementForm::from).collect(),
        notes: order.notes.iter().map(NoteForm::from).collect(),
    };
    let mut out = Vec::new();
    write_json(&mut out, &extra);
    if out == b"{}" { String::new() } else { text_of(out) }
}

pub(super) fn decode_into(order: &mut Order, text: &str) -> Result<(), serde_json::Error> {
    if text.is_empty() {
        return Ok(());
    }
    let extra: Extra<'_> = serde_json::from_str(text)?;
    order.keys = extra.keys.into_iter().map(ExternalKey::from).collect();
    order.wire = extra.wire.into_iter().map(|(dialect, text)| (dialect.into_owned(), text.into_owned())).collect();
    for (name, revision) in extra.written {
        let field =
            Field::from_name(&name).ok_or_else(|| serde::de::Error::custom(format_args!("an unknown field {name}")))?;
        order.written.insert(field, Revision(revision));
    }
    order.routed_to = extra.routed_to.into_iter().map(ConnectionId).collect();
    order.imported_by = extra.imported_by.into_iter().map(ConnectionId).collect();
    order.acknowledgements = extra.acknowledgements.into_iter().map(Acknowledgement::from).collect();
    order.notes = extra.notes.into_iter().map(Note::from).collect();
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct KeysOnly<'a> {
    keys: Vec<KeyForm<'a>>,
}

pub(super) fn keys(text: &str) -> Result<Vec<ExternalKey>, serde_json::Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let found: KeysOnly<'_> = serde_json::from_str(text)?;
    Ok(found.keys.into_iter().map(ExternalKey::from).collect())
}
