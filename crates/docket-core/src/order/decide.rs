//! `decide`: what a command does to an order. Pure; the only place where writes are judged.

use super::state::{State, Transition};
use super::value::Value;
use super::{Acknowledgement, Change, ExternalKey, Field, Fields, Item, ItemRef, Order, Origin};
use crate::authority::{Refused, Rule, Standing};
use crate::ids::{AccountId, ConnectionId, OrderId, Revision, Serial};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::fmt;

/// How an order is asked to move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// Through the machine; refused where the machine refuses.
    Take(Transition),
    /// To a state named by a system that administers the order (Pruvan `status`): allowed from any living state.
    Become(State),
}

/// What is asked of one order, in canonical terms. Everything is optional; an empty command does nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Command {
    /// Fields to write; `Value::Null` clears. Later writes of the same field win.
    pub set: Vec<(Field, Value)>,
    /// Only on creation: fields that the connection's own settings write, whatever the caller may write itself
    /// (Pruvan's default assignee).
    pub granted: Vec<(Field, Value)>,
    /// Where it should move.
    pub to: Option<Move>,
    /// The asking dialect's bag, whole: its id and the JSON text (`None` removes it).
    pub wire: Option<(String, Option<String>)>,
    /// Keys by which counterparts know it from now on.
    pub keys: Vec<ExternalKey>,
    /// Connections it is routed to from now on.
    pub route_to: Vec<ConnectionId>,
    /// Importers that have it.
    pub imported_by: Option<ConnectionId>,
    /// What an importer answered. Kept once per connection and transaction.
    pub acknowledge: Option<Acknowledgement>,
    /// Items to add, or to replace where the order has one of that identity. Their places are given here.
    pub put: Vec<Item>,
    /// Items to take away; those that are not there are no error.
    pub remove: Vec<ItemRef>,
    /// What is done though not advised; journaled with the change.
    pub advisories: Vec<String>,
    /// Only on creation: what the originator says the creation time was.
    pub created_at: Option<Timestamp>,
    /// Only on creation: what the originator says the time of the last change was (imports).
    pub updated_at: Option<Timestamp>,
    /// Only on creation: the identity, where it is given and not minted (imports, the demo).
    pub identity: Option<(OrderId, Option<Serial>)>,
    /// Only on creation, hub only: make it in the name of this connection and dialect.
    pub on_behalf_of: Option<Origin>,
}

impl Command {
    /// Writes a field.
    #[must_use]
    pub fn with(mut self, field: Field, value: impl Into<Value>) -> Command {
        self.set.push((field, value.into()));
        self
    }

    /// Writes every field that is set in `fields`.
    #[must_use]
    pub fn with_fields(mut self, fields: &Fields) -> Command {
        self.set.extend(Field::ALL.iter().filter_map(|&field| match fields.get(field) {
            Value::Null => None,
            value => Some((field, value)),
        }));
        self
    }

    /// Asks for a transition.
    #[must_use]
    pub fn moving(mut self, transition: Transition) -> Command {
        self.to = Some(Move::Take(transition));
        self
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}
impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}
impl From<i64> for Value {
    fn from(number: i64) -> Value {
        Value::Integer(number)
    }
}
impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}
impl From<bool> for Value {
    fn from(flag: bool) -> Value {
        if flag { Value::Flag(true) } else { Value::Null }
    }
}
impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Value {
        Value::Time(time)
    }
}
impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}

/// Why a command was not done at all. The asker's fault; rendered by its dialect in its own words.
#[derive(Clone, Debug, PartialEq)]
pub enum Rejection {
    /// No such order, or not one the caller may see.
    NotFound,
    /// A required member is missing or blank.
    Missing {
        /// Its name, in the dialect's spelling.
        member: String,
    },
    /// A member does not say anything that can be understood.
    Invalid {
        /// Its name, in the dialect's spelling.
        member: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The life cycle does not allow it.
    Transition {
        /// Where the order stands.
        from: State,
        /// What was asked.
        asked: Move,
    },
    /// The identity or key belongs to another order.
    Taken {
        /// Which key.
        key: String,
        /// Whose it is.
        by: Option<OrderId>,
    },
    /// The caller is not allowed to do this.
    Forbidden {
        /// What, for people.
        what: String,
    },
    /// A limit was reached.
    Limit {
        /// Which.
        limit: &'static str,
    },
    /// Another request of the same atomic submission was rejected; this one would have been done.
    Withdrawn,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rejection::NotFound => f.write_str("no such order"),
            Rejection::Missing { member } => write!(f, "{member} is missing or blank"),
            Rejection::Invalid { member, reason } => write!(f, "{member}: {reason}"),
            Rejection::Transition { from, asked } => match asked {
                Move::Take(transition) => write!(f, "an order that is {from} cannot {transition}"),
                Move::Become(state) => write!(f, "an order that is {from} cannot become {state}"),
            },
            Rejection::Taken { key, .. } => write!(f, "{key} is already taken"),
            Rejection::Forbidden { what } => write!(f, "not allowed: {what}"),
            Rejection::Limit { limit } => write!(f, "over the limit: {limit}"),
            Rejection::Withdrawn => f.write_str("not done, because another part of the request was refused"),
        }
    }
}

