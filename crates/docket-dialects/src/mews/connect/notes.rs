//! Notes in both directions: which note there is which note here.

use super::call::{Client, Json, Kind, id, object, text};
use super::mirror::{Link, Mirror};
use super::pull::allowed;
use crate::connect::{ConnectError, Remote, wait};
use crate::mews::map::{ID, new_note};
use crate::mews::wire::{Members, instant};
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::order::{Command, Item, ItemKind, ItemRef, Note, Order, Origin};
use serde_json::{Value, json};
use std::collections::HashMap;

/// How many notes are written at once.
const NOTES_AT_ONCE: usize = 100;

/// A note, as the counterpart has it.
#[derive(Clone, Debug)]
pub(super) struct SeenNote {
    pub(super) id: Uuid,
    text: String,
    created: Option<Timestamp>,
    sent: String,
}

/// The notes of orders there, the oldest first; the inner error says why they may not be read.
pub(super) async fn listed(
    client: &Client<'_>,
    orders: &[Uuid],
) -> Result<Result<HashMap<Uuid, Vec<SeenNote>>, String>, ConnectError> {
    let types = ["General", "ChannelManager", "SpecialRequest"];
    let body = object(json!({"ServiceOrderIds": orders, "Types": types}));
    let found = allowed(client.all("serviceOrderNotes/getAll", &body, "ServiceOrderNotes").await)?;
    Ok(found.map(|found| {
        let mut notes: HashMap<Uuid, Vec<SeenNote>> = HashMap::new();
        for sent in found.iter().rev() {
            if let Some((order, note)) = read(sent) {
                notes.entry(order).or_default().push(note);
            }
        }
        notes
    }))
}

fn read(sent: &Json) -> Option<(Uuid, SeenNote)> {
    let members = Members::from(sent);
    // Only requests call the order `ServiceOrderId`; some answers did once.
    let order = id(members, "OrderId").or_else(|| id(members, "ServiceOrderId"))?;
    let note = SeenNote {
        id: id(members, "Id")?,
        text: members.text("Text").ok().flatten().unwrap_or_default().to_owned(),
        created: text(members, "CreatedUtc").and_then(instant),
        sent: Value::Object(sent.clone()).to_string(),
    };
    Some((order, note))
}

impl SeenNote {
    /// As an item here.
    fn item(&self, remote: &Remote<'_>) -> Item {
        let origin = Origin { connection: Some(remote.connection.id), dialect: ID.to_owned() };
        let at = self.created.unwrap_or(remote.now);
        new_note(self.id, origin, &remote.caller().label, &self.text, at).with_wire(self.sent.clone())
    }

    fn link(&self, connection: Option<i64>, item: String) -> Link {
        Link { id: self.id, connection, item, text: self.text.clone(), gone: false }
    }
}

/// The notes of an order that is new here.
pub(super) fn first(remote: &Remote<'_>, mirror: &mut Mirror, notes: &[SeenNote]) -> Vec<Item> {
    let written = notes.iter().filter(|note| !note.text.trim().is_empty());
    let items: Vec<Item> = written.clone().map(|note| note.item(remote)).collect();
    let own = Some(remote.connection.id.0);
    mirror.notes = written.map(|note| note.link(own, note.id.to_string())).collect();
    items
}

