//! What lies ahead: when a unit will be at its next order, how far it still is, and who is told.
//!
//! Every three minutes, for each unit's next order that somebody wants to be told about. One process of several does
//! this, and what else happens by the clock.

use super::desk::{self, Desk, orders_of, presence};
use super::road::{Leg, Road};
use super::{DispatchOptions, ending};
use crate::hub::{Hub, fault};
use crate::notify::{self, Occasion};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::geo::{Place, distance_to_path_m, path_of};
use docket_core::ids::{AccountId, Serial, UnitId};
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Order, State};
use docket_dialects::{routes, wialon};
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// How long the clock is one process's, and how often that is made longer.
const LEASE_MS: i64 = 30_000;
const RENEW_MS: i64 = 10_000;
/// The same of being there at all.
const PRESENCE_MS: i64 = 60_000;
const PRESENCE_RENEW_MS: i64 = 20_000;
/// How often it is looked for routes whose time is over, and for permanent orders to be done again.
const ROUTES_MS: i64 = 30_000;
const PERMANENT_MS: i64 = 600_000;
/// Where a unit was longer ago than this says nothing of when it will come.
const STALE: SignedDuration = SignedDuration::from_mins(30);
/// How many estimates are one submission.
const AT_ONCE: usize = 200;
/// How many ways are asked for at once.
const ASKED_AT_ONCE: usize = 8;

/// The clock of one process.
pub(super) struct Timers {
    road: Road,
    present_until_ms: i64,
    ours_until_ms: i64,
    estimated_at_ms: Option<i64>,
    routes_at_ms: Option<i64>,
    permanent_at_ms: Option<i64>,
}

/// A unit on its way to its next order.
struct Approach {
    unit: UnitId,
    position: Position,
    order: Arc<Order>,
    place: Place,
}

impl Timers {
    pub(super) fn new(options: &DispatchOptions) -> Timers {
        let road = Road::new(options.road.clone());
        Timers {
            road,
            present_until_ms: 0,
            ours_until_ms: 0,
            estimated_at_ms: None,
            routes_at_ms: None,
            permanent_at_ms: None,
        }
    }

    /// Shows others that this process is there.
    pub(super) async fn stay(&mut self, hub: &Hub) -> Result<(), Fault> {
        let now = hub.now();
        if self.present_until_ms - now.as_millisecond() > PRESENCE_MS - PRESENCE_RENEW_MS {
            return Ok(());
        }
        let name = presence(&hub.holder().to_string());
        hub.store().lease(&name, hub.holder(), now, PRESENCE_MS).await.map_err(fault)?;
        self.present_until_ms = now.as_millisecond() + PRESENCE_MS;
        Ok(())
    }

    /// Whether the clock is this process's.
    async fn hold(&mut self, hub: &Hub) -> Result<bool, Fault> {
        let now = hub.now();
        if self.ours_until_ms - now.as_millisecond() > RENEW_MS {
            return Ok(true);
        }
        if !hub.store().lease("dispatch", hub.holder(), now, LEASE_MS).await.map_err(fault)? {
            return Ok(false);
        }
        self.ours_until_ms = now.as_millisecond() + LEASE_MS;
        Ok(true)
    }

    /// Does what is due.
    pub(super) async fn look(
        &mut self,
        hub: &Hub,
        options: &DispatchOptions,
        desks: &mut BTreeMap<AccountId, Desk>,
    ) -> Result<(), Fault> {
        let now_ms = hub.now().as_millisecond();
        let every_ms = i64::try_from(options.estimate_every.as_millis()).unwrap_or(i64::MAX);
        let is_due = |last: Option<i64>, every_ms: i64| last.is_none_or(|last| now_ms.saturating_sub(last) >= every_ms);
        let (estimates, routes) = (is_due(self.estimated_at_ms, every_ms), is_due(self.routes_at_ms, ROUTES_MS));
        let permanent = is_due(self.permanent_at_ms, PERMANENT_MS);
        if !(estimates || routes || permanent) || !self.hold(hub).await? {
            return Ok(());
        }
        if routes {
            self.routes_at_ms = Some(now_ms);
            for account in hub.accounts() {
                ending::routes(hub, account).await?;
            }
        }
        if permanent {
            self.permanent_at_ms = Some(now_ms);
            for account in desks.keys() {
                ending::permanent(hub, *account).await?;
            }
        }
        if estimates {
            self.estimated_at_ms = Some(now_ms);
            for desk in desks.values_mut() {
                self.estimate(hub, options, desk).await?;
            }
        }
        Ok(())
    }

    /// Estimates for one account's units.
    async fn estimate(&mut self, hub: &Hub, options: &DispatchOptions, desk: &mut Desk) -> Result<(), Fault> {
        let approaches = approaches(hub, desk).await?;
        let road = &self.road;
        let asked: Vec<_> = approaches.iter().map(|approach| road.leg(&approach.position, approach.place)).collect();
        let legs: Vec<Leg> = futures_util::stream::iter(asked).buffered(ASKED_AT_ONCE).collect().await;
        let found: Vec<(&Approach, Leg)> = approaches.iter().zip(legs).collect();
        let now = hub.now();
        let mut orders = Vec::new();
        let mut told = Vec::new();
        let wanted: Vec<&(&Approach, Leg)> = found.iter().filter(|(approach, _)| is_wanted(&approach.order)).collect();
        for chunk in wanted.chunks(AT_ONCE) {
            let requests = chunk.iter().map(|(approach, leg)| written(approach, leg, now)).collect();
            let submission = Submission { requests, ..Submission::default() };
            for (outcome, (_, leg)) in hub.submit(&desk::caller(desk.account), submission).await?.into_iter().zip(chunk)
            {
                if let Outcome::Done(done) = outcome {
                    told.extend(due(&done.order, leg, now).map(|occasion| (done.order.serial, occasion)));
                    orders.push(done.order);
                }
            }
        }
        for (approach, _) in &found {
            if let Some(off_m) = deviation(hub, options, desk.account, approach).await? {
                told.push((approach.order.serial, Occasion::Deviation { off_m }));
            }
        }
        for (order, occasion) in told {
            notify::owe(hub, desk.account, order, occasion).await?;
        }
        orders.iter().for_each(|order| desk.watch(order));
        Ok(())
    }
}

