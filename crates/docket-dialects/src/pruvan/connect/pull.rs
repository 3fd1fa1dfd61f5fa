//! Looking for news at a remote system: `getWorkOrders`, since the last time.
//!
//! An order object goes the way of one that is pushed. Only what changed there since it was last seen is taken over: a
//! listing says the same of an order again and again, and must not overwrite what was done here since. Some systems (another
//! Docket) show in their listings how far they were told that an order is; such an echo takes nothing back.

use super::call::{Answer, Client, words};
use super::mirror::Mirror;
use super::validate::validate;
use crate::connect::{ConnectError, PULL, Pulled};
use crate::pruvan::error;
use crate::pruvan::intake;
use crate::pruvan::map::face::{self, Names};
use crate::pruvan::map::outbound::{ASSIGNED_TO, NUMBER, STATUS};
use crate::pruvan::map::progress::rank;
use crate::pruvan::map::propose::{self, NAMESPACE};
use crate::pruvan::map::status::Word;
use crate::pruvan::map::{self, Pushed, member_of, read_status};
use crate::pruvan::wire::{Envelope, Members, Object, Pairs, Scalar, elements, inspect, scalar};
use docket_core::ids::ExchangeId;
use docket_core::ledger::{Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, Order, Rejection, State};
use jiff::SignedDuration;
use serde_json::value::RawValue;
use std::sync::Arc;

/// How much of what was asked for is asked for again: so far may two clocks be apart.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// Under which name is kept how far it got: seconds of Unix time.
const PLACE: &str = "since";
/// How many problems are told of one round.
const PROBLEMS_LIMIT: usize = 50;
/// The longest number that is taken over.
const NUMBER_BYTES: usize = 500;

/// One round of looking for news.
pub(super) async fn pull(client: &Client<'_>) -> Result<Pulled, ConnectError> {
    let remote = client.remote;
    validate(client).await?;
    let begun = remote.now;
    let since: Option<i64> = remote.place(PLACE).await?.and_then(|text| text.parse().ok());
    let answer = listing(client, since).await?;
    let Envelope { orders, delicate } = orders(&answer.text)?;
    let names = Arc::new(super::deliver::names(client).await?);
    let mut pulled = Pulled::default();
    for raw in orders {
        pulled.seen += 1;
        match take(client, raw, delicate, &names, answer.exchange).await {
            Ok(changed) => pulled.changed += usize::from(changed),
            Err(Trouble::Own(error)) => return Err(error),
            Err(Trouble::Theirs(what)) if pulled.problems.len() < PROBLEMS_LIMIT => pulled.problems.push(what),
            Err(Trouble::Theirs(_)) => {}
        }
    }
    let until = begun.checked_sub(OVERLAP).unwrap_or(begun).as_second();
    remote.keep_place(PLACE, Some(until.to_string())).await?;
    Ok(pulled)
}

/// The orders there: all, or those that changed since.
pub(super) async fn listing(client: &Client<'_>, since: Option<i64>) -> Result<Answer, ConnectError> {
    const OPERATION: &str = "getWorkOrders";
    let mut payload = client.payload()?;
    payload.raw("timestamp", &since.map_or_else(|| "null".to_owned(), |since| since.to_string()));
    let answer = client.call(OPERATION, payload).await?;
    let said = Pairs::read(&answer.text).and_then(|pairs| words(Some(pairs.get("error")?.get())));
    match said {
        // Nothing of a listing that failed is taken over.
        Some(said) => Err(ConnectError::later(format!("{OPERATION}: {said}"))),
        None => Ok(answer),
    }
}

/// The order objects of a listing; `null` is none.
pub(super) fn orders(text: &str) -> Result<Envelope<'_>, ConnectError> {
    let broken = |why: &str| ConnectError::later(format!("getWorkOrders: the answer is not what is documented: {why}"));
    let delicate = inspect(text).map_err(|why| broken(&why))?;
    let pairs = Pairs::read(text).ok_or_else(|| broken("no object"))?;
    let list = pairs.get("workOrders").map(|value| value.get()).ok_or_else(|| broken("workOrders is missing"))?;
    let orders = if list == "null" { Vec::new() } else { elements(list).ok_or_else(|| broken("no array"))? };
    Ok(Envelope { orders, delicate })
}

