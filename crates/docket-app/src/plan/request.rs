//! Which orders and units a plan is asked for, by names; what the native API and the command line have in common.

use super::accept::is_plannable;
use super::day::{DayAsk, Objective};
use crate::hub::Hub;
use crate::native::{NativeError, invalid, target_of};
use docket_core::Timestamp;
use docket_core::catalogue::{Unit, site_id};
use docket_core::connection::Caller;
use docket_core::ledger::{Ledger, OrderQuery, StateSet};
use docket_core::order::{Order, State};
use docket_core::route::Route;
use docket_dialects::planner::Budget;
use docket_dialects::routes;
use docket_planner::MAX_STOPS;
use jiff::SignedDuration;
use serde::Deserialize;
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long is searched where nobody says.
const BUDGET_MS: u64 = 10_000;
/// How long a day is where nobody says when it ends.
const DAY: SignedDuration = SignedDuration::from_hours(10);
/// The longest day.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 31);
/// The most units.
const MOST_UNITS: usize = 500;
/// The longest visit that is taken for granted, in seconds.
const LONGEST_SERVICE_S: i64 = 86_400;

/// An id, serial, number or name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Name {
    /// As a number.
    Number(i64),
    /// As text.
    Text(String),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Name::Number(number) => write!(f, "{number}"),
            Name::Text(text) => f.write_str(text),
        }
    }
}

impl From<String> for Name {
    fn from(text: String) -> Name {
        Name::Text(text)
    }
}

/// A place.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Point {
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
}

/// What is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PlanRequest {
    /// Orders by id, serial or number; empty: those in `status` that can be visited in time.
    pub orders: Vec<Name>,
    /// Which orders, where none is named: received, assigned and accepted ones unless said otherwise.
    pub status: Vec<String>,
    /// Units by id or name; empty: all.
    pub units: Vec<Name>,
    /// What it is to be good at.
    pub objective: Objective,
    /// How long is searched.
    pub budget_ms: Option<u64>,
    /// At most so many attempts instead.
    pub attempts: Option<u64>,
    /// Where chance begins.
    pub seed: Option<u64>,
    /// Nobody sets out before this; now unless said otherwise.
    pub from: Option<Timestamp>,
    /// Everybody is done by this; ten hours later unless said otherwise.
    pub to: Option<Timestamp>,
    /// Where all units set out, rather than where each was last seen.
    pub start: Option<Point>,
    /// They go back there.
    pub returns: bool,
    /// Orders that have one of the units keep it.
    pub keep_units: bool,
    /// How fast straight lines are driven.
    pub speed_kmh: Option<f64>,
    /// How long a visit takes where the order does not say.
    pub service_time_s: i64,
}

/// What a member of a request must be.
fn wanted(name: &str, error: &serde_json::Error) -> String {
    let words = match name {
        "orders" | "units" => "must be a list of ids or names",
        "status" => "must be a list of received, assigned and accepted",
        "objective" => "must be one of distance, duration, soonest",
        "budget_ms" | "attempts" | "seed" | "service_time_s" => "must be a whole number",
        "from" | "to" => "must be a moment like 2026-03-01T08:00:00Z",
        "start" => "must be an object with latitude and longitude",
        "returns" | "keep_units" => "must be true or false",
        "speed_kmh" => "must be a number",
        _ => return error.to_string(),
    };
    words.to_owned()
}

impl PlanRequest {
    /// Reads a native JSON body.
    ///
    /// # Errors
    /// When it is not understood.
    pub fn from_json(body: &[u8]) -> Result<PlanRequest, NativeError> {
        let json: serde_json::Value =
            serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
        let members = json.as_object().ok_or_else(|| invalid("", "must be an object"))?;
        for name in ["orders", "units", "status"] {
            if members.get(name).and_then(serde_json::Value::as_array).is_some_and(Vec::is_empty) {
                return Err(invalid(format!("/{name}"), "names none; leave it out for all there are"));
            }
        }
        serde_json::from_value(json.clone()).map_err(|error| {
            // Each member may stand alone, so the one that is wrong is found by itself.
            let is_wrong = |(name, value): &(&String, &serde_json::Value)| {
                let alone = serde_json::Map::from_iter([((*name).clone(), (*value).clone())]);
                serde_json::from_value::<PlanRequest>(alone.into()).is_err()
            };
            match members.iter().find(is_wrong) {
                Some((name, _)) => invalid(format!("/{}", crate::native::escape(name)), wanted(name, &error)),
                None => invalid("", error.to_string()),
            }
        })
    }

