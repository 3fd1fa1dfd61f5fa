//! Between the wire and the core: states, services, accounts, whole orders.
//!
//! What is lost and why: nothing that was sent to `orders/add` is lost, it is kept in the order's own bag. Of the seven
//! state words, `Inquired`, `Requested` and `Confirmed` all mean a received order; the last word is kept with the order
//! and shown for as long as the order is still received.

mod catalogue;
mod edit;
mod items;
mod notes;
mod parts;
mod price;
mod remote;
mod stays;
mod words;

pub(super) use catalogue::{Catalogue, GENERAL, is_additional};
pub(super) use edit::{add_line, cancel, edit_bag};
pub(super) use items::{House, Line as ItemLine, Source, items_of};
pub(super) use notes::{GENERAL_NOTE, new_note, note_created, note_id, note_to_wire, revised};
pub(super) use parts::{part_id, serial_of};
pub(super) use price::Price;
pub(super) use remote::{
    Account, Prices, Seen, SeenLine, change_from_remote, creation_from_remote, expected_word, order_id,
};
pub(super) use stays::{Step, group_of, stay_times, stay_to_wire};
pub(super) use words::{is_email, is_listed};

use super::serve::add::{Addition, Line};
use super::wire::{AddedBag, Bag, ProductServiceOrder, instant, round, utc, uuid};
use crate::dialect::StatusRow;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind, customer_id};
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, ConnectionId, Revision, Uuid};
use docket_core::ledger::StateSet;
use docket_core::order::{Command, Field, Fields, Order, Origin, State, Task, Value};
use std::borrow::Cow;
use std::collections::HashMap;

/// The dialect's id, and the name of its bag.
pub(super) const ID: &str = "mews";

/// A state as this dialect says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Word {
    /// Nobody confirmed.
    Inquired,
    /// Both sides confirmed.
    Confirmed,
    /// The guest is there.
    Started,
    /// Done.
    Processed,
    /// Called off.
    Canceled,
    /// The house confirmed, the guest has not.
    Optional,
    /// The guest wants it, the house has not confirmed.
    Requested,
}

impl Word {
    /// All seven.
    pub(super) const ALL: &'static [Word] = &[
        Word::Inquired,
        Word::Confirmed,
        Word::Started,
        Word::Processed,
        Word::Canceled,
        Word::Optional,
        Word::Requested,
    ];

    /// As written.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Word::Inquired => "Inquired",
            Word::Confirmed => "Confirmed",
            Word::Started => "Started",
            Word::Processed => "Processed",
            Word::Canceled => "Canceled",
            Word::Optional => "Optional",
            Word::Requested => "Requested",
        }
    }

    /// As read: exactly.
    pub(super) fn from_text(text: &str) -> Option<Word> {
        Word::ALL.iter().copied().find(|word| word.text() == text)
    }

    /// The state a new order has that is given with this word.
    pub(super) const fn state(self) -> State {
        match self {
            Word::Inquired | Word::Confirmed | Word::Requested => State::Received,
            Word::Optional => State::Waiting,
            Word::Started => State::Started,
            Word::Processed => State::Completed,
            Word::Canceled => State::Canceled,
        }
    }

    /// The word for a state, given the last one this dialect used for the order: it stays while it still means the
    /// state.
    pub(super) fn of(state: State, last: Option<Word>) -> Word {
        match state {
            State::Received => last.filter(|word| word.state() == State::Received).unwrap_or(Word::Requested),
            State::Rejected => Word::Requested,
            State::Assigned | State::Accepted => Word::Confirmed,
            State::Started => Word::Started,
            State::Waiting => Word::Optional,
            State::Completed | State::Submitted | State::Invoiced | State::Closed => Word::Processed,
            State::Canceled | State::Failed | State::Deleted => Word::Canceled,
        }
    }
}

/// The states of orders that may be shown with one of these words.
pub(super) fn states_of(words: &[Word]) -> StateSet {
    let shown = |state: State| {
        words.contains(&Word::of(state, None)) || words.iter().any(|&word| Word::of(state, Some(word)) == word)
    };
    StateSet::of(State::ALL.iter().copied().filter(|&state| shown(state)))
}

