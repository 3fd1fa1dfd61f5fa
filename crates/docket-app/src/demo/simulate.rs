//! The demo's day goes on: units drive to their orders, crews work there and send back what they did, and the office
//! keeps going. Units report through the door that real trackers' reports come through, and it is the ledger's own rules that
//! start and complete their orders.

use super::city::{along, round};
use super::day::{accept, advance};
use super::drive::{Act, Driver, Stop, dice};
use super::field::{self, Album};
use super::office::{Office, place_of};
use super::roads::Roads;
use super::samples::submit;
use super::{DemoClock, DemoError, Seeding};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, Serial, UnitId};
use docket_core::ledger::{Ledger, OrderQuery, Request, StateSet, Target};
use docket_core::order::{Body, Command, Field, Order, State, Transition};
use docket_core::track::Report;
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How often units report.
const EVERY: Duration = Duration::from_secs(1);
/// How often what there is to do is looked at, and the office works.
const LOOK_S: i64 = 5;
const OFFICE_S: i64 = 15;
/// After a pause longer than this the day goes on where it stopped, rather than being caught up with.
const MOST_S: i64 = 120;
/// A crew that left says itself that it is done when nobody did by then.
const OWED_S: i64 = 120;
/// One visit of so many comes to nothing.
const FAILS: i64 = 19;
/// How long work takes that does not say it, in seconds.
const WORK_S: (i64, i64) = (360, 840);
/// The states in which an order is somebody's business.
const OPEN: [State; 7] = [
    State::Received,
    State::Assigned,
    State::Accepted,
    State::Started,
    State::Completed,
    State::Submitted,
    State::Invoiced,
];

/// Lets the demo's day go on until the hub stops.
pub async fn run(hub: Arc<Hub>, account: AccountId, base_url: String) {
    let mut simulation = match Simulation::open(Arc::clone(&hub), account, base_url).await {
        Ok(simulation) => simulation,
        Err(error) => return tracing::error!(%error, "the demo's units stand still"),
    };
    while hub.rest(EVERY).await {
        simulation.tick().await;
    }
}

/// The day as it goes on.
pub struct Simulation {
    hub: Arc<Hub>,
    account: AccountId,
    base_url: String,
    connections: Vec<Arc<Connection>>,
    album: Album,
    roads: Roads,
    drivers: Vec<Driver>,
    office: Office,
    /// What is not closed, as it was looked at last.
    orders: Vec<Arc<Order>>,
    ticked_s: i64,
    looked_s: i64,
    worked_s: i64,
    /// Whom crews left, and when.
    owed: BTreeMap<Serial, i64>,
}

/// The number of a demo unit: the last digits of what its tracker calls itself.
fn number_of(unit: &Unit) -> Option<usize> {
    let number: usize = unit.unique_id.strip_prefix("3550000000000")?.parse().ok()?;
    number.checked_sub(1)
}

/// Where a unit is when the demo world is made.
pub(super) fn position(unit: usize, now: Timestamp) -> Position {
    let here = along(&round(unit), dice(&[unit as i64], 100) as f64 / 100.0);
    Position {
        at: now,
        latitude: here.0,
        longitude: here.1,
        altitude_m: Some(150.0),
        speed_kmh: Some(0.0),
        course: Some(0.0),
        satellites: 9 + (unit % 5) as i64,
    }
}

/// Where the orders of a unit are, in the order they are to be done: what was begun, then along the routes, then by window.
fn stops_of(orders: &[Arc<Order>], unit: UnitId) -> Vec<Stop> {
    let is_wanted = |order: &&Arc<Order>| {
        order.fields.unit == Some(unit.0) && matches!(order.state, State::Assigned | State::Accepted | State::Started)
    };
    let mut open: Vec<&Arc<Order>> = orders.iter().filter(is_wanted).collect();
    open.sort_by_key(|order| {
        let fields = &order.fields;
        let window = fields.window_to.map_or(i64::MAX, Timestamp::as_second);
        (
            order.state != State::Started,
            fields.route_id.is_none(),
            fields.route_id,
            fields.route_position,
            window,
            order.serial,
        )
    });
    let stop = |order: &Arc<Order>| {
        let fields = &order.fields;
        let opens = match (order.state, fields.window_from) {
            // What was begun is not waited for.
            (State::Started, _) | (_, None) => 0,
            (_, Some(from)) => from.as_second() - fields.early_tolerance_s.unwrap_or(0),
        };
        let usual = WORK_S.0 + dice(&[order.serial.0, 2], WORK_S.1 - WORK_S.0);
        let service_s = fields.service_time_s.filter(|seconds| (60..=1800).contains(seconds)).unwrap_or(usual);
        Some(Stop { serial: order.serial, place: place_of(order)?, service_s, opens_s: opens })
    };
    open.into_iter().filter_map(stop).collect()
}

impl Simulation {
    /// Begins where the ledger says that things are.
    pub async fn open(hub: Arc<Hub>, account: AccountId, base_url: String) -> Result<Simulation, DemoError> {
        let directory = hub.directory();
        let connections = directory.connections().filter(|connection| connection.account == account).cloned().collect();
        let now = hub.now();
        let drivers = hub.units_of(account).await?;
        let drivers = drivers.iter().filter_map(|unit| {
            let (number, here) = (number_of(unit)?, unit.position?);
            Some(Driver::new(unit.id, i64::try_from(number).ok()?, (here.latitude, here.longitude)))
        });
        let (drivers, album) = (drivers.collect(), Album::paint(&hub).await?);
        let ticked_s = now.as_second();
        Ok(Simulation {
            hub,
            account,
            base_url,
            connections,
            album,
            roads: Roads::new(),
            drivers,
            office: Office::new(now),
            orders: Vec::new(),
            ticked_s,
            looked_s: 0,
            worked_s: ticked_s,
            owed: BTreeMap::new(),
        })
    }

