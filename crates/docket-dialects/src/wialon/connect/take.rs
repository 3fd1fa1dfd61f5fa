//! Taking over one order that is listed there: what changed since it was last seen, or all of it.

use super::call::{Client, Failure};
use super::change::{Change, Seen};
use super::deliver::place;
use super::mirror::Mirror;
use super::pull::Round;
use super::{TAKE_ORDERS, marked};
use crate::connect::{ConnectError, REMOTE_KEY};
use crate::wialon::wire::{Json, Object, integer};
use docket_core::Timestamp;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection};
use serde_json::json;
use std::sync::Arc;

/// The namespace of the ids of orders that came from a counterpart.
const NAMESPACE: Uuid = Uuid::from_u128(0x52c0_9a3e_6f6b_4d0e_8a2b_d0c0_e7d0_0a17);

/// The unique id of an order as it was answered; its id where it says none.
pub(super) fn uid_of(sent: &Object) -> Option<i64> {
    let number = |name: &str| sent.get(name).and_then(integer).filter(|id| *id > 0);
    number("uid").or_else(|| number("id"))
}

/// The order here that is known by a unique id there.
pub(super) async fn known(client: &Client<'_>, uid: i64) -> Result<Option<Arc<Order>>, ConnectError> {
    let target = Target::Key { namespace: REMOTE_KEY.to_owned(), key: uid.to_string() };
    Ok(client.remote.ledger.order(&client.remote.caller(), target).await?)
}

/// Orders that went to the history between two moments.
pub(super) async fn history_between(
    client: &Client<'_>,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Object>, ConnectError> {
    const SVC: &str = "order/get_orders_history";
    let resource = client.resource().await?;
    let (from, to) = (from.as_second().max(0), to.as_second().max(0));
    let params = json!({"itemId": resource, "ivalType": 1, "ivalFrom": from, "ivalTo": to});
    let answer = client.call(SVC, &params).await?;
    let orders = answer.json.get("orders").and_then(Json::as_array);
    let orders = orders.ok_or_else(|| Failure::odd(SVC, "the answer has no list `orders`"))?;
    Ok(orders.iter().filter_map(Json::as_object).cloned().collect())
}

/// Takes over an order. What is not taken is noted, and looked at anew.
pub(super) async fn take(client: &Client<'_>, round: &mut Round, sent: &Object) -> Result<(), ConnectError> {
    round.pulled.seen += 1;
    let Some(uid) = uid_of(sent) else {
        round.problem("an order without an id was left out".to_owned());
        return Ok(());
    };
    if let Some(id) = sent.get("id").and_then(integer) {
        client.session.lock().listed.insert(id, uid);
    }
    let here = match known(client, uid).await? {
        Some(order) => Some(order),
        None => created_here(client, sent).await?,
    };
    match here {
        Some(order) => update(client, round, &order, (uid, sent)).await,
        None => create(client, round, (uid, sent)).await,
    }
}

/// The order here that was created there while the answer was lost: it carries our mark, or says what was said.
async fn created_here(client: &Client<'_>, sent: &Object) -> Result<Option<Arc<Order>>, ConnectError> {
    let (ledger, caller) = (client.remote.ledger, client.remote.caller());
    if let Some(order) = place::mark_of(sent).and_then(marked) {
        let order = ledger.order(&caller, Target::Id(order)).await?;
        let Some(order) = order else { return Ok(None) };
        let mirror = Mirror::of(client.remote, order.serial).await?;
        return Ok(Some(order).filter(|_| mirror.uid.is_some() || mirror.intent.is_some()));
    }
    let open: Vec<Serial> = client.session.lock().intents.iter().copied().collect();
    for serial in open {
        let intent = Mirror::of(client.remote, serial).await?.intent;
        if intent.is_some_and(|intent| place::is_alike(&intent, sent)) {
            return Ok(ledger.order(&caller, Target::Serial(serial)).await?);
        }
    }
    Ok(None)
}

