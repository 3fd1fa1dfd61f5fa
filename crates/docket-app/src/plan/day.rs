//! The plan of a day: which unit visits which order when, and why others cannot be visited.

use super::{Planning, Watcher};
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::order::Order;
use docket_dialects::planner::{Budget, Goal, Place, PlanError, capacity, in_words, load, word};
use docket_planner::{Mark, Need, Plan, Problem, Route, SpeedProfile, Stop, Vehicle, Weights, Window};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;

/// A permanent order, of its execution flags: its window is a time of day.
const F_PERMANENT: i64 = 0x20;
const DAY_S: i64 = 86_400;

/// What a plan is to be good at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// Few metres.
    #[default]
    Distance,
    /// Little time, of all units together.
    Duration,
    /// That the last unit is done soon.
    Soonest,
}

impl Objective {
    /// All of them.
    pub const ALL: &'static [Objective] = &[Objective::Distance, Objective::Duration, Objective::Soonest];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Objective::Distance => "distance",
            Objective::Duration => "duration",
            Objective::Soonest => "soonest",
        }
    }

    /// From the word.
    pub fn from_word(word: &str) -> Option<Objective> {
        Objective::ALL.iter().copied().find(|objective| objective.word() == word)
    }
}

/// What is to be planned.
#[derive(Clone, Debug)]
pub struct DayAsk {
    /// Who is to be visited.
    pub orders: Vec<Arc<Order>>,
    /// Who drives.
    pub units: Vec<Unit>,
    /// Nobody sets out before this.
    pub from: Timestamp,
    /// Everybody is done by this.
    pub to: Timestamp,
    /// What it is to be good at.
    pub objective: Objective,
    /// How long is searched.
    pub budget: Budget,
    /// Where all units set out; otherwise each from where it was last seen, or at its first order.
    pub start: Option<Place>,
    /// They go back to where they set out.
    pub returns: bool,
    /// Orders that have one of the units keep it.
    pub keep_units: bool,
    /// How fast straight lines are driven, km/h; otherwise as configured.
    pub speed_kmh: Option<f64>,
    /// How long a visit takes where the order does not say, in seconds.
    pub service_s: i64,
}

/// A plan. Serialized it is what the native API shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DayPlan {
    /// Of each unit that goes anywhere its route.
    pub routes: Vec<DayRoute>,
    /// Orders on no route, and why.
    pub unserved: Vec<Unserved>,
    /// The way of all.
    pub distance_m: i64,
    /// The time of all.
    pub duration_s: i64,
    /// Ways are roads' rather than straight lines.
    pub by_road: bool,
    /// What else there is to know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Attempts made.
    pub attempts: u64,
}

/// A unit's route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayRoute {
    /// The unit.
    pub unit: i64,
    /// Its name.
    pub unit_name: String,
    /// When it sets out.
    pub departs_at: Timestamp,
    /// When it is done.
    pub ends_at: Timestamp,
    /// Its way.
    pub distance_m: i64,
    /// Its time.
    pub duration_s: i64,
    /// Of that, waiting.
    pub waits_s: i64,
    /// Its orders.
    pub stops: Vec<DayStop>,
}

/// A visit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayStop {
    /// The order's id.
    pub order: String,
    /// Its serial.
    pub serial: i64,
    /// Its number.
    pub number: Option<String>,
    /// Its title, or where it is.
    pub title: Option<String>,
    /// Where.
    pub latitude: f64,
    /// Where.
    pub longitude: f64,
    /// When the unit comes.
    pub arrives_at: Timestamp,
    /// When work begins.
    pub begins_at: Timestamp,
    /// When the unit goes on.
    pub leaves_at: Timestamp,
    /// Waiting for the window to open.
    pub waits_s: i64,
    /// Way from the stop before.
    pub leg_m: i64,
    /// Time of that way.
    pub leg_s: i64,
}

/// An order on no route.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unserved {
    /// Its id.
    pub order: String,
    /// Its serial.
    pub serial: i64,
    /// Its number.
    pub number: Option<String>,
    /// Its title, or where it is.
    pub title: Option<String>,
    /// Why, as a word.
    pub code: String,
    /// Why, for people.
    pub reason: String,
}