    /// Lets everything happen that happened since the last time. What fails is left for the next time.
    pub async fn tick(&mut self) {
        let now_s = self.hub.now().as_second();
        let from_s = self.ticked_s.max(now_s - MOST_S);
        self.ticked_s = now_s;
        if let Err(error) = self.go_on(from_s, now_s).await {
            tracing::debug!(%error, "the demo's day stumbled");
        }
    }

    async fn go_on(&mut self, from_s: i64, now_s: i64) -> Result<(), DemoError> {
        if now_s - self.looked_s >= LOOK_S {
            self.looked_s = now_s;
            let query = OrderQuery { states: StateSet::of(OPEN), newest_first: true, ..OrderQuery::default() };
            self.orders = self.hub.orders(&Caller::hub(self.account), query).await?.orders;
        }
        let mut acts = Vec::new();
        let mut reports: Vec<(UnitId, Report)> = Vec::new();
        for driver in &mut self.drivers {
            let stops = stops_of(&self.orders, driver.unit);
            let said = driver.go_on(&self.roads, &stops, (from_s, now_s), &mut acts);
            reports.extend(said.into_iter().map(|report| (driver.unit, report)));
        }
        // What is not kept now is told by the next report.
        self.hub.keep_reports(self.account, reports).await;
        for (serial, act) in acts {
            self.act(serial, act, now_s).await?;
        }
        self.settle(now_s).await?;
        if now_s - self.worked_s >= OFFICE_S {
            self.worked_s = now_s;
            let units = self.hub.units_of(self.account).await?;
            let ours: Vec<Unit> = units.iter().filter(|unit| number_of(unit).is_some()).cloned().collect();
            let idle = DemoClock::default();
            let seeding = seeding(&self.hub, &idle, self.account, &self.connections, &self.base_url);
            self.office.work(&seeding, &self.album, &self.orders, &ours).await?;
        }
        Ok(())
    }

    /// What a crew does beside driving.
    async fn act(&mut self, serial: Serial, act: Act, now_s: i64) -> Result<(), DemoError> {
        let caller = Caller::hub(self.account);
        let Some(order) = self.hub.order(&caller, Target::Serial(serial)).await? else { return Ok(()) };
        let idle = DemoClock::default();
        let seeding = seeding(&self.hub, &idle, self.account, &self.connections, &self.base_url);
        let mut rng = StdRng::seed_from_u64(serial.0.unsigned_abs());
        let number =
            self.drivers.iter().position(|driver| Some(driver.unit.0) == order.fields.unit).unwrap_or_default();
        let visit = (number, self.hub.now());
        let mut told = |transition| field::told(Command::default(), &self.album, &order, visit, transition, &mut rng);
        match act {
            Act::SetsOff if order.state == State::Assigned => accept(&seeding, serial).await,
            Act::SetsOff => Ok(()),
            Act::Arrives => {
                let mut command = told(Transition::Start);
                // That it is there is seen by where the unit is.
                command.put.retain(|item| !matches!(item.body, Body::CheckIn(_)));
                self.send(&seeding, serial, command).await
            }
            Act::Leaves if order.state.is_open() && dice(&[serial.0, 3], FAILS) == 0 => {
                let command =
                    told(Transition::Fail).moving(Transition::Fail).with(Field::Outcome, "Nobody let the crew in");
                advance(&seeding, serial, Transition::Fail, command).await.map(drop)
            }
            Act::Leaves => {
                let command = told(Transition::Complete);
                self.owed.insert(serial, now_s);
                self.send(&seeding, serial, command).await
            }
        }
    }

    async fn send(&self, seeding: &Seeding<'_>, serial: Serial, command: Command) -> Result<(), DemoError> {
        if command.put.is_empty() {
            return Ok(());
        }
        let caller = seeding.caller("all-wialon")?;
        submit(seeding, &caller, Request::change(Target::Serial(serial), move |_| Ok(command.clone()))).await.map(drop)
    }

    /// Says of orders that were left a while ago, and that are still open, that they are done.
    async fn settle(&mut self, now_s: i64) -> Result<(), DemoError> {
        let over: Vec<Serial> =
            self.owed.iter().filter(|(_, left_s)| now_s - **left_s >= OWED_S).map(|(serial, _)| *serial).collect();
        let idle = DemoClock::default();
        for serial in over {
            let left_s = self.owed.remove(&serial);
            let seeding = seeding(&self.hub, &idle, self.account, &self.connections, &self.base_url);
            let order = self.hub.order(&Caller::hub(self.account), Target::Serial(serial)).await?;
            let Some(order) = order.filter(|order| order.state.is_open()) else { continue };
            if order.state != State::Started {
                let command = Command::default().moving(Transition::Start);
                advance(&seeding, serial, Transition::Start, command).await?;
            }
            let mut command = Command::default().moving(Transition::Complete);
            if let Some(at) = left_s.and_then(|left_s| Timestamp::from_second(left_s).ok()) {
                command = command.with(Field::DepartedAt, at);
            }
            advance(&seeding, serial, Transition::Complete, command).await?;
        }
        Ok(())
    }
}

fn seeding<'a>(
    hub: &'a Hub,
    clock: &'a DemoClock,
    account: AccountId,
    connections: &[Arc<Connection>],
    base_url: &'a str,
) -> Seeding<'a> {
    Seeding { hub, clock, account, connections: connections.to_vec(), base_url }
}
