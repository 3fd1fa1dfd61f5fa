//! The connecting half: Docket as the importer of a PPW Link, of PPW itself or of anything that serves it.
//!
//! ```text
//! pull     validate_user                     our push URL, when it is new, lost, or a day old
//!          get_all_orders                    all of them once a day, what changed in between
//!          get_order, get_pcr_json, get_notes, get_file, get_foh, mark_order_imported     of what is new
//!          get_all_updates, get_cancel_orders, get_all_notes
//!          ack_transaction                   each id once, after what it is about was done
//! deliver  send_notes, send_checkin, send_file, send_pcr_answers, send_photo_flag, send_bid_comp,
//!          bid_comp_confirm, send_contractor_invoice, and at last send_ready_for_office
//! ```
//!
//! A source gives orders and takes none. What goes back has an id of ours by which a repeated call is known, written
//! into the mirror before the call is made. `send_ready_for_office` has none: when its answer was lost the order is
//! looked at before it is said again.
//!
//! PPW as the source lists orders as they stand, without transaction ids or flags; a source of another make lists what
//! is to be done. Which of the two a source is shows in its listings, and what the one leaves out is asked for at the
//! other.

mod call;
mod deliver;
mod inventory;
mod mirror;
mod place;
mod pull;
pub(super) mod push;
#[cfg(test)]
mod tests;

use crate::connect::{Budget, Connect, ConnectError, Delivered, Inventory, Pulled, Remote, SecretSpec};
use crate::dialect::BoxFuture;
use call::Client;
use docket_core::order::Order;
use mirror::Mirror;
use std::time::Duration;

/// The setting with the client company that an import is assigned to.
pub(super) const COMPANY: &str = "import_company";
/// The setting by which a source is told where it can announce news.
pub(super) const PING_US: &str = "ping_us";
/// The setting by which tasks that are done are reported as completions.
pub(super) const COMPLETE_TASKS: &str = "complete_tasks";
/// The setting by which is said that there are no bids and completions.
pub(super) const CONFIRM_EMPTY: &str = "confirm_empty";

/// So many failures in a row, and the line is taken to be down; what one failure kept from being done is done later.
const DOWN_AFTER: usize = 3;

/// The connecting half.
pub(super) struct Importer;

impl Connect for Importer {
    fn secrets(&self) -> &'static [SecretSpec] {
        const SECRETS: &[SecretSpec] = &[
            SecretSpec { name: "username", help: "The user name of the account at the source.", required: true },
            SecretSpec {
                name: "password",
                help: "Its password; what is sent is its SHA-1, as the vendor documents.",
                required: true,
            },
        ];
        SECRETS
    }

    fn operations(&self) -> &'static [&'static str] {
        &[
            "validate_user",
            "get_all_orders",
            "get_order",
            "mark_order_imported",
            "get_all_updates",
            "get_cancel_orders",
            "get_all_notes",
            "get_notes",
            "ack_transaction",
            "send_notes",
            "send_ready_for_office",
            "send_checkin",
            "send_file",
            "get_file",
            "get_foh",
            "get_pcr_json",
            "send_pcr_answers",
            "send_photo_flag",
            "get_invoice_items_order",
            "send_bid_comp",
            "bid_comp_confirm",
            "send_contractor_invoice",
        ]
    }

    /// No limit is documented. A link is a queue: one event after another.
    fn budget(&self) -> Budget {
        Budget { at_once: 1, windows: &[] }
    }

    /// A source that knows our push URL announces what is new.
    fn poll_every(&self) -> Duration {
        Duration::from_secs(300)
    }

    fn takes_orders(&self) -> bool {
        false
    }

    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>> {
        Box::pin(async move { pull::pull(&Client::of(remote).await?).await })
    }

    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>> {
        Box::pin(async move { deliver::deliver(&Client::of(remote).await?, order).await })
    }

    /// Everything that has an id of ours is said again.
    fn renew(&self, mirror: &str) -> Option<String> {
        Mirror::anew(mirror)
    }

    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move { inventory::inventory(&Client::of(remote).await?, after).await })
    }
}
