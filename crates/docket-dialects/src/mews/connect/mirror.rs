//! What is kept of an order at this counterpart.

use crate::connect::{ConnectError, Remote, Settled};
use crate::mews::map::Seen;
use docket_core::Timestamp;
use docket_core::ids::{Serial, Uuid};
use docket_core::ledger::Fault;
use docket_core::order::Item;
use serde::{Deserialize, Serialize};

/// What is kept of an order at this counterpart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mirror {
    /// Its id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<Uuid>,
    /// It is being added, or was and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<Intent>,
    /// What it said when it was last read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seen: Option<Seen>,
    /// The note that was sent with `orders/add` and whose id is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<String>,
    /// Which note there is which note here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<Link>,
    /// Notes are being added since then, or were and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) noting: Option<Timestamp>,
    /// It was canceled there because it was here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) canceled: bool,
    /// Everything is to be said again that can be.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) anew: bool,
}

/// An `orders/add` that is about to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// When.
    pub(super) at: Timestamp,
    /// Against which service.
    pub(super) service: Uuid,
    /// With which note.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) told: Option<String>,
}

/// A note there and the note here that it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Its id there.
    pub(super) id: Uuid,
    /// The connection it came through here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) connection: Option<i64>,
    /// Its id here; empty for the text that went with the order, which is no note here.
    pub(super) item: String,
    /// What both said last.
    pub(super) text: String,
    /// Somebody took it away there: it is not sent again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) gone: bool,
}

impl Link {
    /// Whether it is that note here.
    pub(super) fn is(&self, item: &Item) -> bool {
        self.item == item.id && self.connection == item.origin.connection.map(|id| id.0)
    }
}

impl Mirror {
    /// What is kept of an order. A text that cannot be read may hold an intent, so it is a fault rather than nothing.
    pub(super) async fn of(remote: &Remote<'_>, order: Serial) -> Result<Mirror, ConnectError> {
        let Some(text) = remote.mirror(order).await? else { return Ok(Mirror::default()) };
        let unreadable = |error| Fault::Store(format!("the mirror of order {order} cannot be read: {error}"));
        serde_json::from_str(&text).map_err(|error| unreadable(error).into())
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        // Maps have text keys: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The mirror after a person said what became of an order.
    pub(super) fn settled(text: &str, outcome: &Settled) -> Option<String> {
        let mut mirror: Mirror = serde_json::from_str(text).ok()?;
        let intent = mirror.intent.take()?;
        if let Settled::Done(id) = outcome {
            mirror.id = Some(Uuid::try_parse(id.trim()).ok()?);
            mirror.told = intent.told;
        }
        Some(mirror.text())
    }

    /// The mirror after which everything is said again that can be; `None` when nothing was said yet.
    pub(super) fn anew(text: &str) -> Option<String> {
        let mirror: Mirror = serde_json::from_str(text).ok()?;
        mirror.id?;
        Some(Mirror { anew: true, ..mirror }.text())
    }

    /// Keeps it; on disk when this answers.
    pub(super) async fn keep(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        Ok(remote.keep(order, Some(self.text())).await?)
    }
}
