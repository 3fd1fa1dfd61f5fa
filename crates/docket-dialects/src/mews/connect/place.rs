//! How far pulling got.
//!
//! Intervals of `UpdatedUtc` follow one another and overlap a little: what is updated is stamped by the counterpart's
//! clock, and shown in whole seconds. A long time is read in parts, for an interval may not be longer than three
//! months.

use super::call::{Client, PAGE};
use super::estate::Estate;
use crate::connect::ConnectError;
use crate::mews::wire::instant;
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// How much of what was read is read again: so far may two clocks be apart.
pub(super) const OVERLAP: SignedDuration = SignedDuration::from_mins(5);
/// The longest interval: below three months, whichever they are.
const LONGEST: SignedDuration = SignedDuration::from_hours(85 * 24);
/// Under which name it is kept.
const PLACE: &str = "updated";

/// How far pulling got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Everything updated before this was read, but for the interval that is being read.
    pub(super) until: Timestamp,
    /// When the list of services was last known to be whole.
    pub(super) services_at: Timestamp,
    /// Which services were asked for so far, in order.
    pub(super) services: Vec<Uuid>,
    /// The interval that is being read.
    pub(super) reading: Option<Reading>,
    /// How many orders are asked for at once.
    pub(super) count: usize,
}

/// An interval that is being read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Reading {
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Which thousand services.
    pub(super) batch: usize,
    /// The order behind which it goes on.
    pub(super) cursor: Option<Uuid>,
}

impl Place {
    /// How far pulling got.
    pub(super) async fn of(client: &Client<'_>, estate: &Estate) -> Result<Place, ConnectError> {
        let kept = client.remote.place(PLACE).await?;
        let kept = kept.and_then(|text| serde_json::from_str::<Place>(&text).ok());
        let services: Vec<Uuid> = estate.services.iter().map(|service| service.id).collect();
        let Some(mut place) = kept else {
            let until = since(client)?;
            let services_at = estate.at;
            return Ok(Place { until, services_at, services, reading: None, count: PAGE });
        };
        if place.services_at != estate.at {
            // What was ordered of a new service before it was known is read now.
            if services.iter().any(|id| place.services.binary_search(id).is_err()) {
                place.until = place.until.min(place.services_at).max(since(client)?.min(place.until));
                place.reading = None;
            } else if services != place.services {
                // Batches are other than they were.
                place.reading = None;
            }
            (place.services, place.services_at) = (services, estate.at);
        }
        Ok(place)
    }

    /// The interval to read now; `None` when everything was.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<&mut Reading> {
        if self.reading.is_none() {
            let from = self.until.checked_sub(OVERLAP).unwrap_or(self.until);
            let to = from.checked_add(LONGEST).map_or(now, |to| to.min(now));
            if to <= from {
                return None;
            }
            self.reading = Some(Reading { from, to, batch: 0, cursor: None });
        }
        self.reading.as_mut()
    }

    pub(super) async fn keep(&self, client: &Client<'_>) -> Result<(), ConnectError> {
        let text = serde_json::to_string(self).unwrap_or_default();
        Ok(client.remote.keep_place(PLACE, Some(text)).await?)
    }
}

/// From when on orders are taken over: a moment or a day; without one, since the connection is there.
pub(super) fn since(client: &Client<'_>) -> Result<Timestamp, ConnectError> {
    let Some(text) = client.setting("since") else { return Ok(client.remote.connection.created_at) };
    let day = || text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    let unknown = || ConnectError::Setting(format!("`since` is neither a day nor a moment: {text}"));
    day().or_else(|| instant(text)).ok_or_else(unknown)
}
