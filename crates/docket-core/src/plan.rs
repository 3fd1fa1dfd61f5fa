//! From a submission to journal entries: the part every ledger shares.
//!
//! A ledger loads the orders a submission is about into [`Loaded`], calls [`plan`], and commits the writes if what
//! it loaded is still current; otherwise it loads again and plans again.

use crate::authority::Standing;
use crate::connection::Caller;
use crate::ids::{ConnectionId, OrderId, Revision, Sequence, Serial};
use crate::ledger::{Done, Outcome, Request, Submission, Target};
use crate::order::decide::decide_creation;
use crate::order::{Change, Command, Decision, Entry, Identity, Order, Origin, Rejection, State, decide};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;

/// A counterpart's key: connection, namespace, key.
pub type Key = (ConnectionId, String, String);

/// What a submission's targets turned out to be. Keys map to the active order that has them.
#[derive(Default)]
pub struct Loaded {
    /// Orders by serial.
    pub orders: HashMap<Serial, Arc<Order>>,
    /// Serials by id.
    pub ids: HashMap<OrderId, Serial>,
    /// Orders by key.
    pub keys: HashMap<Key, Serial>,
}

impl Loaded {
    /// Adds an order.
    pub fn insert(&mut self, order: Arc<Order>) {
        self.ids.insert(order.id, order.serial);
        if order.state != State::Deleted {
            for key in &order.keys {
                self.keys.insert((key.connection, key.namespace.clone(), key.key.clone()), order.serial);
            }
        }
        self.orders.insert(order.serial, order);
    }

    fn find(&self, caller: &Caller, target: &Target) -> Option<Arc<Order>> {
        let serial = match target {
            Target::New => return None,
            Target::Id(id) => self.ids.get(id).copied()?,
            Target::Serial(serial) => *serial,
            Target::Key { .. } | Target::KeyOf { .. } => self.keys.get(&key_of(caller, target)?).copied()?,
        };
        self.orders.get(&serial).filter(|order| order.state != State::Deleted && caller.sees(order)).cloned()
    }
}

/// The key a target names, if it names one.
pub fn key_of(caller: &Caller, target: &Target) -> Option<Key> {
    match target {
        Target::Key { namespace, key } => {
            // Keys of the native API live under connection 0.
            let connection = caller.connection_id().unwrap_or_default();
            Some((connection, namespace.clone(), key.clone()))
        }
        Target::KeyOf { connection, namespace, key } => Some((*connection, namespace.clone(), key.clone())),
        Target::New | Target::Id(_) | Target::Serial(_) => None,
    }
}

/// One order written: the entry and the order after it.
#[derive(Clone, Debug)]
pub struct Write {
    /// The revision that must still be current; `None` for a creation.
    pub before: Option<Revision>,
    /// The entry; its sequence is assigned on commit.
    pub entry: Entry,
    /// The order afterwards.
    pub order: Arc<Order>,
}

/// What a submission comes to.
#[derive(Default)]
pub struct Planned {
    /// What to write, in order.
    pub writes: Vec<Write>,
    /// One per request.
    pub outcomes: Vec<Outcome>,
}

/// Makes the identities of new orders.
pub trait Mint {
    /// A new id and serial.
    fn mint(&mut self) -> (OrderId, Serial);
}

impl<F: FnMut() -> (OrderId, Serial)> Mint for F {
    fn mint(&mut self) -> (OrderId, Serial) {
        self()
    }
}

/// Plans a submission against what was loaded for it.
pub fn plan(
    mut loaded: Loaded,
    submission: &Submission,
    caller: &Caller,
    now: Timestamp,
    mint: &mut dyn Mint,
) -> Planned {
    let mut planned = Planned::default();
    for request in &submission.requests {
        let outcome = match plan_request(&mut loaded, request, caller, now, mint) {
            Ok((write, done)) => {
                planned.writes.extend(write);
                Outcome::Done(done)
            }
            Err(rejection) => Outcome::Rejected(rejection),
        };
        planned.outcomes.push(outcome);
    }
    if submission.atomic && planned.outcomes.iter().any(|outcome| matches!(outcome, Outcome::Rejected(_))) {
        planned.writes.clear();
        for outcome in &mut planned.outcomes {
            if matches!(outcome, Outcome::Done(_)) {
                *outcome = Outcome::Rejected(Rejection::Withdrawn);
            }
        }
    }
    planned
}