/// Who an order will be, if the command creates one.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Its id.
    pub id: OrderId,
    /// Its serial.
    pub serial: Serial,
    /// Its tenant.
    pub account: AccountId,
    /// Where it comes from.
    pub origin: Origin,
}

/// What a command comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decision {
    /// What happens.
    pub changes: Vec<Change>,
    /// What was refused by ownership.
    pub refused: Vec<Refused>,
    /// What was not advised.
    pub advisories: Vec<String>,
}

impl Decision {
    /// Nothing happens and nothing is worth recording.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.refused.is_empty()
    }
}

/// Decides the creation of an order.
pub fn decide_creation(
    identity: Identity,
    command: &Command,
    standing: Standing,
    actor: &str,
    now: Timestamp,
) -> Result<Decision, Rejection> {
    check_items(None, command)?;
    let mut refused = Vec::new();
    let mut fields = Fields::default();
    for (field, value) in &command.set {
        match standing.may_write(field.owner(), true) {
            Ok(()) => write(&mut fields, *field, value)?,
            Err(rule) => refused.push(Refused { field: field.name().to_owned(), offered: value.clone(), rule }),
        }
    }
    for (field, value) in &command.granted {
        write(&mut fields, *field, value)?;
    }
    let mut order = Order {
        id: identity.id,
        serial: identity.serial,
        account: identity.account,
        origin: identity.origin,
        revision: Revision(1),
        state: State::Received,
        state_since: now,
        created_at: command.created_at.unwrap_or(now),
        updated_at: command.updated_at.unwrap_or(now),
        updated_by: actor.to_owned(),
        fields,
        wire: BTreeMap::new(),
        written: BTreeMap::new(),
        keys: command.keys.clone(),
        routed_to: command.route_to.clone(),
        imported_by: command.imported_by.into_iter().collect(),
        acknowledgements: Vec::new(),
        items: Vec::new(),
        item_places: 0,
    };
    for change in decide_items(&order, command) {
        if let Change::Put { to, .. } = change {
            order.put(*to);
        }
    }
    if let Some((dialect, Some(text))) = &command.wire {
        order.wire.insert(dialect.clone(), text.clone());
    }
    // Whoever creates an order says where it starts; without a word, an assignee makes it assigned.
    order.state = match command.to {
        Some(Move::Become(state)) => state,
        Some(Move::Take(transition)) => {
            State::Received.after(transition, order.is_assigned()).unwrap_or(State::Received)
        }
        None if order.is_assigned() => State::Assigned,
        None => State::Received,
    };
    if order.state == State::Deleted {
        // What is gone holds no keys: the next order of that number is a new one.
        order.keys.clear();
    }
    stamp(&mut order.fields, order.state, now);
    Ok(Decision { changes: vec![Change::Created(Box::new(order))], refused, advisories: command.advisories.clone() })
}

fn write(fields: &mut Fields, field: Field, value: &Value) -> Result<(), Rejection> {
    if fields.set(field, value.clone()) {
        return Ok(());
    }
    Err(Rejection::Invalid { member: field.name().to_owned(), reason: "is of another kind".to_owned() })
}

/// Moments that follow from a state: when it was completed, when it was canceled.
fn stamp(fields: &mut Fields, state: State, now: Timestamp) {
    if state.is_done() {
        fields.completed_at.get_or_insert(now);
    } else {
        fields.completed_at = None;
    }
    if matches!(state, State::Canceled | State::Deleted) {
        fields.canceled_at.get_or_insert(now);
    } else {
        fields.canceled_at = None;
    }
}

/// Windows of permanent orders hold a time of day, not a moment.
fn is_moment(time: Timestamp) -> bool {
    time.as_second() >= 86_400
}

/// Decides a command on an existing order.
///
/// Ownership refuses single writes, which are recorded; the life cycle refuses the whole command.
pub fn decide(order: &Order, command: &Command, standing: Standing, now: Timestamp) -> Result<Decision, Rejection> {
    if order.state == State::Deleted {
        return Err(Rejection::NotFound);
    }
    check_items(Some(order), command)?;
    let mut decision = Decision::default();
    let mut next = order.fields.clone();
    for (field, value) in &command.set {
        if order.fields.get(*field) == *value && next.get(*field) == *value {
            continue;
        }
        match standing.may_write(field.owner(), false) {
            Ok(()) => write(&mut next, *field, value)?,
            Err(rule) => {
                decision.refused.push(Refused { field: field.name().to_owned(), offered: value.clone(), rule });
            }
        }
    }
    let to = decide_move(order, &next, command, standing, &mut decision.refused)?;
    if to != order.state {
        stamp(&mut next, to, now);
        let says_late = command.set.iter().any(|(field, _)| *field == Field::Late);
        if to.is_done() && !order.state.is_done() && !says_late {
            next.late = next.window_to.is_some_and(|end| is_moment(end) && now > end);
        }
        if to == State::Received {
            (next.unit, next.person, next.crew) = (None, None, None);
        }
        if matches!(to, State::Deleted) {
            decision.changes.extend(order.keys.iter().cloned().map(Change::Unkeyed));
        }
    }
    for &field in Field::ALL {
        let (from, to) = (order.fields.get(field), next.get(field));
        if from != to {
            decision.changes.push(Change::Set { field, from, to });
        }
    }
    if to != order.state {
        decision.changes.push(Change::Moved { from: order.state, to });
    }
    decide_collections(order, command, &mut decision.changes);
    if to == State::Deleted {
        decision.changes.retain(|change| !matches!(change, Change::Keyed(_)));
    }
    if !decision.is_empty() {
        decision.advisories.clone_from(&command.advisories);
    }
    Ok(decision)
}

