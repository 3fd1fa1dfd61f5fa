//! The texts clients and drivers are told about their orders in: kept as sent, and in the hub's own form beside it
//! (`resource/update_orders_notification`).

use super::super::error::Error;
use super::super::wire::{Json, Object, integer};
use super::Scope;
use super::items::Items;
use crate::notice::Template;
use docket_core::ids::ConnectionId;
use docket_core::ledger::{Record, Submission};
use serde_json::json;

const NAMESPACE: &str = "wialon.notification";
const KEY: &str = "orders";
/// The largest template.
const LARGEST: usize = 256 << 10;

fn connection(scope: &Scope<'_>, params: &Object) -> Result<ConnectionId, Error> {
    let resource = params.get("resourceId").and_then(integer).ok_or(Error::Input)?;
    if resource != Items::of(&scope.caller).resource {
        return Err(Error::Access);
    }
    scope.caller.connection_id().ok_or(Error::Access)
}

/// What is shown where nothing was set.
fn empty() -> Json {
    json!({ "sms": "", "subj": "", "text": "", "html": 0, "currency": "", "dns": "", "driverPushMsg": {} })
}

/// `resource/get_orders_notification`.
pub(super) async fn get(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let connection = connection(scope, params)?;
    let kept = scope.cx.ledger.record(connection.into(), NAMESPACE, KEY).await?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_else(empty))
}

/// `resource/update_orders_notification`: members that are not sent stay.
pub(super) async fn update(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let connection = connection(scope, params)?;
    let sent = params.get("ordersNotification").and_then(Json::as_object).ok_or(Error::Input)?;
    let is_text = |name: &str| sent.get(name).is_none_or(Json::is_string);
    let is_whole = ["sms", "subj", "text", "currency", "dns"].into_iter().all(is_text)
        && sent.get("html").is_none_or(|html| integer(html).is_some_and(|html| matches!(html, 0 | 1)))
        && sent.get("driverPushMsg").is_none_or(Json::is_object);
    if !is_whole {
        return Err(Error::Input);
    }
    let Json::Object(mut template) = get(scope, params).await? else { return Err(Error::Fault) };
    template.extend(sent.clone());
    let in_use = in_use(&template);
    let value = Json::Object(template).to_string();
    if value.len() > LARGEST {
        return Err(Error::Input);
    }
    let (namespace, key) = (NAMESPACE.to_owned(), KEY.to_owned());
    let record = Record { holder: connection.into(), namespace, key, value: Some(value), expected: None };
    let records = vec![record, in_use.record(connection)];
    scope.cx.ledger.submit(&scope.caller, Submission { records, ..Submission::default() }).await?;
    Ok(json!({}))
}

/// What of it the hub tells people. Of the drivers' texts those of a deviation (`trk`) and of an order that was left
/// unconfirmed (`stO`); the others are about what the vendor's own driver application shows.
fn in_use(template: &Object) -> Template {
    let text = |name: &str| template.get(name).and_then(Json::as_str).unwrap_or_default().to_owned();
    let push = template.get("driverPushMsg").and_then(Json::as_object);
    let pushed = |name: &str| {
        let message = push.and_then(|push| push.get(name)).and_then(|message| message.get("t"));
        message.and_then(Json::as_str).unwrap_or_default().to_owned()
    };
    Template {
        sms: text("sms"),
        subject: text("subj"),
        text: text("text"),
        html: template.get("html").and_then(integer) == Some(1),
        currency: text("currency"),
        locator: text("dns"),
        deviation: pushed("trk"),
        unconfirmed: pushed("stO"),
    }
}
