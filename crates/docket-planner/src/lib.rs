//! Routes from stops, vehicles and a matrix: who visits what, in which order, and when.
//!
//! Pure computation: no clock, no randomness, no input or output but what is passed in, and no other crate of ours.
//!
//! ```
//! use docket_planner::{Matrix, Problem, Search, SpeedProfile, Stop, Vehicle, Weights, Window, plan};
//!
//! let matrix = Matrix::straight(&[(53.90, 27.55), (53.92, 27.60), (53.88, 27.50)], &SpeedProfile::flat(50.0))?;
//! let mut problem = Problem::new(matrix, Weights::distance());
//! problem.vehicles.push(Vehicle::new(0, Window::new(8 * 3600, 17 * 3600)));
//! problem.stops.push(Stop { service_s: 600, ..Stop::at(1) });
//! problem.stops.push(Stop { windows: vec![Window::new(9 * 3600, 10 * 3600)], ..Stop::at(2) });
//!
//! let found = plan(&problem, &mut Search { iterations: Some(500), ..Search::seeded(7) })?;
//! assert!(found.unassigned.is_empty());
//! assert_eq!(found.routes.iter().map(|route| route.stops().count()).sum::<usize>(), 2);
//! # Ok::<(), docket_planner::Invalid>(())
//! ```
//!
//! How it works: regret insertion builds a first plan; then, again and again, a few neighbouring strings of visits are
//! torn out and put back greedily, with simulated annealing deciding what is kept (slack induction by string removals,
//! Christiaens and Vanden Berghe, Transportation Science 2020). Whether a visit fits somewhere is answered in constant
//! time from what each route knows about the part before and the part after every place (time windows as in Vidal et
//! al., Computers & Operations Research 2013), and answers are kept until the route they are about changes.
//!
//! * [`Problem`]: what is asked; [`Problem::check`] says what is wrong with it.
//! * [`Matrix`]: distances and times, straight-line or given (a table service's answer).
//! * [`plan`] and [`Search`]: the solver, its budget, progress and start.
//! * [`plan_soonest`]: the same where all should be over soon.
//! * [`schedule`]: a dispatcher's own sequence, timed and judged, without any search.
//! * [`Plan`]: routes with times; [`Reason`]: why a stop is on none of them.
//!
//! Inside, stops, vehicles and locations are indices into tables whose sizes [`Problem::check`] has compared before
//! anything runs; that is why the modules below index.

mod check;
mod construct;
mod day;
mod insert;
mod matrix;
mod model;
mod network;
mod outcome;
mod random;
mod reason;
mod recreate;
mod route;
mod ruin;
mod search;
mod solution;
mod soonest;
mod walk;

pub use check::{Invalid, MAX_DEPOTS, MAX_LOCATIONS, MAX_STOPS, MAX_VEHICLES, MAX_WINDOWS};
pub use matrix::{Matrix, SpeedProfile};
pub use model::{Busy, Depot, Limits, Need, Place, Problem, Span, Stop, Vehicle, Weights, Window, Wish};
pub use outcome::{Mark, Plan, Route, Unassigned, Visit};
pub use reason::{Measure, Reason};
pub use search::{Listener, Progress, Search, Tuning, plan, schedule};
pub use soonest::plan_soonest;
