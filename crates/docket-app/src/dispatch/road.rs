//! How far it is and how long it takes: by road where an OSRM-compatible server is configured, otherwise in a straight
//! line.

use crate::outside::{Authority, Call, Outside, OutsideOptions, Redirects};
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::geo::{Place, distance_m};
use http::{HeaderMap, Method, StatusCode};
use jiff::SignedDuration;
use serde::Deserialize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Slower than this a unit only stands for a moment …
const MOVING_KMH: f64 = 5.0;
/// … and will go on at this speed.
const USUAL_KMH: f64 = 60.0;
/// The largest answer.
const ANSWER_BYTES: usize = 64 << 10;

/// An OSRM-compatible server.
#[derive(Clone, Debug)]
pub struct RoadOptions {
    /// Its address, up to `/route/v1`.
    pub url: String,
    /// The profile asked for: `driving`.
    pub profile: String,
    /// How long it may take to answer.
    pub timeout: Duration,
    /// Certificate authorities that are trusted beside the public ones.
    pub authorities: Vec<Authority>,
}

/// What is left to go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Leg {
    pub(super) distance_m: f64,
    pub(super) duration_s: f64,
}

impl Leg {
    /// In a straight line, at the speed the unit goes now.
    pub(super) fn straight(from: &Position, to: Place) -> Leg {
        let distance_m = distance_m((from.latitude, from.longitude), to);
        let speed_kmh = from.speed_kmh.filter(|&speed| speed >= MOVING_KMH).unwrap_or(USUAL_KMH);
        Leg { distance_m, duration_s: distance_m / (speed_kmh / 3.6) }
    }

    /// When it is gone.
    pub(super) fn eta(&self, now: Timestamp) -> Timestamp {
        let seconds = self.duration_s.clamp(0.0, 1e9).round() as i64;
        now.checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }
}

/// Who is asked for ways.
pub(super) struct Road {
    server: Option<(RoadOptions, Outside)>,
    /// It did not answer last time; that is said once.
    is_silent: AtomicBool,
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    routes: Vec<Way>,
}

#[derive(Deserialize)]
struct Way {
    distance: f64,
    duration: f64,
}

impl Road {
    pub(super) fn new(options: Option<RoadOptions>) -> Road {
        let client = |options: RoadOptions| {
            let outside = Outside::new(OutsideOptions::anywhere(options.authorities.clone()));
            (options, outside)
        };
        Road { server: options.map(client), is_silent: AtomicBool::new(false) }
    }

    /// What is left to go for a unit, as well as it can be known.
    pub(super) async fn leg(&self, from: &Position, to: Place) -> Leg {
        let straight = Leg::straight(from, to);
        let Some((options, outside)) = &self.server else { return straight };
        match ask(options, outside, from, to).await {
            Ok(leg) => {
                self.is_silent.store(false, Ordering::Relaxed);
                leg
            }
            Err(problem) => {
                if !self.is_silent.swap(true, Ordering::Relaxed) {
                    tracing::warn!(problem, "[tracking] osrm_url gives no ways; estimating in straight lines");
                }
                straight
            }
        }
    }
}

async fn ask(options: &RoadOptions, outside: &Outside, from: &Position, to: Place) -> Result<Leg, String> {
    let RoadOptions { url, profile, timeout, .. } = options;
    let (base, places) = (url.trim_end_matches('/'), [(from.longitude, from.latitude), (to.1, to.0)]);
    let [from, to] = places.map(|(x, y)| format!("{x:.6},{y:.6}"));
    let call = Call {
        method: Method::GET,
        url: format!("{base}/route/v1/{profile}/{from};{to}?overview=false"),
        headers: HeaderMap::new(),
        body: Bytes::new(),
        timeout: *timeout,
        redirects: Redirects::None,
        answer_bytes: ANSWER_BYTES,
    };
    let answer = outside.call(call).await.map_err(|error| error.to_string())?;
    if answer.status != StatusCode::OK {
        return Err(format!("the answer is {}", answer.status));
    }
    let answer: Answer = serde_json::from_slice(&answer.body).map_err(|error| error.to_string())?;
    let way = answer.routes.first().filter(|way| way.distance.is_finite() && way.duration.is_finite());
    way.map(|way| Leg { distance_m: way.distance, duration_s: way.duration })
        .ok_or_else(|| format!("it found no way: {}", answer.code))
}