fn decide_move(
    order: &Order,
    next: &Fields,
    command: &Command,
    standing: Standing,
    refused: &mut Vec<Refused>,
) -> Result<State, Rejection> {
    let assigned = next.unit.is_some() || next.person.is_some() || next.crew.is_some();
    let to = match command.to {
        Some(Move::Become(state)) => state,
        Some(asked @ Move::Take(transition)) => {
            order.state.after(transition, assigned).ok_or(Rejection::Transition { from: order.state, asked })?
        }
        // Giving an order to somebody, or taking it away, moves it, whoever forgets to say so.
        None if assigned && !order.is_assigned() && order.state == State::Received => State::Assigned,
        None if !assigned && order.is_assigned() && matches!(order.state, State::Assigned | State::Accepted) => {
            State::Received
        }
        None => order.state,
    };
    if to == order.state {
        return Ok(to);
    }
    // The status is a shared field.
    match standing {
        Standing::Originator { auto_admin: false, .. } if command.to.is_some() => {
            refused.push(Refused {
                field: "status".to_owned(),
                offered: Value::Text(to.word().to_owned()),
                rule: Rule::AutoAdminOff,
            });
            Ok(order.state)
        }
        _ => Ok(to),
    }
}

fn decide_collections(order: &Order, command: &Command, changes: &mut Vec<Change>) {
    if let Some((dialect, text)) = &command.wire {
        let from = order.wire.get(dialect);
        if from != text.as_ref() {
            let (dialect, from, to) = (dialect.clone(), from.cloned(), text.clone());
            changes.push(Change::Wire { dialect, from, to });
        }
    }
    changes.extend(command.keys.iter().filter(|key| !order.keys.contains(key)).cloned().map(Change::Keyed));
    changes.extend(command.route_to.iter().filter(|id| !order.routed_to.contains(id)).copied().map(Change::Routed));
    changes.extend(command.imported_by.filter(|id| !order.imported_by.contains(id)).map(Change::Imported));
    changes.extend(
        command
            .acknowledge
            .iter()
            .filter(|new| {
                !order
                    .acknowledgements
                    .iter()
                    .any(|old| old.connection == new.connection && old.transaction == new.transaction)
            })
            .cloned()
            .map(Change::Acknowledged),
    );
    changes.extend(decide_items(order, command));
}

/// How many items an order can have: more than any real one, few enough that it can be held and shown.
pub const ITEMS_LIMIT: usize = 10_000;

fn check_items(order: Option<&Order>, command: &Command) -> Result<(), Rejection> {
    let known = order.map_or(&[][..], |order| &order.items);
    if known.len() + command.put.len() > ITEMS_LIMIT {
        // What is sent again needs no more room.
        let is_new = |item: &&Item| !known.iter().any(|known| known.is_same(item));
        if known.len() + command.put.iter().filter(is_new).count() > ITEMS_LIMIT {
            return Err(Rejection::Limit { limit: "items of one order" });
        }
    }
    match command.put.iter().find_map(Item::number_that_is_none) {
        Some(member) => Err(Rejection::Invalid { member: member.to_owned(), reason: "is no number".to_owned() }),
        None => Ok(()),
    }
}

/// What becomes of the items: new ones get the next place, known ones keep theirs, what says nothing new is no change.
fn decide_items(order: &Order, command: &Command) -> Vec<Change> {
    let mut changes: Vec<Change> = Vec::new();
    let mut place = order.item_places;
    for item in &command.put {
        let earlier = changes.iter().rposition(|change| matches!(change, Change::Put { to, .. } if to.is_same(item)));
        let earlier = earlier.and_then(|at| changes.get_mut(at));
        if let Some(Change::Put { to, .. }) = earlier {
            **to = Item { place: to.place, ..item.clone() };
            continue;
        }
        match order.items.iter().find(|known| known.is_same(item)) {
            Some(known) if known.says_the_same(item) => {}
            Some(known) => {
                let to = Item { place: known.place, ..item.clone() };
                changes.push(Change::Put { from: Some(Box::new(known.clone())), to: Box::new(to) });
            }
            None => {
                place += 1;
                changes.push(Change::Put { from: None, to: Box::new(Item { place, ..item.clone() }) });
            }
        }
    }
    for reference in &command.remove {
        let known = order.item(reference.kind, reference.connection, &reference.id);
        changes.extend(known.cloned().map(Box::new).map(Change::Removed));
    }
    changes
}