/// Why an order could not be taken over.
enum Trouble {
    /// Ours, and true of every order.
    Own(ConnectError),
    /// This order's own: one line for people.
    Theirs(String),
}

impl<E: Into<ConnectError>> From<E> for Trouble {
    fn from(error: E) -> Trouble {
        Trouble::Own(error.into())
    }
}

/// Where is kept what was last seen of an order.
pub(super) fn seen_key(number: &str) -> String {
    format!("seen/{number}")
}

/// The number of a listed order.
pub(super) fn number_of(members: &Members<'_>) -> Option<String> {
    match scalar(members.get(NUMBER)?) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
        Scalar::Null | Scalar::Text(_) | Scalar::Other => None,
    }
}

/// The word for where a listed order is there.
pub(super) fn word_of(members: &Members<'_>) -> Option<Word> {
    members.get(STATUS).and_then(|value| read_status(value).ok().flatten())
}

/// Takes over an order that is listed; whether anything here changed.
async fn take(
    client: &Client<'_>,
    raw: &RawValue,
    delicate: bool,
    names: &Arc<Names>,
    exchange: ExchangeId,
) -> Result<bool, Trouble> {
    let remote = client.remote;
    let listed = Members::read(raw.get());
    let number = number_of(&listed).filter(|number| number.len() <= NUMBER_BYTES);
    let Some(number) = number else { return Err(Trouble::Theirs(format!("an order without a {NUMBER}"))) };
    let key = seen_key(&number);
    let seen = remote.place(&key).await?;
    let target = Target::Key { namespace: NAMESPACE.to_owned(), key: number.clone() };
    let order = remote.ledger.order(&remote.caller(), target).await?;
    let word = word_of(&listed);
    let mirror = match (&order, &seen) {
        // Gone on both sides: the number may come back as another order.
        (None, Some(_)) if word == Some(Word::Deleted) => {
            return Ok(remote.keep_place(&key, None).await.map(|()| false)?);
        }
        // Deleted here, and stays so.
        (None, Some(_)) => return Ok(false),
        // What is over already is nothing to be done.
        (None, None) if word.and_then(Word::state).is_some_and(|state| !state.is_open()) => return Ok(false),
        (None, None) => Mirror::default(),
        (Some(order), _) => Mirror::of(remote, order.serial).await?,
    };
    let said =
        Said { raw: raw.get().to_owned(), delicate, seen, mirror, names: Arc::clone(names), is_new: order.is_none() };
    if order.as_ref().is_some_and(|order| said.changes(order).is_none()) {
        if said.seen.as_deref() != Some(raw.get()) {
            remote.keep_place(&key, Some(said.raw)).await?;
        }
        return Ok(false);
    }
    let value = (word != Some(Word::Deleted)).then(|| raw.get().to_owned());
    let holder = remote.connection.id.into();
    let record = Record { holder, namespace: PULL.to_owned(), key, value, expected: None };
    submit(client, number, said, record, exchange).await
}

/// Asks it of the ledger, as if it had been pushed.
async fn submit(
    client: &Client<'_>,
    number: String,
    said: Said,
    record: Record,
    exchange: ExchangeId,
) -> Result<bool, Trouble> {
    let remote = client.remote;
    let caller = remote.caller().within(Some(exchange));
    let theirs = |why: &Rejection| Trouble::Theirs(format!("{number}: {}", error::reason(why)));
    let pushed = said.pushed(&said.raw).map_err(|why| theirs(&why))?;
    let connection = remote.connection.id;
    let link = intake::link(remote.ledger, remote.now, caller.clone(), connection, std::iter::once(&pushed)).await?;
    let target = Target::Key { namespace: NAMESPACE.to_owned(), key: number.clone() };
    // The order as it is by then: somebody may be ahead of us.
    let request = Request::new(target, move |order| {
        let object = match order {
            Some(order) => said.changes(order),
            None if said.is_new => Some(whole(&Members::read(&said.raw))),
            None => return Err(Rejection::NotFound),
        };
        match object {
            Some(object) => propose::propose(&said.pushed(&object)?, &link, order),
            None => Ok(Command::default()),
        }
    });
    let submission = Submission { requests: vec![request], records: vec![record], ..Submission::default() };
    match remote.ledger.submit(&caller, submission).await?.pop() {
        Some(Outcome::Done(done)) => Ok(done.changed),
        // Deleted here meanwhile, or made by a push.
        Some(Outcome::Rejected(Rejection::NotFound | Rejection::Taken { .. })) | None => Ok(false),
        Some(Outcome::Rejected(why)) => Err(theirs(&why)),
        Some(Outcome::Outdated) => Err(Trouble::Own(ConnectError::later("the ledger changed meanwhile"))),
    }
}