const fn status(state: State, shown: &'static str, read: &'static [&'static str], note: &'static str) -> StatusRow {
    StatusRow { state, shown, read, note }
}

/// The crosswalk. `read` are the words an imported order is given with; this API itself never sets a state.
pub(super) const STATUSES: &[StatusRow] = &[
    status(
        State::Received,
        "Requested",
        &["Requested", "Inquired", "Confirmed"],
        "the order's own last word while it is received; orders/add leaves Confirmed",
    ),
    status(State::Assigned, "Confirmed", &[], ""),
    status(State::Accepted, "Confirmed", &[], ""),
    status(State::Rejected, "Requested", &[], "wanted still, confirmed by nobody"),
    status(State::Started, "Started", &["Started"], ""),
    status(State::Waiting, "Optional", &["Optional"], "the house waits for the guest's word"),
    status(State::Completed, "Processed", &["Processed"], ""),
    status(State::Submitted, "Processed", &[], ""),
    status(State::Invoiced, "Processed", &[], ""),
    status(State::Closed, "Processed", &[], ""),
    status(State::Canceled, "Canceled", &["Canceled"], "with CancelledUtc"),
    status(State::Failed, "Canceled", &[], "CancelledUtc is when it failed"),
    status(State::Deleted, "Canceled", &[], "still listed, so that clients learn of it"),
];

const NAMESPACE: Uuid = Uuid::from_u128(0x6d65_7773_d0c0_4e7d_8000_6f72_6465_7273);

/// An id that only this dialect needs, derived from what it stands for.
pub(super) fn derived(account: AccountId, kind: &str, name: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{account}\u{1f}{kind}\u{1f}{name}").as_bytes())
}

/// The enterprise that a connection's account is.
pub(super) fn enterprise_of(connection: &Connection) -> Uuid {
    let issued = connection.setting("enterprise_id").and_then(uuid);
    issued.unwrap_or_else(|| derived(connection.account, "enterprise", ""))
}

/// The user profile of somebody who acted.
pub(super) fn profile_id(account: AccountId, label: &str) -> Uuid {
    derived(account, "profile", label)
}

/// Who owns an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// Its id.
    pub(super) id: Uuid,
    /// A company rather than a person.
    is_company: bool,
}

impl Owner {
    /// Of an order: the customer, by id or by name; without one, the company that the work is done for.
    fn of(account: AccountId, fields: &Fields) -> Owner {
        fn said(text: &Option<String>) -> Option<&str> {
            text.as_deref().map(str::trim).filter(|text| !text.is_empty())
        }
        let is_company = fields.customer_kind.as_deref() == Some("company");
        let id = said(&fields.customer_id);
        if let Some(id) = id.and_then(uuid) {
            return Owner { id, is_company };
        }
        match (said(&fields.customer_name).or(id), said(&fields.client_company)) {
            (Some(name), _) => Owner { id: customer_id(account, name), is_company },
            (None, Some(name)) => Owner { id: customer_id(account, name), is_company: true },
            (None, None) => Owner { id: customer_id(account, GENERAL), is_company },
        }
    }

    const fn kind(self) -> &'static str {
        if self.is_company { "Company" } else { "Customer" }
    }
}

/// An order with what this dialect's filters look at.
pub(super) struct View {
    /// What this dialect keeps with it.
    pub(super) bag: Bag,
    /// The service; `None` for reservations.
    pub(super) service: Option<Uuid>,
    /// The owner.
    pub(super) owner: Owner,
    /// The state.
    pub(super) word: Word,
    /// When it was last changed.
    pub(super) updated: Timestamp,
}

impl View {
    /// Of an order.
    pub(super) fn of(order: &Order, catalogue: &mut Catalogue) -> View {
        let bag = order.wire(ID).map(Bag::read).unwrap_or_default();
        // What an import says of its time holds until something happens to the order here.
        let imported =
            |text: &Option<String>| text.as_deref().filter(|_| order.revision == Revision(1)).and_then(instant);
        View {
            service: catalogue.service_of(&order.fields),
            owner: Owner::of(order.account, &order.fields),
            word: Word::of(order.state, bag.state.as_deref().and_then(Word::from_text)),
            updated: imported(&bag.updated_utc).unwrap_or(order.updated_at),
            bag,
        }
    }
}

const ORIGINS: &[&str] = &["Distributor", "ChannelManager", "Commander", "Import", "Connector", "Navigator"];
const COMMANDER_ORIGINS: &[&str] =
    &["InPerson", "Channel", "Phone", "Email", "Website", "Message", "CallCenter", "RoomingList"];

fn listed(words: &'static [&'static str], text: Option<&str>) -> Option<&'static str> {
    words.iter().copied().find(|word| Some(*word) == text)
}

