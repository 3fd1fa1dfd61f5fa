//! The connecting half: Docket as a client of Planviewer, or of anything that serves its Product API.
//!
//! ```text
//! deliver  products/list, search/structured, intentions/list   which product, which place, which intention
//!          jobs/order                                           once, for it is billed
//!          kik/select                                           what the user answered
//! pull     jobs/status of the jobs that are not ended           progress, questions (kik/waiting)
//!          jobs/retrieve                                        the result, kept with the order
//! ```
//!
//! The API has no list of jobs and no key by which a repeated order is known. An order is therefore written into the
//! mirror before it is placed, and when its answer is lost nobody knows what became of it: [`ConnectError::Unknown`]
//! until a person says. Another Docket says with [`ACCEPTS`] that it heeds [`IDEMPOTENCY_KEY`]; there the same order is
//! placed again under the same key, and answered with the job that is there.
//!
//! Which place and which intention are meant is asked on our own order where there are several.

mod call;
mod inventory;
mod mirror;
mod order;
mod place;
mod poll;
mod question;
#[cfg(test)]
mod tests;

use crate::connect::{Budget, Connect, ConnectError, Delivered, Inventory, Pulled, Remote, SecretSpec, Settled};
use crate::dialect::BoxFuture;
use call::Client;
use docket_core::order::Order;
use http::HeaderName;
use mirror::Mirror;
use std::time::Duration;

/// The header under whose value an order is placed once, however often it arrives.
pub(super) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that says so.
pub(super) const ACCEPTS: HeaderName = HeaderName::from_static("accept-idempotency-key");

/// The setting with the product that is ordered where the order names none that is sold there.
pub(super) const PRODUCT: &str = "product";
/// The setting with the most orders that are placed in a day.
pub(super) const DAILY_CAP: &str = "daily_cap";

/// The connecting half.
pub(super) struct PlanviewerClient;

impl Connect for PlanviewerClient {
    fn secrets(&self) -> &'static [SecretSpec] {
        const SECRETS: &[SecretSpec] = &[
            SecretSpec { name: "key", help: "The access key of the application.", required: true },
            SecretSpec { name: "secret", help: "Its secret, shown once when the key was made.", required: true },
        ];
        SECRETS
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "products/list",
            "search/structured",
            "intentions/list",
            "jobs/order",
            "jobs/status",
            "jobs/retrieve",
            "kik/waiting",
            "kik/select",
        ]
    }

    /// No rate is documented; what is limited is how many orders are placed in a day, see [`DAILY_CAP`].
    fn budget(&self) -> Budget {
        Budget { at_once: 4, windows: &[] }
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(15)
    }

    fn takes_orders(&self) -> bool {
        true
    }

    /// What is ordered is billed at once.
    fn bills(&self) -> bool {
        true
    }

    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>> {
        Box::pin(async move { poll::poll(&Client::of(remote)?).await })
    }

    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>> {
        Box::pin(async move { order::deliver(&Client::of(remote)?, order).await })
    }

    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move { inventory::inventory(&Client::of(remote)?, after).await })
    }

    /// The result is fetched again and an answer given again; an order is never placed again.
    fn renew(&self, mirror: &str) -> Option<String> {
        Mirror::anew(mirror)
    }

    fn settle(&self, mirror: &str, outcome: &Settled) -> Option<String> {
        Mirror::settled(mirror, outcome)
    }
}
