//! JSON as callers send it, and an order's members as they are meant.
//!
//! Callers are loose about types: integers arrive as decimal or hexadecimal text, texts as numbers, "none" as `""`.
//! The readers here take all of that; what says nothing at all is a [`Flaw`].

use super::map::zone_offset_s;
use docket_core::Timestamp;
use serde::{Deserialize, Serialize};

/// Any JSON.
pub(super) type Json = serde_json::Value;
/// A JSON object; keeps the order of its members.
pub(super) type Object = serde_json::Map<String, Json>;

/// Every data flag there is.
pub(super) const ALL_FLAGS: u64 = 0x3FFF_FFFF_FFFF_FFFF;
/// From here on a flags value means all of them: JavaScript cannot write [`ALL_FLAGS`] exactly.
const ALL_FLAGS_FROM: f64 = (1_u64 << 61) as f64;

/// What is wrong with an order as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flaw {
    /// A member says nothing that can be understood.
    Input,
    /// The route id is no id.
    Route,
}

/// The first JSON value, whatever follows it: the vendor's own Node library forgets the `&` after it.
pub(super) fn first_value(bytes: &[u8]) -> Option<Json> {
    serde_json::Deserializer::from_slice(bytes).into_iter::<Json>().next()?.ok()
}

/// A whole number: a number, decimal or `0x…` text; `null` and `""` are 0.
pub(super) fn integer(value: &Json) -> Option<i64> {
    match value {
        Json::Null => Some(0),
        Json::Bool(flag) => Some(i64::from(*flag)),
        Json::Number(number) => {
            number.as_i64().or_else(|| number.as_u64().map(|_| i64::MAX)).or_else(|| whole(number.as_f64()?))
        }
        Json::String(text) => integer_of_text(text.trim()),
        Json::Array(_) | Json::Object(_) => None,
    }
}

fn integer_of_text(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let clean = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return clean
            .then(|| u64::from_str_radix(digits, 16).ok())
            .flatten()
            .map(|n| i64::try_from(n).unwrap_or(i64::MAX));
    }
    text.parse().ok().or_else(|| whole(text.parse().ok()?))
}

