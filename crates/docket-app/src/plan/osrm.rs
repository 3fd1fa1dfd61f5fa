//! The table service of OSRM's HTTP API, and of whatever speaks like it: ways and times between many places.
//!
//! `GET {base}/table/v1/{profile}/{lon},{lat};…?annotations=duration,distance&sources=…&destinations=…`, see
//! <https://project-osrm.org/docs/v5.24.0/api/#table-service>. A server answers about so many places at once and no
//! more (100 unless told otherwise), so larger tables are put together from blocks; one that says `TooBig` is asked
//! about half as many.

use super::PlanOptions;
use crate::outside::{Call, Outside, OutsideError, OutsideOptions, Redirects};
use bytes::Bytes;
use docket_dialects::planner::Place;
use docket_planner::Matrix;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use http::{HeaderMap, Method};
use serde::Deserialize;
use std::fmt::Write as _;
use std::time::Duration;

/// How many blocks are asked for at once.
const AT_ONCE: usize = 4;
/// The most places in one call: what fits into a URL.
const MOST_PLACES: usize = 250;
/// Fewer places than this are not worth asking for again.
const FEWEST_PLACES: usize = 2;
/// The largest answer.
const ANSWER_BYTES: usize = 16 << 20;
/// Stands for "no way".
const NO_WAY: (u32, u32) = (u32::MAX, u32::MAX);

/// A table service.
pub(super) struct Osrm {
    outside: Outside,
    base: String,
    host: String,
    profile: String,
    table: usize,
    timeout: Duration,
}

#[derive(Deserialize)]
struct Answer {
    code: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    durations: Vec<Vec<Option<f64>>>,
    #[serde(default)]
    distances: Vec<Vec<Option<f64>>>,
}

/// Why a block could not be had.
enum Failed {
    /// It is more than the service answers at once.
    TooBig,
    /// In words.
    With(String),
}

/// From some places to others, by index.
struct Block {
    from: std::ops::Range<usize>,
    to: std::ops::Range<usize>,
}

impl Osrm {
    /// The one that is configured, if one is. The operator named it, so it may be in any network.
    pub(super) fn new(options: &PlanOptions) -> Option<Osrm> {
        let base = options.osrm_url.trim().trim_end_matches('/');
        if base.is_empty() {
            return None;
        }
        let host = url::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned));
        Some(Osrm {
            outside: Outside::new(OutsideOptions::anywhere(options.authorities.clone())),
            host: host.unwrap_or_else(|| "the table service".to_owned()),
            base: base.to_owned(),
            profile: options.osrm_profile.clone(),
            table: options.osrm_table.clamp(FEWEST_PLACES, MOST_PLACES),
            timeout: options.osrm_timeout,
        })
    }

    /// Its host, without what else the URL may say.
    pub(super) fn name(&self) -> &str {
        &self.host
    }

    /// The ways between all places.
    pub(super) async fn table(&self, places: &[Place]) -> Result<Matrix, String> {
        let asking = async {
            let mut most = self.table;
            loop {
                match self.blocks(places, most).await {
                    Err(Failed::TooBig) if most / 2 >= FEWEST_PLACES => most /= 2,
                    Err(Failed::TooBig) => return Err("it answers about too few places at once".to_owned()),
                    Err(Failed::With(what)) => return Err(what),
                    Ok(legs) => return matrix(places.len(), &legs),
                }
            }
        };
        let late = |_| format!("no whole table within {} s", self.timeout.as_secs_f32());
        tokio::time::timeout(self.timeout, asking).await.map_err(late)?
    }

    /// All legs, row by row, from blocks of so many places.
    async fn blocks(&self, places: &[Place], most: usize) -> Result<Vec<(u32, u32)>, Failed> {
        let size = places.len();
        let mut legs = vec![NO_WAY; size * size];
        let side = if size <= most { size.max(1) } else { (most / 2).max(1) };
        let parts = || (0..size).step_by(side).map(|from| from..(from + side).min(size));
        let all = parts().flat_map(|from| parts().map(move |to| Block { from: from.clone(), to }));
        let blocks: Vec<Block> = all.collect();
        let mut answers =
            stream::iter(blocks.into_iter().map(|block| self.block(places, block))).buffer_unordered(AT_ONCE);
        while let Some((block, rows)) = answers.try_next().await? {
            for (from, row) in block.from.zip(rows) {
                let begin = from * size + block.to.start;
                if let Some(place) = legs.get_mut(begin..begin + row.len()) {
                    place.copy_from_slice(&row);
                }
            }
        }
        Ok(legs)
    }

    async fn block(&self, places: &[Place], block: Block) -> Result<(Block, Vec<Vec<(u32, u32)>>), Failed> {
        let url = self.url(places, &block);
        let call = Call {
            method: Method::GET,
            url,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: self.timeout,
            redirects: Redirects::None,
            answer_bytes: ANSWER_BYTES,
        };
        let broken = |error: OutsideError| Failed::With(error.to_string());
        let answer = self.outside.call(call).await.map_err(broken)?;
        let wrong = |what: String| Failed::With(what);
        let table: Answer = serde_json::from_slice(&answer.body)
            .map_err(|_| wrong(format!("it answers {} and no table", answer.status)))?;
        match table.code.as_str() {
            "Ok" => {}
            "TooBig" => return Err(Failed::TooBig),
            code => return Err(wrong(format!("it answers {code}: {}", table.message))),
        }
        let (rows, columns) = (block.from.len(), block.to.len());
        let is_whole = |table: &[Vec<Option<f64>>]| table.len() == rows && table.iter().all(|row| row.len() == columns);
        if !is_whole(&table.durations) || !is_whole(&table.distances) {
            return Err(wrong("its table has not the durations and distances that were asked for".to_owned()));
        }
        let leg = |(distance, duration): (Option<f64>, Option<f64>)| match (distance, duration) {
            (Some(metres), Some(seconds)) => (whole(metres), whole(seconds)),
            _ => NO_WAY,
        };
        let rows = table.distances.into_iter().zip(table.durations);
        let legs = rows.map(|(distances, durations)| distances.into_iter().zip(durations).map(leg).collect());
        Ok((block, legs.collect()))
    }

    fn url(&self, places: &[Place], block: &Block) -> String {
        let mut url = format!("{}/table/v1/{}/", self.base, self.profile);
        let is_one = block.from == block.to;
        let second = if is_one { 0..0 } else { block.to.clone() };
        let named = block.from.clone().chain(second).filter_map(|index| places.get(index));
        for (count, (latitude, longitude)) in named.enumerate() {
            let between = if count == 0 { "" } else { ";" };
            // Writing to a text does not fail.
            let _ = write!(url, "{between}{longitude:.6},{latitude:.6}");
        }
        url.push_str("?annotations=duration,distance");
        if !is_one {
            let list = |range: std::ops::Range<usize>| range.map(|n| n.to_string()).collect::<Vec<_>>().join(";");
            let (rows, columns) = (block.from.len(), block.to.len());
            let _ = write!(url, "&sources={}&destinations={}", list(0..rows), list(rows..rows + columns));
        }
        url
    }
}

/// Metres or seconds; what is no such number is no way.
fn whole(value: f64) -> u32 {
    if value.is_finite() && value >= 0.0 { value.round() as u32 } else { u32::MAX }
}

fn matrix(size: usize, legs: &[(u32, u32)]) -> Result<Matrix, String> {
    Matrix::build(size, |from, to| legs.get(from * size + to).copied()).map_err(|invalid| invalid.to_string())
}
