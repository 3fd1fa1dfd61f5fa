//! That the work is done.

use super::super::call::{object, said};
use super::Delivery;
use crate::connect::ConnectError;
use crate::ppw::map;
use crate::ppw::wire::{Members, text_of};
use serde_json::Value;

/// Says that the work is done, once, after everything else. The event has no id by which a repeated call is known, and an
/// order may be sent back in between: when an answer was lost the order is looked at.
pub(super) async fn ready(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    if !delivery.order.state.is_done() {
        if delivery.mirror.ready || delivery.mirror.readying {
            (delivery.mirror.ready, delivery.mirror.readying) = (false, false);
            delivery.keep().await?;
        }
        return Ok(());
    }
    // What the source ended it knows to be over.
    if delivery.mirror.ended.is_some() || (delivery.mirror.ready && !delivery.mirror.anew) {
        return Ok(());
    }
    if delivery.mirror.readying && !is_still_wanted(delivery).await? {
        return finish(delivery).await;
    }
    delivery.mirror.readying = true;
    delivery.keep().await?;
    let report = delivery.report();
    let asked = Members::from_iter([("dst_report_id".to_owned(), Value::String(report))]);
    let answer = match delivery.client.event("send_ready_for_office", &asked).await {
        Ok(answer) => answer,
        Err(failure) if failure.said_no => {
            delivery.mirror.readying = false;
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
    delivery.mirror.readying = false;
    delivery.keep().await?;
    delivery.refused.push(format!("not ready for office: {}", lacking.join(" ")));
    Ok(())
}

async fn finish(delivery: &mut Delivery<'_>) -> Result<(), ConnectError> {
    (delivery.mirror.ready, delivery.mirror.readying) = (true, false);
    delivery.keep().await?;
    delivery.said.push("ready for office".to_owned());
    Ok(())
}

/// Whether the order is still worked on there after a call whose answer was lost.
async fn is_still_wanted(delivery: &Delivery<'_>) -> Result<bool, ConnectError> {
    let asked = Members::from_iter([("report_id".to_owned(), Value::String(delivery.report()))]);
    let answer = delivery.client.event("get_order", &asked).await?;
    let word = object(answer.data).and_then(|order| said(&order, "wo_status")).unwrap_or_default();
    if word.eq_ignore_ascii_case(map::RTV) {
        return Err(ConnectError::later("the order was sent back meanwhile: what that says is looked for first"));
    }
    Ok(!map::state_of(&word).is_some_and(|state| state.is_done()))
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
