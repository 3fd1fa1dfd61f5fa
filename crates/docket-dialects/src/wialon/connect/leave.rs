//! Orders that are listed there no more: in the history as what they came to, or deleted.

use super::call::{Client, Failure, Step};
use super::change::{Change, Seen};
use super::mirror::Mirror;
use super::pull::Round;
use super::take::{known, uid_of};
use crate::connect::ConnectError;
use crate::wialon::map::{LATE, ON_TIME, REJECTED};
use crate::wialon::wire::{Json, Object, integer};
use docket_core::ids::{ExchangeId, Serial, Uuid};
use docket_core::ledger::{OrderQuery, Outcome, Request, StateSet, Target};
use docket_core::order::{Command, Field, Move, Order, State};
use serde_json::json;
use std::collections::BTreeSet;

/// So many are looked up in one call.
const AT_ONCE: usize = 50;
/// The latest moment of an interval.
const LATEST: i64 = 4_294_967_295;

/// What is known of an order that left.
enum Fate {
    /// It is in the history.
    Filed(Object),
    /// It is nowhere.
    Deleted,
    /// The history may not be read.
    Hidden(String),
}

/// What became of orders, by their unique ids.
async fn fates(client: &Client<'_>, uids: &[i64]) -> Result<Vec<(i64, Fate)>, ConnectError> {
    const SVC: &str = "order/get_orders_history";
    let resource = client.resource().await?;
    let mut found = Vec::with_capacity(uids.len());
    for chunk in uids.chunks(AT_ONCE) {
        let step = |uid: &i64| Step {
            svc: SVC,
            params: json!({"itemId": resource, "ivalType": 1, "ivalFrom": 0, "ivalTo": LATEST, "orderUid": uid}),
        };
        let answers = client.steps(chunk.iter().map(step).collect(), false).await?;
        for (uid, answer) in chunk.iter().zip(answers) {
            found.push((*uid, fate(*uid, answer)?));
        }
    }
    Ok(found)
}

fn fate(uid: i64, answer: Result<Json, Failure>) -> Result<Fate, ConnectError> {
    match answer {
        Ok(answer) => {
            let orders = answer.get("orders").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut filed = orders.iter().filter_map(Json::as_object).filter(|sent| uid_of(sent) == Some(uid));
            Ok(filed.next_back().cloned().map_or(Fate::Deleted, Fate::Filed))
        }
        Err(Failure { error: ConnectError::Refused(why), .. }) => Ok(Fate::Hidden(why)),
        Err(failure) => Err(failure.into()),
    }
}

/// Notes that orders are listed no more, and what they came to.
pub(super) async fn all(client: &Client<'_>, round: &mut Round, uids: &[i64]) -> Result<(), ConnectError> {
    if uids.is_empty() {
        return Ok(());
    }
    for (uid, fate) in fates(client, uids).await? {
        client.session.lock().listed.retain(|_, known| *known != uid);
        let Some(order) = known(client, uid).await? else { continue };
        round.pulled.seen += 1;
        let remote = client.remote;
        let _turn = remote.turn(order.serial).await;
        if round.is_older(client, order.serial) {
            continue;
        }
        let mut mirror = Mirror::of(remote, order.serial).await?;
        if mirror.gone || mirror.uid != Some(uid) {
            continue;
        }
        if let Fate::Hidden(why) = &fate {
            round.problem(format!("order {uid} is no longer listed, and cannot be looked up: {why}"));
        }
        let outcome = over(client, round, &order, &mut mirror, fate).await?;
        round.settle(outcome, uid);
    }
    Ok(())
}

