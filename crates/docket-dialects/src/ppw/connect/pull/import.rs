//! Taking over an order that is new.

use super::super::call::{Answer, object, said};
use super::super::mirror::Mirror;
use super::super::place::{Aside, Look};
use super::row::{Listed, is_command};
use super::update::{acknowledge, answer_aside};
use super::{Round, about, details};
use crate::connect::ConnectError;
use crate::ppw::map::remote;
use crate::ppw::wire::{Members, text_of};
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial};
use docket_core::ledger::{OrderQuery, Outcome, Request, Target};
use docket_core::order::{Command, Item, Order, Rejection};
use serde_json::Value;
use std::sync::Arc;

/// Takes over an order that is not known here, unless its number is taken.
pub(super) async fn new(round: &mut Round<'_>, listed: &Listed) -> Result<(), ConnectError> {
    let client = round.client;
    if let Some(other) = holder(round, listed).await? {
        round.problem(format!("order {} was not taken over: order {} has its number", listed.number, other.serial));
        return answer_aside(round, listed, "duplicate", "Duplicate work order number.").await;
    }
    // Only the commands of a listing need no room.
    if round.room == 0 {
        round.pulled.more = true;
        return Ok(());
    }
    if Aside::of(client, listed.report).await?.why == DELETED {
        return answer_aside(round, listed, DELETED, "The work order was deleted here.").await;
    }
    round.room -= 1;
    let came = client.event("get_order", &about(listed.report, &[])).await;
    let Some(Answer { data, exchange }) = round.tolerate(came)? else { return Ok(()) };
    let Some(sent) = whole(data) else {
        round.problem(format!("order {}: get_order answered no order", listed.number));
        return Ok(());
    };
    let mismatch = said(&sent, "transaction_id").filter(|id| listed.transaction.as_ref().is_some_and(|own| own != id));
    if let Some(other) = mismatch {
        round.problem(format!("order {}: get_order says transaction {other}, not the listed one", listed.number));
    }
    let bag = remote::bag_of(&sent, listed.org_wo_num.as_deref());
    let connection = client.remote.connection.id;
    let mut command =
        remote::creation(remote::order_id(connection, listed.report), &bag, client.setting(super::super::COMPANY));
    command.keys.push(client.remote.key(&listed.report.to_string()));
    command.put = details::forms(round, &sent);
    let request = Request::new(Target::Id(remote::order_id(connection, listed.report)), move |order| match order {
        // It is here already, and was not known by its key.
        Some(_) => Ok(Command { keys: command.keys.clone(), ..Command::default() }),
        None => Ok(command.clone()),
    });
    match client.remote.submit(Some(exchange), request, None).await? {
        Some(Outcome::Done(done)) => {
            round.note(&done);
            complete(round, &done.order, listed).await
        }
        // It was deleted here, and stays so.
        Some(Outcome::Rejected(Rejection::Taken { .. })) => {
            answer_aside(round, listed, DELETED, "The work order was deleted here.").await
        }
        Some(Outcome::Rejected(rejection)) => {
            let said = format!("The work order was not taken over: {rejection}.");
            round.problem(format!("order {}: {rejection}", listed.number));
            answer_aside(round, listed, "refused", &said).await
        }
        Some(Outcome::Outdated) | None => Err(ConnectError::later("the order changed meanwhile")),
    }
}

/// Why an order is not here that was.
const DELETED: &str = "deleted";

/// The order of an answer; the vendor's page says list, its sample shows one.
fn whole(data: Value) -> Option<Members> {
    match data {
        Value::Array(entries) => entries.into_iter().find_map(object),
        data => object(data),
    }
    .filter(|members| !members.is_empty())
}

