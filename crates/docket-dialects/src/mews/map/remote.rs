//! What a counterpart says of an order, as the ledger holds it: the other direction of [`super::order_to_wire`].
//!
//! A counterpart's order says who it is for and of which service by id only, so what those ids mean is kept with it.

use super::{ID, Word};
use crate::mews::wire::{Members, instant, round, uuid};
use docket_core::Timestamp;
use docket_core::ids::{OrderId, Uuid};
use docket_core::order::{Command, Field, Fields, Move, Order, State, Task, Transition};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// How a counterpart prices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::mews) struct Prices {
    /// Gross rather than net.
    pub(in crate::mews) gross: bool,
    /// ISO 4217.
    pub(in crate::mews) currency: String,
}

/// An order as a counterpart has it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::mews) struct Seen {
    /// As it was sent.
    pub(in crate::mews) order: Map<String, Value>,
    /// What its service is called; the id of the service where the catalogue here has it.
    pub(in crate::mews) service: Option<String>,
    /// What its service is called.
    pub(in crate::mews) title: Option<String>,
    /// Whom it is for.
    pub(in crate::mews) account: Option<Account>,
    /// Its lines; `None` when they could not be read.
    pub(in crate::mews) lines: Option<Vec<SeenLine>>,
    /// When all this was read.
    pub(in crate::mews) at: Option<Timestamp>,
}

/// Somebody orders are for, as a counterpart knows them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::mews) struct Account {
    pub(in crate::mews) name: String,
    pub(in crate::mews) email: Option<String>,
    pub(in crate::mews) phone: Option<String>,
}

/// A line, as a counterpart has it: an order item.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(in crate::mews) struct SeenLine {
    pub(in crate::mews) key: Option<String>,
    pub(in crate::mews) name: String,
    pub(in crate::mews) count: f64,
    pub(in crate::mews) price: Option<f64>,
    pub(in crate::mews) sum: Option<f64>,
    pub(in crate::mews) currency: Option<String>,
    pub(in crate::mews) consumed: Option<String>,
}

impl SeenLine {
    /// From an order item.
    pub(in crate::mews) fn of(item: Members<'_>, prices: &Prices) -> SeenLine {
        let text = |members: Members<'_>, name| {
            let text = members.text(name).ok().flatten().map(str::trim).filter(|text| !text.is_empty());
            text.map(str::to_owned)
        };
        let value = |member| {
            let amount = item.object(member).ok().flatten()?;
            amount.number(if prices.gross { "GrossValue" } else { "NetValue" }).ok().flatten()
        };
        let product = || {
            let data = item.object("Data").ok().flatten()?;
            // The newer form has one member per case, the older one a value.
            let product = data.object("Product").ok().flatten().or(data.object("Value").ok().flatten())?;
            product.uuid("ProductId").ok().flatten().map(|id| id.to_string())
        };
        let name = text(item, "BillingName").or_else(|| text(item, "Notes")).or_else(|| text(item, "Type"));
        SeenLine {
            key: text(item, "ExternalIdentifier").or_else(product),
            name: name.unwrap_or_default(),
            count: item.number("UnitCount").ok().flatten().unwrap_or(1.0),
            price: value("UnitAmount"),
            sum: value("Amount"),
            currency: item.object("Amount").ok().flatten().and_then(|amount| text(amount, "Currency")),
            consumed: text(item, "ConsumedUtc"),
        }
    }

    /// Whether an order item was canceled.
    pub(in crate::mews) fn is_off(item: Members<'_>) -> bool {
        let at = item.text("CanceledUtc").ok().flatten();
        matches!(item.text("AccountingState"), Ok(Some("Canceled"))) || at.is_some_and(|at| !at.trim().is_empty())
    }

    fn task(&self) -> Task {
        Task {
            key: self.key.clone(),
            name: self.name.clone(),
            quantity: Some(self.count),
            unit_price: self.price,
            ..Task::default()
        }
    }
}

impl Seen {
    /// Its members.
    pub(in crate::mews) fn members(&self) -> Members<'_> {
        Members::from(&self.order)
    }

    fn text(&self, name: &'static str) -> Option<&str> {
        self.members().text(name).ok().flatten().map(str::trim).filter(|text| !text.is_empty())
    }

    /// When it was last changed there.
    pub(in crate::mews) fn updated(&self) -> Option<Timestamp> {
        self.text("UpdatedUtc").and_then(instant)
    }

    /// Its state, if it is a word this dialect knows.
    pub(in crate::mews) fn word(&self) -> Option<Word> {
        self.text("State").and_then(Word::from_text)
    }

    /// Its number.
    pub(in crate::mews) fn number(&self) -> &str {
        self.text("Number").unwrap_or_default()
    }

    /// What the ledger says of such an order.
    pub(in crate::mews) fn fields(&self, prices: &Prices) -> Fields {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let account = self.account.as_ref();
        let lines = self.lines.as_deref().unwrap_or_default();
        let created = self.text("CreatedUtc").and_then(instant);
        let consumed = lines.iter().filter_map(|line| line.consumed.as_deref().and_then(instant)).min();
        let sum = |line: &SeenLine| line.sum.filter(|_| line.currency.as_deref() == Some(prices.currency.as_str()));
        let cost = lines.iter().map(sum).sum::<Option<f64>>().filter(|_| !lines.is_empty());
        Fields {
            number: text(self.text("Number")),
            service: self.service.clone().or_else(|| text(self.text("ServiceId"))),
            title: self.title.clone(),
            customer_id: self.text("AccountId").and_then(uuid).map(|id| id.to_string()),
            customer_kind: self
                .text("AccountType")
                .map(|kind| if kind == "Company" { "company" } else { "person" }.to_owned()),
            customer_name: account.map(|account| account.name.clone()).filter(|name| !name.is_empty()),
            customer_email: account.and_then(|account| account.email.clone()),
            customer_phone: account.and_then(|account| account.phone.clone()),
            tasks: lines.iter().map(SeenLine::task).collect(),
            // What is consumed when it is ordered says no time of its own.
            due: consumed.filter(|at| Some(*at) != created),
            cost: cost.map(round),
            ..Fields::default()
        }
    }

    /// Whether what it says of its lines is news: those of a canceled order are all canceled.
    fn tells_lines(&self) -> bool {
        self.lines.is_some() && self.word() != Some(Word::Canceled)
    }

    /// What of it is kept with an order that came from there: the members as they were sent, over what this dialect
    /// keeps already. The time of the last change is not: whoever asks here for changes is to find the order by when
    /// it came.
    pub(in crate::mews) fn bag(&self, order: Option<&Order>) -> String {
        let kept = order.and_then(|order| order.wire(ID)).and_then(|text| serde_json::from_str(text).ok());
        let mut bag: Map<String, Value> = kept.unwrap_or_default();
        let sent = self.order.iter().filter(|(name, _)| name.as_str() != "UpdatedUtc");
        bag.extend(sent.map(|(name, value)| (name.clone(), value.clone())));
        serde_json::to_string(&bag).unwrap_or_default()
    }
}

