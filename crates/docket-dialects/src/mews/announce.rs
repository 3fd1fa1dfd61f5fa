//! The general webhook: which service orders changed, by id and nothing more; whoever is told fetches them.
//!
//! At the vendor only reservations fire `ServiceOrderUpdated`, creation included; product service orders do here when the
//! connection is set to tell of them too. The vendor calls within minutes, waits five seconds for an answer, follows
//! 307 and 308, and calls again a few times; how often is ours.

use super::map::{Catalogue, derived, enterprise_of};
use crate::dialect::{Announce, Announcement, BoxFuture, News, ServeContext};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::Uuid;
use docket_core::ledger::Fault;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// The setting with the address to call.
pub(super) const URL: &str = "webhook_url";
/// The setting that lets product service orders be told of.
pub(super) const PRODUCT_ORDERS: &str = "webhook_product_orders";

const TIMEOUT: Duration = Duration::from_secs(5);
const MINUTE: u64 = 60;
const PAUSES: &[Duration] =
    &[Duration::from_secs(MINUTE), Duration::from_secs(5 * MINUTE), Duration::from_secs(15 * MINUTE)];

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Webhook {
    enterprise_id: Uuid,
    integration_id: Uuid,
    events: Vec<Event>,
}

#[derive(Serialize)]
#[serde(tag = "Discriminator", content = "Value")]
enum Event {
    #[serde(rename_all = "PascalCase")]
    ServiceOrderUpdated { id: Uuid },
}

/// The general webhook.
pub(super) struct GeneralWebhook;

impl Announce for GeneralWebhook {
    fn listens<'a>(&'a self, _cx: ServeContext<'a>, connection: &'a Connection) -> BoxFuture<'a, Result<bool, Fault>> {
        Box::pin(std::future::ready(Ok(url(connection).is_some())))
    }

    fn announce<'a>(
        &'a self,
        cx: ServeContext<'a>,
        connection: &'a Connection,
        news: &'a [News],
    ) -> BoxFuture<'a, Result<Option<Announcement>, Fault>> {
        Box::pin(async move {
            let Some(url) = url(connection) else { return Ok(None) };
            let caller = Caller::connection(Arc::new(connection.clone()));
            let catalogue = Catalogue::of(connection.account, cx.ledger.services(&caller).await?);
            Ok(body(connection, news, &catalogue).map(|body| Announcement {
                operation: "general webhook",
                method: Method::POST,
                url: url.to_owned(),
                headers: HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))]),
                body: body.into(),
                timeout: TIMEOUT,
                follow_redirects: true,
            }))
        })
    }

    fn retries(&self) -> &'static [Duration] {
        PAUSES
    }
}

fn url(connection: &Connection) -> Option<&str> {
    connection.setting(URL).map(str::trim).filter(|url| !url.is_empty())
}

/// What is told: every order once, in the order they changed last; `None` when there is nothing to tell.
fn body(connection: &Connection, news: &[News], catalogue: &Catalogue) -> Option<String> {
    let all = connection.flag(PRODUCT_ORDERS, false);
    let mut told = HashSet::new();
    let due = |news: &&News| !news.entry.changes.is_empty() && (all || catalogue.stay_of(&news.order.fields).is_some());
    let ids = news.iter().rev().filter(due).map(|news| news.order.id.0).filter(|id| told.insert(*id));
    let mut events: Vec<Event> = ids.map(|id| Event::ServiceOrderUpdated { id }).collect();
    events.reverse();
    let webhook = Webhook {
        enterprise_id: enterprise_of(connection),
        integration_id: derived(connection.account, "integration", &connection.id.to_string()),
        events,
    };
    (!webhook.events.is_empty()).then(|| serde_json::to_string(&webhook).unwrap_or_default())
}