/// What became of the notes of an order there, as a command; the mirror is brought in line.
pub(super) fn compare(remote: &Remote<'_>, order: &Order, mirror: &mut Mirror, notes: &[SeenNote]) -> Command {
    let mut command = Command::default();
    let own = Some(remote.connection.id.0);
    for note in notes {
        if let Some(link) = mirror.notes.iter_mut().find(|link| link.id == note.id) {
            if link.text != note.text {
                command.put.extend(rewritten(order, link, note, remote));
                link.text.clone_from(&note.text);
            }
            continue;
        }
        if mirror.told.as_deref() == Some(note.text.as_str()) {
            mirror.told = None;
            mirror.notes.push(note.link(None, String::new()));
            continue;
        }
        let item = note.item(remote);
        // Written there by us, and the answer was lost.
        let ours = unlinked(order, mirror, remote).find(|(_, own)| own.text == note.text);
        let ours = ours.map(|(item, _)| note.link(item.origin.connection.map(|id| id.0), item.id.clone()));
        match ours {
            Some(link) => mirror.notes.push(link),
            None if note.text.trim().is_empty() => {}
            None => {
                mirror.notes.push(note.link(own, item.id.clone()));
                command.put.push(item);
            }
        }
    }
    let listed = |link: &Link| notes.iter().any(|note| note.id == link.id);
    for link in mirror.notes.iter_mut().filter(|link| !link.gone) {
        if listed(link) {
            continue;
        }
        if link.connection == own {
            let connection = Some(remote.connection.id);
            command.remove.push(ItemRef { kind: ItemKind::Note, connection, id: link.item.clone() });
        }
        // What was said here stays here.
        link.gone = true;
    }
    mirror.notes.retain(|link| !(link.gone && link.connection == own));
    command
}

/// The note here that a note there is, with what that says now.
fn rewritten(order: &Order, link: &Link, note: &SeenNote, remote: &Remote<'_>) -> Option<Item> {
    let (item, here) = order.notes().find(|(item, _)| link.is(item))?;
    let body = Note { text: note.text.clone(), ..here.clone() };
    let mut item = Item { at: remote.now, body: body.into(), ..item.clone() };
    if link.connection == Some(remote.connection.id.0) {
        item.wire = Some(note.sent.clone());
    }
    Some(item)
}

/// Notes here that are none there yet.
fn unlinked<'o>(
    order: &'o Order,
    mirror: &'o Mirror,
    remote: &'o Remote<'_>,
) -> impl Iterator<Item = (&'o Item, &'o Note)> {
    order.notes().filter(move |(item, note)| {
        item.origin.connection != Some(remote.connection.id)
            && !note.text.trim().is_empty()
            && !mirror.notes.iter().any(|link| link.is(item))
    })
}

/// What was done about the notes of an order.
#[derive(Default)]
pub(super) struct Noted {
    pub(super) added: usize,
    pub(super) changed: usize,
    pub(super) removed: usize,
}

/// Brings the notes there in line with those here.
pub(super) async fn deliver(
    client: &Client<'_>,
    order: &Order,
    there: Uuid,
    mirror: &mut Mirror,
) -> Result<Noted, ConnectError> {
    let remote = client.remote;
    let mut noted = Noted::default();
    if let Some(since) = mirror.noting {
        find_added(client, order, there, since, mirror).await?;
    }
    let new: Vec<(Option<i64>, String, String)> = unlinked(order, mirror, remote)
        .map(|(item, note)| (item.origin.connection.map(|id| id.0), item.id.clone(), note.text.clone()))
        .collect();
    for chunk in new.chunks(NOTES_AT_ONCE) {
        mirror.noting = Some(remote.now);
        mirror.keep(remote, order.serial).await?;
        add(client, there, chunk, mirror, order).await?;
        mirror.noting = None;
        mirror.keep(remote, order.serial).await?;
        noted.added += chunk.len();
    }
    noted.changed = rewrite(client, order, mirror).await?;
    noted.removed = remove(client, order, mirror).await?;
    Ok(noted)
}

/// Looks which notes are there after a call whose answer was lost.
async fn find_added(
    client: &Client<'_>,
    order: &Order,
    there: Uuid,
    since: Timestamp,
    mirror: &mut Mirror,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    wait(since, remote.now, "notes were sent and no answer came")?;
    let notes = match listed(client, &[there]).await? {
        Ok(mut notes) => notes.remove(&there).unwrap_or_default(),
        Err(why) => return Err(ConnectError::Unknown(format!("notes may have been added; {why}"))),
    };
    for note in &notes {
        if mirror.notes.iter().any(|link| link.id == note.id) {
            continue;
        }
        let own = unlinked(order, mirror, remote).find(|(_, own)| own.text == note.text);
        if let Some(link) = own.map(|(item, _)| note.link(item.origin.connection.map(|id| id.0), item.id.clone())) {
            mirror.notes.push(link);
        }
    }
    mirror.noting = None;
    mirror.keep(remote, order.serial).await
}

