//! `status`: the field reports how far it has come with some orders.

use super::aside::{self, Aside, Why};
use super::lookup::{self, Hints};
use super::services::Service;
use crate::dialect::{ServeContext, WireResponse};
use crate::pruvan::error::{self, json};
use crate::pruvan::map::progress::{self, Report};
use crate::pruvan::wire::{Object, Pairs, Scalar, elements, inspect, scalar};
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Outcome, Request, Submission, Target};
use docket_core::order::Rejection;
use http::StatusCode;
use std::sync::Arc;

/// The most orders one report may be about.
const ORDERS_LIMIT: usize = 1000;

/// Takes a report in. Whatever is wrong with one order, the others count.
pub async fn serve(cx: ServeContext<'_>, caller: &Caller, payload: &str) -> Result<WireResponse, Fault> {
    let list = Pairs::read(payload).and_then(|pairs| list_of(pairs.get("workOrders")?.get()));
    let Some(orders) = list.as_deref().and_then(elements) else {
        return Ok(Service::Status.refuse(StatusCode::OK, "workOrders is missing or no array"));
    };
    if orders.len() > ORDERS_LIMIT {
        return Ok(Service::Status.refuse(StatusCode::OK, "more than 1000 orders in one report"));
    }
    let mut failed: Vec<(String, String)> = Vec::new();
    let mut unknown: Option<Why> = None;
    let mut asked: Vec<(Arc<Report>, &str)> = Vec::new();
    let mut requests = Vec::new();
    for order in orders {
        let report = match progress::read(order.get()) {
            Ok(report) => Arc::new(report),
            Err((number, why)) => {
                failed.push((number, error::reason(&why)));
                continue;
            }
        };
        match find(cx, caller, &report).await? {
            Some(target) => {
                let (kept, by) = (Arc::clone(&report), caller.clone());
                requests.push(Request::change(target, move |order| progress::propose(&kept, &by, order)));
                asked.push((report, order.get()));
            }
            None => unknown = Some(set_aside(cx, caller, &report, order.get()).await?),
        }
    }
    let outcomes = match requests.is_empty() {
        true => Vec::new(),
        false => cx.ledger.submit(caller, Submission { requests, ..Submission::default() }).await?,
    };
    for ((report, said), outcome) in asked.iter().zip(outcomes) {
        match outcome {
            Outcome::Done(_) => {}
            Outcome::Rejected(Rejection::NotFound) => unknown = Some(set_aside(cx, caller, report, said).await?),
            Outcome::Rejected(why) => failed.push((report.number.clone(), error::reason(&why))),
            Outcome::Outdated => return Err(Fault::Busy),
        }
    }
    let answer = json(StatusCode::OK, answer(&failed));
    Ok(unknown.map_or_else(|| answer.clone(), |why| why.told(answer.clone())))
}

/// The array of orders: as such, as its JSON text, or of a single order on its own.
fn list_of(value: &str) -> Option<String> {
    let text = match scalar(value) {
        Scalar::Text(text) if inspect(&text).is_ok() => text.into_owned(),
        Scalar::Other => value.to_owned(),
        Scalar::Text(_) | Scalar::Null => return None,
    };
    Some(if text.trim_start().starts_with('{') { format!("[{text}]") } else { text })
}

async fn find(cx: ServeContext<'_>, caller: &Caller, report: &Report) -> Result<Option<Target>, Fault> {
    let hints = Hints {
        number: Some(&report.number),
        ids: [report.mark.as_deref(), report.project.as_deref()],
        serial: report.source.as_deref(),
    };
    Ok(lookup::find(cx, caller, &hints).await?.map(|order| Target::Serial(order.serial)))
}

async fn set_aside(cx: ServeContext<'_>, caller: &Caller, report: &Report, said: &str) -> Result<Why, Fault> {
    let why = Why::NoOrder;
    aside::keep(cx, caller, &Aside { service: "status", key: &report.number, why, said, file: None }).await?;
    Ok(why)
}

/// One failure is told as an object, several as an array of them.
fn answer(failed: &[(String, String)]) -> String {
    let told: Vec<String> = failed
        .iter()
        .map(|(number, why)| {
            let mut object = Object::default();
            object.text("workOrderNumber", number);
            object.text("error", why);
            object.finish()
        })
        .collect();
    match told.as_slice() {
        [] => r#"{"status":true,"error":null}"#.to_owned(),
        [one] => format!(r#"{{"status":false,"error":{one}}}"#),
        several => format!(r#"{{"status":false,"error":[{}]}}"#, several.join(",")),
    }
}
