//! Units and where they are.

use super::*;
use docket_core::track::ReportQuery;

fn unit_here(pair: &Pair, unique_id: &str) -> Unit {
    let units = pair.here.units(&user()).now_or_never().unwrap().unwrap();
    units.iter().find(|unit| unit.unique_id == unique_id).cloned().unwrap()
}

fn track(pair: &Pair, unique_id: &str) -> Vec<f64> {
    let unit = unit_here(pair, unique_id).id;
    let query = ReportQuery { unit, from: Timestamp::UNIX_EPOCH, until: Timestamp::MAX, newest: false, limit: 100 };
    let reports = pair.here.reports(&user(), query).now_or_never().unwrap().unwrap();
    reports.iter().filter_map(|report| Some(report.position?.latitude)).collect()
}

#[test]
fn units_are_matched_by_unique_id_or_made_and_followed() {
    let pair = Pair::new();
    let way = pair.way();
    says(&pair, VAN, 53.1);
    pair.pull(&way).unwrap();
    assert_eq!(unit_here(&pair, "355000000000001").id, UnitId(9001), "known here before");
    assert_eq!(unit_here(&pair, "355000000000001").name, "Our van", "and called as here");
    assert_eq!(unit_here(&pair, "355000000000002").name, "Truck");
    assert_eq!(pair.here.units(&user()).now_or_never().unwrap().unwrap().len(), 2);
    // A new name, a new unit, new places.
    pair.there.put_unit(unit(TRUCK, "Big truck", "355000000000002"));
    pair.there.put_unit(unit(3009, "Bike", "355000000000003"));
    for latitude in [53.2, 53.3] {
        pair.pass(10);
        says(&pair, VAN, latitude);
        says(&pair, TRUCK, latitude);
        pair.pull(&way).unwrap();
    }
    pair.pull(&way).unwrap();
    assert_eq!(unit_here(&pair, "355000000000002").name, "Big truck");
    assert_eq!(unit_here(&pair, "355000000000003").name, "Bike");
    assert_eq!(track(&pair, "355000000000001"), [53.1, 53.2, 53.3]);
    assert_eq!(track(&pair, "355000000000002"), [53.2, 53.3]);
    let last = unit_here(&pair, "355000000000001").position.unwrap();
    assert_eq!((last.latitude, last.longitude, last.speed_kmh, last.satellites), (53.3, 27.5, Some(40.0), 9));
    // Everything is read anew: nothing is taken in twice.
    pair.restart();
    pair.pull(&way).unwrap();
    assert_eq!(track(&pair, "355000000000001"), [53.1, 53.2, 53.3]);
    assert_eq!(pair.here.units(&user()).now_or_never().unwrap().unwrap().len(), 3);
}

#[test]
fn what_units_said_while_nobody_listened_is_read() {
    let pair = Pair::new();
    let way = pair.way();
    says(&pair, VAN, 53.1);
    pair.pull(&way).unwrap();
    for latitude in [53.2, 53.3, 53.4] {
        pair.pass(200);
        says(&pair, VAN, latitude);
    }
    pair.restart();
    way.take_calls();
    pair.pull(&way).unwrap();
    assert_eq!(track(&pair, "355000000000001"), [53.1, 53.2, 53.3, 53.4]);
    let operations: Vec<_> = way.take_calls().iter().map(|call| call.operation).collect();
    assert_eq!(operations.iter().filter(|name| name.starts_with("messages/")).count(), 2, "{operations:?}");
    pair.restart();
    pair.pull(&way).unwrap();
    assert!(way.take_calls().iter().all(|call| !call.operation.starts_with("messages/")), "there is no gap any more");
}

#[test]
fn units_are_only_known_where_they_are_not_mirrored() {
    let pair = Pair::with(&[("mirror_units", "false")]);
    let way = pair.way();
    says(&pair, VAN, 53.1);
    pair.pull(&way).unwrap();
    assert_eq!(pair.here.units(&user()).now_or_never().unwrap().unwrap().len(), 1);
    assert_eq!(track(&pair, "355000000000001"), Vec::<f64>::new());
    // Who has it is said all the same, if it is a unit here.
    let there = theirs(&pair, "Crate 7");
    change(&pair.there, there.id, Command::default().with(Field::Unit, VAN));
    pair.pass(10);
    pair.pull(&way).unwrap();
    assert_eq!(pair.same(&there).fields.unit, Some(9001));
    change(&pair.there, there.id, Command::default().with(Field::Unit, TRUCK));
    pair.pass(10);
    pair.pull(&way).unwrap();
    let copy = pair.same(&there);
    assert_eq!(copy.fields.unit, None, "one that is none here is nobody here");
    // And stays theirs: nothing here takes it away.
    change(&pair.here, copy.id, Command::default().with(Field::CustomerName, "Bob"));
    pair.deliver(&way, &copy).unwrap();
    assert_eq!(now_of(&pair.there, there.id).fields.unit, Some(TRUCK));
}

#[test]
fn a_unit_here_gets_an_order_before_anything_was_read() {
    let pair = Pair::new();
    let way = pair.way();
    let order = handed(&pair, "WO-1");
    change(&pair.here, order.id, Command::default().with(Field::Unit, 9001_i64));
    pair.deliver(&way, &order).unwrap();
    let other = pair.other(&order);
    assert_eq!((other.fields.unit, other.state), (Some(VAN), State::Assigned));
}

#[test]
fn a_unit_of_another_account_is_not_taken() {
    let pair = Pair::new();
    let way = pair.way();
    // Unique ids are unique hub-wide: this one is a unit of somebody the connection does not see.
    pair.there.put_unit(unit(3010, "Odd", "355000000000001x"));
    pair.pull(&way).unwrap();
    assert_eq!(unit_here(&pair, "355000000000001x").name, "Odd");
}
