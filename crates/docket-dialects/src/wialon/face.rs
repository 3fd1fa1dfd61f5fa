//! An order as Wialon shows it: every member the page prints, in its order, then what else was sent.

use super::map::{
    DIALECT_ID, bag, internal_flags, shown, status_flags, status_kept, status_since, zone_of_offset, zone_offset_s,
};
use super::wire::{Bag, Json, Members, Object, Parameters, integer, text};
use docket_core::Timestamp;
use docket_core::order::Order;

/// Members of `p` that have their place in the page's order.
const PARAMETERS: &[&str] = &[
    "n", "p", "p2", "e", "a", "v", "w", "c", "ut", "t", "d", "uic", "cid", "cm", "aff", "z", "ntf", "pr", "tags", "r",
];

/// Top-level members that have their place in the page's order.
const MEMBERS: &[&str] = &[
    "id", "n", "p", "rp", "f", "tf", "tt", "trt", "uid", "r", "y", "x", "u", "s", "sf", "st", "tz", "eta", "rd", "cnm",
    "nt", "ds", "dp", "stt", "dtt", "if",
];

/// The order as it is answered everywhere.
pub(super) fn order_to_wire(order: &Order) -> Json {
    let bag = bag(order);
    let now = shown(order);
    // What was sent was read when it was taken; as long as it still means what the order means, it is shown.
    let sent = Members::read(&bag.sent).unwrap_or_default();
    let fields = &order.fields;
    let moment = |at: Option<Timestamp>| Json::from(at.map_or(0, Timestamp::as_second).max(0));
    let mut out = Out(Object::new());
    out.put("id", order.serial.0);
    out.put("n", now.n.as_str());
    out.put("p", parameters_to_wire(order, &bag, &sent.p, &now.p));
    out.put("rp", sent_text(&bag.sent, "rp"));
    out.put("f", now.f);
    out.put("tf", now.tf);
    out.put("tt", now.tt);
    out.put("trt", now.trt);
    out.put("uid", order.serial.0);
    out.put("r", now.r);
    out.put("y", degrees(bag.sent.get("y"), sent.y, now.y));
    out.put("x", degrees(bag.sent.get("x"), sent.x, now.x));
    out.put("u", now.u);
    out.put("s", status_kept(order, &bag));
    out.put("sf", status_flags(order, &bag));
    out.put("st", status_since(order, &bag).as_second());
    out.put("tz", zone(bag.sent.get("tz").and_then(integer), now.tz_s));
    out.put("eta", moment(fields.eta));
    out.put("rd", fields.distance_left_m.unwrap_or(0.0));
    // Whole kilometres, as units count them.
    out.put("cnm", fields.odometer_km.map_or(0, |odometer_km| odometer_km.round() as i64));
    out.put("nt", moment(fields.next_at));
    out.put("ds", fields.completion_percent.unwrap_or(0));
    out.put("dp", now.dp);
    out.put("stt", moment(fields.arrived_at));
    out.put("dtt", moment(fields.departed_at));
    out.put("if", internal_flags(order));
    out.rest(&bag.sent, MEMBERS);
    Json::Object(out.0)
}

fn parameters_to_wire(order: &Order, bag: &Bag, sent: &Parameters, now: &Parameters) -> Json {
    let nothing = Object::new();
    let given = bag.sent.get("p").and_then(Json::as_object).unwrap_or(&nothing);
    let mut out = Out(Object::new());
    out.put("n", now.n.as_str());
    out.put("p", now.p.as_str());
    out.put("p2", now.p2.as_str());
    out.put("e", now.e.as_str());
    out.put("a", now.a.as_str());
    out.put("v", amount(given.get("v"), sent.v, now.v));
    out.put("w", amount(given.get("w"), sent.w, now.w));
    out.put("c", amount(given.get("c"), sent.c, now.c));
    out.put("ut", now.ut);
    out.put("t", sent_text(given, "t"));
    out.put("d", now.d.as_str());
    out.put("uic", now.uic.as_str());
    out.put("cid", custom_id(order, given));
    out.put("cm", now.cm.as_str());
    out.put("aff", sent_text(given, "aff"));
    out.put("z", sent_text(given, "z"));
    out.put("ntf", now.ntf);
    out.put("pr", now.pr);
    match given.get("tags").filter(|_| sent.tags == now.tags) {
        Some(tags) => out.put("tags", tags.clone()),
        None if now.tags.is_empty() => {}
        None => out.put("tags", now.tags.iter().map(|tag| integral(tag)).collect::<Vec<_>>()),
    }
    out.put("r", route(given.get("r"), sent, now));
    out.rest(given, PARAMETERS);
    Json::Object(out.0)
}

