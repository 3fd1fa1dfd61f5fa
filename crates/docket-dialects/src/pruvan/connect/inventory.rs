//! What the counterpart has, for reconciling.
//!
//! An account has no list, so what it acknowledged is compared with what would be pushed now, and what it reported with
//! where the order is; that it still has the order is not known. A remote system lists its orders, not what was published
//! to it: items cannot be compared.

use super::call::Client;
use super::mirror::Mirror;
use super::pull::{listing, number_of, orders, seen_key, word_of};
use super::{SEND_ASSIGNEE, Towards, towards};
use crate::connect::{ConnectError, Held, Inventory, MIRROR};
use crate::pruvan::map::face::{self, Names};
use crate::pruvan::map::outbound::{self, CLIENT_STATUS, NUMBER};
use crate::pruvan::map::propose::NAMESPACE;
use crate::pruvan::map::status::{FieldStatus, Word};
use crate::pruvan::map::{member_of, read_value};
use crate::pruvan::wire::{Members, Scalar, scalar};
use docket_core::connection::Mode;
use docket_core::ids::Serial;
use docket_core::ledger::Target;
use docket_core::order::{Order, State};
use std::collections::BTreeMap;

/// How many orders of an account are looked at for a page.
const PAGE: usize = 500;
/// The members that are the remote system's alone, so that both sides must say the same.
const THEIRS: &[&str] =
    &["clientStatus", "clientDueDate", "clientInstructions", "address1", "address2", "city", "state", "zip"];

/// A page of its orders.
pub(super) async fn inventory(client: &Client<'_>, after: Option<String>) -> Result<Inventory, ConnectError> {
    let names = super::deliver::names(client).await?;
    match towards(client.remote.connection) {
        Towards::Account => of_account(client, after, &names).await,
        Towards::Remote => of_remote(client, &names).await,
    }
}

async fn of_account(client: &Client<'_>, after: Option<String>, names: &Names) -> Result<Inventory, ConnectError> {
    let remote = client.remote;
    let kept = remote.ledger.records(remote.connection.id.into(), MIRROR).await?;
    let behind = |key: &str| after.as_deref().is_none_or(|after| key > after);
    let mut inventory = Inventory::default();
    let page: Vec<&(String, String)> = kept.iter().filter(|(key, _)| behind(key)).take(PAGE).collect();
    if page.len() == PAGE {
        inventory.next = page.last().map(|(key, _)| key.clone());
    }
    for (key, text) in page {
        let Ok(serial) = key.parse().map(Serial) else { continue };
        let mirror = Mirror::read(serial, text)?;
        let (Some(number), Some(said)) = (mirror.number, mirror.said) else { continue };
        // Deleted here: what was said of it last stands there, and there is nothing to compare it with.
        let Some(order) = remote.ledger.order(&remote.caller(), Target::Serial(serial)).await? else { continue };
        inventory.orders.push(acknowledged(client, &order, &number, &said, names));
    }
    Ok(inventory)
}

fn acknowledged(client: &Client<'_>, order: &Order, number: &str, said: &str, names: &Names) -> Held {
    let connection = client.remote.connection;
    let mode = connection.setting("mode").and_then(Mode::from_word).unwrap_or_default();
    let assigns = mode == Mode::Internal && connection.flag(SEND_ASSIGNEE, false);
    let now = outbound::members(order, names, number, connection, assigns);
    let known = Members::read(said);
    let (mut says, mut expected) = (BTreeMap::new(), BTreeMap::new());
    // Where the account itself brought the order it is not told until there is something else to say.
    let is_reported = outbound::is_reported(order);
    let is_off = matches!(order.state, State::Canceled | State::Deleted);
    let is_compared = |name: &str| match name {
        NUMBER | "services" => false,
        CLIENT_STATUS => !is_reported,
        // What was called off is told nothing more.
        _ => !is_off,
    };
    for (name, value) in now.iter().filter(|(name, _)| is_compared(name)) {
        let before = known.get(name);
        says.insert(name.clone(), before.map(plain).unwrap_or_default());
        expected.insert(name.clone(), plain(value));
    }
    if outbound::is_reported_done(order) {
        let is_over = !order.state.is_open();
        says.insert("fieldStatus".to_owned(), "complete".to_owned());
        expected.insert("fieldStatus".to_owned(), if is_over { "complete" } else { order.state.word() }.to_owned());
    }
    Held {
        remote: number.to_owned(),
        number: number.to_owned(),
        says,
        expected: Some(expected),
        serial: Some(order.serial),
        updated_at: None,
    }
}