/// Plans a day.
///
/// # Errors
/// When what is asked makes no sense, too much is being planned, or the hub stops.
pub async fn plan(planning: &Planning, ask: &DayAsk, watcher: Option<Watcher>) -> Result<DayPlan, PlanError> {
    let mut draft = Draft::new(ask);
    let speeds = ask.speed_kmh.map_or_else(|| planning.speeds(), SpeedProfile::flat);
    let travel = planning.travel(&draft.places, &speeds, true).await?;
    let weights = if ask.objective == Objective::Distance { Weights::distance() } else { Weights::duration() };
    let mut problem = Problem::new(travel.matrix, weights);
    problem.stops = std::mem::take(&mut draft.stops);
    problem.vehicles = std::mem::take(&mut draft.vehicles);
    let goal = if ask.objective == Objective::Soonest { Goal::Soonest } else { Goal::Cheapest };
    if goal == Goal::Cheapest {
        // One that stands nowhere sets out for nothing, so it is taken when the others cannot.
        let ways = (0..problem.matrix.size()).flat_map(|from| (0..problem.matrix.size()).map(move |to| (from, to)));
        let cost = |(from, to)| {
            let metres = problem.matrix.distance_m(from, to)? * problem.weights.per_metre;
            Some(metres + problem.matrix.duration_s(from, to)? * problem.weights.per_second)
        };
        let dearest = ways.filter_map(cost).max().unwrap_or(0);
        let nowhere = problem.vehicles.iter_mut().filter(|vehicle| vehicle.start.is_none());
        nowhere.for_each(|vehicle| vehicle.fixed_cost = 2 * dearest + 1);
    }
    let found = planning.search(problem, goal, ask.budget, watcher).await?;
    Ok(draft.finish(ask, &found, travel.by_road, travel.warning))
}

/// The problem in the making, and what its parts are.
struct Draft {
    places: Vec<Place>,
    known: HashMap<(u64, u64), usize>,
    stops: Vec<Stop>,
    vehicles: Vec<Vehicle>,
    /// Of each stop the order.
    orders: Vec<Arc<Order>>,
    /// Orders nobody can be sent to.
    placeless: Vec<Arc<Order>>,
}

impl Draft {
    fn new(ask: &DayAsk) -> Draft {
        let mut draft = Draft {
            places: Vec::new(),
            known: HashMap::new(),
            stops: Vec::new(),
            vehicles: Vec::new(),
            orders: Vec::new(),
            placeless: Vec::new(),
        };
        let shift = Window::new(ask.from.as_second(), ask.to.as_second().max(ask.from.as_second()));
        for unit in &ask.units {
            let seen = unit.position.map(|at| (at.latitude, at.longitude));
            let start = ask.start.or(seen).map(|place| draft.locate(place));
            draft.vehicles.push(Vehicle {
                start,
                end: start.filter(|_| ask.returns),
                weight: unit.capacity_kg.map(capacity),
                volume: unit.capacity_volume.map(capacity),
                ..Vehicle::new(0, shift)
            });
        }
        for order in &ask.orders {
            match order.fields.latitude.zip(order.fields.longitude) {
                None => draft.placeless.push(Arc::clone(order)),
                Some(place) => {
                    let location = draft.locate(place);
                    draft.stops.push(stop(ask, order, location));
                    draft.orders.push(Arc::clone(order));
                }
            }
        }
        draft
    }

    fn locate(&mut self, place: Place) -> usize {
        let next = self.places.len();
        let index = *self.known.entry((place.0.to_bits(), place.1.to_bits())).or_insert(next);
        if index == next {
            self.places.push(place);
        }
        index
    }

    fn finish(self, ask: &DayAsk, found: &Plan, by_road: bool, warning: Option<String>) -> DayPlan {
        let routes: Vec<DayRoute> = found.routes.iter().filter_map(|route| self.route(ask, route)).collect();
        let nowhere = self
            .placeless
            .iter()
            .map(|order| unserved(order, "no_place", "it has no coordinates, so nobody can be sent there".to_owned()));
        let left = found.unassigned.iter().filter_map(|left| {
            let order = self.orders.get(left.stop)?;
            Some(unserved(order, word(&left.reason), in_words(&left.reason)))
        });
        DayPlan {
            distance_m: routes.iter().map(|route| route.distance_m).sum(),
            duration_s: routes.iter().map(|route| route.duration_s).sum(),
            unserved: left.chain(nowhere).collect(),
            routes,
            by_road,
            warnings: warning.into_iter().collect(),
            attempts: found.iterations,
        }
    }

