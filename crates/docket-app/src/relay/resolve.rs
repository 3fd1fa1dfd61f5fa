//! What people do about deliveries and differences: try again, give up, let go, ask for news, ask for a comparison. Works on
//! the store alone, so that every face can do it, whether or not a hub runs; the worker sees it within a second.

use super::Speaks;
use super::desk::{PLACE, place};
use super::health::{COMPARE_NOW, HEALTH, Health, PULL_NOW, RELAY, record};
use crate::hub::{fault, uuid_v7};
use docket_core::Timestamp;
use docket_core::connection::Connection;
use docket_core::ids::{AccountId, ConnectionId, Serial};
use docket_core::ledger::{Fault, Record};
use docket_dialects::connect::{MIRROR, Settled, mirror_key};
use docket_store::{Append, Delivery, Hold, Owed, Resolve, Store, StoreError};
use std::fmt;

/// Where the relay writes down how far it read an account's journal: who, namespace and key.
pub(crate) const KEPT: (&str, &str, &str) = ("relay", RELAY, PLACE);

/// How a delivery is named: its connection and its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryId(pub ConnectionId, pub Serial);

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.0, self.1)
    }
}

impl std::str::FromStr for DeliveryId {
    type Err = ();

    fn from_str(text: &str) -> Result<DeliveryId, ()> {
        let (connection, serial) = text.split_once('-').ok_or(())?;
        Ok(DeliveryId(ConnectionId(connection.parse().map_err(drop)?), Serial(serial.parse().map_err(drop)?)))
    }
}

impl DeliveryId {
    /// Of a delivery.
    pub fn of(delivery: &Delivery) -> DeliveryId {
        DeliveryId(delivery.connection, delivery.serial)
    }
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// It was done; the delivery stands like this now.
    Done(Box<Delivery>),
    /// It does not stand so that this can be done; like this instead.
    Not(Box<Delivery>),
    /// There is no such delivery.
    NotFound,
}

/// Does what a person wants with a delivery.
pub async fn delivery(
    store: &Store,
    account: AccountId,
    id: DeliveryId,
    resolve: Resolve,
    now: Timestamp,
) -> Result<Resolved, Fault> {
    let DeliveryId(connection, serial) = id;
    if store.delivery(account, connection, serial).await.map_err(fault)?.is_none() {
        return Ok(Resolved::NotFound);
    }
    let done = store.resolve_delivery(connection, serial, resolve, now.as_millisecond()).await.map_err(fault)?;
    let Some(delivery) = store.delivery(account, connection, serial).await.map_err(fault)? else {
        return Ok(Resolved::NotFound);
    };
    Ok(if done { Resolved::Done(Box::new(delivery)) } else { Resolved::Not(Box::new(delivery)) })
}

/// From here on the journal is of interest: whoever is called, or a rule, was just added. Without this a change that comes
/// before the worker looks would be missed.
pub async fn begin(store: &Store, account: AccountId) -> Result<(), Fault> {
    if store.record(account.into(), RELAY, PLACE).await.map_err(fault)?.is_some() {
        return Ok(());
    }
    let head = store.head(account).await.map_err(fault)?;
    let record = Record { expected: Some(None), ..place(account, Some(head)) };
    match store.append(Append { account, records: vec![record], ..Append::default() }).await {
        // Somebody else was faster, which is as good.
        Ok(_) | Err(StoreError::Outdated) => Ok(()),
        Err(error) => Err(fault(error)),
    }
}

/// What came of saying how a call ended whose outcome was not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettleOutcome {
    /// It is owed again, and goes on from there.
    Done(Box<Delivery>),
    /// It cannot be done: why.
    Not(String),
    /// There is no such delivery.
    NotFound,
}

