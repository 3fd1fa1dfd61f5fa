//! Planning: searches beside requests, a bounded number at once; ways from a table service where one is configured.
//!
//! [`Planning::search`] runs the planner on a blocking thread, within its budget, and breaks it off when nobody waits
//! for it any more or the hub stops. [`request`] says which orders and units, [`day`] plans them, [`accept`] makes a plan
//! the ledger's, [`desk`] keeps plans that are searched while their askers do something else.

pub mod accept;
pub mod day;
pub mod desk;
mod osrm;
pub mod request;
#[cfg(test)]
mod tests;

use crate::hub::Hub;
use crate::outside::Authority;
use docket_dialects::dialect::BoxFuture;
use docket_dialects::planner::{Budget, Goal, Place, PlanError, Planner, Travel, search};
use docket_planner::{Matrix, Plan, Problem, Progress, Search, SpeedProfile};
use osrm::Osrm;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Semaphore, watch};

/// So many searches may wait for their turn; more are told to come back.
const MOST_WAITING: usize = 64;

/// How is planned.
#[derive(Clone, Debug)]
pub struct PlanOptions {
    /// The table service: `http://host:5000`. Empty: straight lines.
    pub osrm_url: String,
    /// The profile of ways it is asked for.
    pub osrm_profile: String,
    /// The most places it is asked about at once.
    pub osrm_table: usize,
    /// How long all calls for one plan may take.
    pub osrm_timeout: Duration,
    /// Certificate authorities that are trusted beside the public ones.
    pub authorities: Vec<Authority>,
    /// How fast straight lines are driven, km/h; 0 is a car's day: slow in town, faster on long ways.
    pub speed_kmh: f64,
    /// The longest search.
    pub most_time: Duration,
    /// How many searches run at once.
    pub at_once: usize,
    /// So many attempts, and no clock: the same plan on every machine. 0 is by the clock.
    pub attempts: u64,
}

impl Default for PlanOptions {
    fn default() -> PlanOptions {
        PlanOptions {
            osrm_url: String::new(),
            osrm_profile: "driving".to_owned(),
            osrm_table: 100,
            osrm_timeout: Duration::from_secs(10),
            authorities: Vec::new(),
            speed_kmh: 0.0,
            most_time: Duration::from_secs(60),
            at_once: 1,
            attempts: 0,
        }
    }
}

/// Told how a search goes.
pub type Watcher = Box<dyn FnMut(&Progress) + Send>;

/// What plans.
pub struct Planning {
    options: PlanOptions,
    slots: Arc<Semaphore>,
    waiting: Semaphore,
    osrm: Option<Osrm>,
    stopping: watch::Receiver<bool>,
    desk: desk::Desk,
}

/// Breaks a search off when it goes.
struct Leash(Arc<AtomicBool>);

impl Drop for Leash {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Planning {
    pub(crate) fn new(options: PlanOptions, stopping: watch::Receiver<bool>) -> Planning {
        Planning {
            slots: Arc::new(Semaphore::new(options.at_once.max(1))),
            waiting: Semaphore::new(MOST_WAITING),
            osrm: Osrm::new(&options),
            desk: desk::Desk::default(),
            options,
            stopping,
        }
    }

    /// How straight lines are driven where the asker does not say.
    pub fn speeds(&self) -> SpeedProfile {
        if self.options.speed_kmh > 0.0 { SpeedProfile::flat(self.options.speed_kmh) } else { SpeedProfile::road() }
    }

    /// The longest search.
    pub const fn most_time(&self) -> Duration {
        self.options.most_time
    }

    /// Ways between places: by road where that is asked for and the service answers, otherwise straight.
    ///
    /// # Errors
    /// When the places or speeds make no sense.
    pub async fn travel(&self, places: &[Place], speeds: &SpeedProfile, by_road: bool) -> Result<Travel, PlanError> {
        let mut warning = None;
        if let Some(osrm) = self.osrm.as_ref().filter(|_| by_road) {
            match osrm.table(places).await {
                Ok(matrix) => return Ok(Travel { matrix, by_road: true, warning: None }),
                Err(what) => {
                    tracing::warn!(service = osrm.name(), places = places.len(), %what, "planning by straight lines");
                    let text = format!("ways are straight lines, for the table service could not be used: {what}");
                    warning = Some(text);
                }
            }
        }
        Ok(Travel { matrix: Matrix::straight(places, speeds)?, by_road: false, warning })
    }

    /// Searches on a thread of its own, in its turn. Dropping the future breaks the search off.
    ///
    /// # Errors
    /// When the problem makes no sense, too many searches wait, or the hub stops.
    pub async fn search(
        &self,
        problem: Problem,
        goal: Goal,
        budget: Budget,
        watcher: Option<Watcher>,
    ) -> Result<Plan, PlanError> {
        problem.check()?;
        let _place = self.waiting.try_acquire().map_err(|_| PlanError::Busy)?;
        let mut stopping = self.stopping.clone();
        let slots = Arc::clone(&self.slots);
        let slot = tokio::select! {
            slot = slots.acquire_owned() => slot.map_err(|_| PlanError::Stopped)?,
            _ = stopping.wait_for(|is_stopping| *is_stopping) => return Err(PlanError::Stopped),
        };
        let is_off = Arc::new(AtomicBool::new(false));
        let leash = Leash(Arc::clone(&is_off));
        let (attempts, most_time) = (self.options.attempts, self.options.most_time);
        let searching = tokio::task::spawn_blocking(move || {
            // Who left gives the place to the next only when the search has really ended.
            let _slot = slot;
            run(&problem, goal, &bounded(budget, attempts, most_time), watcher, &is_off)
        });
        let searching = async { searching.await.map_err(|error| PlanError::Fault(error.to_string()))? };
        tokio::select! {
            found = searching => found,
            _ = stopping.wait_for(|is_stopping| *is_stopping) => {
                drop(leash);
                Err(PlanError::Stopped)
            }
        }
    }
}

/// The budget within what the operator allows.
fn bounded(budget: Budget, attempts: u64, most_time: Duration) -> Budget {
    let asked = budget.attempts;
    let attempts = if attempts > 0 { Some(asked.unwrap_or(attempts).min(attempts)) } else { asked };
    Budget { time: budget.time.min(most_time), attempts, ..budget }
}

fn run(
    problem: &Problem,
    goal: Goal,
    budget: &Budget,
    mut watcher: Option<Watcher>,
    is_off: &AtomicBool,
) -> Result<Plan, PlanError> {
    let begun = Instant::now();
    let clock = || begun.elapsed();
    let mut told = |progress: &Progress| {
        if let Some(watcher) = &mut watcher {
            watcher(progress);
        }
        if is_off.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut how = Search {
        // With a number of attempts the machine has no say.
        time: budget.attempts.is_none().then_some(budget.time),
        iterations: budget.attempts,
        clock: &clock,
        progress: Some(&mut told),
        ..Search::seeded(budget.seed)
    };
    let found = search(problem, goal, &mut how)?;
    if is_off.load(Ordering::Relaxed) { Err(PlanError::Stopped) } else { Ok(found) }
}

impl Planner for Hub {
    fn travel<'a>(
        &'a self,
        places: &'a [Place],
        speeds: &'a SpeedProfile,
        by_road: bool,
    ) -> BoxFuture<'a, Result<Travel, PlanError>> {
        Box::pin(self.planning().travel(places, speeds, by_road))
    }

    fn plan<'a>(&'a self, problem: Problem, goal: Goal, budget: Budget) -> BoxFuture<'a, Result<Plan, PlanError>> {
        Box::pin(self.planning().search(problem, goal, budget, None))
    }
}
