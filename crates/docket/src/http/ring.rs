//! The last hour in figures: a sample every few seconds, kept in memory, for whoever watches the hub.

use super::App;
use super::metrics::Tally;
use super::native::{Answered, json};
use super::problem::Problem;
use super::read::parameters;
use docket_app::Hub;
use docket_app::system::memory_bytes;
use docket_core::Timestamp;
use docket_store::StorePace;
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json as value};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

/// A sample is taken every so often …
pub(super) const STEP_MS: i64 = 5_000;
/// … and so many are kept: an hour.
const KEPT: usize = 720;
/// How often is looked whether it is time.
const LOOK: Duration = Duration::from_millis(250);

/// What a line is called: its name, its unit, its labels.
type Line = (&'static str, &'static str, Vec<(&'static str, &'static str)>);

/// What only grows, as it was last seen.
#[derive(Clone, Copy, Default)]
struct Counted {
    store: StorePace,
    positions: u64,
    counterparts: u64,
    webhooks: u64,
}

impl Counted {
    fn of(hub: &Hub) -> Counted {
        let counts = &hub.tracking.counts;
        let reports = [&counts.reports_ips, &counts.reports_phone, &counts.reports_batch];
        Counted {
            store: hub.store().pace(),
            positions: reports.into_iter().map(|count| count.get()).sum(),
            counterparts: hub.relay().calls(),
            webhooks: hub.webhooks().outside().made(),
        }
    }
}

#[derive(Default)]
struct Kept {
    lines: BTreeMap<Line, VecDeque<(i64, f64)>>,
    last: Option<(Timestamp, Counted)>,
}

/// The ring.
#[derive(Default)]
pub(super) struct Ring(Mutex<Kept>);

/// Takes samples until the hub stops.
pub(super) async fn run(app: Arc<App>) {
    app.ring.sample(&app);
    while app.hub.rest(LOOK).await {
        if app.ring.is_due(app.hub.now()) {
            app.ring.sample(&app);
        }
    }
}

impl Ring {
    fn is_due(&self, now: Timestamp) -> bool {
        let last = self.0.lock().last.map(|(at, _)| at.as_millisecond());
        // A clock that was set back begins anew.
        last.is_none_or(|last| (now.as_millisecond() - last).abs() >= STEP_MS)
    }

    fn sample(&self, app: &App) {
        let hub = &app.hub;
        let (now, counted) = (hub.now(), Counted::of(hub));
        let requests = app.metrics.drain();
        let mut kept = self.0.lock();
        let before = kept.last.replace((now, counted));
        let passed_s = before.map_or(0.0, |(at, _)| (now.as_millisecond() - at.as_millisecond()) as f64 / 1_000.0);
        let Some((_, before)) = before.filter(|_| passed_s > 0.0) else { return };
        let at_ms = now.as_millisecond();
        let mut put = |name, unit, labels: &[(&'static str, &'static str)], value: f64| {
            let line = kept.lines.entry((name, unit, labels.to_vec())).or_default();
            line.push_back((at_ms, (value * 1_000.0).round() / 1_000.0));
        };
        for (dialect, tally) in &requests {
            told(&mut put, dialect, tally, passed_s);
        }
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / passed_s;
        put("entries", "1/s", &[], rate(counted.store.entries, before.store.entries));
        put("positions", "1/s", &[], rate(counted.positions, before.positions));
        put("deliveries", "1/s", &[("to", "counterparts")], rate(counted.counterparts, before.counterparts));
        put("deliveries", "1/s", &[("to", "webhooks")], rate(counted.webhooks, before.webhooks));
        put("queue", "", &[], counted.store.queued as f64);
        let commits = counted.store.commits.saturating_sub(before.store.commits);
        if commits > 0 {
            let us = counted.store.commit_us.saturating_sub(before.store.commit_us);
            put("commit", "ms", &[], us as f64 / commits as f64 / 1_000.0);
        }
        put("streams", "", &[], hub.streams().readers() as f64);
        if let Some(bytes) = memory_bytes() {
            put("memory", "bytes", &[], bytes as f64);
        }
        kept.forget(at_ms);
    }

    /// What is kept behind a moment.
    fn lines(&self, since_ms: i64) -> Vec<Value> {
        let kept = self.0.lock();
        let shown = kept.lines.iter().map(|((name, unit, labels), points)| {
            let points: Vec<(i64, f64)> = points.iter().copied().filter(|(at, _)| *at > since_ms).collect();
            let labels: BTreeMap<_, _> = labels.iter().copied().collect();
            value!({"name": name, "unit": unit, "labels": labels, "points": points})
        });
        shown.collect()
    }
}

impl Kept {
    /// What is older than an hour goes, and what lies ahead after the clock was set back.
    fn forget(&mut self, now_ms: i64) {
        let oldest = now_ms - STEP_MS * i64::try_from(KEPT).unwrap_or(i64::MAX);
        for points in self.lines.values_mut() {
            points.retain(|(at, _)| *at > oldest && *at <= now_ms);
            while points.len() > KEPT {
                points.pop_front();
            }
        }
        self.lines.retain(|_, points| !points.is_empty());
    }
}

/// The requests of a dialect within a step.
fn told(
    put: &mut impl FnMut(&'static str, &'static str, &[(&'static str, &'static str)], f64),
    dialect: &'static str,
    tally: &Tally,
    passed_s: f64,
) {
    put("requests", "1/s", &[("dialect", dialect)], tally.count as f64 / passed_s);
    put("errors", "1/s", &[("dialect", dialect)], tally.failed as f64 / passed_s);
    // Nobody asked: there is nothing that could be fast or slow.
    for (quantile, share) in [("p50", 0.5), ("p99", 0.99)] {
        if let Some(ms) = tally.quantile_ms(share) {
            put("latency", "ms", &[("dialect", dialect), ("quantile", quantile)], ms);
        }
    }
}

/// `GET /v1/system/metrics`
pub(super) fn show(app: &App, query: &str) -> Answered {
    let mut since_ms = i64::MIN;
    for (name, text) in parameters(query, &["since"])? {
        let read = text.parse::<i64>().ok().or_else(|| text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond));
        let wrong = || Problem::query(&name, "use milliseconds since 1970, or a moment like 2026-03-01T08:00:00Z");
        since_ms = read.ok_or_else(wrong)?;
    }
    let body = value!({"step_s": STEP_MS / 1_000, "series": app.ring.lines(since_ms)});
    Ok(json(StatusCode::OK, body.to_string()))
}
