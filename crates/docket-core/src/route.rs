//! A route: several orders one after another, planned for one unit.
//!
//! A route belongs to the account, like an order. What is said about it (name, flags, plan) is kept as one text under
//! its id; which order is where in it is said by the orders themselves, in [`Fields::route_id`] and
//! [`Fields::route_position`], and is therefore journaled with them. [`Route::stops`] only remembers which orders to
//! look at: an order counts as a stop for as long as it says so itself.
//!
//! [`Fields::route_id`]: crate::order::Fields::route_id
//! [`Fields::route_position`]: crate::order::Fields::route_position

use crate::connection::{Caller, Scope};
use crate::ids::{ConnectionId, OrderId};
use crate::order::{Order, State};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Under this an account keeps its routes, each with [`Route::key`].
pub const ROUTES: &str = "route";
/// Under this an account counts the changes to its routes, with [`CHANGES_KEY`]: who follows them compares the count.
pub const CHANGES: &str = "route.changes";
/// The key of the count.
pub const CHANGES_KEY: &str = "all";
/// Under this an account keeps the months that have routes in the history.
pub const MONTHS: &str = "route.months";

/// Under this an account keeps the routes that went to the history in a month.
pub fn history_of(month: &str) -> String {
    format!("route.history.{month}")
}

/// The month of a moment: `2026-03`.
pub fn month_of(at: Timestamp) -> String {
    at.to_string().get(..7).unwrap_or_default().to_owned()
}

/// A route. Serialized it is what is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// Identity within the account; chosen by whoever plans it.
    pub id: i64,
    /// For people.
    pub name: String,
    /// The connection that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<ConnectionId>,
    /// [`Route::STRICT`], [`Route::FIXED`], and other bits of Wialon's.
    pub flags: i64,
    /// How long after the last planned visit it ends by itself, in seconds; 0 is never.
    pub expires_after_s: i64,
    /// Planned length in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<f64>,
    /// Planned duration in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<i64>,
    /// The orders that were put into it, in the order they were put.
    pub stops: Vec<Stop>,
    /// What a dialect keeps with it, as that dialect's own JSON text.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub wire: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// By whom.
    pub updated_by: String,
    /// That it was moved to the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<Registered>,
}

/// One stop as planned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// The order.
    #[serde(with = "as_text")]
    pub order: OrderId,
    /// Planned metres from the stop before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_m: Option<f64>,
    /// Planned seconds from the stop before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_s: Option<i64>,
    /// Planned time of the visit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visit_at: Option<Timestamp>,
}

impl Stop {
    /// A stop at an order, without a plan.
    pub fn at(order: OrderId) -> Stop {
        Stop { order, leg_m: None, leg_s: None, visit_at: None }
    }
}

/// A move to the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// When.
    pub at: Timestamp,
    /// The status it had, which it keeps.
    pub status: Status,
}

/// How far a route is; follows from its orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Nobody has arrived anywhere.
    Planned,
    /// Under way.
    Started,
    /// Nothing is left to do, and something was done.
    Completed,
    /// Nothing is left to do, and nothing was done.
    Canceled,
}

impl Status {
    /// The canonical word.
    pub const fn word(self) -> &'static str {
        match self {
            Status::Planned => "planned",
            Status::Started => "started",
            Status::Completed => "completed",
            Status::Canceled => "canceled",
        }
    }

    /// From the canonical word.
    pub fn from_word(word: &str) -> Option<Status> {
        [Status::Planned, Status::Started, Status::Completed, Status::Canceled]
            .into_iter()
            .find(|status| status.word() == word)
    }

    /// Nothing is left to do.
    pub const fn is_over(self) -> bool {
        matches!(self, Status::Completed | Status::Canceled)
    }
}

impl Route {
    /// The stops must be visited one after another.
    pub const STRICT: i64 = 0x1;
    /// The plan is not to be changed.
    pub const FIXED: i64 = 0x20;

    /// The key it is kept under: routes come in order of their ids.
    pub fn key(id: i64) -> String {
        format!("{id:020}")
    }

    /// The stops that still are, in the order they are to be visited, of the orders that were found for
    /// [`Route::stops`].
    pub fn visits<'a>(&self, orders: &'a [impl AsRef<Order>]) -> Vec<&'a Order> {
        let mut visits: Vec<&Order> = orders
            .iter()
            .map(AsRef::as_ref)
            .filter(|order| order.state != State::Deleted && order.fields.route_id == Some(self.id))
            .collect();
        visits.sort_by_key(|order| (order.fields.route_position.unwrap_or(i64::MAX), order.serial));
        visits
    }

    /// How far it is, by its orders.
    pub fn status(&self, visits: &[&Order]) -> Status {
        if let Some(registered) = self.registered {
            return registered.status;
        }
        let is_done = |order: &&Order| order.state.is_done();
        let is_open = |order: &&Order| order.state.is_open();
        let is_touched = |order: &&Order| order.state == State::Started || order.fields.arrived_at.is_some();
        if visits.iter().any(is_open) || visits.is_empty() {
            let has_begun = visits.iter().any(|order| is_done(order) || is_touched(order));
            return if has_begun { Status::Started } else { Status::Planned };
        }
        if visits.iter().any(is_done) { Status::Completed } else { Status::Canceled }
    }

    /// Since when nothing is left to do, by the last change of an order's state.
    pub fn over_since(&self, visits: &[&Order]) -> Option<Timestamp> {
        let is_over = self.status(visits).is_over();
        is_over.then(|| visits.iter().map(|order| order.state_since).max()).flatten()
    }

    /// When it ends by itself, if it does.
    pub fn expires_at(&self) -> Option<Timestamp> {
        let last = self.stops.iter().filter_map(|stop| stop.visit_at).max()?;
        let after = jiff::SignedDuration::from_secs(self.expires_after_s);
        (self.expires_after_s > 0).then(|| last.checked_add(after).ok()).flatten()
    }

    /// Whether a caller may see it: it made it, sees all of the account, or sees one of its orders.
    pub fn is_seen_by(&self, caller: &Caller, visits: &[&Order]) -> bool {
        let Some(connection) = &caller.connection else { return true };
        connection.scope == Scope::Account
            || self.origin == Some(connection.id)
            || visits.iter().any(|order| caller.sees(order))
    }
}

/// An order's id as text.
mod as_text {
    use crate::ids::{OrderId, Uuid};
    use serde::{Deserialize, Deserializer, Serializer};
    use std::borrow::Cow;

    pub(super) fn serialize<S: Serializer>(id: &OrderId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OrderId, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Uuid::try_parse(&text).map(OrderId).map_err(serde::de::Error::custom)
    }
}
