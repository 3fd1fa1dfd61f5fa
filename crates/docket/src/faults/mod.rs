//! A bad network on purpose: stands in front of an HTTP server, passes requests on, and does to some of them what
//! networks and busy servers do. Which ones, and what, follows from a seed and the number of the request.
//!
//! `docket simulate` puts it in front of a counterpart, the tests of the relay between two hubs.

mod layer;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
pub use layer::Layer;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// `429`, `408`, `500`, …: answered so, and not passed on.
    Status(StatusCode),
    /// `dup`: passed on twice; the second answer is given.
    Duplicate,
    /// `late`: passed on after a while.
    Late,
    /// `drop`: the connection is closed, and nothing passed on.
    Drop,
    /// `cut`: passed on, and the answer is lost.
    Cut,
    /// `truncate`: passed on, and the answer breaks off.
    Truncate,
    /// `html`: not passed on; a page for people is answered with 502, as gateways do.
    Html,
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Fault, String> {
        Ok(match word.trim() {
            "dup" => Fault::Duplicate,
            "late" => Fault::Late,
            "drop" => Fault::Drop,
            "cut" => Fault::Cut,
            "truncate" => Fault::Truncate,
            "html" => Fault::Html,
            other => match other.parse::<u16>().ok().filter(|code| (400..600).contains(code)) {
                Some(code) => Fault::Status(StatusCode::from_u16(code).map_err(|error| error.to_string())?),
                None => {
                    return Err(format!(
                        "`{other}` is no fault; there are a status from 400 to 599, dup, late, drop, cut, truncate, html"
                    ));
                }
            },
        })
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Status(status) => write!(f, "{}", status.as_u16()),
            Fault::Duplicate => f.write_str("dup"),
            Fault::Late => f.write_str("late"),
            Fault::Drop => f.write_str("drop"),
            Fault::Cut => f.write_str("cut"),
            Fault::Truncate => f.write_str("truncate"),
            Fault::Html => f.write_str("html"),
        }
    }
}

/// How a refusal is worded: headers and body for a status.
pub type Refuse = Arc<dyn Fn(StatusCode) -> (HeaderMap, Bytes) + Send + Sync>;

/// Told of each fault: what, and the request's method and path.
pub type Told = Arc<dyn Fn(Fault, &str) + Send + Sync>;

/// What goes wrong, and how often.
#[derive(Clone)]
pub struct Faults {
    /// What may go wrong.
    pub kinds: Vec<Fault>,
    /// To which share of the requests, from 0 to 1.
    pub rate: f64,
    /// What follows from it is the same every time.
    pub seed: u64,
    /// How late [`Fault::Late`] is.
    pub late: Duration,
    /// How a status is worded; `None`: in a word.
    pub refuse: Option<Refuse>,
    /// Who is told.
    pub told: Option<Told>,
}

impl Faults {
    /// What happens to the request of this number, counted from 0.
    pub fn befalls(&self, number: u64) -> Option<Fault> {
        let drawn = mixed(self.seed ^ mixed(number));
        // The upper 53 bits, as a share of one.
        let share = (drawn >> 11) as f64 / (1_u64 << 53) as f64;
        if share >= self.rate || self.kinds.is_empty() {
            return None;
        }
        let count = u64::try_from(self.kinds.len()).unwrap_or(1);
        let index = usize::try_from(mixed(drawn) % count).unwrap_or(0);
        self.kinds.get(index).copied()
    }
}

/// Spreads a number over all of its bits.
fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
