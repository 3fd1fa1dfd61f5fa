//! The connecting half: Docket as a client of Wialon, or of anything that serves its Remote API.
//!
//! ```text
//! token/login, core/search_items       one session, kept; the resource whose orders are meant
//! pull     core/update_data_flags       everything once, and again in a while
//!          avl_evts                      what happened since: orders, units, where those are
//!          order/list_attachments, order/get_attachment, order/get_orders_history
//! deliver  order/update                  create, once; update, assign, confirm, reject, register, delete
//!          order/attach, order/detach
//! ```
//!
//! **What happened is told once.** `avl_evts` empties what it answers, so whenever an answer was lost, or a session was,
//! everything is read anew; and so it is in a while anyway, for a call that something in between repeats has an answer
//! nobody sees.
//!
//! **An order is created once.** The call has no key by which a repeated one is known, so it is written into the mirror
//! before it is made, and the order carries our mark in `ej` ([`marker`]) and a custom id. When the answer is lost it is
//! looked for among the orders of the resource, and in the history; only when it is nowhere is it created again.
//!
//! **Both sides write.** Of each part of an order is known what was there and what was said ([`mirror::Mirror`]): what
//! changed there is taken over, what changed here is said, and our own words coming back are no news. What a unit did is
//! decided where its messages are judged: statuses come back and are not fought over.

mod answer;
mod call;
mod change;
mod deliver;
mod files;
mod inventory;
mod leave;
mod members;
mod mirror;
mod pull;
mod session;
mod take;
#[cfg(test)]
mod tests;
mod units;

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
pub(super) struct WialonClient;

impl Connect for WialonClient {
    fn secrets(&self) -> &'static [SecretSpec] {
        const SECRETS: &[SecretSpec] = &[SecretSpec {
            name: TOKEN,
            help: "The access token, 72 characters, with the rights to view and to modify (access flags 0x300 and 0x800).",
            required: true,
        }];
        SECRETS
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "token/login",
            "core/batch",
            "core/search_items",
            "core/search_item",
            "core/update_data_flags",
            "avl_evts",
            "order/update",
            "order/attach",
            "order/list_attachments",
            "order/get_attachment",
            "order/detach",
            "order/get_orders_history",
            "messages/load_interval",
            "messages/unload",
        ]
    }

    /// Ten requests of a session at once, ten `avl_evts` in ten seconds; of logins ten may fail in a minute.
    fn budget(&self) -> Budget {
        const WINDOWS: &[Window] = &[
            Window { operations: &["avl_evts"], calls: 10, within: Duration::from_secs(10) },
            Window { operations: &["token/login"], calls: 10, within: Duration::from_secs(60) },
        ];
        Budget { at_once: 10, windows: WINDOWS }
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(5)
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
        _after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move { inventory::inventory(&Client::of(remote)?).await })
    }

    /// Every part is said again, after looking how the order stands there; it is never created again.
    fn renew(&self, mirror: &str) -> Option<String> {
        Mirror::anew(mirror)
    }

    fn settle(&self, mirror: &str, outcome: &Settled) -> Option<String> {
        Mirror::settled(mirror, outcome)
    }
}

/// The secret that sessions are begun with.
const TOKEN: &str = "token";
/// The setting with the resource whose orders are meant.
pub(super) const REMOTE_RESOURCE: &str = "remote_resource";
/// The setting with the user there that is acted as.
pub(super) const REMOTE_USER: &str = "remote_user";
/// The setting that lets orders of the resource be orders here.
pub(super) const TAKE_ORDERS: &str = "take_orders";
/// The setting that lets units there be units here.
pub(super) const MIRROR_UNITS: &str = "mirror_units";
/// The setting with the unit there of what is done here by somebody who is none of its units.
pub(super) const DEFAULT_UNIT: &str = "default_unit";
/// The setting that says how often everything is read anew.
pub(super) const REREAD: &str = "reread_s";

/// The member of `ej` in which an order says that a Docket made it.
pub(super) const MARK: &str = "docket";

/// What an order that is created from here says of itself: which order it is, and which of several, where one that was
/// done is done again.
pub(super) fn marker(order: OrderId, made: u32) -> String {
    match made {
        0 | 1 => order.0.hyphenated().to_string(),
        again => format!("{}:{again}", order.0.hyphenated()),
    }
}

/// The order that such a word names.
pub(super) fn marked(text: &str) -> Option<OrderId> {
    let order = text.split_once(':').map_or(text, |(order, _)| order);
    Uuid::try_parse(order).ok().map(OrderId)
}
