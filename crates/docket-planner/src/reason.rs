//! Why a stop is on no route.

use crate::insert::Insertion;
use crate::model::Problem;
use crate::network::Kind;
use crate::solution::Work;
use crate::walk::{Broken, walk};
use std::fmt;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// Load by weight.
    Weight,
    /// Load by volume.
    Volume,
    /// Metres driven.
    Distance,
    /// Seconds under way.
    Duration,
    /// Stops served.
    Stops,
    /// Seconds of waiting.
    Idle,
}

/// Why a stop is on no route: what stands in the way of the vehicle that comes closest to serving it, were it the only
/// stop; or that it is not the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// There is no vehicle, or none may serve it.
    NoVehicle,
    /// The vehicles that may serve it cannot keep their own appointments, or have no way from start to end.
    Tied,
    /// It is more than any vehicle carries.
    Overloads {
        /// By weight or volume.
        measure: Measure,
        /// How much it is.
        needs: i64,
        /// The most that a vehicle carries.
        most: i64,
    },
    /// There is no way to it, or none from it.
    NoWay,
    /// Its last window closes before any vehicle can be there.
    TooLate {
        /// The earliest moment one can.
        reached: i64,
        /// When the window closes.
        closes: i64,
    },
    /// Its first window opens after every shift.
    TooEarly {
        /// When it opens.
        opens: i64,
        /// When the last shift ends.
        shift_ends: i64,
    },
    /// It can be reached, but the vehicle would not be back by the end of its shift.
    ShiftTooShort {
        /// When it would be back.
        back: i64,
        /// When the shift ends.
        shift_ends: i64,
    },
    /// It can be reached, but the vehicle would miss an appointment of its own.
    Busy {
        /// When the vehicle would be there.
        reached: i64,
        /// When it has to be.
        begins: i64,
    },
    /// Serving it alone is more than a limit allows.
    Exceeds {
        /// Which limit.
        measure: Measure,
        /// How much it takes.
        needs: i64,
    },
    /// It could be served alone, but not besides the others.
    Crowded,
    /// It could be served, but that costs more than leaving it out.
    NotWorth {
        /// What serving it adds to the cost.
        cost: i64,
    },
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Weight => "weight",
            Self::Volume => "volume",
            Self::Distance => "distance",
            Self::Duration => "duration",
            Self::Stops => "number of stops",
            Self::Idle => "waiting time",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoVehicle => write!(f, "no vehicle may serve it"),
            Self::Tied => write!(f, "its vehicles cannot keep their own appointments or come to their end"),
            Self::Overloads { measure, needs, most } => {
                write!(f, "its {measure} of {needs} is above the {most} the largest vehicle carries")
            }
            Self::NoWay => write!(f, "there is no way to it or back from it"),
            Self::TooLate { reached, closes } => {
                write!(f, "its window closes at {closes}, no vehicle can be there before {reached}")
            }
            Self::TooEarly { opens, shift_ends } => {
                write!(f, "its window opens at {opens}, the last shift ends at {shift_ends}")
            }
            Self::ShiftTooShort { back, shift_ends } => {
                write!(f, "a vehicle serving it is back at {back}, its shift ends at {shift_ends}")
            }
            Self::Busy { reached, begins } => {
                write!(f, "a vehicle serving it is at its own appointment at {reached}, which begins by {begins}")
            }
            Self::Exceeds { measure, needs } => write!(f, "serving it takes a {measure} of {needs}, above the limit"),
            Self::Crowded => write!(f, "it fits alone, but not besides the other stops"),
            Self::NotWorth { cost } => write!(f, "serving it would cost {cost}, more than leaving it out"),
        }
    }
}

/// How close to being served a reason is; the closest vehicle's is told.
const fn closeness(reason: &Reason) -> u8 {
    match reason {
        Reason::NoVehicle => 0,
        Reason::Tied => 1,
        Reason::Overloads { .. } => 2,
        Reason::NoWay => 3,
        Reason::TooLate { .. } => 4,
        Reason::TooEarly { .. } => 5,
        Reason::ShiftTooShort { .. } => 6,
        Reason::Busy { .. } => 7,
        Reason::Exceeds { .. } => 8,
        Reason::NotWorth { .. } => 9,
        Reason::Crowded => 10,
    }
}

/// Between two of a kind the nearer miss is told.
const fn miss(reason: &Reason) -> i64 {
    match reason {
        Reason::Overloads { needs, most, .. } => *needs - *most,
        Reason::TooLate { reached, closes } => reached.saturating_sub(*closes),
        Reason::TooEarly { opens, shift_ends } => opens.saturating_sub(*shift_ends),
        Reason::ShiftTooShort { back, shift_ends } => back.saturating_sub(*shift_ends),
        Reason::Busy { reached, begins } => reached.saturating_sub(*begins),
        Reason::Exceeds { needs, .. } => *needs,
        _ => 0,
    }
}

