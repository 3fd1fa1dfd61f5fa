//! That the work is done.

use super::super::call::{object, rows, said};
use super::super::place::Look;
use super::super::pull::{self, Listed, Row};
use super::Delivery;
use crate::connect::ConnectError;
use crate::ppw::map;
use crate::ppw::wire::{Members, text_of};
use docket_core::Timestamp;
use serde_json::Value;

/// Says that the work is done, once, after everything else. The event has no id by which a repeated call is known, and
/// an order may be sent back in between: when an answer was lost the order is looked at.
pub(super) async fn ready(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    if !delivery.order.state.is_done() {
        if delivery.mirror.ready || delivery.mirror.readying.is_some() {
            (delivery.mirror.ready, delivery.mirror.readying) = (false, None);
            delivery.keep().await?;
        }
        return Ok(());
    }
    // What the source ended it knows to be over; what is still to come is to be there before.
    if !delivery.again.is_empty() || delivery.mirror.ended.is_some() || (delivery.mirror.ready && !delivery.mirror.anew)
    {
        return Ok(());
    }
    if let Some(since) = delivery.mirror.readying
        && !is_still_wanted(delivery, since).await?
    {
        return finish(delivery).await;
    }
    delivery.mirror.readying = Some(delivery.client.remote.now);
    delivery.keep().await?;
    let report = delivery.report();
    let asked = Members::from_iter([("dst_report_id".to_owned(), Value::String(report))]);
    let answer = match delivery.client.event("send_ready_for_office", &asked).await {
        Ok(answer) => answer,
        Err(failure) if failure.said_no => {
            delivery.mirror.readying = None;
            delivery.keep().await?;
            delivery.refused.push(failure.error.to_string());
            return Ok(());
        }
        Err(failure) => return Err(failure.into()),
    };
    // A refusal is no failure of the event: it is said within a successful answer.
    let lacking = lacking(&answer.data);
    if lacking.is_empty() {
        return finish(delivery).await;
    }
    delivery.mirror.readying = None;
    delivery.keep().await?;
    delivery.refused.push(format!("not ready for office: {}", lacking.join(" ")));
    Ok(())
}

async fn finish(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    (delivery.mirror.ready, delivery.mirror.readying) = (true, None);
    delivery.keep().await?;
    delivery.said.push("ready for office".to_owned());
    Look::soon(delivery.client.remote, delivery.there).await
}

/// Whether the order is still worked on there after a call whose answer was lost.
async fn is_still_wanted(delivery: &Delivery<'_>, since: Timestamp) -> Result<bool, ConnectError> {
    let asked = Members::from_iter([("report_id".to_owned(), Value::String(delivery.report()))]);
    let answer = delivery.client.event("get_order", &asked).await?;
    let word = object(answer.data).and_then(|order| said(&order, "wo_status")).unwrap_or_default();
    if word.eq_ignore_ascii_case(map::RTV) && was_sent_back(delivery, since).await? {
        return Err(ConnectError::later("the order was sent back meanwhile: what that says is looked for first"));
    }
    Ok(!map::state_of(&word).is_some_and(|state| state.is_done()))
}

/// Whether the order was sent back since, and nobody here has heard of it: then the call had arrived. An order that was
/// sent back once shows so until it is done again.
async fn was_sent_back(delivery: &Delivery<'_>, since: Timestamp) -> Result<bool, ConnectError> {
    const EVENT: &str = "get_all_updates";
    let answer = match delivery.client.event(EVENT, &pull::asked(Some(since))).await {
        Ok(answer) => answer,
        Err(failure) if failure.said_no => return Ok(false),
        Err(failure) => return Err(failure.into()),
    };
    let (listed, _) = rows(EVENT, answer)?;
    let is_news = |listed: &Listed| {
        let is_answered = listed.transaction.as_deref().is_some_and(|known| delivery.mirror.has_answered(known));
        listed.report == delivery.there && listed.word.eq_ignore_ascii_case(map::RTV) && !is_answered
    };
    Ok(listed.iter().any(|row| matches!(Row::read(row), Row::Order(listed) if is_news(&listed))))
}

fn lacking(data: &Value) -> Vec<String> {
    let found = match data.get("error") {
        Some(Value::Array(messages)) => messages.iter().map(words).collect(),
        Some(Value::Object(messages)) => messages.values().map(words).collect(),
        Some(Value::String(message)) => vec![message.clone()],
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) | None => Vec::new(),
    };
    found.into_iter().filter(|message: &String| !message.trim().is_empty()).collect()
}

fn words(message: &Value) -> String {
    text_of(message).unwrap_or_else(|| message.to_string())
}