/// The order as it is shown. `labels` name the connections that orders came from.
pub(super) fn order_to_wire<'a>(
    order: &'a Order,
    view: &'a View,
    general: Uuid,
    labels: &'a HashMap<ConnectionId, String>,
) -> ProductServiceOrder<'a> {
    let first = order.revision == Revision(1);
    let bag = &view.bag;
    let label = order.origin.connection.and_then(|id| labels.get(&id)).map_or(order.origin.dialect.as_str(), |l| l);
    let told = listed(ORIGINS, bag.origin.as_deref());
    let origin = told.unwrap_or(match order.origin.dialect.as_str() {
        ID => "Connector",
        "native" => "Commander",
        _ => "Import",
    });
    let details = match told {
        Some(_) => bag.origin_details.as_deref(),
        None => Some(label).filter(|_| origin == "Import"),
    };
    let created = bag.created_utc.as_deref().filter(|_| first).and_then(instant).unwrap_or(order.created_at);
    let canceled = order.fields.canceled_at.unwrap_or(order.state_since);
    ProductServiceOrder {
        id: order.id.0,
        service_id: view.service.unwrap_or(general),
        account_id: view.owner.id,
        account_type: view.owner.kind(),
        creator_profile_id: bag.creator_profile_id.unwrap_or_else(|| profile_id(order.account, label)),
        updater_profile_id: bag
            .updater_profile_id
            .filter(|_| first)
            .unwrap_or_else(|| profile_id(order.account, &order.updated_by)),
        booker_id: bag.booker_id,
        number: bag.number.clone().filter(|number| !number.is_empty()).unwrap_or_else(|| order.serial.to_string()),
        state: view.word.text(),
        origin,
        commander_origin: listed(COMMANDER_ORIGINS, bag.commander_origin.as_deref()).filter(|_| origin == "Commander"),
        origin_details: details.map(Cow::Borrowed),
        created_utc: utc(created),
        updated_utc: utc(view.updated),
        cancelled_utc: (view.word == Word::Canceled).then(|| utc(canceled)),
        voucher_id: bag.voucher_id,
        business_segment_id: bag.business_segment_id,
        linked_reservation_id: bag.linked_reservation_id,
        options: bag.options,
    }
}

/// Who asks, and what is known of what is asked for.
pub(super) struct Known<'a> {
    /// The tenant.
    pub(super) account: AccountId,
    /// Who asks.
    pub(super) label: &'a str,
    /// The service.
    pub(super) service: &'a Service,
    /// The owner; nobody for the general customer.
    pub(super) customer: Option<&'a Customer>,
    /// The enterprise's currency.
    pub(super) currency: &'a str,
    /// Now.
    pub(super) now: Timestamp,
    /// An id for the note.
    pub(super) note_id: Uuid,
    /// Where it comes from.
    pub(super) origin: Origin,
}

/// The command that `orders/add` comes to.
pub(super) fn order_from_wire(addition: &Addition<'_>, known: &Known<'_>) -> Command {
    let (service, customer) = (known.service, known.customer);
    // A service that is known by its name is named so: that is what the other dialects read.
    let named = if service.kind == ServiceKind::Work { service.name.clone() } else { service.id.to_string() };
    let kind = |customer: &Customer| if customer.is_company { "company" } else { "person" }.to_owned();
    let tasks = addition.lines.iter().map(task_of).collect();
    let origin = || known.origin.clone();
    let notes = addition.notes.map(|text| new_note(known.note_id, origin(), known.label, text, known.now));
    let wire = Some((ID.to_owned(), Some(bag_text(addition, known))));
    Command { put: notes.into_iter().collect(), wire, ..Command::default() }
        .with(Field::Service, named)
        .with(Field::Title, service.name.clone())
        .with(Field::CustomerId, customer.map(|customer| customer.id.to_string()))
        .with(Field::CustomerKind, customer.map(kind))
        .with(Field::CustomerName, customer.map(|customer| customer.name.clone()))
        .with(Field::CustomerEmail, customer.and_then(|customer| customer.email.clone()))
        .with(Field::CustomerPhone, customer.and_then(|customer| customer.phone.clone()))
        .with(Field::Due, addition.consumption)
        .with(Field::Tasks, Value::Tasks(tasks))
        .with(Field::Cost, cost(&addition.lines, known.currency))
}

/// The task that a line becomes.
pub(super) fn task_of(line: &Line<'_>) -> Task {
    Task {
        key: line.external_identifier.map(str::to_owned).or_else(|| line.product.map(|id| id.to_string())),
        name: line.name.clone(),
        quantity: Some(f64::from(line.count)),
        unit_price: line.amount.as_ref().map(|amount| amount.value),
        ..Task::default()
    }
}

/// What all lines come to, when all are in one currency; to a hundredth of a cent.
fn cost(lines: &[Line<'_>], currency: &str) -> Option<f64> {
    let of = |line: &Line<'_>| {
        let amount = line.amount.as_ref().filter(|amount| amount.currency == currency)?;
        Some(amount.value * f64::from(line.count))
    };
    lines.iter().map(of).sum::<Option<f64>>().map(round)
}

fn bag_text(addition: &Addition<'_>, known: &Known<'_>) -> String {
    let bag = AddedBag {
        creator_profile_id: profile_id(known.account, known.label),
        state: Word::Confirmed.text(),
        origin: "Connector",
        business_segment_id: addition.business_segment,
        linked_reservation_id: addition.linked_reservation,
        added: addition.sent,
    };
    // Strings and numbers in a map with text keys: there is nothing that could fail.
    serde_json::to_string(&bag).unwrap_or_default()
}
