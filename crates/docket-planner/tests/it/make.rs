//! Problems made from a seed, with as much of everything as the flags say.

use docket_planner::{Busy, Depot, Limits, Matrix, Need, Place, Problem, Span, Stop, Vehicle, Weights, Window, Wish};

pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, bound: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % bound.max(1)
    }

    pub fn one_in(&mut self, times: i64) -> bool {
        self.below(times) == 0
    }
}

/// A day in hundreds: 0 to 10,000 seconds; a square of 1,000 metres driven at one metre a second.
pub const DAY: Window = Window::new(1_000_000, 1_010_000);

pub fn places(chance: &mut Chance, count: usize, crooked: bool) -> Matrix {
    let points: Vec<(i64, i64)> = (0..count).map(|_| (chance.below(1_000), chance.below(1_000))).collect();
    Matrix::build(count, |from, to| {
        let (a, b) = (points[from], points[to]);
        let way = (((a.0 - b.0).pow(2) + (a.1 - b.1).pow(2)) as f64).sqrt() as i64;
        // Crooked ways are not shortest ones, differ by direction, and some are missing.
        if crooked && chance.one_in(40) {
            return None;
        }
        let more = if crooked { chance.below(way / 2 + 1) } else { 0 };
        Some(((way + more) as u32, (way + more / 2) as u32))
    })
    .unwrap()
}

/// Anything may be in it.
pub fn anything(seed: u64, stops: usize) -> Problem {
    let mut chance = Chance(seed);
    let crooked = chance.one_in(3);
    let matrix = places(&mut chance, stops + 4, crooked);
    let weights = match chance.below(3) {
        0 => Weights::distance(),
        1 => Weights::duration(),
        _ => Weights { per_metre: 3, per_second: 2, per_vehicle: 1_000, per_place: 50 },
    };
    let mut problem = Problem::new(matrix, weights);
    for location in 0..2 {
        let window = chance.one_in(2).then(|| Window::new(DAY.open + 500, DAY.open + 8_000));
        problem.depots.push(Depot { window, service_s: 60, ..Depot::at(location) });
    }
    // One anywhere, and one that is left elsewhere.
    problem.depots.push(Depot { location: None, service_s: 20, ..Depot::at(0) });
    problem.depots.push(Depot { leaves: Some(1), way_m: 300, service_s: 320, ..Depot::at(0) });
    let vehicles = 1 + chance.below(5) as usize;
    let rich = chance.one_in(2);
    for _ in 0..vehicles {
        problem.vehicles.push(some_vehicle(&mut chance, rich));
    }
    for index in 0..stops {
        problem.stops.push(some_stop(&mut chance, index + 4, vehicles, rich));
    }
    problem
}

fn some_vehicle(chance: &mut Chance, rich: bool) -> Vehicle {
    let mut vehicle =
        Vehicle::new(chance.below(2) as usize, Window::new(DAY.open, DAY.open + 4_000 + chance.below(6_000)));
    vehicle.weight = (!chance.one_in(3)).then(|| 20 + chance.below(80));
    vehicle.volume = chance.one_in(3).then(|| 20 + chance.below(80));
    if !rich {
        return vehicle;
    }
    vehicle.fixed_cost = chance.below(500);
    if chance.one_in(4) {
        vehicle.start = None;
    }
    if chance.one_in(3) {
        vehicle.end = None;
    }
    if chance.one_in(2) {
        vehicle.depots = if chance.one_in(2) { vec![0, 1] } else { vec![2, 3] };
    }
    for _ in 0..chance.below(3) {
        let open = DAY.open - 500 + chance.below(9_000);
        let from = chance.one_in(2).then(|| 2 + chance.below(2) as usize);
        let to = (from.is_some() && chance.one_in(2)).then_some(3);
        let slack = if chance.one_in(2) { 0 } else { chance.below(1_000) };
        vehicle.busy.push(Busy { begin: Window::new(open, open + slack), duration_s: chance.below(900), from, to });
    }
    let per = if chance.one_in(3) { Span::Trip } else { Span::Route };
    vehicle.limits = Limits {
        distance_m: chance.one_in(3).then(|| 1_500 + chance.below(4_000)),
        duration_s: chance.one_in(3).then(|| 2_000 + chance.below(4_000)),
        stops: chance.one_in(3).then(|| 1 + chance.below(8) as usize),
        idle_s: chance.one_in(3).then(|| chance.below(1_500)),
        wait_s: chance.one_in(5).then(|| chance.below(600)),
        per,
    };
    if chance.one_in(4) {
        vehicle.loading_s = chance.below(300);
        vehicle.unloading_s = chance.below(300);
    }
    if chance.one_in(5) {
        vehicle.departs = Some(Window::new(DAY.open + chance.below(500), DAY.open + 600 + chance.below(3_000)));
        vehicle.arrives = Some(Window::new(DAY.open + chance.below(3_000), DAY.open + 4_000 + chance.below(6_000)));
    }
    vehicle
}

fn some_stop(chance: &mut Chance, location: usize, vehicles: usize, rich: bool) -> Stop {
    let mut stop =
        Stop { service_s: chance.below(200), weight: chance.below(25), volume: chance.below(25), ..Stop::at(location) };
    for _ in 0..chance.below(3) {
        let open = DAY.open - 500 + chance.below(9_000);
        stop.windows.push(Window::new(open, open + 200 + chance.below(2_000)));
    }
    if !rich {
        return stop;
    }
    stop.need = match chance.below(3) {
        0 => Need::Optional { penalty: chance.below(20_000) },
        _ => Need::Required { priority: chance.below(100) as u8 },
    };
    if chance.one_in(4) {
        stop.vehicles = Some((0..vehicles).filter(|_| chance.one_in(2)).collect());
    }
    if chance.one_in(6) {
        let place = if chance.one_in(3) { Place::Last } else { Place::At(1 + chance.below(3) as usize) };
        stop.wishes.push(Wish { vehicle: chance.below(vehicles as i64) as usize, place });
    }
    stop
}