/// Whether anybody wants to be told of an order's arrival.
fn is_wanted(order: &Order) -> bool {
    let fields = &order.fields;
    let is_set = |number: Option<i64>| number.is_some_and(|number| number > 0);
    is_set(fields.notice_lead_s) || is_set(fields.notice_distance_m) || is_set(fields.notice_channels)
}

/// The units that are on their way to an order.
async fn approaches(hub: &Hub, desk: &mut Desk) -> Result<Vec<Approach>, Fault> {
    let now = hub.now();
    let units = hub.units_of(desk.account).await?;
    let next: HashMap<Serial, &Unit> = units
        .iter()
        .filter(|unit| unit.position.is_some_and(|at| now.duration_since(at.at) <= STALE))
        .filter_map(|unit| Some((desk.engine.next_of(unit.id)?.0, unit)))
        .collect();
    let serials: Vec<Serial> = next.keys().copied().collect();
    let orders = orders_of(hub, desk.account, &serials).await?;
    let approach = |order: Arc<Order>| {
        let unit = next.get(&order.serial)?;
        let place = order.fields.latitude.zip(order.fields.longitude)?;
        // Who is there, or will not come, is not waited for.
        let is_ahead = matches!(order.state, State::Assigned | State::Accepted);
        let is_its = is_ahead && order.fields.unit == Some(unit.id.0);
        is_its.then_some(Approach { unit: unit.id, position: unit.position?, order, place })
    };
    Ok(orders.into_iter().filter_map(approach).collect())
}

/// Writes an estimate, where it still is about the same.
fn written(approach: &Approach, leg: &Leg, now: Timestamp) -> Request {
    let (unit, eta, left_m) = (approach.unit.0, leg.eta(now), leg.distance_m.round());
    Request::change(Target::Serial(approach.order.serial), move |order| {
        let is_ahead = matches!(order.state, State::Assigned | State::Accepted) && order.fields.unit == Some(unit);
        let command = Command::default().with(Field::Eta, eta).with(Field::DistanceLeftM, left_m);
        Ok(if is_ahead { command } else { Command::default() })
    })
}

/// What the customer is told now.
fn due(order: &Order, leg: &Leg, now: Timestamp) -> Option<Occasion> {
    let (eta, left_m) = (leg.eta(now), leg.distance_m);
    let is_told = |occasion: &Occasion| order.fields.notified.unwrap_or(0) & occasion.bit() != 0;
    let lead = order.fields.notice_lead_s.filter(|&lead| lead > 0);
    let is_soon = lead.is_some_and(|lead| eta.duration_since(now).as_secs() <= lead);
    let near = order.fields.notice_distance_m.filter(|&near| near > 0);
    let is_near = near.is_some_and(|near| left_m <= near as f64);
    let by_time = is_soon.then_some(Occasion::ArrivalNear { eta, left_m });
    let by_distance = is_near.then_some(Occasion::DistanceNear { eta, left_m });
    by_time.filter(|occasion| !is_told(occasion)).or(by_distance.filter(|occasion| !is_told(occasion)))
}

/// How far a unit is off the planned way, if that is too far and nobody was told.
async fn deviation(
    hub: &Hub,
    options: &DispatchOptions,
    account: AccountId,
    approach: &Approach,
) -> Result<Option<f64>, Fault> {
    let Approach { order, position, place, .. } = approach;
    let is_told = order.fields.notified.unwrap_or(0) & Occasion::Deviation { off_m: 0.0 }.bit() != 0;
    if options.deviation_m <= 0.0 || is_told {
        return Ok(None);
    }
    let mut path = wialon::planned_path(order).map(|text| path_of(&text)).unwrap_or_default();
    if path.len() < 2 {
        let Some(from) = stop_before(hub, account, order).await? else { return Ok(None) };
        path = vec![from, *place];
    }
    let off_m = distance_to_path_m((position.latitude, position.longitude), &path);
    Ok(off_m.filter(|&off_m| off_m > options.deviation_m))
}

/// Where the unit comes from: the place of the stop before this one in its route.
async fn stop_before(hub: &Hub, account: AccountId, order: &Order) -> Result<Option<Place>, Fault> {
    let Some(route) = order.fields.route_id else { return Ok(None) };
    let Some(kept) = routes::find(hub, account, route).await? else { return Ok(None) };
    let seen = routes::with_orders(hub, account, [kept.route]).await?;
    let visits = seen.iter().flat_map(|seen| &seen.orders);
    let before = visits.take_while(|other| other.serial != order.serial).last();
    Ok(before.and_then(|other| other.fields.latitude.zip(other.fields.longitude)))
}
