//! Ways between places of the city: along its streets, and across where two of them come near each other.

use super::city::{STREETS, distance_km};
use std::cmp::Ordering;
use std::collections::BinaryHeap;

/// Streets are walked in steps of this, so that every house is near one.
const STEP_KM: f64 = 0.15;
/// Streets that come so near each other are a crossing.
const CROSSING_KM: f64 = 0.3;
/// From the end of a street so many others can be reached …
const TURNS: usize = 2;
/// … that are no farther than this.
const TURN_KM: f64 = 1.3;

type Point = (f64, f64);

/// The network.
pub(super) struct Roads {
    points: Vec<Point>,
    /// Which street a point is of.
    streets: Vec<usize>,
    links: Vec<Vec<usize>>,
}

/// A point on the way, nearest first.
struct Reached {
    km: f64,
    at: usize,
}

impl PartialEq for Reached {
    fn eq(&self, other: &Reached) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Reached {}

impl PartialOrd for Reached {
    fn partial_cmp(&self, other: &Reached) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Reached {
    fn cmp(&self, other: &Reached) -> Ordering {
        other.km.total_cmp(&self.km).then(other.at.cmp(&self.at))
    }
}

impl Roads {
    /// The network of the city.
    pub(super) fn new() -> Roads {
        let mut roads = Roads { points: Vec::new(), streets: Vec::new(), links: Vec::new() };
        let mut ends = Vec::new();
        for (street, of) in STREETS.iter().enumerate() {
            let first = roads.points.len();
            for pair in of.course.windows(2) {
                let &[from, to] = pair else { continue };
                let steps = (distance_km(from, to) / STEP_KM).ceil().max(1.0);
                for step in 0..steps as usize {
                    let share = step as f64 / steps;
                    roads.add(street, (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share));
                }
            }
            if let Some(last) = of.course.last() {
                roads.add(street, *last);
            }
            let last = roads.points.len() - 1;
            (first..last).for_each(|at| roads.link(at, at + 1));
            ends.extend([first, last]);
        }
        roads.cross();
        ends.into_iter().for_each(|end| roads.turn(end));
        while roads.join() {}
        roads
    }

    fn add(&mut self, street: usize, point: Point) {
        self.points.push(point);
        self.streets.push(street);
        self.links.push(Vec::new());
    }

    fn link(&mut self, a: usize, b: usize) {
        for (from, to) in [(a, b), (b, a)] {
            if let Some(links) = self.links.get_mut(from).filter(|links| !links.contains(&to)) {
                links.push(to);
            }
        }
    }

    /// The links between points of different streets, each once.
    pub(super) fn between_streets(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        let linked = self.links.iter().enumerate().flat_map(|(from, links)| links.iter().map(move |&to| (from, to)));
        let crosses = |(from, to): &(usize, usize)| from < to && self.streets.get(*from) != self.streets.get(*to);
        linked.filter(crosses).map(|(from, to)| (self.point(from), self.point(to)))
    }

    fn point(&self, at: usize) -> Point {
        self.points.get(at).copied().unwrap_or_default()
    }

    fn km(&self, a: usize, b: usize) -> f64 {
        distance_km(self.point(a), self.point(b))
    }

    /// Links points of different streets that are near each other.
    fn cross(&mut self) {
        for a in 0..self.points.len() {
            for b in a + 1..self.points.len() {
                if self.streets.get(a) != self.streets.get(b) && self.km(a, b) < CROSSING_KM {
                    self.link(a, b);
                }
            }
        }
    }

    /// Links what cannot be reached from the first point with the nearest that can: bridges, and the highway to the towns
    /// farther out. `false` when everything can be reached.
    fn join(&mut self) -> bool {
        let mut is_reached = vec![false; self.points.len()];
        let mut open = vec![0];
        while let Some(at) = open.pop() {
            if let Some(known) = is_reached.get_mut(at).filter(|known| !**known) {
                *known = true;
                open.extend(self.links.get(at).into_iter().flatten());
            }
        }
        let (reached, rest): (Vec<usize>, Vec<usize>) =
            (0..self.points.len()).partition(|at| is_reached.get(*at).copied().unwrap_or_default());
        let pairs = rest.iter().flat_map(|a| reached.iter().map(move |b| (*a, *b)));
        let nearest = pairs.min_by(|(a, b), (c, d)| self.km(*a, *b).total_cmp(&self.km(*c, *d)));
        nearest.is_some_and(|(a, b)| {
            self.link(a, b);
            true
        })
    }

    /// Links the end of a street with those nearest to it.
    fn turn(&mut self, end: usize) {
        let mut others: Vec<usize> = (0..self.points.len()).collect();
        others.retain(|at| self.streets.get(*at) != self.streets.get(end));
        others.sort_by(|a, b| self.km(end, *a).total_cmp(&self.km(end, *b)));
        let mut reached: Vec<usize> = Vec::new();
        for other in others {
            let street = self.streets.get(other).copied().unwrap_or_default();
            if reached.len() < TURNS && !reached.contains(&street) && self.km(end, other) < TURN_KM {
                reached.push(street);
                self.link(end, other);
            }
        }
    }

    fn nearest(&self, place: Point) -> usize {
        let distance = |at: &usize| distance_km(self.point(*at), place);
        (0..self.points.len()).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap_or_default()
    }

    /// The shortest way, both places included.
    pub(super) fn way(&self, from: Point, to: Point) -> Vec<Point> {
        let (start, goal) = (self.nearest(from), self.nearest(to));
        let mut best = vec![f64::INFINITY; self.points.len()];
        let mut before = vec![usize::MAX; self.points.len()];
        let mut open = BinaryHeap::from([Reached { km: 0.0, at: goal }]);
        // From the goal backwards, so that `before` leads forwards.
        while let Some(Reached { km, at }) = open.pop() {
            if at == start {
                break;
            }
            for &next in self.links.get(at).into_iter().flatten() {
                let there = km + self.km(at, next);
                if let (Some(known), Some(before)) = (best.get_mut(next), before.get_mut(next))
                    && there < *known
                {
                    (*known, *before) = (there, at);
                    open.push(Reached { km: there, at: next });
                }
            }
        }
        let mut way = vec![from, self.point(start)];
        let mut at = start;
        while at != goal {
            match before.get(at) {
                Some(&next) if next != usize::MAX => at = next,
                // Streets nobody can get to: across the fields.
                _ => break,
            }
            way.push(self.point(at));
        }
        way.push(to);
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_reached_from_every_other_without_flying() {
        let roads = Roads::new();
        let length = |way: &[Point]| way.windows(2).map(|pair| distance_km(pair[0], pair[1])).sum::<f64>();
        let places: Vec<Point> = STREETS.iter().map(|street| street.course[0]).collect();
        for from in &places {
            for to in &places {
                let way = roads.way(*from, *to);
                assert_eq!((way.first(), way.last()), (Some(from), Some(to)));
                let straight = distance_km(*from, *to);
                assert!(length(&way) < straight * 3.0 + 3.0, "{from:?} to {to:?}: {} for {straight}", length(&way));
                let hop = way.windows(2).map(|pair| distance_km(pair[0], pair[1])).fold(0.0, f64::max);
                let is_far = [from, to].iter().any(|place| place.0 > 30.4);
                assert!(is_far || hop < 2.0, "{from:?} to {to:?} flies {hop} km of {straight}");
            }
        }
    }
}
