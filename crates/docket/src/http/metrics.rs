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

/// What is counted.
#[derive(Default)]
pub(crate) struct Metrics {
    stats: Mutex<BTreeMap<(&'static str, &'static str), Stat>>,
}

impl Metrics {
    pub(crate) fn count(&self, dialect: &'static str, operation: &'static str, status: StatusCode, took: Duration) {
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
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
