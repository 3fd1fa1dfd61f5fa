//! The plan as the vendor answers it.

use super::super::super::wire::{Json, Object};
use super::problem::{Again, Asked};
use super::{Beyond, Call};
use crate::planner::{Place, in_words};
use docket_core::geo::polyline;
use docket_planner::{Mark, Plan, Route, Visit};
use serde_json::json;

/// One visit, as it is answered.
struct Line {
    order: usize,
    way_m: i64,
    at: i64,
    from: Option<Place>,
}

/// One member for each unit that goes anywhere, and whether everything is planned.
pub(super) fn answer(call: &Call, asked: &Asked, plan: &Plan, with_path: bool) -> Object {
    let is_split = Beyond::of(call.flags) == Beyond::Split;
    let line = |line: &Line| {
        let mut shown = json!({ "ml": line.way_m, "tm": line.at, "id": line.order });
        if let (true, Some(members)) = (with_path, shown.as_object_mut()) {
            let to = asked.places.get(line.order).copied();
            let path: Vec<Place> = line.from.into_iter().chain(to).collect();
            members.insert("p".to_owned(), polyline(&path).into());
        }
        shown
    };
    let list = |lines: &mut dyn Iterator<Item = &Line>| json!({ "orders": lines.map(line).collect::<Vec<Json>>() });
    let mut out = Object::new();
    for route in &plan.routes {
        let routes = lines(call, asked, route);
        let mut unit = list(&mut routes.iter().flatten());
        if let (true, 2.., Some(members)) = (is_split, routes.len(), unit.as_object_mut()) {
            let routes = routes.iter().map(|route| list(&mut route.iter())).collect();
            members.insert("routes".to_owned(), routes);
        }
        out.insert((route.vehicle + 1).to_string(), unit);
    }
    out.insert("success".to_owned(), i64::from(plan.unassigned.is_empty()).into());
    out
}

/// A unit's visits, route by route.
fn lines(call: &Call, asked: &Asked, route: &Route) -> Vec<Vec<Line>> {
    let mut writer = Writer { asked, routes: vec![Vec::new()], from: None };
    let service = |index: usize| call.orders.get(index).map_or(0, |order| order.members.p.ut);
    let warehouse = |list: &[Option<usize>]| list.get(route.vehicle).copied().flatten();
    for visit in &route.visits {
        match visit.mark {
            Mark::Start => match warehouse(&asked.firsts) {
                Some(first) => writer.add(first, 0, visit.begin),
                None => writer.go(visit.location),
            },
            Mark::Stop(stop) => {
                if let Some(order) = asked.stops.get(stop) {
                    writer.add(*order, visit.distance_m, visit.begin);
                }
            }
            Mark::Busy(busy) => {
                let busy = asked.problem.vehicles.get(route.vehicle).and_then(|vehicle| vehicle.busy.get(busy));
                writer.go(busy.and_then(|busy| busy.to.or(busy.from)));
            }
            Mark::Depot(depot) => writer.again(depot, visit, &service),
            Mark::End => {
                if let Some(last) = warehouse(&asked.lasts) {
                    writer.add(last, visit.distance_m, visit.begin);
                }
            }
        }
    }
    writer.routes
}

struct Writer<'a> {
    asked: &'a Asked,
    routes: Vec<Vec<Line>>,
    from: Option<Place>,
}

impl Writer<'_> {
    /// The unit is somewhere, for nobody's sake.
    fn go(&mut self, location: Option<usize>) {
        let place = location.and_then(|location| self.asked.places.get(location)).copied();
        self.from = place.or(self.from);
    }

    fn add(&mut self, order: usize, way_m: i64, at: i64) {
        let from = self.from;
        if let Some(route) = self.routes.last_mut() {
            route.push(Line { order, way_m, at, from });
        }
        self.go(Some(order));
    }

    /// It loads again, or begins another route.
    fn again(&mut self, depot: usize, visit: &Visit, service: &dyn Fn(usize) -> i64) {
        match self.asked.depots.get(depot) {
            None => {}
            Some(Again::Reload(order)) => self.add(*order, visit.distance_m, visit.begin),
            Some(Again::Route { last, first }) => {
                if let Some(last) = last {
                    self.add(*last, visit.distance_m, visit.begin);
                }
                self.routes.push(Vec::new());
                let Some(first) = first else { return };
                match last {
                    None => self.add(*first, visit.distance_m, visit.begin),
                    Some(last) => {
                        let matrix = &self.asked.problem.matrix;
                        let (way_m, way_s) = (matrix.distance_m(*last, *first), matrix.duration_s(*last, *first));
                        let at = visit.begin + service(*last) + way_s.unwrap_or(0);
                        self.add(*first, way_m.unwrap_or(0), at);
                    }
                }
            }
        }
    }
}

/// Why orders are on nobody's list, by their index.
pub(super) fn reasons(asked: &Asked, plan: &Plan) -> Json {
    let told = plan.unassigned.iter().filter_map(|left| {
        let order = asked.stops.get(left.stop)?;
        Some((order.to_string(), Json::from(in_words(&left.reason))))
    });
    Json::Object(told.collect())
}