/// The order that has the number already: one of this import, or of the client company it is assigned to.
async fn holder(round: &Round<'_>, listed: &Listed) -> Result<Option<Arc<Order>>, ConnectError> {
    if listed.number.trim().is_empty() {
        return Ok(None);
    }
    let remote = round.client.remote;
    let company = round.client.setting(super::super::COMPANY);
    let caller = match company {
        Some(_) => Caller::hub(remote.connection.account),
        None => remote.caller(),
    };
    let query = OrderQuery { number: Some(listed.number.clone()), ..OrderQuery::default() };
    let page = remote.ledger.orders(&caller, query).await?;
    let of_company = |order: &Order| {
        let known = order.fields.client_company.as_deref().map(str::trim);
        company.zip(known).is_some_and(|(company, known)| company.eq_ignore_ascii_case(known))
    };
    let own = remote::order_id(remote.connection.id, listed.report);
    let mut found = page.orders.into_iter().filter(|order| order.id != own);
    Ok(found.find(|order| remote.is_origin_of(order) || of_company(order)))
}

/// Goes on with an order whose taking over was cut; whether it was.
pub(super) async fn finish(round: &mut Round<'_>, order: &Order, listed: &Listed) -> Result<bool, ConnectError> {
    let mirror = Mirror::of(round.client.remote, order.serial).await?;
    if mirror.imported {
        return Ok(false);
    }
    complete(round, order, listed).await?;
    Ok(true)
}

/// Reads what belongs to an order that is new, and tells the source that it is here.
async fn complete(round: &mut Round<'_>, order: &Order, listed: &Listed) -> Result<(), ConnectError> {
    let client = round.client;
    let _turn = client.remote.turn(order.serial).await;
    let mut mirror = Mirror::of(client.remote, order.serial).await?;
    if mirror.id.is_none() {
        mirror.id = Some(listed.report);
        mirror.lacks = details::all();
        mirror.keep(client.remote, order.serial).await?;
    }
    if !details::read(round, order.serial, true).await? {
        Look::default().later(client.remote, listed.report).await?;
    }
    let came = client.event("mark_order_imported", &about(listed.report, &[])).await;
    // A source of another make need not know it.
    match came {
        Err(failure) if !failure.said_no => return Err(failure.into()),
        Ok(_) | Err(_) => {}
    }
    let mut mirror = Mirror::of(client.remote, order.serial).await?;
    let mut aside = Aside::of(client, listed.report).await?;
    let is_new = |known: &&String| !mirror.has_answered(known) && !aside.answered.contains(known);
    let listing = listed.transaction.as_ref().filter(|_| !is_command(&listed.word));
    if let Some(transaction) = listing.filter(is_new).cloned() {
        acknowledge(round, &transaction, Some(listed.report), &listed.number, Ok(())).await?;
        mirror.answer(transaction);
    }
    for transaction in std::mem::take(&mut aside.answered) {
        mirror.answer(transaction);
    }
    mirror.imported = true;
    mirror.keep(client.remote, order.serial).await?;
    let kept = Aside::of(client, listed.report).await?;
    if kept != Aside::default() {
        Aside::default().keep(client, listed.report).await?;
    }
    Ok(())
}

/// Puts items on an order.
pub(super) async fn put(
    round: &mut Round<'_>,
    order: OrderId,
    items: Vec<Item>,
    exchange: Option<docket_core::ids::ExchangeId>,
) -> Result<(), ConnectError> {
    if items.is_empty() {
        return Ok(());
    }
    let command = Command { put: items, ..Command::default() };
    let request = Request::change(Target::Id(order), move |_| Ok(command.clone()));
    match round.client.remote.submit(exchange, request, None).await? {
        Some(Outcome::Done(done)) => round.note(&done),
        // Deleted meanwhile.
        Some(Outcome::Rejected(Rejection::NotFound)) | None => {}
        Some(Outcome::Rejected(rejection)) => round.problem(format!("order {order}: {rejection}")),
        Some(Outcome::Outdated) => return Err(ConnectError::later("the order changed meanwhile")),
    }
    Ok(())
}

/// The order as it is by now, for those who have its turn.
pub(super) async fn now_of(round: &Round<'_>, serial: Serial) -> Result<Option<Arc<Order>>, ConnectError> {
    let remote = round.client.remote;
    Ok(remote.ledger.order(&remote.caller(), Target::Serial(serial)).await?)
}

/// The text of a member that may be a number.
pub(super) fn text(members: &Members, name: &str) -> String {
    members.get(name).and_then(text_of).unwrap_or_default()
}
