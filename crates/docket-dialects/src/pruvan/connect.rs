//! The connecting half: Docket as a client of Pruvan, or of whatever stands in for either of its two parts. Which part the
//! counterpart has is the setting [`TOWARDS`].
//!
//! ```text
//! towards an account (Pruvan itself, a Docket that crews work in)
//!   deliver  push: the whole order once, then what changed, canceled, closed
//!   results  come to the served half: status and uploadPictures, called by the account
//! towards a remote system (a back office)
//!   pull     validate, once, with a push key of ours; getWorkOrders since the last time
//!   deliver  uploadPictures, one item a call, photos and surveys first; then status
//! ```
//!
//! Nothing here must not be repeated: a push updates the order that is there, an item is known by its `uuId`, a report says
//! how far an order is. So what a call came to need not be known, and a call whose answer was lost is made again.
//!
//! An account has no list of orders and cannot be asked for one. What it has is what it acknowledged.

mod call;
mod deliver;
mod inventory;
mod mirror;
mod publish;
mod pull;
mod push;
#[cfg(test)]
mod tests;
mod validate;

use super::pushkey::PUSH_KEY;
use crate::connect::{Budget, Connect, ConnectError, Delivered, Inventory, Pulled, Remote, SecretSpec};
use crate::dialect::BoxFuture;
use call::Client;
use docket_core::connection::Connection;
use docket_core::order::Order;
use mirror::Mirror;
use std::time::Duration;

/// The connecting half.
pub(super) struct PruvanClient;

impl Connect for PruvanClient {
    fn secrets(&self) -> &'static [SecretSpec] {
        const SECRETS: &[SecretSpec] = &[
            SecretSpec {
                name: PUSH_KEY,
                help: "Towards an account: its push key, whole URL or what stands behind apiKey=; an account that \
                       validates leaves its own.",
                required: false,
            },
            SecretSpec {
                name: REMOTE_USERNAME,
                help: "Towards a remote system: the user name of its web services.",
                required: false,
            },
            SecretSpec {
                name: REMOTE_PASSWORD,
                help: "Towards a remote system: the password; sent as its SHA-1.",
                required: false,
            },
            SecretSpec {
                name: REMOTE_TOKEN,
                help: "Towards a remote system: the token, sent as it is.",
                required: false,
            },
        ];
        SECRETS
    }

    fn operations(&self) -> &'static [&'static str] {
        &["push", "validate", "getWorkOrders", "status", "uploadPictures"]
    }

    /// The vendor names no limits.
    fn budget(&self) -> Budget {
        Budget { at_once: 4, windows: &[] }
    }

    /// A ping is heard besides.
    fn poll_every(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn takes_orders(&self) -> bool {
        true
    }

    /// An account brings its results itself.
    fn polls(&self, connection: &Connection) -> bool {
        towards(connection) == Towards::Remote
    }

    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>> {
        Box::pin(async move {
            match towards(remote.connection) {
                // An account brings its results itself.
                Towards::Account => Ok(Pulled::default()),
                Towards::Remote => pull::pull(&Client::of(remote)).await,
            }
        })
    }

    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>> {
        Box::pin(async move { deliver::deliver(&Client::of(remote), order).await })
    }

    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move { inventory::inventory(&Client::of(remote), after).await })
    }

    /// Everything can be said again: a push updates what is there, and items are known by their serials.
    fn renew(&self, mirror: &str) -> Option<String> {
        Mirror::anew(mirror)
    }
}

/// Which part the counterpart has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Towards {
    /// That of a Pruvan account: it is pushed to.
    Account,
    /// That of a remote system: it has the four services.
    Remote,
}

/// Which part the counterpart of a connection has.
pub(super) fn towards(connection: &Connection) -> Towards {
    match connection.setting(TOWARDS) {
        Some("remote") => Towards::Remote,
        _ => Towards::Account,
    }
}

/// The setting that says which part the counterpart has.
pub(super) const TOWARDS: &str = "towards";
/// The setting with what stands behind the name of a service, after a dot.
pub(super) const EXTENSION: &str = "extension";
/// The setting that lets our assignee go with an order.
pub(super) const SEND_ASSIGNEE: &str = "send_assignee";
const REMOTE_USERNAME: &str = "remote_username";
const REMOTE_PASSWORD: &str = "remote_password";
const REMOTE_TOKEN: &str = "remote_token";
