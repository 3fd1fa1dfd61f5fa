//! What is to be done about orders that are known, and how it is answered.

use super::super::call::{Client, object};
use super::super::mirror::Mirror;
use super::super::place::Aside;
use super::row::{Listed, is_canceled, is_command};
use super::{Round, known};
use crate::connect::ConnectError;
use crate::ppw::map::{self, remote};
use crate::ppw::wire::text_of;
use docket_core::ids::{ExchangeId, OrderId};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State, Transition};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::Value;

/// A source without transaction ids tells a thing again for as long as it is asked back to it; seen so soon after it
/// was last seen, it is the same.
const SAME: SignedDuration = SignedDuration::from_mins(15);

/// What the vendor names an id and a reason for and no members; the one place that decides them.
#[derive(Serialize)]
struct Acknowledgement<'a> {
    transaction_id: &'a str,
    success: bool,
    error: bool,
    error_msg: Option<&'a str>,
    report_id: Option<String>,
    wo_number: &'a str,
}

/// Answers a transaction; a no of the source to that is as good as an answer.
pub(super) async fn acknowledge(
    round: &mut Round<'_>,
    transaction: &str,
    report: Option<i64>,
    number: &str,
    verdict: Result<(), &str>,
) -> Result<(), ConnectError> {
    let data = Acknowledgement {
        transaction_id: transaction,
        success: verdict.is_ok(),
        error: verdict.is_err(),
        error_msg: verdict.err(),
        report_id: report.map(|report| report.to_string()),
        wo_number: number,
    };
    let came = round.client.event("ack_transaction", &data).await;
    round.tolerate(came).map(drop)
}

/// Answers what was said about an order that is not here, once.
pub(super) async fn answer_aside(
    round: &mut Round<'_>,
    listed: &Listed,
    why: &str,
    said: &str,
) -> Result<(), ConnectError> {
    let client = round.client;
    let mut aside = Aside::of(client, listed.report).await?;
    let before = aside.clone();
    why.clone_into(&mut aside.why);
    if let Some(transaction) = listed.transaction.clone().filter(|known| !aside.answered.contains(known)) {
        acknowledge(round, &transaction, Some(listed.report), &listed.number, Err(said)).await?;
        aside.answered.push(transaction);
    }
    if aside != before { aside.keep(client, listed.report).await } else { Ok(()) }
}

/// Does what was told of an order, and answers it.
pub(super) async fn told(round: &mut Round<'_>, listed: &Listed, exchange: ExchangeId) -> Result<(), ConnectError> {
    let client = round.client;
    let Some(order) = known(client, listed.report).await? else {
        if listed.transaction.is_none() {
            return Ok(());
        }
        let aside = Aside::of(client, listed.report).await?;
        let said = "There is no such work order here.";
        return answer_aside(round, listed, &aside.why, said).await;
    };
    let _turn = client.remote.turn(order.serial).await;
    let order = client.remote.ledger.order(&client.remote.caller(), Target::Id(order.id)).await?;
    // Deleted meanwhile.
    let Some(order) = order else { return Ok(()) };
    let mut mirror = Mirror::of(client.remote, order.serial).await?;
    let before = mirror.clone();
    if listed.transaction.as_deref().is_some_and(|known| mirror.has_answered(known)) {
        return stands(round, listed, &order, mirror, exchange).await;
    }
    let heeded = listed.transaction.as_deref().and_then(|known| mirror.heeded(known));
    let verdict = match heeded {
        Some(verdict) => verdict,
        None => apply(round, listed, &order, &mut mirror, exchange).await?,
    };
    refresh(round, order.id, &mut mirror).await?;
    if let Some(transaction) = &listed.transaction {
        // What was done is not done again when the answer does not arrive: work may have gone on since.
        mirror.heed(transaction, &verdict);
        mirror.keep(client.remote, order.serial).await?;
        let verdict = verdict.as_ref().copied().map_err(String::as_str);
        acknowledge(round, transaction, Some(listed.report), &listed.number, verdict).await?;
        mirror.answer(transaction.clone());
    } else if let Err(why) = verdict {
        round.problem(format!("order {}: {why}", listed.number));
    }
    if mirror != before { mirror.keep(client.remote, order.serial).await } else { Ok(()) }
}

/// An entry that was answered may still say that the order is open: then it is.
async fn stands(
    round: &mut Round<'_>,
    listed: &Listed,
    order: &Order,
    mut mirror: Mirror,
    exchange: ExchangeId,
) -> Result<(), ConnectError> {
    if mirror.ended.is_none() || is_command(&listed.word) {
        return Ok(());
    }
    if apply(round, listed, order, &mut mirror, exchange).await?.is_ok() {
        refresh(round, order.id, &mut mirror).await?;
        mirror.keep(round.client.remote, order.serial).await?;
    }
    Ok(())
}