/// An object under construction.
struct Out(Object);

impl Out {
    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Members without a place of their own, as they were sent.
    fn rest(&mut self, sent: &Object, placed: &[&str]) {
        let unplaced = sent.iter().filter(|(name, _)| !placed.contains(&name.as_str()));
        self.0.extend(unplaced.map(|(name, value)| (name.clone(), value.clone())));
    }
}

fn sent_text(sent: &Object, name: &str) -> String {
    sent.get(name).and_then(text).unwrap_or_default()
}

/// The custom id: as sent; for an order from elsewhere, the number people know it by.
fn custom_id(order: &Order, given: &Object) -> String {
    match given.get("cid").and_then(text) {
        Some(given) => given,
        None if order.origin.dialect == DIALECT_ID => String::new(),
        None => order.fields.number.clone().unwrap_or_default(),
    }
}

/// Text that spells an integer becomes one, other text stays.
fn integral(text: &str) -> Json {
    text.parse::<i64>().map_or_else(|_| text.into(), Json::from)
}

/// Volume, weight and cost are texts in requests and integers in answers, where the text spells one.
fn amount(given: Option<&Json>, sent: Option<f64>, now: Option<f64>) -> Json {
    match (given.filter(|_| sent == now), now) {
        (Some(Json::String(text)), None) if text.trim().is_empty() => 0.into(),
        (Some(Json::String(text)), _) => integral(text),
        (Some(Json::Null) | None, None) => 0.into(),
        (Some(value), _) => value.clone(),
        (None, Some(number)) if number.fract() == 0.0 && number.abs() < 9e15 => (number as i64).into(),
        (None, Some(number)) => number.into(),
    }
}

/// A coordinate; an integer that was sent stays one.
fn degrees(given: Option<&Json>, sent: f64, now: f64) -> Json {
    match given {
        Some(number @ Json::Number(_)) if sent == now => number.clone(),
        _ => now.into(),
    }
}

/// The time zone as it was sent, as long as that means the offset there is.
fn zone(given: Option<i64>, offset_s: i64) -> i64 {
    let zone = given.filter(|&given| zone_offset_s(given) == offset_s).unwrap_or_else(|| zone_of_offset(offset_s));
    zone & 0xFFFF_FFFF
}

/// Route information with the types it was sent with; `null` where there is no route, which is what clients test.
fn route(given: Option<&Json>, sent: &Parameters, now: &Parameters) -> Json {
    if let Some(given) = given.filter(|_| sent.r == now.r && sent.ndt == now.ndt) {
        return given.clone();
    }
    let Some((id, position)) = now.r else { return Json::Null };
    let mut out = Out(given.and_then(Json::as_object).cloned().unwrap_or_default());
    if sent.r != now.r || given.is_none() {
        out.put("id", id.to_string());
        out.put("i", position.to_string());
    }
    if sent.ndt != now.ndt {
        out.put("ndt", now.ndt);
    }
    for (name, value) in [("m", Json::from("0")), ("t", "0".into()), ("ndt", 0.into()), ("vt", "0".into())] {
        if !out.0.contains_key(name) {
            out.put(name, value);
        }
    }
    Json::Object(out.0)
}
