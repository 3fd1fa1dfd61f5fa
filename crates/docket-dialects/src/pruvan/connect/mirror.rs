//! What is kept of an order at this counterpart.

use crate::connect::{ConnectError, Remote};
use docket_core::ids::Serial;
use docket_core::ledger::Fault;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of an order at this counterpart.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Mirror {
    /// An account: the number it knows the order by. Stays, whatever the order is called here later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) number: Option<String>,
    /// An account: the order object as far as it was acknowledged, JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) said: Option<String>,
    /// An account: members that were sent, and nobody knows whether they arrived.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) sending: BTreeSet<String>,
    /// A remote system: what of which item was published, by kind, connection and id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) published: BTreeMap<String, String>,
    /// A remote system: how far it was told that the order is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reported: Option<String>,
    /// A remote system: how often in a row its answer to a report was no yes.
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) doubted: u32,
    /// A remote system: who it was told does the work, so that it is known when it says so itself.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) assignees: Vec<String>,
    /// Everything is to be said again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) anew: bool,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

/// How many assignees are remembered.
const ASSIGNEES: usize = 20;

impl Mirror {
    /// What is kept of an order.
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
    fn text(&self) -> String {
        // Maps have text keys: there is nothing that could fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Keeps it; on disk when this answers.
    pub(super) async fn keep(&self, remote: &Remote<'_>, order: Serial) -> Result<(), ConnectError> {
        Ok(remote.keep(order, Some(self.text())).await?)
    }

    /// Remembers who does the work, as was told.
    pub(super) fn told(&mut self, assignee: Option<&str>) {
        let Some(name) = assignee.filter(|name| !self.assignees.iter().any(|known| known == name)) else { return };
        if self.assignees.len() >= ASSIGNEES {
            self.assignees.remove(0);
        }
        self.assignees.push(name.to_owned());
    }

    /// The mirror after which everything is said again; `None` when nothing was said yet.
    pub(super) fn anew(text: &str) -> Option<String> {
        let mirror: Mirror = serde_json::from_str(text).ok()?;
        let is_known = mirror.number.is_some() || mirror.reported.is_some() || !mirror.published.is_empty();
        is_known.then(|| Mirror { anew: true, ..mirror }.text())
    }
}
