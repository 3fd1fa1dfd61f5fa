//! The parts of an order that both sides may write, one by one: compared, taken over, and as a request says them.
//!
//! A part is a member of the order or of its `p`. What is compared is what parts mean, not how they are spelled.

use crate::wialon::map::{shown, zone_of_offset};
use crate::wialon::wire::{Json, Members, Object, Parameters};
use docket_core::order::Order;
use serde_json::json;

/// A part: its member, where people find it, what it says, and how it is taken over.
pub(super) struct Part {
    /// The member; those of `p` with `p.` before.
    pub(super) name: &'static str,
    /// The canonical field.
    pub(super) field: &'static str,
    get: fn(&Members) -> Json,
    copy: fn(&mut Members, &Members),
}

macro_rules! part {
    ($name:literal, $field:literal, $($path:ident).+) => {
        Part {
            name: $name,
            field: $field,
            get: |members| json!(members.$($path).+),
            copy: |to, from| to.$($path).+.clone_from(&from.$($path).+),
        }
    };
}

/// All of them but the unit and what it depends on, which have other numbers on each side.
pub(super) const PARTS: &[Part] = &[
    part!("n", "title", n),
    part!("p.n", "customer.name", p.n),
    part!("p.p", "customer.phone", p.p),
    part!("p.p2", "customer.phone2", p.p2),
    part!("p.e", "customer.email", p.e),
    part!("p.a", "site.address1", p.a),
    part!("p.v", "volume", p.v),
    part!("p.w", "weight_kg", p.w),
    part!("p.c", "cost", p.c),
    part!("p.ut", "service_time_s", p.ut),
    part!("p.d", "description", p.d),
    part!("p.uic", "reference", p.uic),
    part!("p.cm", "outcome", p.cm),
    part!("p.ntf", "notice.channels", p.ntf),
    part!("p.pr", "priority", p.pr),
    Part {
        name: "p.tags",
        field: "tags",
        get: |members| json!(members.p.tags),
        // What is no number has no place there, and stays.
        copy: |to, from| {
            to.p.tags.retain(|tag| !is_number(tag));
            to.p.tags.extend(from.p.tags.iter().cloned());
        },
    },
    part!("f", "execution_flags", f),
    part!("tf", "window.from", tf),
    part!("tt", "window.to", tt),
    part!("trt", "window.early_tolerance_s", trt),
    part!("r", "site.radius_m", r),
    part!("y", "site.latitude", y),
    part!("x", "site.longitude", x),
    part!("tz", "window.offset_s", tz_s),
];

/// The unit.
pub(super) const UNIT: &str = "u";
/// What it depends on.
pub(super) const DEPENDENCIES: &str = "dp";

fn is_number(tag: &str) -> bool {
    tag.parse::<u64>().is_ok()
}

/// What members say, part by part.
pub(super) fn parts(members: &Members) -> Object {
    let parts = PARTS.iter().map(|part| (part.name.to_owned(), (part.get)(members)));
    let others = [(UNIT, json!(members.u)), (DEPENDENCIES, json!(members.dp))];
    parts.chain(others.map(|(name, value)| (name.to_owned(), value))).collect()
}

/// The names of the parts that differ.
pub(super) fn differing(one: &Object, other: &Object) -> Vec<&'static str> {
    let names = PARTS.iter().map(|part| part.name).chain([UNIT, DEPENDENCIES]);
    names.filter(|name| one.get(*name) != other.get(*name)).collect()
}

/// Takes over the named parts.
pub(super) fn take_over(to: &mut Members, from: &Members, names: &[&str]) {
    PARTS.iter().filter(|part| names.contains(&part.name)).for_each(|part| (part.copy)(to, from));
}

/// What an order as it was answered means. A member that says nothing that can be understood says nothing.
pub(super) fn meant(sent: &Object) -> Members {
    if let Ok(members) = Members::read(sent) {
        return members;
    }
    let is_clear = |name: &str, value: &Json| Members::read(&of(name, value.clone())).is_ok();
    let mut kept = sent.clone();
    kept.retain(|name, value| name == "p" || is_clear(name, value));
    match kept.get_mut("p") {
        Some(Json::Object(p)) => p.retain(|name, value| is_clear("p", &Json::Object(of(name, value.clone())))),
        _ => {
            kept.remove("p");
        }
    }
    Members::read(&kept).unwrap_or_default()
}

fn of(name: &str, value: Json) -> Object {
    [(name.to_owned(), value)].into_iter().collect()
}

/// What an order here is to say there, but for its unit and what it depends on: those have other numbers there. Which
/// route it is part of is not said either, for routes do not go over.
pub(super) fn wanted(order: &Order) -> Members {
    let mut members = shown(order);
    (members.u, members.dp) = (0, Vec::new());
    (members.p.r, members.p.ndt) = (None, 0);
    members.p.tags.retain(|tag| is_number(tag));
    for number in [&mut members.f, &mut members.tf, &mut members.tt, &mut members.trt, &mut members.r] {
        *number = (*number).max(0);
    }
    for number in [&mut members.p.ut, &mut members.p.ntf, &mut members.p.pr] {
        *number = (*number).max(0);
    }
    members
}