    fn route(&self, ask: &DayAsk, route: &Route) -> Option<DayRoute> {
        let unit = ask.units.get(route.vehicle)?;
        let stops = route.visits.iter().filter_map(|visit| {
            let Mark::Stop(stop) = visit.mark else { return None };
            let order = self.orders.get(stop)?;
            Some(DayStop {
                order: order.id.to_string(),
                serial: order.serial.0,
                number: order.fields.number.clone(),
                title: title(order),
                latitude: order.fields.latitude?,
                longitude: order.fields.longitude?,
                arrives_at: moment(visit.arrive),
                begins_at: moment(visit.begin),
                leaves_at: moment(visit.leave),
                waits_s: visit.begin - visit.arrive,
                leg_m: visit.distance_m,
                leg_s: visit.duration_s,
            })
        });
        Some(DayRoute {
            unit: unit.id.0,
            unit_name: unit.name.clone(),
            departs_at: moment(route.visits.first()?.begin),
            ends_at: moment(route.visits.last()?.leave),
            distance_m: route.distance_m,
            duration_s: route.duration_s,
            waits_s: route.idle_s,
            stops: stops.collect(),
        })
    }
}

fn moment(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX)
}

/// What an order is called, or where it is.
fn title(order: &Order) -> Option<String> {
    let fields = &order.fields;
    let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
    said(&fields.title).or_else(|| said(&fields.address1)).or_else(|| said(&fields.customer_name))
}

fn unserved(order: &Order, code: &str, reason: String) -> Unserved {
    Unserved {
        order: order.id.to_string(),
        serial: order.serial.0,
        number: order.fields.number.clone(),
        title: title(order),
        code: code.to_owned(),
        reason,
    }
}

fn stop(ask: &DayAsk, order: &Order, location: usize) -> Stop {
    let fields = &order.fields;
    let priority = fields.priority.unwrap_or(0).clamp(0, 99) + i64::from(fields.rush);
    let own = fields.unit.filter(|_| ask.keep_units);
    Stop {
        windows: windows(ask, order).into_iter().collect(),
        service_s: fields.service_time_s.unwrap_or(ask.service_s).max(0),
        weight: fields.weight_kg.map_or(0, load),
        volume: fields.volume.map_or(0, load),
        need: Need::Required { priority: u8::try_from(priority).unwrap_or(100) },
        // A unit that is not among those asked for is nobody here.
        vehicles: own.map(|own| {
            let vehicles = ask.units.iter().enumerate().filter(|(_, unit)| unit.id.0 == own);
            vehicles.map(|(vehicle, _)| vehicle).collect()
        }),
        ..Stop::at(location)
    }
}

/// When an order may be visited: within its window, or by when it is due. What was due before the day is late already
/// and can be visited at any time of it.
fn windows(ask: &DayAsk, order: &Order) -> Option<Window> {
    let fields = &order.fields;
    let (day, seconds) = (ask.from.as_second(), |at: Timestamp| at.as_second());
    let (mut open, mut close) = (fields.window_from.map(seconds), fields.window_to.map(seconds));
    let is_time_of_day = fields.execution_flags.unwrap_or(0) & F_PERMANENT != 0
        && [open, close].into_iter().flatten().all(|at| (0..DAY_S).contains(&at));
    if is_time_of_day {
        let east = fields.window_offset_s.unwrap_or(0);
        let midnight = (day + east).div_euclid(DAY_S) * DAY_S - east;
        (open, close) = (open.map(|at| at + midnight), close.map(|at| at + midnight));
    }
    let open = open.map(|at| at - fields.early_tolerance_s.unwrap_or(0).max(0)).or(fields.start.map(seconds));
    let due = || fields.due.map(seconds).filter(|due| *due >= day);
    let close = close.or_else(due);
    if open.is_none() && close.is_none() {
        return None;
    }
    let close = close.unwrap_or(i64::MAX);
    Some(Window::new(open.unwrap_or(i64::MIN / 2).min(close), close))
}