async fn add(
    client: &Client<'_>,
    there: Uuid,
    new: &[(Option<i64>, String, String)],
    mirror: &mut Mirror,
    order: &Order,
) -> Result<(), ConnectError> {
    let notes: Vec<Value> = new.iter().map(|(_, _, text)| json!({"ServiceOrderId": there, "Text": text})).collect();
    let answer = match client.call("serviceOrderNotes/add", object(json!({"ServiceOrderNotes": notes}))).await {
        Ok(answer) => answer,
        Err(failure) => {
            if !failure.perhaps {
                mirror.noting = None;
                mirror.keep(client.remote, order.serial).await?;
            }
            return Err(failure.into());
        }
    };
    let mut written: Vec<SeenNote> = answer
        .object
        .members()
        .list("ServiceOrderNotes")
        .iter()
        .filter_map(Value::as_object)
        .filter_map(read)
        .map(|(_, note)| note)
        .collect();
    for (connection, item, text) in new {
        // The same words may be said twice; a counterpart may then answer one note for both.
        let place = written.iter().position(|note| note.text == *text);
        let known = || mirror.notes.iter().rfind(|link| link.text == *text).map(|link| link.id);
        let id = match place {
            Some(place) => Some(written.remove(place).id),
            None => known(),
        };
        let Some(id) = id else {
            return Err(ConnectError::later(
                "serviceOrderNotes/add: the answer does not name the notes that were added",
            ));
        };
        mirror.notes.push(Link { id, connection: *connection, item: item.clone(), text: text.clone(), gone: false });
    }
    Ok(())
}

/// Rewrites notes there that say something else here. Doing it twice does nothing more.
async fn rewrite(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<usize, ConnectError> {
    let said = |link: &Link| {
        let (_, note) = order.notes().find(|(item, _)| link.is(item))?;
        Some(note.text.clone()).filter(|text| mirror.anew || *text != link.text)
    };
    let links = mirror.notes.iter().enumerate().filter(|(_, link)| !link.gone);
    let changed: Vec<(usize, String)> = links.filter_map(|(at, link)| Some((at, said(link)?))).collect();
    for (at, text) in &changed {
        let Some(link) = mirror.notes.get_mut(*at) else { continue };
        let update = json!([{"ServiceOrderNoteId": link.id, "Text": {"Value": text}}]);
        let body = object(json!({"ServiceOrderNoteUpdates": update}));
        match client.call("serviceOrderNotes/update", body).await {
            Ok(_) => link.text.clone_from(text),
            // It is not there any more.
            Err(failure) if failure.kind == Kind::Invalid => link.gone = true,
            Err(failure) => return Err(failure.into()),
        }
        mirror.keep(client.remote, order.serial).await?;
    }
    Ok(changed.len())
}

/// Takes notes away there that were taken away here.
async fn remove(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<usize, ConnectError> {
    let is_gone = |link: &Link| !link.item.is_empty() && !link.gone && !order.notes().any(|(item, _)| link.is(item));
    let mut ids: Vec<Uuid> = mirror.notes.iter().filter(|link| is_gone(link)).map(|link| link.id).collect();
    // One note there may be two here.
    ids.retain(|id| mirror.notes.iter().filter(|link| link.id == *id).all(is_gone));
    ids.dedup();
    for id in &ids {
        match client.call("serviceOrderNotes/delete", object(json!({"ServiceOrderNoteIds": [id]}))).await {
            Ok(_) => {}
            Err(failure) if failure.kind == Kind::Invalid => {}
            Err(failure) => return Err(failure.into()),
        }
        mirror.notes.retain(|link| link.id != *id);
        mirror.keep(client.remote, order.serial).await?;
    }
    Ok(ids.len())
}