/// Why an absent stop is on no route; with `behind`, why it is not behind so many stops of one vehicle.
pub(crate) fn reason_of(problem: &Problem, work: &mut Work<'_>, stop: usize, behind: Option<(usize, usize)>) -> Reason {
    let info = &problem.stops[stop];
    let mut told = Reason::NoVehicle;
    for vehicle in 0..problem.vehicles.len() {
        let named = info.vehicles.as_ref().is_none_or(|only| only.contains(&vehicle));
        if !named || behind.is_some_and(|(only, _)| only != vehicle) {
            continue;
        }
        let reason = alone(problem, work, stop, vehicle);
        let (rank, known) = (closeness(&reason), closeness(&told));
        if rank > known || (rank == known && miss(&reason) < miss(&told)) {
            told = reason;
        }
    }
    if told == Reason::Crowded
        && behind.is_none()
        && !work.network.stops[stop].required
        && let Some((_, insertion)) = work.cheapest(stop as u32)
    {
        return Reason::NotWorth { cost: insertion.cost };
    }
    told
}

/// What stands in the way of one vehicle serving one stop and nobody else.
fn alone(problem: &Problem, work: &Work<'_>, stop: usize, vehicle: usize) -> Reason {
    let network = work.network;
    let (info, limits) = (&problem.stops[stop], &network.vehicles[vehicle]);
    for (measure, needs, most) in
        [(Measure::Weight, info.weight, limits.weight), (Measure::Volume, info.volume, limits.volume)]
    {
        if needs > most {
            return Reason::Overloads { measure, needs, most };
        }
    }
    if walk(network, vehicle, &limits.empty)
        .is_err_and(|broken| matches!(broken, Broken::Late { .. } | Broken::NoWay { .. }))
    {
        return Reason::Tied;
    }
    let known = &network.stops[stop];
    if known.windows == 0 {
        let start = network.node(limits.empty[0]);
        let way = network.leg(start.leave, known.location);
        let closes = info.windows.iter().map(|window| window.close).max().unwrap_or_default();
        return Reason::TooLate {
            reached: start.open + start.service + i64::from(way.duration_s) + network.zero,
            closes,
        };
    }
    let mut told = Reason::NoVehicle;
    let codes = if limits.per_trip { (limits.reloads.len() * 2).min(254) } else { 0 };
    for window in 0..known.windows {
        for (after, code) in (0..limits.empty.len() - 1).flat_map(|after| (0..=codes).map(move |code| (after, code))) {
            let way = Insertion { cost: 0, after: after as u16, window: window as u8, reload: code as u8 };
            let (put, count) = way.nodes(network, vehicle, stop as u32);
            let mut nodes = limits.empty.clone();
            nodes.splice(after + 1..after + 1, put.into_iter().take(count));
            let reason = match walk(network, vehicle, &nodes) {
                Ok(_) => return Reason::Crowded,
                Err(broken) => from_broken(work, vehicle, known.first + window, broken),
            };
            let (rank, best) = (closeness(&reason), closeness(&told));
            if rank > best || (rank == best && miss(&reason) < miss(&told)) {
                told = reason;
            }
        }
    }
    told
}

fn from_broken(work: &Work<'_>, vehicle: usize, stop: u32, broken: Broken) -> Reason {
    let network = work.network;
    let zero = network.zero;
    let shift_ends = network.vehicles[vehicle].empty.last().map_or(0, |end| network.node(*end).close);
    let limit = |measure, needs| Reason::Exceeds { measure, needs };
    match broken {
        Broken::NoWay { .. } => Reason::NoWay,
        Broken::Late { node, reached, closes } => match network.node(node).kind {
            Kind::End if network.node(stop).open > shift_ends => {
                Reason::TooEarly { opens: network.node(stop).open + zero, shift_ends: shift_ends + zero }
            }
            Kind::End => Reason::ShiftTooShort { back: reached + zero, shift_ends: closes + zero },
            Kind::Busy(_) => Reason::Busy { reached: reached + zero, begins: closes + zero },
            _ => Reason::TooLate { reached: reached + zero, closes: closes + zero },
        },
        Broken::Weight(needs) => limit(Measure::Weight, needs),
        Broken::Volume(needs) => limit(Measure::Volume, needs),
        Broken::Distance(needs) => limit(Measure::Distance, needs),
        Broken::Duration(needs) => limit(Measure::Duration, needs),
        Broken::Stops(needs) => limit(Measure::Stops, needs),
        Broken::Idle(needs) => limit(Measure::Idle, needs),
    }
}
