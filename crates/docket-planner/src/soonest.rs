//! Done soon: the end of the day is drawn in as far as it goes.

use crate::check::Invalid;
use crate::model::{Need, Problem};
use crate::outcome::Plan;
use crate::search::{Progress, Search, plan};
use std::ops::ControlFlow;
use std::time::Duration;

/// How often the end is drawn in at most.
const STEPS: u32 = 6;

/// Plans so that the last route is over as soon as possible; among such plans what it costs decides.
///
/// The first half of the budget plans as [`plan`] does. With the rest all shifts are closed earlier and earlier, half
/// way between what was possible and what was not, and each time it is tried whether as much can be served.
///
/// # Errors
/// When the problem is not well-formed.
pub fn plan_soonest(problem: &Problem, search: &mut Search<'_>) -> Result<Plan, Invalid> {
    let begun = (search.clock)();
    let (time, attempts) = (search.time, search.iterations);
    let mut best = attempt(problem, search, (time.map(|time| time / 2), attempts.map(|most| most / 2)), (0.0, 0.5))?;
    if problem.vehicles.len() < 2 || best.routes.is_empty() {
        return Ok(best);
    }
    let opens = problem.vehicles.iter().map(|vehicle| vehicle.shift.open).min().unwrap_or(0);
    let mut tight = problem.clone();
    let (mut from, mut to) = (opens, end_of(&best));
    for step in 0..STEPS {
        let spent = (search.clock)().saturating_sub(begun);
        let left = time.map(|time| time.saturating_sub(spent) / (STEPS - step));
        if to - from < 2 || left.is_some_and(|left| left.is_zero()) {
            break;
        }
        let end = from.midpoint(to);
        for (vehicle, wide) in tight.vehicles.iter_mut().zip(&problem.vehicles) {
            vehicle.shift.close = wide.shift.close.min(end).max(wide.shift.open);
        }
        search.start = sequences(&best, problem.vehicles.len());
        let share = (left, attempts.map(|most| most / (2 * u64::from(STEPS))));
        let done = 0.5 + f64::from(step) / f64::from(STEPS) / 2.0;
        let found = attempt(&tight, search, share, (done, 0.5 / f64::from(STEPS)))?;
        let iterations = best.iterations + found.iterations;
        if left_out(problem, &found) <= left_out(problem, &best) && end_of(&found) < to {
            to = end_of(&found);
            best = found;
        } else {
            from = end;
        }
        best.iterations = iterations;
    }
    if let Some(progress) = search.progress.as_deref_mut() {
        let cost = best.routes.iter().map(|route| route.cost).sum();
        let _ =
            progress(&Progress { fraction: 1.0, iterations: best.iterations, cost, unassigned: best.unassigned.len() });
    }
    Ok(best)
}

/// One search with a share of the budget, telling its progress as a share of the whole.
fn attempt(
    problem: &Problem,
    search: &mut Search<'_>,
    (time, iterations): (Option<Duration>, Option<u64>),
    (done, share): (f64, f64),
) -> Result<Plan, Invalid> {
    let mut outer = search.progress.as_deref_mut();
    let mut inner = |progress: &Progress| match &mut outer {
        Some(outer) => outer(&Progress { fraction: done + progress.fraction * share, ..*progress }),
        None => ControlFlow::Continue(()),
    };
    let mut part = Search {
        seed: search.seed,
        time,
        iterations,
        clock: search.clock,
        progress: Some(&mut inner),
        start: std::mem::take(&mut search.start),
        tuning: search.tuning,
    };
    plan(problem, &mut part)
}

fn end_of(plan: &Plan) -> i64 {
    plan.routes.iter().filter_map(|route| route.visits.last()).map(|visit| visit.leave).max().unwrap_or(i64::MIN)
}

/// What leaving these stops out means: how many are required, their priorities, the penalties of others.
fn left_out(problem: &Problem, plan: &Plan) -> (usize, i64, i64) {
    let needs = plan.unassigned.iter().filter_map(|left| problem.stops.get(left.stop)).map(|stop| stop.need);
    needs.fold((0, 0, 0), |(count, priorities, penalties), need| match need {
        Need::Required { priority } => (count + 1, priorities + i64::from(priority), penalties),
        Need::Optional { penalty } => (count, priorities, penalties + penalty),
    })
}

fn sequences(plan: &Plan, vehicles: usize) -> Vec<Vec<usize>> {
    let mut sequences = vec![Vec::new(); vehicles];
    for route in &plan.routes {
        if let Some(sequence) = sequences.get_mut(route.vehicle) {
            sequence.extend(route.stops());
        }
    }
    sequences
}
