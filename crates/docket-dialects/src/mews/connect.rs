//! The connecting half: Docket as a client of Mews, or of anything that serves its Connector API.
//!
//! ```text
//! pull     services/getAll, configuration/get            what can be ordered there, once in a while
//!          productServiceOrders/getAll by UpdatedUtc     page after page; how far it got is kept after each
//!          orderItems, serviceOrderNotes, customers, companies of what is new
//! deliver  orders/add, once; serviceOrderNotes/add|update|delete; orderItems/cancel
//! ```
//!
//! `orders/add` has no key by which a repeated call is known, so it is written into the mirror before it is made, and
//! its lines carry an `ExternalIdentifier` of ours ([`marker`]). When the answer is lost the order is looked for among
//! the items that were created since; only when it is not there is it added again. An order that a pull meets is
//! recognised the same way.
//!
//! Which members changed is told by comparing with what was seen the last time, not with what the ledger says: what
//! people changed here stays until somebody changes it there.

mod call;
mod deliver;
mod estate;
mod inventory;
mod mirror;
mod notes;
mod place;
mod pull;
#[cfg(test)]
mod tests;
pub(super) mod webhook;

use crate::connect::{
    Budget, Connect, ConnectError, Delivered, Inventory, Pulled, Remote, SecretSpec, Settled, Window,
};
use crate::dialect::BoxFuture;
use call::Client;
use docket_core::ids::{OrderId, Uuid};
use docket_core::order::Order;
use mirror::Mirror;
use std::time::Duration;

/// The connecting half.
pub(super) struct MewsClient;

impl Connect for MewsClient {
    fn secrets(&self) -> &'static [SecretSpec] {
        const SECRETS: &[SecretSpec] = &[
            SecretSpec {
                name: "client_token",
                help: "ClientToken: identifies the application; Mews hands it out once per integration.",
                required: true,
            },
            SecretSpec {
                name: "access_token",
                help: "AccessToken: identifies the connection to one enterprise, or to a portfolio.",
                required: true,
            },
        ];
        SECRETS
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "productServiceOrders/getAll",
            "orders/add",
            "services/getAll",
            "products/getAll",
            "configuration/get",
            "orderItems/getAll",
            "orderItems/cancel",
            "serviceOrderNotes/getAll",
            "serviceOrderNotes/add",
            "serviceOrderNotes/update",
            "serviceOrderNotes/delete",
            "customers/getAll",
            "customers/add",
            "companies/getAll",
        ]
    }

    /// 200 requests per access token within 30 seconds.
    fn budget(&self) -> Budget {
        const WINDOWS: &[Window] = &[Window { operations: &[], calls: 200, within: Duration::from_secs(30) }];
        Budget { at_once: 4, windows: WINDOWS }
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn takes_orders(&self) -> bool {
        true
    }

    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>> {
        Box::pin(async move { pull::pull(&Client::of(remote)?).await })
    }

    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>> {
        Box::pin(async move { deliver::deliver(&Client::of(remote)?, order).await })
    }

    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move { inventory::inventory(&Client::of(remote)?, after).await })
    }

    /// Notes are said again word for word, and what was called off is called off again; an order is never added again.
    fn renew(&self, mirror: &str) -> Option<String> {
        Mirror::anew(mirror)
    }

    fn settle(&self, mirror: &str, outcome: &Settled) -> Option<String> {
        Mirror::settled(mirror, outcome)
    }
}

/// The setting with the service that orders go against which name none that is sold there.
pub(super) const SERVICE: &str = "service_id";
/// The setting with the product that lines without a price are sold as.
pub(super) const PRODUCT: &str = "product_id";
/// The setting with the customer or company of orders that are for nobody known there.
pub(super) const ACCOUNT: &str = "account_id";
/// The setting with the code of the tax that prices are sent with.
pub(super) const TAX_CODE: &str = "tax_code";
/// The setting that lets customers be added there.
pub(super) const ADD_CUSTOMERS: &str = "add_customers";
/// The setting with the enterprise that is meant, for tokens of a portfolio.
pub(super) const REMOTE_ENTERPRISE: &str = "remote_enterprise_id";

/// What begins the `ExternalIdentifier` of every line that a Docket adds.
const MARK: &str = "docket:";

/// The `ExternalIdentifier` of a line of an order: names the order, so that it is known again.
pub(super) fn marker(order: OrderId, line: usize) -> String {
    format!("{MARK}{}:{line}", order.0.hyphenated())
}

/// The order that an `ExternalIdentifier` names, if a Docket made it.
pub(super) fn marked(text: &str) -> Option<OrderId> {
    let (order, line) = text.strip_prefix(MARK)?.split_once(':')?;
    line.parse::<usize>().ok()?;
    Uuid::try_parse(order).ok().map(OrderId)
}