/// What a listing says of an order.
struct Said {
    /// The order object.
    raw: String,
    /// It is to be looked at twice, see [`Envelope`].
    delicate: bool,
    /// The order object that was listed before.
    seen: Option<String>,
    mirror: Mirror,
    names: Arc<Names>,
    /// There was no such order when it was looked for.
    is_new: bool,
}

impl Said {
    /// What is other than what was known; `None` when nothing is.
    fn changes(&self, order: &Order) -> Option<String> {
        changes(order, &Members::read(&self.raw), self.seen.as_deref(), &self.mirror, &self.names)
    }

    /// An order object as one that is pushed.
    fn pushed(&self, object: &str) -> Result<Pushed, Rejection> {
        let unreadable = |error: serde_json::Error| Rejection::Invalid {
            member: String::new(),
            reason: format!("cannot be read: {error}"),
        };
        let raw = RawValue::from_string(object.to_owned()).map_err(unreadable)?;
        map::order_from_wire(&raw, self.delicate).map_err(|refusal| refusal.why)
    }
}

/// Members that tell of an order system's own bookkeeping.
fn is_bookkeeping(name: &str) -> bool {
    matches!(name, "key1" | "fieldStatus" | face::ITEMS)
}

fn whole(listed: &Members<'_>) -> String {
    let mut object = Object::default();
    for (name, value) in listed.iter().filter(|(name, _)| !is_bookkeeping(name)) {
        object.raw(name, value);
    }
    object.finish()
}

/// What of a listed order is other than what was said of it before, in a listing or in a push; `None` when nothing is.
fn changes(order: &Order, listed: &Members<'_>, seen: Option<&str>, mirror: &Mirror, names: &Names) -> Option<String> {
    let is_first = seen.is_none();
    let seen = seen.map(Members::read).unwrap_or_default();
    let said = order.wire("pruvan").map(Members::read).unwrap_or_default();
    let mut object = Object::default();
    let mut is_news = false;
    for (name, value) in listed.iter().filter(|(name, _)| !is_bookkeeping(name)) {
        let before = seen.get(name);
        let is_other = match name {
            // What was said of services is kept merged, and not as it was said.
            "services" if !is_first => before != Some(value),
            _ => said.get(name) != Some(value) && (before != Some(value) || said.get(name) != before),
        };
        let is_heeded = || match name {
            NUMBER => false,
            STATUS => says_status(order, value, is_first),
            ASSIGNED_TO => says_assignee(order, value, before, mirror, names, is_first),
            _ => !is_first || member_of(name).is_some(),
        };
        let is_new = is_other && is_heeded();
        if name == NUMBER || is_new {
            object.raw(name, value);
        }
        is_news |= is_new;
    }
    is_news.then(|| object.finish())
}

/// Whether a status in a listing is one to heed: what the other side decides, or that it is further on.
fn says_status(order: &Order, value: &str, is_first: bool) -> bool {
    let Ok(Some(word)) = read_status(value) else { return false };
    match word {
        Word::Rush | Word::Rework | Word::Canceled | Word::Closed | Word::Deleted => !word.shows(order),
        Word::Unassigned => false,
        Word::Assigned | Word::Accepted | Word::Rejected | Word::Complete | Word::Invoiced | Word::Submitted => {
            let to = word.state().unwrap_or(State::Received);
            !is_first && rank(to) > rank(order.state)
        }
    }
}

/// Whether an assignee in a listing is one to heed, rather than what we told.
fn says_assignee(
    order: &Order,
    value: &str,
    before: Option<&str>,
    mirror: &Mirror,
    names: &Names,
    is_first: bool,
) -> bool {
    let name = |value: &str| match scalar(value) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
        Scalar::Null | Scalar::Text(_) | Scalar::Other => None,
    };
    match name(value) {
        Some(named) => !is_first && !mirror.assignees.contains(&named),
        // Taken away from whom they had given it to.
        None => {
            let theirs = before.and_then(name);
            !is_first && theirs.is_some() && theirs == face::assigned(order, names)
        }
    }
}