const OF_LINES: &[Field] = &[Field::Tasks, Field::Due, Field::Cost];
const OF_ORDER: &[Field] = &[
    Field::Number,
    Field::Service,
    Field::Title,
    Field::CustomerId,
    Field::CustomerKind,
    Field::CustomerName,
    Field::CustomerEmail,
    Field::CustomerPhone,
];

/// The command that makes an order of one that is new.
pub(in crate::mews) fn creation_from_remote(id: OrderId, seen: &Seen, prices: &Prices) -> Command {
    let fields = seen.fields(prices);
    let state = seen.word().map(Word::state).filter(|state| *state != State::Received);
    let command = Command {
        identity: Some((id, None)),
        to: state.map(Move::Become),
        wire: Some((ID.to_owned(), Some(seen.bag(None)))),
        created_at: seen.text("CreatedUtc").and_then(instant),
        ..Command::default()
    };
    command.with_fields(&fields)
}

/// The command that brings an order in line with what changed since it was last seen.
///
/// Of an order that was handed over from here, what it is and whom it is for is said here.
pub(in crate::mews) fn change_from_remote(
    order: &Order,
    before: Option<&Seen>,
    now: &Seen,
    prices: &Prices,
    is_theirs: bool,
) -> Command {
    let fields = now.fields(prices);
    let earlier = before.map(|before| before.fields(prices));
    let mut command = Command::default();
    if is_theirs {
        command.wire = Some((ID.to_owned(), Some(now.bag(Some(order)))));
    }
    let mut write = |field: Field, earlier: Option<&Fields>| {
        let value = fields.get(field);
        let is_news = match earlier {
            Some(earlier) => earlier.get(field) != value,
            // Seen for the first time: what was handed over was said here.
            None => is_theirs,
        };
        if is_news {
            command.set.push((field, value));
        }
    };
    if is_theirs {
        OF_ORDER.iter().for_each(|&field| write(field, earlier.as_ref()));
    }
    if now.tells_lines() {
        let earlier = earlier.as_ref().filter(|_| before.is_some_and(Seen::tells_lines));
        OF_LINES.iter().for_each(|&field| write(field, earlier));
    }
    command.to = move_of(order, before, now, is_theirs);
    command
}

/// Where the order moves: when the word there is another than it was, and not what the order here is shown as anyway.
fn move_of(order: &Order, before: Option<&Seen>, now: &Seen, is_theirs: bool) -> Option<Move> {
    let word = now.word()?;
    let earlier = match before {
        Some(before) => before.word(),
        // `orders/add` leaves it so.
        None => Some(Word::Confirmed).filter(|_| !is_theirs),
    };
    if earlier == Some(word) || Word::of(order.state, Some(word)) == word {
        return None;
    }
    // What was called off here and not yet there is not brought back by what happened there meanwhile.
    if order.state == State::Canceled && earlier.is_some_and(|earlier| earlier != Word::Canceled) {
        return None;
    }
    let state = word.state();
    if state != State::Received {
        return Some(Move::Become(state));
    }
    match order.state {
        State::Canceled | State::Completed | State::Submitted | State::Invoiced | State::Closed => {
            Some(Move::Take(Transition::Reopen))
        }
        _ if order.is_assigned() => Some(Move::Become(State::Assigned)),
        _ => Some(Move::Become(State::Received)),
    }
}

/// What an order is called when it is compared with the counterpart's: its state as the counterpart can know it. Of the
/// states here only a cancellation can be said there.
pub(in crate::mews) fn expected_word(order: &Order, seen: Option<&Seen>, is_theirs: bool) -> String {
    match (order.state, seen.and_then(|seen| seen.text("State"))) {
        (State::Canceled | State::Deleted, _) => Word::Canceled.text().to_owned(),
        (_, Some(word)) => word.to_owned(),
        // `orders/add` leaves it so.
        (_, None) if !is_theirs => Word::Confirmed.text().to_owned(),
        (state, None) => Word::of(state, None).text().to_owned(),
    }
}

/// The id of the order here that a counterpart's order becomes: the same however often it is met.
pub(in crate::mews) fn order_id(connection: docket_core::ids::ConnectionId, remote: Uuid) -> OrderId {
    OrderId(Uuid::new_v5(&super::NAMESPACE, format!("{connection}\u{1f}remote\u{1f}{remote}").as_bytes()))
}
