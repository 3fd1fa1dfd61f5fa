//! What is kept of an order at this counterpart.

use crate::connect::{ConnectError, Remote, Settled};
use docket_core::Timestamp;
use docket_core::ids::{Serial, Uuid};
use docket_core::ledger::Fault;
use serde::{Deserialize, Serialize};

/// What is kept of an order at this counterpart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mirror {
    /// Its job there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) job: Option<Uuid>,
    /// It is being ordered, or was and the answer was not had.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) intent: Option<Intent>,
    /// The word the job was last in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<String>,
    /// Steps done.
    pub(super) current: i64,
    /// Steps in all.
    pub(super) total: i64,
    /// The job is ended, and what it came to is in the ledger.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) ended: bool,
    /// How often the job asked.
    pub(super) asked: u32,
    /// The question of the job that is open there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) question: Option<Asked>,
}

/// An order that is about to be placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// When.
    pub(super) at: Timestamp,
    /// What is ordered.
    pub(super) intention: Uuid,
    /// The key it is placed under.
    pub(super) key: Uuid,
    /// The counterpart heeds the key.
    pub(super) safe: bool,
}

/// A question of a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Asked {
    /// The question's id among our order's items.
    pub(super) item: String,
    /// The answer that was given there, and when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) selected: Option<(String, Timestamp)>,
}

/// The key of the entry that a job which is not ended has among what pulling keeps.
fn open_key(order: Serial) -> String {
    format!("{OPEN}{:020}", order.0)
}

/// What begins those keys.
pub(super) const OPEN: &str = "job/";

impl Mirror {
    /// What is kept of an order. A text that cannot be read may hold an intent, so it is a fault rather than nothing.
    pub(super) async fn of(remote: &Remote<'_>, order: Serial) -> Result<Mirror, ConnectError> {
        match remote.mirror(order).await? {
            Some(text) => Mirror::read(order, &text),
            None => Ok(Mirror::default()),
        }
    }

    pub(super) fn read(order: Serial, text: &str) -> Result<Mirror, ConnectError> {
        let unreadable = |error| Fault::Store(format!("the mirror of order {order} cannot be read: {error}"));
        serde_json::from_str(text).map_err(|error| unreadable(error).into())
    }

    /// As it is kept.
    pub(super) fn text(&self) -> String {
        // There is nothing in it that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Keeps it; on disk when this answers.
    pub(super) async fn keep(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        Ok(remote.keep(order, Some(self.text())).await?)
    }

    /// Lets the job be followed until it is ended.
    pub(super) async fn follow(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        let key = open_key(order);
        let job = self.job.filter(|_| !self.ended).map(|job| job.to_string());
        if remote.place(&key).await? != job {
            remote.keep_place(&key, job).await?;
        }
        Ok(())
    }

    /// The mirror after which the job is followed and answered again; `None` when there is none.
    pub(super) fn anew(text: &str) -> Option<String> {
        let mirror: Mirror = serde_json::from_str(text).ok()?;
        mirror.job?;
        let question = mirror.question.map(|asked| Asked { selected: None, ..asked });
        Some(Mirror { ended: false, question, ..mirror }.text())
    }

    /// The mirror after a person said what became of an order.
    pub(super) fn settled(text: &str, outcome: &Settled) -> Option<String> {
        let mut mirror: Mirror = serde_json::from_str(text).ok()?;
        mirror.intent.take()?;
        if let Settled::Done(job) = outcome {
            mirror.job = Some(Uuid::try_parse(job.trim()).ok()?);
        }
        Some(mirror.text())
    }
}