    /// Finds the orders and units that are meant.
    ///
    /// # Errors
    /// When one is not there, or the rest makes no sense.
    pub async fn resolve(&self, hub: &Hub, caller: &Caller) -> Result<DayAsk, NativeError> {
        let now = hub.now();
        let from = self.from.unwrap_or(now).max(now);
        let to = match self.to {
            Some(to) => to,
            None => from.checked_add(DAY).unwrap_or(from),
        };
        if to <= from {
            return Err(invalid("/to", format!("the day is over: it ends at {to}, and nobody sets out before {from}")));
        }
        if to.duration_since(from) > LONGEST {
            return Err(invalid("/to", "is more than 31 days after the beginning"));
        }
        self.check()?;
        let units = self.units(hub, caller).await?;
        let mut routes = routes::all(hub, caller.account).await?;
        routes.retain(|route| route.flags & Route::FIXED != 0);
        let fixed: HashSet<i64> = routes.iter().map(|route| route.id).collect();
        let orders = match self.orders.as_slice() {
            [] => self.open_orders(hub, caller, (from, to), &fixed).await?,
            names => named(hub, caller, names, &fixed).await?,
        };
        if orders.len() > MAX_STOPS {
            return Err(invalid(
                "/orders",
                format!("{} orders are more than the {MAX_STOPS} of one plan", orders.len()),
            ));
        }
        Ok(DayAsk {
            orders,
            units,
            from,
            to,
            objective: self.objective,
            budget: Budget {
                time: Duration::from_millis(self.budget_ms.unwrap_or(BUDGET_MS).max(1)),
                attempts: self.attempts,
                seed: self.seed.unwrap_or(1),
            },
            start: self.start.map(|point| (point.latitude, point.longitude)),
            returns: self.returns,
            keep_units: self.keep_units,
            speed_kmh: self.speed_kmh,
            service_s: self.service_time_s,
        })
    }

    fn check(&self) -> Result<(), NativeError> {
        if self.speed_kmh.is_some_and(|speed| !(1.0..=300.0).contains(&speed)) {
            return Err(invalid("/speed_kmh", "must be from 1 to 300"));
        }
        if self.attempts == Some(0) {
            return Err(invalid("/attempts", "must be at least 1"));
        }
        if self.budget_ms == Some(0) {
            return Err(invalid("/budget_ms", "must be at least 1"));
        }
        if !(0..=LONGEST_SERVICE_S).contains(&self.service_time_s) {
            return Err(invalid("/service_time_s", format!("must be from 0 to {LONGEST_SERVICE_S}")));
        }
        let is_place = |point: Point| point.latitude.abs() <= 90.0 && point.longitude.abs() <= 180.0;
        if self.start.is_some_and(|start| !is_place(start)) {
            return Err(invalid("/start", "is no place on earth"));
        }
        Ok(())
    }

    async fn units(&self, hub: &Hub, caller: &Caller) -> Result<Vec<Unit>, NativeError> {
        let known = Ledger::units(hub, caller).await?;
        if known.is_empty() {
            return Err(invalid("/units", "there are no units yet"));
        }
        let mut units: Vec<Unit> = Vec::new();
        for (index, name) in self.units.iter().enumerate() {
            let text = name.to_string();
            let is_it = |unit: &&Unit| unit.id.0.to_string() == text || unit.name.eq_ignore_ascii_case(text.trim());
            let unit = known.iter().find(is_it);
            let unit = unit.ok_or_else(|| invalid(format!("/units/{index}"), format!("there is no unit `{text}`")))?;
            if units.iter().all(|other| other.id != unit.id) {
                units.push(unit.clone());
            }
        }
        let units = if units.is_empty() { known.as_ref().clone() } else { units };
        if units.len() > MOST_UNITS {
            return Err(invalid("/units", format!("{} units are more than the {MOST_UNITS} of one plan", units.len())));
        }
        Ok(units)
    }