/// What members are once they have been said: as a request spells them, read back.
pub(super) fn as_said(members: &Members) -> Object {
    let plain = Members { p: Parameters { r: None, ndt: 0, ..members.p.clone() }, ..members.clone() };
    parts(&meant(&request(&plain, &Object::new())))
}

/// An order as a request says it, with the members and types of the page, in its order: all but `itemId`, `id` and
/// `callMode`. `kept` is the `p` that is there: what of it is not ours stays, for `p` is replaced whole.
pub(super) fn request(members: &Members, kept: &Object) -> Object {
    let mut out = Object::new();
    let mut put = |name: &str, value: Json| drop(out.insert(name.to_owned(), value));
    put("n", members.n.as_str().into());
    put("p", Json::Object(parameters(&members.p, kept)));
    put("f", members.f.into());
    put("tf", members.tf.into());
    put("tt", members.tt.into());
    put("trt", members.trt.into());
    put("r", members.r.into());
    put("y", members.y.into());
    put("x", members.x.into());
    put("u", members.u.into());
    put("tz", (zone_of_offset(members.tz_s) & 0xFFFF_FFFF).into());
    put("dp", members.dp.iter().map(|uid| Json::from(uid.to_string())).collect());
    out
}

/// Members of `p` that an order here says; the others are the counterpart's.
const OURS: &[&str] = &["n", "p", "p2", "e", "a", "v", "w", "c", "ut", "d", "uic", "cm", "ntf", "pr", "tags"];

fn parameters(p: &Parameters, kept: &Object) -> Object {
    let mut out = Object::new();
    let mut put = |name: &str, value: Json| drop(out.insert(name.to_owned(), value));
    let theirs = |name: &str| kept.get(name).cloned().unwrap_or_else(|| "".into());
    put("n", p.n.as_str().into());
    put("p", p.p.as_str().into());
    put("p2", p.p2.as_str().into());
    put("e", p.e.as_str().into());
    put("a", p.a.as_str().into());
    put("v", amount(p.v));
    put("w", amount(p.w));
    put("c", whole(p.c));
    put("ut", p.ut.into());
    put("t", theirs("t"));
    put("d", p.d.as_str().into());
    put("uic", p.uic.as_str().into());
    put("cid", theirs("cid"));
    put("cm", p.cm.as_str().into());
    for name in ["aff", "z"] {
        if let Some(value) = kept.get(name).filter(|value| value.as_str() != Some("")) {
            put(name, value.clone());
        }
    }
    put("ntf", p.ntf.into());
    put("pr", p.pr.into());
    put("tags", p.tags.iter().filter_map(|tag| tag.parse::<u64>().ok()).collect());
    let placed = ["t", "cid", "aff", "z"];
    for (name, value) in kept {
        let is_placed = OURS.contains(&name.as_str()) || placed.contains(&name.as_str());
        if !is_placed && !value.is_null() {
            put(name, value.clone());
        }
    }
    out
}

/// Volume and weight are texts in requests.
fn amount(number: Option<f64>) -> Json {
    number.filter(|number| *number > 0.0).map_or_else(String::new, |number| number.to_string()).into()
}

/// The cost is a whole number.
fn whole(number: Option<f64>) -> Json {
    (number.filter(|number| *number > 0.0 && *number < 9e15).map_or(0, |number| number.round() as i64)).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_what_is_read_back() {
        let sent = json!({
            "n": "A", "p": {"n": "Ann", "v": "2.5", "w": "12", "c": 30, "tags": [4, 7], "ut": 300, "pr": 4}, "f": 3, "tf": 100_000,
            "tt": 200_000, "trt": 60, "r": 50, "y": 53.9, "x": 27.5, "u": 7, "tz": 134_228_528, "dp": ["3", "4"],
        });
        let members = meant(sent.as_object().unwrap());
        assert_eq!(parts(&members), as_said(&members));
        assert_eq!(differing(&parts(&members), &parts(&meant(&request(&members, &Object::new())))), Vec::<&str>::new());
    }

    #[test]
    fn what_is_not_understood_says_nothing() {
        let sent = json!({"n": "A", "f": {"odd": 1}, "p": {"n": "Ann", "ut": [1], "r": {"id": "x"}}, "y": 1000});
        let members = meant(sent.as_object().unwrap());
        assert_eq!(
            (members.n.as_str(), members.p.n.as_str(), members.f, members.p.ut, members.y),
            ("A", "Ann", 0, 0, 0.0)
        );
        assert_eq!(meant(json!({"n": "B", "p": 7}).as_object().unwrap()).n, "B");
    }

    #[test]
    fn what_is_theirs_stays_in_p() {
        let kept =
            json!({"n": "Bob", "t": "van", "cid": "C1", "r": {"id": "5", "i": "0"}, "rep": 1, "z": "", "tags": [9]});
        let said = request(&Members::default(), kept.as_object().unwrap());
        let p = said["p"].as_object().unwrap();
        assert_eq!(
            (&p["t"], &p["cid"], &p["r"]["id"], &p["rep"]),
            (&json!("van"), &json!("C1"), &json!("5"), &json!(1))
        );
        assert_eq!((&p["n"], &p["tags"], p.contains_key("z")), (&json!(""), &json!([]), false));
    }
}
