//! The texts that customers and drivers are told about orders in, where a counterpart set its own.
//!
//! Tags such as `%ORDER_NAME%` stand in them for what is known when somebody is told.

use docket_core::ids::ConnectionId;
use docket_core::ledger::{Fault, Ledger, Record};
use serde::{Deserialize, Serialize};

const NAMESPACE: &str = "notice.template";
const KEY: &str = "orders";

/// The texts of one connection. What is empty was not set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Text message to a customer.
    pub sms: String,
    /// Subject of an e-mail to a customer.
    pub subject: String,
    /// The e-mail's text.
    pub text: String,
    /// Whether that is HTML.
    pub html: bool,
    /// Currency of costs, as it is shown.
    pub currency: String,
    /// Host of the pages that show where a unit is, without a scheme.
    pub locator: String,
    /// To a driver who left the planned way.
    pub deviation: String,
    /// To a driver who left an order that nobody confirmed.
    pub unconfirmed: String,
}

impl Template {
    /// Reads those of a connection.
    pub async fn of(ledger: &dyn Ledger, connection: ConnectionId) -> Result<Option<Template>, Fault> {
        let kept = ledger.record(connection.into(), NAMESPACE, KEY).await?;
        Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// What is kept of them.
    pub fn record(&self, connection: ConnectionId) -> Record {
        let value = serde_json::to_string(self).ok();
        let (namespace, key) = (NAMESPACE.to_owned(), KEY.to_owned());
        Record { holder: connection.into(), namespace, key, value, expected: None }
    }
}
