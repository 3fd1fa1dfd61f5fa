//! What is counted of trackers, in Prometheus' text format.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that is counted up.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub(crate) fn add(&self, more: usize) {
        self.0.fetch_add(u64::try_from(more).unwrap_or_default(), Ordering::Relaxed);
    }

    pub(crate) fn drop_one(&self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }

    /// How many so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What is counted of trackers and phones.
#[derive(Debug, Default)]
pub struct Counts {
    /// Connected over TCP now.
    pub connected: Count,
    /// Connections so far.
    pub connections: Count,
    /// Packets over TCP.
    pub packets_tcp: Count,
    /// Packets over UDP.
    pub packets_udp: Count,
    /// Reports kept that came over IPS.
    pub reports_ips: Count,
    /// … from phones.
    pub reports_phone: Count,
    /// … in batches of the native API.
    pub reports_batch: Count,
    /// Sent away: no such unit.
    pub refused_unknown: Count,
    /// … another password.
    pub refused_password: Count,
    /// … tried too often.
    pub refused_limited: Count,
    /// Reports of batches and messages of phones that made no sense.
    pub refused_invalid: Count,
    /// Reports that could not be kept; their senders keep them.
    pub failed: Count,
}

impl Counts {
    /// The metrics.
    pub fn text(&self) -> String {
        let mut out = String::new();
        let mut family = |name: &str, kind: &str, help: &str, rows: &[(&str, &Count)]| {
            let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
            for (labels, count) in rows {
                let _ = writeln!(out, "{name}{labels} {}", count.get());
            }
        };
        family("docket_trackers_connected", "gauge", "Trackers connected over TCP now.", &[("", &self.connected)]);
        let help = "Connections of trackers so far.";
        family("docket_tracker_connections_total", "counter", help, &[("", &self.connections)]);
        let rows = [("{transport=\"tcp\"}", &self.packets_tcp), ("{transport=\"udp\"}", &self.packets_udp)];
        family("docket_tracker_packets_total", "counter", "Packets of trackers.", &rows);
        let rows = [
            ("{source=\"ips\"}", &self.reports_ips),
            ("{source=\"phone\"}", &self.reports_phone),
            ("{source=\"batch\"}", &self.reports_batch),
        ];
        family("docket_positions_total", "counter", "Reports of units that are on disk.", &rows);
        let rows = [
            ("{reason=\"unknown\"}", &self.refused_unknown),
            ("{reason=\"password\"}", &self.refused_password),
            ("{reason=\"limited\"}", &self.refused_limited),
            ("{reason=\"invalid\"}", &self.refused_invalid),
            ("{reason=\"failed\"}", &self.failed),
        ];
        family("docket_positions_refused_total", "counter", "Trackers and reports sent away, by reason.", &rows);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_metric_or_about_one() {
        let counts = Counts::default();
        counts.reports_ips.add(3);
        counts.connected.add(2);
        counts.connected.drop_one();
        let text = counts.text();
        assert!(text.contains("docket_positions_total{source=\"ips\"} 3\n"), "{text}");
        assert!(text.contains("docket_trackers_connected 1\n"), "{text}");
        for line in text.lines() {
            assert!(line.starts_with("# ") || line.starts_with("docket_") && line.split(' ').count() == 2, "{line}");
        }
    }
}