async fn of_remote(client: &Client<'_>, names: &Names) -> Result<Inventory, ConnectError> {
    let remote = client.remote;
    let answer = listing(client, None).await?;
    let mut inventory = Inventory::default();
    for raw in orders(&answer.text)?.orders {
        let listed = Members::read(raw.get());
        let Some(number) = number_of(&listed) else { continue };
        let target = Target::Key { namespace: NAMESPACE.to_owned(), key: number.clone() };
        let order = remote.ledger.order(&remote.caller(), target).await?;
        let is_over = word_of(&listed).and_then(Word::state).is_some_and(|state| !state.is_open());
        if order.is_none() && (is_over || remote.place(&seen_key(&number)).await?.is_some()) {
            // Over before it was seen, or deleted here since.
            continue;
        }
        let (says, expected) = match &order {
            Some(order) => compared(&listed, order, names),
            None => (BTreeMap::from([("status".to_owned(), standing_there(&listed).to_owned())]), BTreeMap::new()),
        };
        inventory.orders.push(Held {
            remote: number.clone(),
            number,
            says,
            expected: order.as_ref().map(|_| expected),
            serial: order.map(|order| order.serial),
            updated_at: None,
        });
    }
    Ok(inventory)
}

/// What both sides say of what must be the same.
fn compared(
    listed: &Members<'_>,
    order: &Order,
    names: &Names,
) -> (BTreeMap<String, String>, BTreeMap<String, String>) {
    let (mut says, mut expected) = (BTreeMap::new(), BTreeMap::new());
    let shown = face::order_to_wire(order, names, None);
    let shown = Members::read(&shown);
    for name in THEIRS {
        let (Some(member), Some(there)) = (member_of(name), listed.get(name)) else { continue };
        let Ok(Some(said)) = read_value(member, there) else { continue };
        let agrees = member.field.is_some_and(|field| order.fields.get(field) == said);
        let here = if agrees { Some(there) } else { shown.get(name) };
        says.insert((*name).to_owned(), plain(there));
        expected.insert((*name).to_owned(), here.map(plain).unwrap_or_default());
    }
    // Only a system that shows what it was told can be asked how far it thinks the order is.
    if listed.get("fieldStatus").is_some() || is_off(word_of(listed)) {
        says.insert("status".to_owned(), standing_there(listed).to_owned());
        expected.insert("status".to_owned(), standing(order.state).to_owned());
    }
    (says, expected)
}

fn is_off(word: Option<Word>) -> bool {
    matches!(word, Some(Word::Canceled | Word::Deleted))
}

/// Roughly where an order is there: a crew's steps between are told when they are taken.
fn standing_there(listed: &Members<'_>) -> &'static str {
    let word = word_of(listed);
    let field = match listed.get("fieldStatus").map(scalar) {
        Some(Scalar::Text(text)) => FieldStatus::read(&text),
        _ => None,
    };
    let is_done = word.and_then(Word::state).is_some_and(State::is_done);
    match () {
        () if is_off(word) => "canceled",
        () if is_done || field == Some(FieldStatus::Complete) => "complete",
        () => "open",
    }
}

fn standing(state: State) -> &'static str {
    match state {
        State::Canceled | State::Deleted => "canceled",
        State::Completed | State::Submitted | State::Invoiced | State::Closed => "complete",
        State::Received
        | State::Assigned
        | State::Accepted
        | State::Rejected
        | State::Started
        | State::Waiting
        | State::Failed => "open",
    }
}

/// A value for people.
fn plain(value: &str) -> String {
    match scalar(value) {
        Scalar::Text(text) => text.into_owned(),
        Scalar::Null => String::new(),
        Scalar::Other => value.to_owned(),
    }
}