fn whole(number: f64) -> Option<i64> {
    // Beyond 2^53 a double is no longer one certain integer.
    (number.is_finite() && number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}

/// A whole number that is not negative.
pub(super) fn unsigned(value: &Json) -> Option<i64> {
    integer(value).filter(|&number| number >= 0)
}

/// Seconds since 1970 that a calendar can show; 0 is "not set".
pub(super) fn seconds(value: &Json) -> Option<i64> {
    unsigned(value).filter(|&seconds| Timestamp::from_second(seconds).is_ok())
}

/// Data flags: 64 bits wide, in any spelling; negative or enormous means all.
pub(super) fn flags(value: &Json) -> Option<u64> {
    let rough = match value {
        Json::Number(number) => number.as_f64()?,
        Json::String(text) => text.trim().parse().unwrap_or(0.0),
        _ => 0.0,
    };
    if !(0.0..ALL_FLAGS_FROM).contains(&rough) {
        return Some(ALL_FLAGS);
    }
    let exact = u64::try_from(integer(value)?).ok()?;
    Some(if exact as f64 >= ALL_FLAGS_FROM { ALL_FLAGS } else { exact })
}

/// A number; `null` and `""` are 0.
pub(super) fn double(value: &Json) -> Option<f64> {
    let number = match value {
        Json::Null => 0.0,
        Json::Number(number) => number.as_f64()?,
        Json::String(text) if text.trim().is_empty() => 0.0,
        Json::String(text) => text.trim().parse().ok()?,
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => return None,
    };
    number.is_finite().then_some(number)
}

/// Text; a number is its digits, `null` is empty.
pub(super) fn text(value: &Json) -> Option<String> {
    match value {
        Json::Null => Some(String::new()),
        Json::String(text) => Some(text.clone()),
        Json::Number(number) => Some(number.to_string()),
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// A yes or no in any spelling.
pub(super) fn truth(value: Option<&Json>) -> bool {
    match value {
        Some(Json::String(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(value) => integer(value).is_some_and(|number| number != 0),
        None => false,
    }
}

/// Several of something; `null` is none.
fn list<T>(value: &Json, read: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    match value {
        Json::Null => Some(Vec::new()),
        Json::Array(items) => items.iter().map(read).collect(),
        _ => None,
    }
}

/// Dependencies: a list; one number alone is a list of one (the page's answer table says `<uint>`).
fn dependencies(value: &Json) -> Option<Vec<i64>> {
    match value {
        Json::Array(_) | Json::Null => list(value, unsigned),
        scalar => unsigned(scalar).map(|id| if id == 0 { Vec::new() } else { vec![id] }),
    }
}

/// A member of an object, or the default where it is absent.
pub(super) fn member<T: Default>(object: &Object, name: &str, read: impl Fn(&Json) -> Option<T>) -> Result<T, Flaw> {
    object.get(name).map_or_else(|| Ok(T::default()), |value| read(value).ok_or(Flaw::Input))
}

/// An amount (volume, weight) as meant: zero and words are "not said".
fn amount(value: &Json) -> Option<Option<f64>> {
    match value {
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => None,
        value => Some(double(value).filter(|&number| number != 0.0)),
    }
}

/// A cost: like an amount, but it must be a number.
fn cost(value: &Json) -> Option<Option<f64>> {
    double(value).map(|number| Some(number).filter(|&number| number != 0.0))
}

/// The members of an order that have a canonical home, as they are meant. Zero and empty are "not set".
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Members {
    /// Name.
    pub n: String,
    /// Parameters.
    pub p: Parameters,
    /// Order flags.
    pub f: i64,
    /// Lower bound of the completion time.
    pub tf: i64,
    /// Upper bound of the completion time.
    pub tt: i64,
    /// Seconds before `tf` that are acceptable.
    pub trt: i64,
    /// Radius, m.
    pub r: i64,
    /// Latitude.
    pub y: f64,
    /// Longitude.
    pub x: f64,
    /// Unit.
    pub u: i64,
    /// Orders to be completed first.
    pub dp: Vec<i64>,
    /// The time zone, in seconds east of Greenwich.
    pub tz_s: i64,
}

/// The parameters `p`, as meant.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parameters {
    /// Client name.
    pub n: String,
    /// Phone.
    pub p: String,
    /// Second phone.
    pub p2: String,
    /// E-mail.
    pub e: String,
    /// Address, one line.
    pub a: String,
    /// Volume.
    pub v: Option<f64>,
    /// Weight, kg.
    pub w: Option<f64>,
    /// Cost.
    pub c: Option<f64>,
    /// Service time, s.
    pub ut: i64,
    /// Description.
    pub d: String,
    /// Number of the shipping document.
    pub uic: String,
    /// Comment of who confirmed or rejected.
    pub cm: String,
    /// How the client is to be told of the arrival, bits.
    pub ntf: i64,
    /// Priority.
    pub pr: i64,
    /// Tags.
    pub tags: Vec<String>,
    /// Route id and position.
    pub r: Option<(i64, i64)>,
    /// So many seconds before the estimated arrival the client is to be told.
    pub ndt: i64,
}

impl Members {
    /// Reads an order as sent. Members without a canonical home are only looked over.
    pub(super) fn read(sent: &Object) -> Result<Members, Flaw> {
        member(sent, "rp", text)?;
        Ok(Members {
            n: member(sent, "n", text)?,
            p: Parameters::read(sent.get("p"))?,
            f: member(sent, "f", unsigned)?,
            tf: member(sent, "tf", seconds)?,
            tt: member(sent, "tt", seconds)?,
            trt: member(sent, "trt", unsigned)?,
            r: member(sent, "r", unsigned)?,
            y: member(sent, "y", |value| double(value).filter(|degrees| degrees.abs() <= 90.0))?,
            x: member(sent, "x", |value| double(value).filter(|degrees| degrees.abs() <= 180.0))?,
            u: member(sent, "u", integer)?,
            dp: member(sent, "dp", dependencies)?,
            tz_s: zone_offset_s(member(sent, "tz", integer)?),
        })
    }
}

impl Parameters {
    fn read(value: Option<&Json>) -> Result<Parameters, Flaw> {
        let object = match value {
            None | Some(Json::Null) => return Ok(Parameters::default()),
            Some(Json::Object(object)) => object,
            Some(_) => return Err(Flaw::Input),
        };
        for name in ["t", "cid", "aff", "z"] {
            member(object, name, text)?;
        }
        let (r, ndt) = route(object.get("r"))?.map_or((None, 0), |(id, position, ndt)| (Some((id, position)), ndt));
        Ok(Parameters {
            n: member(object, "n", text)?,
            p: member(object, "p", text)?,
            p2: member(object, "p2", text)?,
            e: member(object, "e", text)?,
            a: member(object, "a", text)?,
            v: member(object, "v", amount)?,
            w: member(object, "w", amount)?,
            c: member(object, "c", cost)?,
            ut: member(object, "ut", unsigned)?,
            d: member(object, "d", text)?,
            uic: member(object, "uic", text)?,
            cm: member(object, "cm", text)?,
            ntf: member(object, "ntf", unsigned)?,
            pr: member(object, "pr", unsigned)?,
            tags: member(object, "tags", |value| list(value, text))?,
            r,
            ndt,
        })
    }
}

/// Route id, position and `ndt`; an id of 0 is no route.
fn route(value: Option<&Json>) -> Result<Option<(i64, i64, i64)>, Flaw> {
    let object = match value {
        None | Some(Json::Null) => return Ok(None),
        Some(Json::Object(object)) => object,
        Some(_) => return Err(Flaw::Input),
    };
    let id = object.get("id").map_or(Some(0), unsigned).ok_or(Flaw::Route)?;
    let position = member(object, "i", unsigned)?;
    for name in ["m", "t", "vt"] {
        member(object, name, double)?;
    }
    // Seconds with decimals are none that anybody waits for.
    let ndt = member(object, "ndt", double)?.clamp(0.0, f64::from(u32::MAX)) as i64;
    Ok((id != 0).then_some((id, position, ndt)))
}

/// What this dialect keeps beside an order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Bag {
    /// The order's members as they were sent, merged over updates, unknown ones included.
    #[serde(skip_serializing_if = "Object::is_empty")]
    pub sent: Object,
    /// Status flags beyond what the state says: 0x200 confirmed by hand, 0x400 the driver was told.
    #[serde(skip_serializing_if = "is_zero")]
    pub sf: i64,
    /// That it was moved to the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registered: Option<Registered>,
}

/// A move to the history.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Registered {
    /// When.
    pub at: i64,
    /// The status it had, which it keeps in the history.
    pub s: i64,
    /// Since when it had it; 0 where that was not noted.
    pub st: i64,
    /// The state it went there in; once the order has another, somebody brought it back.
    pub state: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

impl Bag {
    /// From what is kept; something unreadable counts as nothing.
    pub(super) fn read(kept: Option<&str>) -> Bag {
        kept.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// The text to keep; `None` when there is nothing.
    pub(super) fn write(&self) -> Option<String> {
        let empty = self.sent.is_empty() && self.sf == 0 && self.registered.is_none();
        if empty { None } else { serde_json::to_string(self).ok() }
    }
}