    /// Orders that nobody named: in these states, at some address, and not for another day.
    async fn open_orders(
        &self,
        hub: &Hub,
        caller: &Caller,
        span: (Timestamp, Timestamp),
        fixed: &HashSet<i64>,
    ) -> Result<Vec<Arc<Order>>, NativeError> {
        let mut states = Vec::new();
        for (index, word) in self.status.iter().enumerate() {
            let state = State::from_word(word.trim()).filter(|state| is_plannable(*state));
            let wrong = || invalid(format!("/status/{index}"), format!("`{word}`: use received, assigned or accepted"));
            states.push(state.ok_or_else(wrong)?);
        }
        if states.is_empty() {
            states = State::ALL.iter().copied().filter(|state| is_plannable(*state)).collect();
        }
        let states = StateSet::of(states);
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let query = OrderQuery { states, after, ..OrderQuery::default() };
            let page = hub.orders(caller, query).await?;
            found.extend(page.orders.into_iter().filter(|order| is_for(order, span) && !is_fixed(order, fixed)));
            after = page.next;
            // One more than fits is enough to say that they are too many.
            if after.is_none() || found.len() > MAX_STOPS {
                return Ok(found);
            }
        }
    }
}

/// Whether an order can be visited somewhere, and within a span as far as its window says.
fn is_for(order: &Order, (from, to): (Timestamp, Timestamp)) -> bool {
    let fields = &order.fields;
    let is_somewhere = fields.latitude.is_some() || site_id(order.account, fields).is_some();
    // Times of day come every day.
    let is_daily = fields.window_to.or(fields.window_from).is_some_and(|at| at.as_second() < 86_400);
    let opens = fields.window_from.or(fields.start);
    let is_over = fields.window_to.is_some_and(|close| close < from);
    is_somewhere && (is_daily || (!is_over && opens.is_none_or(|open| open <= to)))
}

/// Whether an order is in a route whose plan is not to be changed.
fn is_fixed(order: &Order, fixed: &HashSet<i64>) -> bool {
    order.fields.route_id.is_some_and(|route| fixed.contains(&route))
}

async fn named(
    hub: &Hub,
    caller: &Caller,
    names: &[Name],
    fixed: &HashSet<i64>,
) -> Result<Vec<Arc<Order>>, NativeError> {
    let mut found: Vec<Arc<Order>> = Vec::with_capacity(names.len());
    for (index, name) in names.iter().enumerate() {
        let text = name.to_string();
        let pointer = || format!("/orders/{index}");
        let by_id = match target_of(&text) {
            Some(target) => hub.order(caller, target).await?,
            None => None,
        };
        let order = match by_id {
            Some(order) => order,
            None => {
                let query = OrderQuery { number: Some(text.clone()), limit: 2, ..OrderQuery::default() };
                let mut page = hub.orders(caller, query).await?.orders;
                match page.len() {
                    0 => return Err(invalid(pointer(), format!("there is no order `{text}`"))),
                    1 => page.remove(0),
                    _ => {
                        return Err(invalid(pointer(), format!("several orders have the number `{text}`; give an id")));
                    }
                }
            }
        };
        if !is_plannable(order.state) {
            return Err(invalid(pointer(), format!("order `{text}` is {}: there is nothing to plan", order.state)));
        }
        if is_fixed(&order, fixed) {
            return Err(invalid(pointer(), format!("order `{text}` is in a route that is fixed")));
        }
        if found.iter().all(|other| other.id != order.id) {
            found.push(order);
        }
    }
    Ok(found)
}
