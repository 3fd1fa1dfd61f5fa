//! What units said: their position history.
//!
//! A [`Report`] is one message of a tracker, with or without a position. The ledger keeps reports for a while and gives
//! them back in order of their time; where a unit is now is [`crate::catalogue::Unit::position`].

use crate::catalogue::Position;
use crate::ids::UnitId;
use jiff::Timestamp;

/// One message of a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// When it was taken, by the tracker's clock.
    pub at: Timestamp,
    /// When it came in.
    pub received_at: Timestamp,
    /// Where; its own time is [`Report::at`].
    pub position: Option<Position>,
    /// Digital inputs, a bit each.
    pub inputs: Option<i64>,
    /// Digital outputs, a bit each.
    pub outputs: Option<i64>,
    /// The alarm button was pressed.
    pub alarm: bool,
    /// Whatever else it said: the text of a JSON object.
    pub parameters: Option<String>,
}

impl Report {
    /// Of a position and nothing else.
    pub fn of(position: Position, received_at: Timestamp) -> Report {
        Report {
            at: position.at,
            received_at,
            position: Some(position),
            inputs: None,
            outputs: None,
            alarm: false,
            parameters: None,
        }
    }
}

/// Which reports of a unit are asked for. The answer is oldest first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReportQuery {
    /// Whose.
    pub unit: UnitId,
    /// Taken at or after this.
    pub from: Timestamp,
    /// Taken at or before this.
    pub until: Timestamp,
    /// Where there are more than `limit`, the newest of them rather than the oldest.
    pub newest: bool,
    /// At most this many; capped at [`ReportQuery::LIMIT`].
    pub limit: usize,
}

impl ReportQuery {
    /// The most reports of one answer.
    pub const LIMIT: usize = 250_000;

    /// Picks from reports in any order: what every store must agree with. Reports of one moment stay in order.
    pub fn pick(&self, reports: impl IntoIterator<Item = Report>) -> Vec<Report> {
        let wanted = |report: &Report| report.at >= self.from && report.at <= self.until;
        let mut found: Vec<Report> = reports.into_iter().filter(wanted).collect();
        found.sort_by_key(|report| report.at);
        let limit = self.limit.min(ReportQuery::LIMIT);
        if self.newest {
            found.drain(..found.len().saturating_sub(limit));
        } else {
            found.truncate(limit);
        }
        found
    }
}