/// Does what was told of an order; the inner error says for the source why not.
async fn apply(
    round: &mut Round<'_>,
    listed: &Listed,
    order: &Order,
    mirror: &mut Mirror,
    exchange: ExchangeId,
) -> Result<Result<(), String>, ConnectError> {
    let word = listed.word.as_str();
    let command = match &listed.field {
        _ if is_canceled(word) => cancel(listed, order, mirror),
        _ if word.eq_ignore_ascii_case(map::COMPLETE) => close(order, mirror),
        _ if word.eq_ignore_ascii_case(map::RTV) => send_back(round.client, listed, order, mirror),
        Some(field) => match change(order, field, &listed.value) {
            Ok(command) => command,
            Err(why) => {
                mirror.stale |= order.state.is_done();
                return Ok(Err(why));
            }
        },
        None => reopen(order, mirror),
    };
    let Some(command) = command else { return Ok(Ok(())) };
    let request = Request::change(Target::Id(order.id), move |_| Ok(command.clone()));
    // What is known of the source changes with the order, or neither does.
    if let Some(transaction) = &listed.transaction {
        mirror.heed(transaction, &Ok(()));
    }
    let kept = Some((order.serial, mirror.text()));
    Ok(match round.client.remote.submit(Some(exchange), request, kept).await? {
        Some(Outcome::Done(done)) => {
            round.note(&done);
            Ok(())
        }
        Some(Outcome::Rejected(Rejection::NotFound)) | None => Err("The work order was deleted here.".to_owned()),
        Some(Outcome::Rejected(rejection)) => Err(format!("The work order was not changed: {rejection}.")),
        Some(Outcome::Outdated) => return Err(ConnectError::later("the order changed meanwhile")),
    })
}

/// Reads an order anew that is open again: what was told of it while it was not was not heeded.
async fn refresh(round: &mut Round<'_>, id: OrderId, mirror: &mut Mirror) -> Result<(), ConnectError> {
    let (true, Some(report)) = (mirror.stale, mirror.id) else { return Ok(()) };
    let remote = round.client.remote;
    let order = remote.ledger.order(&remote.caller(), Target::Id(id)).await?;
    let Some(order) = order.filter(|order| order.state.is_open()) else { return Ok(()) };
    let came = round.client.event("get_order", &super::about(report, &[])).await;
    let Some(answer) = round.tolerate(came)? else { return Ok(()) };
    mirror.stale = false;
    let Some(command) = object(answer.data).and_then(|sent| remote::refreshed(&order, &sent)) else { return Ok(()) };
    let request = Request::change(Target::Id(id), move |_| Ok(command.clone()));
    if let Some(Outcome::Done(done)) = round.client.remote.submit(Some(answer.exchange), request, None).await? {
        round.note(&done);
    }
    Ok(())
}

/// A member that changed. Work that was handed in is not changed any more.
fn change(order: &Order, field: &str, value: &Value) -> Result<Option<Command>, String> {
    match remote::update(order, field, value) {
        remote::Update::Unknown => Err(format!("{field} is nothing that can be changed here.")),
        remote::Update::Same => Ok(None),
        remote::Update::Do(_) if order.state.is_done() => {
            Err(format!("The work order is {} here.", map::word(order.state, true)))
        }
        remote::Update::Do(command) => Ok(Some(*command)),
    }
}

fn cancel(listed: &Listed, order: &Order, mirror: &mut Mirror) -> Option<Command> {
    if listed.canceled.is_some() && mirror.canceled == listed.canceled {
        return None;
    }
    mirror.canceled.clone_from(&listed.canceled);
    mirror.ended = Some(map::CANCEL.to_owned());
    (order.state != State::Canceled).then(|| Command::default().moving(Transition::Cancel))
}

fn close(order: &Order, mirror: &mut Mirror) -> Option<Command> {
    mirror.ended = Some(map::COMPLETE.to_owned());
    let is_over = matches!(order.state, State::Closed | State::Invoiced | State::Canceled);
    (!is_over).then(|| Command::default().moving(Transition::Close))
}

fn send_back(client: &Client<'_>, listed: &Listed, order: &Order, mirror: &mut Mirror) -> Option<Command> {
    let reason = text_of(&listed.value).filter(|reason| !reason.trim().is_empty());
    if listed.transaction.is_none() {
        let (now, said) = (client.remote.now, reason.clone().unwrap_or_default());
        let last = mirror.returned.replace((said.clone(), now));
        if last.is_some_and(|(known, at)| known == said && now.duration_since(at) < SAME) {
            return None;
        }
    }
    (mirror.ended, mirror.ready, mirror.readying) = (None, false, None);
    mirror.stale |= !order.state.is_open();
    Some(remote::returned(order, reason.as_deref()))
}

/// What the source ended and shows as open is open again.
fn reopen(order: &Order, mirror: &mut Mirror) -> Option<Command> {
    mirror.ended.take()?;
    mirror.stale = true;
    matches!(order.state, State::Canceled | State::Closed).then(|| Command::default().moving(Transition::Reopen))
}