/// Says what became of a call whose outcome was not known: it was done, under this id over there, or it was not. What the
/// connecting half keeps of the order is brought in line, and the order is owed again.
pub async fn settle(
    store: &Store,
    speaks: Speaks,
    connection: &Connection,
    serial: Serial,
    outcome: &Settled,
    now: Timestamp,
) -> Result<SettleOutcome, Fault> {
    let account = connection.account;
    let Some(delivery) = store.delivery(account, connection.id, serial).await.map_err(fault)? else {
        return Ok(SettleOutcome::NotFound);
    };
    if delivery.hold != Some(Hold::Unknown) {
        let what = format!("it is {}: there is nothing that nobody knows of it", delivery.status.word());
        return Ok(SettleOutcome::Not(what));
    }
    let Some((dialect, connect)) = speaks(&connection.dialect) else {
        return Ok(SettleOutcome::Not(format!("the dialect {} calls nobody", connection.dialect)));
    };
    let key = mirror_key(serial);
    let mirror = store.record(connection.id.into(), MIRROR, &key).await.map_err(fault)?.unwrap_or_default();
    let Some(settled) = connect.settle(&mirror, outcome) else {
        let what = match outcome {
            Settled::Done(id) => format!("`{id}` is no id of {}, or nothing is open", dialect.title),
            Settled::NotDone => "nothing is open".to_owned(),
        };
        return Ok(SettleOutcome::Not(what));
    };
    let holder = connection.id.into();
    let expected = Some(Some(mirror).filter(|mirror| !mirror.is_empty()));
    let record = Record { holder, namespace: MIRROR.to_owned(), key, value: Some(settled), expected };
    match store.append(Append { account, records: vec![record], ..Append::default() }).await {
        Ok(_) => {}
        Err(StoreError::Outdated) => return Ok(SettleOutcome::Not("it changed meanwhile; look again".to_owned())),
        Err(error) => return Err(fault(error)),
    }
    store.resolve_delivery(connection.id, serial, Resolve::Retry, now.as_millisecond()).await.map_err(fault)?;
    let delivery = store.delivery(account, connection.id, serial).await.map_err(fault)?;
    Ok(delivery.map_or(SettleOutcome::NotFound, |delivery| SettleOutcome::Done(Box::new(delivery))))
}

/// Leaves word for the worker.
pub(super) async fn ask(
    store: &Store,
    account: AccountId,
    connection: ConnectionId,
    what: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    // The text must be another one each time.
    let word = format!("{now} {}", uuid_v7(now));
    let append = Append { account, records: vec![record(connection, what, Some(word))], ..Append::default() };
    store.append(append).await.map(drop).map_err(fault)
}

/// News are looked for soon.
pub async fn pull(store: &Store, connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    ask(store, connection.account, connection.id, PULL_NOW, now).await
}

/// Both sides are compared soon.
pub async fn compare(store: &Store, connection: &Connection, now: Timestamp) -> Result<(), Fault> {
    ask(store, connection.account, connection.id, COMPARE_NOW, now).await
}

/// How it goes with a connection's counterpart.
pub async fn health(store: &Store, connection: ConnectionId) -> Result<Health, Fault> {
    let text = store.record(connection.into(), RELAY, HEALTH).await.map_err(fault)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
}

/// Has orders said anew to a connection; answers how many are owed now. What waits for a release, or for somebody to say
/// what became of it, goes on waiting.
pub async fn repush(store: &Store, connection: &Connection, orders: &[Serial], now: Timestamp) -> Result<usize, Fault> {
    let now_ms = now.as_millisecond();
    let head = store.head(connection.account).await.map_err(fault)?;
    let mut owed = 0;
    for &serial in orders {
        let known = store.delivery(connection.account, connection.id, serial).await.map_err(fault)?;
        let is_owed = match known {
            Some(delivery) if delivery.hold.is_some() => false,
            Some(_) => store.resolve_delivery(connection.id, serial, Resolve::Anew, now_ms).await.map_err(fault)?,
            None => {
                let one = Owed { connection: connection.id, serial, wanted: head, needs_release: false };
                store.owe(connection.account, &[one], now_ms, None).await.map_err(fault)?;
                true
            }
        };
        owed += usize::from(is_owed);
    }
    Ok(owed)
}

/// How many differences are read at once.
const PAGE: usize = 500;

/// The same for every order of the standing report; where the counterpart has orders that are not here, news are looked
/// for.
pub async fn repush_all(store: &Store, connection: &Connection, now: Timestamp) -> Result<usize, Fault> {
    let (mut after, mut owed, mut is_missing) = (None, 0, false);
    loop {
        let page = store.differences(connection.id, after.take(), PAGE).await.map_err(fault)?;
        let mut orders: Vec<Serial> = page.iter().filter_map(|one| one.serial).collect();
        orders.dedup();
        owed += repush(store, connection, &orders, now).await?;
        is_missing |= page.iter().any(|one| one.serial.is_none());
        match page.last().filter(|_| page.len() == PAGE) {
            Some(last) => after = Some((last.kind, last.subject.clone())),
            None => break,
        }
    }
    if is_missing {
        pull(store, connection, now).await?;
    }
    Ok(owed)
}
