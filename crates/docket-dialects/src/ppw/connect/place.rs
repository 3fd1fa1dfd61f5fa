//! How far pulling got, and what is kept of orders that are not taken over.

use super::call::Client;
use crate::connect::{ConnectError, PULL, Remote};
use docket_core::Timestamp;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much of what was read is read again: so far may two clocks be apart.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// How often everything is listed.
const FULL_EVERY: SignedDuration = SignedDuration::from_hours(24);
/// How far back cancellations may be asked for: 30 days, with a margin.
const CANCELLATIONS: SignedDuration = SignedDuration::from_hours(29 * 24);
/// Under which name it is kept.
const PLACE: &str = "orders";

/// How far pulling got.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    /// When the first round was begun: what it took over may have changed since, even if it never ended.
    pub(super) begun: Option<Timestamp>,
    /// Everything that changed before this was read.
    pub(super) until: Option<Timestamp>,
    /// When everything was last listed.
    pub(super) full_at: Option<Timestamp>,
}

impl Place {
    pub(super) async fn of(client: &Client<'_>) -> Result<Place, ConnectError> {
        let kept = client.remote.place(PLACE).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(super) async fn keep(&self, client: &Client<'_>) -> Result<(), ConnectError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        Ok(client.remote.keep_place(PLACE, Some(text)).await?)
    }

    /// Whether everything is to be listed again.
    pub(super) fn is_full_due(&self, now: Timestamp) -> bool {
        self.until.is_none() || self.full_at.is_none_or(|at| now.duration_since(at) >= FULL_EVERY)
    }

    /// From when on changes are asked for; `None` when everything is.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.until.or(self.begun).map(|until| until.checked_sub(OVERLAP).unwrap_or(until))
    }
}

/// What begins the keys of orders that are looked at again without being listed: those that are over, to which the
/// source may have added something before, and those of which something could not be had.
const LOOK: &str = "look/";
/// The longest pause between two looks.
const PAUSE_MINUTES: i64 = 360;

/// An order that is looked at again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Look {
    /// How often it was in vain.
    pub(super) tries: u32,
    /// Not before this.
    pub(super) after: Timestamp,
}

impl Look {
    /// The orders that are looked at again, and which of them now.
    pub(super) async fn all(remote: &Remote<'_>) -> Result<BTreeMap<i64, Look>, ConnectError> {
        let kept = remote.ledger.records(remote.connection.id.into(), PULL).await?;
        let look = |(key, text): &(String, String)| {
            let report = key.strip_prefix(LOOK)?.parse().ok()?;
            Some((report, serde_json::from_str(text).unwrap_or_default()))
        };
        Ok(kept.iter().filter_map(look).collect())
    }

    /// Lets an order be looked at with the next round.
    pub(super) async fn soon(remote: &Remote<'_>, report: i64) -> Result<(), ConnectError> {
        Look::default().keep(remote, report).await
    }

    /// The same, later each time.
    pub(super) async fn later(self, remote: &Remote<'_>, report: i64) -> Result<(), ConnectError> {
        let minutes = 1_i64.checked_shl(self.tries.min(16)).unwrap_or(PAUSE_MINUTES).min(PAUSE_MINUTES);
        let after = remote.now.checked_add(SignedDuration::from_mins(minutes - 1)).unwrap_or(remote.now);
        Look { tries: self.tries + 1, after }.keep(remote, report).await
    }

    async fn keep(&self, remote: &Remote<'_>, report: i64) -> Result<(), ConnectError> {
        Ok(remote.keep_place(&format!("{LOOK}{report}"), serde_json::to_string(self).ok()).await?)
    }

    /// It was looked at, and all is here.
    pub(super) async fn done(remote: &Remote<'_>, report: i64) -> Result<(), ConnectError> {
        Ok(remote.keep_place(&format!("{LOOK}{report}"), None).await?)
    }
}

/// From when on cancellations are asked for.
pub(super) fn cancellations_since(since: Timestamp, now: Timestamp) -> Timestamp {
    now.checked_sub(CANCELLATIONS).map_or(since, |oldest| oldest.max(since))
}

/// What is kept of an order that is not here: it was refused, or is deleted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Aside {
    /// Why it is not here.
    pub(super) why: String,
    /// Transactions that were answered.
    pub(super) answered: Vec<String>,
}

fn aside_key(report: i64) -> String {
    format!("aside/{report}")
}

impl Aside {
    pub(super) async fn of(client: &Client<'_>, report: i64) -> Result<Aside, ConnectError> {
        let kept = client.remote.place(&aside_key(report)).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default())
    }

    pub(super) async fn keep(&self, client: &Client<'_>, report: i64) -> Result<(), ConnectError> {
        let text = Some(self).filter(|aside| **aside != Aside::default());
        let text = text.and_then(|aside| serde_json::to_string(aside).ok());
        Ok(client.remote.keep_place(&aside_key(report), text).await?)
    }
}
