//! The native JSON of an entry.

use super::extra::AcknowledgementForm;
use super::value::{text_of, write_integer, write_json, write_plain, write_text, write_time};
use docket_core::order::{Change, Entry, ExternalKey, Field, Order, Value};

/// The native JSON of an entry: `seq`, `at`, `order`, `serial`, `revision`, `actor`, `connection`, `verb`,
/// `changes[{field,from,to}]`, `refused[{field,offered,rule}]`, `advisories`, `exchange`.
///
/// A creation lists every field it set, as from null.
pub fn entry_document(entry: &Entry) -> String {
    let mut out = Vec::with_capacity(512);
    out.extend_from_slice(b"{\"seq\":");
    write_integer(&mut out, entry.sequence.0);
    out.extend_from_slice(b",\"at\":");
    write_time(&mut out, entry.at);
    out.extend_from_slice(b",\"order\":");
    write_json(&mut out, &entry.order.0);
    out.extend_from_slice(b",\"serial\":");
    write_integer(&mut out, entry.serial.0);
    out.extend_from_slice(b",\"revision\":");
    write_integer(&mut out, entry.revision.0);
    out.extend_from_slice(b",\"actor\":");
    write_text(&mut out, &entry.actor);
    out.extend_from_slice(b",\"connection\":");
    write_json(&mut out, &entry.connection.map(|id| id.0));
    out.extend_from_slice(b",\"verb\":");
    write_text(&mut out, entry.verb());
    out.extend_from_slice(b",\"changes\":[");
    for change in &entry.changes {
        write_change(&mut out, change);
    }
    out.extend_from_slice(b"],\"refused\":[");
    for refused in &entry.refused {
        separate(&mut out);
        out.extend_from_slice(b"{\"field\":");
        write_text(&mut out, &refused.field);
        out.extend_from_slice(b",\"offered\":");
        write_plain(&mut out, &refused.offered);
        out.extend_from_slice(b",\"rule\":");
        write_text(&mut out, refused.rule.word());
        out.push(b'}');
    }
    out.extend_from_slice(b"],\"advisories\":");
    write_json(&mut out, &entry.advisories);
    out.extend_from_slice(b",\"exchange\":");
    write_json(&mut out, &entry.exchange.map(|id| id.0));
    out.push(b'}');
    text_of(out)
}

fn separate(out: &mut Vec<u8>) {
    if out.last() != Some(&b'[') {
        out.push(b',');
    }
}

/// One line of `changes`; what it was and is, as JSON.
fn line(out: &mut Vec<u8>, field: &str, from: impl FnOnce(&mut Vec<u8>), to: impl FnOnce(&mut Vec<u8>)) {
    separate(out);
    out.extend_from_slice(b"{\"field\":");
    write_text(out, field);
    out.extend_from_slice(b",\"from\":");
    from(out);
    out.extend_from_slice(b",\"to\":");
    to(out);
    out.push(b'}');
}

fn null(out: &mut Vec<u8>) {
    out.extend_from_slice(b"null");
}

fn write_key(out: &mut Vec<u8>, key: &ExternalKey) {
    out.extend_from_slice(b"{\"connection\":");
    write_integer(out, key.connection.0);
    out.extend_from_slice(b",\"namespace\":");
    write_text(out, &key.namespace);
    out.extend_from_slice(b",\"key\":");
    write_text(out, &key.key);
    out.push(b'}');
}

fn write_change(out: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Created(order) => write_creation(out, order),
        Change::Set { field, from, to } => {
            line(out, field.name(), |out| write_plain(out, from), |out| write_plain(out, to));
        }
        Change::Moved { from, to } => {
            line(out, "status", |out| write_text(out, from.word()), |out| write_text(out, to.word()));
        }
        Change::Wire { dialect, from, to } => {
            line(out, &format!("wire.{dialect}"), |out| write_json(out, from), |out| write_json(out, to));
        }
        Change::Keyed(key) => line(out, "keys", null, |out| write_key(out, key)),
        Change::Unkeyed(key) => line(out, "keys", |out| write_key(out, key), null),
        Change::Routed(connection) => line(out, "routed_to", null, |out| write_integer(out, connection.0)),
        Change::Imported(connection) => line(out, "imported_by", null, |out| write_integer(out, connection.0)),
        Change::Acknowledged(acknowledgement) => {
            line(out, "acknowledgements", null, |out| write_json(out, &AcknowledgementForm::from(acknowledgement)));
        }
        Change::Put { from, to } => {
            line(out, to.kind().plural(), |out| write_json(out, from), |out| write_json(out, to));
        }
        Change::Removed(item) => line(out, item.kind().plural(), |out| write_json(out, item), null),
    }
}

fn write_creation(out: &mut Vec<u8>, order: &Order) {
    line(out, "status", null, |out| write_text(out, order.state.word()));
    for &field in Field::ALL {
        let value = order.fields.get(field);
        if value != Value::Null {
            line(out, field.name(), null, |out| write_plain(out, &value));
        }
    }
    for (dialect, text) in &order.wire {
        line(out, &format!("wire.{dialect}"), null, |out| write_text(out, text));
    }
    for key in &order.keys {
        write_change(out, &Change::Keyed(key.clone()));
    }
    for connection in &order.routed_to {
        write_change(out, &Change::Routed(*connection));
    }
    for connection in &order.imported_by {
        write_change(out, &Change::Imported(*connection));
    }
    for acknowledgement in &order.acknowledgements {
        write_change(out, &Change::Acknowledged(acknowledgement.clone()));
    }
    for item in &order.items {
        line(out, item.kind().plural(), null, |out| write_json(out, item));
    }
}