fn plan_request(
    loaded: &mut Loaded,
    request: &Request,
    caller: &Caller,
    now: Timestamp,
    mint: &mut dyn Mint,
) -> Result<(Option<Write>, Done), Rejection> {
    let current = loaded.find(caller, &request.target);
    let command = (request.propose)(current.as_deref())?;
    check_keys(loaded, &command, current.as_ref().map(|order| order.serial))?;
    let (before, decision, base) = match &current {
        Some(order) => {
            let decision = decide(order, &command, Standing::of(caller, order), now)?;
            (Some(order.revision), decision, Some(Arc::clone(order)))
        }
        None => (None, plan_creation(loaded, &command, caller, now, mint)?, None),
    };
    if let (true, Some(order)) = (decision.is_empty(), &current) {
        let done = Done { order: Arc::clone(order), created: false, changed: false, refused: Vec::new() };
        return Ok((None, done));
    }
    let entry = entry_of(decision, base.as_deref(), caller, now)?;
    let order = match base {
        Some(order) => {
            let mut next = (*order).clone();
            next.apply(&entry);
            Arc::new(next)
        }
        None => Arc::new(Order::fold([&entry]).ok_or(Rejection::NotFound)?),
    };
    for key in base_keys(current.as_deref()) {
        loaded.keys.remove(&key);
    }
    loaded.insert(Arc::clone(&order));
    let done = Done {
        order: Arc::clone(&order),
        created: before.is_none(),
        changed: !entry.changes.is_empty(),
        refused: entry.refused.clone(),
    };
    Ok((Some(Write { before, entry, order }), done))
}

fn base_keys(order: Option<&Order>) -> Vec<Key> {
    order
        .map(|order| order.keys.iter().map(|key| (key.connection, key.namespace.clone(), key.key.clone())).collect())
        .unwrap_or_default()
}

fn check_keys(loaded: &Loaded, command: &Command, own: Option<Serial>) -> Result<(), Rejection> {
    for key in &command.keys {
        let holder = loaded.keys.get(&(key.connection, key.namespace.clone(), key.key.clone()));
        if let Some(&holder) = holder.filter(|&&holder| Some(holder) != own) {
            let by = loaded.orders.get(&holder).map(|order| order.id);
            return Err(Rejection::Taken { key: format!("{} {}", key.namespace, key.key), by });
        }
    }
    Ok(())
}

fn plan_creation(
    loaded: &Loaded,
    command: &Command,
    caller: &Caller,
    now: Timestamp,
    mint: &mut dyn Mint,
) -> Result<Decision, Rejection> {
    let (id, serial) = match command.identity {
        Some((id, Some(serial))) => (id, serial),
        Some((id, None)) => (id, mint.mint().1),
        None => mint.mint(),
    };
    if loaded.ids.contains_key(&id) || loaded.orders.contains_key(&serial) {
        return Err(Rejection::Taken { key: format!("id {id}"), by: Some(id) });
    }
    let own_origin = || match &caller.connection {
        Some(connection) => Origin { connection: Some(connection.id), dialect: connection.dialect.clone() },
        None => Origin { connection: None, dialect: "native".to_owned() },
    };
    let origin = command.on_behalf_of.clone().filter(|_| caller.is_hub).unwrap_or_else(own_origin);
    let standing = match &caller.connection {
        Some(connection) => connection.as_originator(),
        None if caller.is_hub => Standing::Hub,
        None => Standing::User,
    };
    let identity = Identity { id, serial, account: caller.account, origin };
    decide_creation(identity, command, standing, &caller.label, now)
}

fn entry_of(decision: Decision, base: Option<&Order>, caller: &Caller, now: Timestamp) -> Result<Entry, Rejection> {
    let (order, serial, revision) = match (base, decision.changes.first()) {
        (Some(order), _) => (order.id, order.serial, Revision(order.revision.0 + 1)),
        (None, Some(Change::Created(order))) => (order.id, order.serial, Revision(1)),
        (None, _) => return Err(Rejection::NotFound),
    };
    Ok(Entry {
        sequence: Sequence(0),
        order,
        serial,
        revision,
        // An order's entries never go back in time, whatever the clock does.
        at: base.map_or(now, |order| now.max(order.updated_at)),
        connection: caller.connection_id(),
        actor: caller.label.clone(),
        exchange: caller.exchange,
        trace: caller.trace,
        changes: decision.changes,
        refused: decision.refused,
        advisories: decision.advisories,
    })
}
