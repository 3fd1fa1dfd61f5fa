//! Counts and latencies per dialect and operation, in Prometheus' text format.

use http::StatusCode;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// Upper bounds of the latency buckets, in microseconds.
const BUCKETS_US: [u64; 11] =
    [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000];

#[derive(Default)]
struct Stat {
    /// 1xx to 5xx.
    classes: [u64; 5],
    buckets: [u64; BUCKETS_US.len()],
    count: u64,
    sum_us: u64,
}

/// Finer buckets for a short while: the first ends at this many microseconds …
const FINEST_US: f64 = 50.0;
/// … and each further one is so much wider.
const WIDER: f64 = 1.2;
/// The last one is beyond a minute.
const FINE: usize = 80;

/// The requests of a dialect since they were last told.
#[derive(Clone)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    /// Answered with 5xx.
    pub(crate) failed: u64,
    fine: [u32; FINE],
}

impl Default for Tally {
    fn default() -> Tally {
        Tally { count: 0, failed: 0, fine: [0; FINE] }
    }
}

impl Tally {
    fn add(&mut self, status: StatusCode, took_us: u64) {
        self.count += 1;
        self.failed += u64::from(status.is_server_error());
        let step = ((took_us as f64 / FINEST_US).ln() / WIDER.ln()).ceil().clamp(0.0, (FINE - 1) as f64);
        if let Some(counted) = self.fine.get_mut(step as usize) {
            *counted = counted.saturating_add(1);
        }
    }

    /// How long so large a share of the requests took at most, in milliseconds, to a tenth; `None` when there were none.
    pub(crate) fn quantile_ms(&self, share: f64) -> Option<f64> {
        let wanted = (self.count as f64 * share).ceil().max(1.0);
        let mut seen = 0.0;
        let step = self.fine.iter().position(|counted| {
            seen += f64::from(*counted);
            seen >= wanted
        })?;
        Some(FINEST_US * WIDER.powf(step as f64 - 0.5) / 1_000.0)
    }
}

/// What is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    stats: Mutex<BTreeMap<(&'static str, &'static str), Stat>>,
    recent: Mutex<BTreeMap<&'static str, Tally>>,
}

impl Metrics {
    pub(crate) fn count(&self, dialect: &'static str, operation: &'static str, status: StatusCode, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.recent.lock().entry(dialect).or_default().add(status, took_us);
        let mut stats = self.stats.lock();
        let stat = stats.entry((dialect, operation)).or_default();
        let class = usize::from(status.as_u16() / 100).saturating_sub(1);
        if let Some(counted) = stat.classes.get_mut(class) {
            *counted += 1;
        }
        for (counted, bound) in stat.buckets.iter_mut().zip(BUCKETS_US) {
            *counted += u64::from(took_us <= bound);
        }
        stat.count += 1;
        stat.sum_us = stat.sum_us.saturating_add(took_us);
    }

    /// The requests since this was last asked, by dialect; those of dialects that were spoken before are there with none.
    pub(crate) fn drain(&self) -> Vec<(&'static str, Tally)> {
        let mut recent = self.recent.lock();
        recent.iter_mut().map(|(dialect, tally)| (*dialect, std::mem::take(tally))).collect()
    }

    pub(crate) fn text(&self) -> String {
        let mut out =
            String::from("# HELP docket_requests_total Requests answered.\n# TYPE docket_requests_total counter\n");
        let stats = self.stats.lock();
        for ((dialect, operation), stat) in stats.iter() {
            for (class, counted) in stat.classes.iter().enumerate().filter(|(_, counted)| **counted > 0) {
                let class = class + 1;
                let _ = writeln!(
                    out,
                    "docket_requests_total{{dialect=\"{dialect}\",operation=\"{operation}\",status=\"{class}xx\"}} {counted}"
                );
            }
        }
        out.push_str("# HELP docket_request_seconds Time to answer.\n# TYPE docket_request_seconds histogram\n");
        for ((dialect, operation), stat) in stats.iter() {
            let labels = format!("dialect=\"{dialect}\",operation=\"{operation}\"");
            for (counted, bound) in stat.buckets.iter().zip(BUCKETS_US) {
                let bound = bound as f64 / 1e6;
                let _ = writeln!(out, "docket_request_seconds_bucket{{{labels},le=\"{bound}\"}} {counted}");
            }
            let _ = writeln!(out, "docket_request_seconds_bucket{{{labels},le=\"+Inf\"}} {}", stat.count);
            let _ = writeln!(out, "docket_request_seconds_sum{{{labels}}} {}", stat.sum_us as f64 / 1e6);
            let _ = writeln!(out, "docket_request_seconds_count{{{labels}}} {}", stat.count);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_near_what_was_measured() {
        let metrics = Metrics::default();
        for ms in 1..=1_000 {
            metrics.count("mews", "x", StatusCode::OK, Duration::from_millis(ms));
        }
        metrics.count("ppw", "x", StatusCode::BAD_GATEWAY, Duration::from_mins(9));
        let drained = metrics.drain();
        let [("mews", mews), ("ppw", ppw)] = drained.as_slice() else { panic!("both") };
        let near = |share: f64, ms: f64| (mews.quantile_ms(share).unwrap() / ms - 1.0).abs() < 0.11;
        assert!(near(0.5, 500.0) && near(0.99, 990.0), "{:?}", mews.quantile_ms(0.5));
        assert_eq!((mews.count, mews.failed, ppw.failed), (1_000, 0, 1));
        assert!(ppw.quantile_ms(0.5).unwrap() > 60_000.0);
        assert!(metrics.drain().iter().all(|(_, tally)| tally.count == 0 && tally.quantile_ms(0.5).is_none()));
    }

    #[test]
    fn counts_are_cumulative() {
        let metrics = Metrics::default();
        metrics.count("ppw", "get_order", StatusCode::OK, Duration::from_micros(700));
        metrics.count("ppw", "get_order", StatusCode::NOT_FOUND, Duration::from_secs(9));
        let text = metrics.text();
        assert!(
            text.contains(r#"docket_requests_total{dialect="ppw",operation="get_order",status="4xx"} 1"#),
            "{text}"
        );
        assert!(text.contains(r#"operation="get_order",le="0.0005"} 0"#));
        assert!(text.contains(r#"operation="get_order",le="0.001"} 1"#));
        assert!(text.contains(r#"operation="get_order",le="+Inf"} 2"#));
    }
}