async fn update(
    client: &Client<'_>,
    round: &mut Round,
    order: &Order,
    (uid, sent): (i64, &Object),
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(order.serial).await;
    if round.is_older(client, order.serial) {
        return Ok(());
    }
    let Some(order) = remote.ledger.order(&remote.caller(), Target::Id(order.id)).await? else { return Ok(()) };
    let mut mirror = Mirror::of(remote, order.serial).await?;
    if mirror.uid.is_some_and(|known| known != uid) {
        let is_copy = place::mark_of(sent).and_then(marked) == Some(order.id)
            && !order.keys.contains(&remote.key(&uid.to_string()));
        if is_copy {
            let known = mirror.uid.unwrap_or_default();
            round
                .problem(format!("order {uid} there is a second copy of our order {}, which is {known}", order.serial));
        }
        return Ok(());
    }
    let is_theirs = remote.is_origin_of(&order);
    if mirror.uid.is_none() {
        // Of one of ours the answer of the call that created it was lost; of theirs, what was kept.
        place::adopt(&mut mirror, sent.clone());
        if is_theirs {
            mirror.there = Object::new();
        }
    }
    round.files.push((order.serial, mirror.id.unwrap_or(uid)));
    if mirror.there == *sent && !mirror.gone && order.keys.contains(&remote.key(&uid.to_string())) {
        return Ok(());
    }
    let seen = Seen::of(client, round, sent).await?;
    let change = Change::between(&mirror, &seen, is_theirs);
    change.keep(&mut mirror, &seen);
    let key = remote.key(&uid.to_string());
    let request = Request::change(Target::Id(order.id), move |order| {
        let mut command = change.command(order, &seen);
        command.keys.push(key.clone());
        Ok(command)
    });
    let outcome = remote.submit(Some(round.exchange), request, Some((order.serial, mirror.text()))).await?;
    client.session.intend(order.serial, false);
    round.settle(outcome, uid);
    Ok(())
}

async fn create(client: &Client<'_>, round: &mut Round, (uid, sent): (i64, &Object)) -> Result<(), ConnectError> {
    let remote = client.remote;
    let seen = Seen::of(client, round, sent).await?;
    if !remote.connection.flag(TAKE_ORDERS, true) || seen.is_of_before(client) {
        return Ok(());
    }
    let mut mirror = Mirror { id: sent.get("id").and_then(integer).or(Some(uid)), uid: Some(uid), ..Mirror::default() };
    let change = Change::between(&mirror, &seen, true);
    change.keep(&mut mirror, &seen);
    let key = remote.key(&uid.to_string());
    let id = order_id(client, uid);
    let target = Target::Key { namespace: key.namespace.clone(), key: key.key.clone() };
    let creation = change.creation(&seen);
    let request = Request::new(target, move |order| match order {
        // Somebody was faster; the next round compares.
        Some(_) => Ok(Command::default()),
        None => Ok(Command { identity: Some((id, None)), keys: vec![key.clone()], ..creation.clone() }),
    });
    let outcome = remote.submit(Some(round.exchange), request, None).await?;
    if let Some(Outcome::Done(done)) = &outcome
        && done.created
    {
        mirror.keep(remote, done.order.serial).await?;
        round.files.push((done.order.serial, mirror.id.unwrap_or(uid)));
    }
    round.settle(outcome, uid);
    Ok(())
}

/// The id of the order here that an order there becomes: the same however often it is met.
fn order_id(client: &Client<'_>, uid: i64) -> OrderId {
    let resource = client.known_resource().unwrap_or(0);
    let name = format!("{}\u{1f}{resource}\u{1f}{uid}", client.remote.connection.id);
    OrderId(Uuid::new_v5(&NAMESPACE, name.as_bytes()))
}

impl Round {
    /// Notes what became of a submission about an order.
    pub(super) fn settle(&mut self, outcome: Option<Outcome>, uid: i64) {
        match outcome {
            Some(Outcome::Done(done)) => self.pulled.changed += usize::from(done.changed),
            // It was deleted here, and stays so.
            Some(Outcome::Rejected(Rejection::Taken { .. })) | None => {}
            Some(Outcome::Rejected(rejection)) => self.problem(format!("order {uid}: {rejection}")),
            Some(Outcome::Outdated) => self.problem(format!("order {uid} changed meanwhile")),
        }
    }
}