/// The same of one order whose turn it is; what it came to, in words.
pub(super) async fn left(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<String, ConnectError> {
    let Some(uid) = mirror.uid else { return Ok("it is not there".to_owned()) };
    let fate = fates(client, &[uid]).await?.pop().map_or(Fate::Deleted, |(_, fate)| fate);
    let words = match &fate {
        Fate::Filed(_) => "it is in the history there",
        Fate::Deleted => "it was deleted there",
        Fate::Hidden(_) => "it is no longer listed there",
    };
    let mut round = Round::new(client, ExchangeId(Uuid::nil())).await?;
    let outcome = over(client, &mut round, order, mirror, fate).await?;
    match outcome {
        Some(Outcome::Rejected(rejection)) if order.state != State::Deleted => {
            Err(ConnectError::Refused(format!("{words}: {rejection}")))
        }
        _ => Ok(words.to_owned()),
    }
}

async fn over(
    client: &Client<'_>,
    round: &mut Round,
    order: &Order,
    mirror: &mut Mirror,
    fate: Fate,
) -> Result<Option<Outcome>, ConnectError> {
    let remote = client.remote;
    let is_theirs = remote.is_origin_of(order);
    let change = match &fate {
        Fate::Filed(sent) => {
            let seen = Seen::of(client, round, sent).await?;
            let change = Change::between(mirror, &seen, is_theirs);
            change.keep(mirror, &seen);
            Some((change, seen))
        }
        Fate::Deleted | Fate::Hidden(_) => None,
    };
    let end = match &fate {
        Fate::Filed(sent) => match sent.get("s").and_then(integer) {
            Some(ON_TIME | LATE | REJECTED) => End::AsItSays,
            _ => End::Undone,
        },
        Fate::Deleted => End::Deleted,
        // Nobody knows, so nothing is said.
        Fate::Hidden(_) => End::AsItSays,
    };
    mirror.gone = true;
    let request = Request::change(Target::Id(order.id), move |order| {
        let command = change.as_ref().map(|(change, seen)| change.command(order, seen)).unwrap_or_default();
        Ok(ended(order, command, end, is_theirs))
    });
    let exchange = round.is_known_exchange().then_some(round.exchange);
    Ok(remote.submit(exchange, request, Some((order.serial, mirror.text()))).await?)
}

/// How an order left.
#[derive(Clone, Copy)]
enum End {
    /// Done or rejected; its status says so.
    AsItSays,
    /// Filed without having been either.
    Undone,
    /// It is nowhere.
    Deleted,
}

/// Where an order goes that left. What was done, or ended otherwise, says so itself; what was filed undone is closed if it
/// is theirs, as it is there; one of ours nobody is going to do.
fn ended(order: &Order, mut command: Command, end: End, is_theirs: bool) -> Command {
    let moves = match command.to {
        Some(Move::Become(to)) => to,
        _ => order.state,
    };
    let is_ended = moves.is_done() || matches!(moves, State::Canceled | State::Deleted);
    let (to, why) = match end {
        _ if is_ended => return command,
        End::AsItSays => return command,
        End::Undone if is_theirs => (State::Closed, None),
        End::Undone => (State::Rejected, Some("moved to the history there without having been done")),
        End::Deleted if is_theirs => (State::Canceled, Some("deleted there")),
        End::Deleted => (State::Rejected, Some("deleted there")),
    };
    command.to = Some(Move::Become(to));
    match why {
        Some(why) => command.with(Field::Outcome, why),
        None => command,
    }
}

/// The orders here that should be listed there and are not, of those that are still to be done.
pub(super) async fn missing(
    client: &Client<'_>,
    listed: &BTreeSet<i64>,
) -> Result<(Vec<i64>, Vec<Serial>), ConnectError> {
    let remote = client.remote;
    let (mut gone, mut intents) = (Vec::new(), Vec::new());
    let mut query = OrderQuery { states: StateSet::open(), ..OrderQuery::default() };
    loop {
        let page = remote.ledger.orders(&remote.caller(), query.clone()).await?;
        for order in &page.orders {
            let is_ours = remote.is_origin_of(order) || order.routed_to.contains(&remote.connection.id);
            let known = order.keys.iter().filter(|key| key.connection == remote.connection.id);
            let is_listed = known.filter_map(|key| key.key.parse().ok()).any(|uid| listed.contains(&uid));
            if !is_ours || is_listed {
                continue;
            }
            let mirror = Mirror::of(remote, order.serial).await?;
            if mirror.intent.is_some() {
                intents.push(order.serial);
            }
            gone.extend(mirror.uid.filter(|_| !mirror.gone));
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok((gone, intents));
        }
    }
}
