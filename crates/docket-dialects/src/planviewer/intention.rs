//! Product intentions: what can be ordered where. Each is a [`Record`] of its connection.
//!
//! The uuid is derived from connection, site, product and, for source documents, the document, so listing again renews
//! the same record. It can be ordered for [`LIFETIME_H`] hours after it was last listed;
//! `"expires":null` keeps it for good (the demo world's does).

use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, SiteId, Uuid};
use docket_core::ledger::Record;
use jiff::ToSpan;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The namespace of the records.
pub const NAMESPACE: &str = "intention";

/// How long an intention can be ordered after it was listed, in hours.
pub const LIFETIME_H: i64 = 24;

const UUIDS: Uuid = Uuid::from_u128(0x1f4e_9a70_53c8_4b6d_8e21_d0c0_e7d0_c0e7);

/// One product at one location.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Intention {
    /// The location: a site's id.
    pub site: String,
    /// The product's slug.
    pub product: String,
    /// What the listing showed of it: a JSON object.
    pub properties: Box<RawValue>,
    /// When it was listed.
    pub created: String,
    /// Until when it can be ordered; `null` for good.
    pub expires: Option<String>,
}

/// The uuid of the intention for one product at one site; `detail` tells several of them apart.
pub fn uuid(connection: ConnectionId, (site, product): (SiteId, &str), detail: &str) -> Uuid {
    let mut name = format!("{connection}\u{1f}{site}\u{1f}{product}");
    if !detail.is_empty() {
        name.push('\u{1f}');
        name.push_str(detail);
    }
    Uuid::new_v5(&UUIDS, name.as_bytes())
}

/// The record of an intention listed now. `properties` is the text of a JSON object; `keep` lets it never expire.
///
/// `None` when `properties` is no JSON.
pub fn record(
    connection: ConnectionId,
    uuid: Uuid,
    (site, product): (SiteId, &str),
    properties: &str,
    now: Timestamp,
    keep: bool,
) -> Option<Record> {
    let expires = now.checked_add(LIFETIME_H.hours()).ok();
    let intention = Intention {
        site: site.to_string(),
        product: product.to_owned(),
        properties: RawValue::from_string(properties.to_owned()).ok()?,
        created: now.to_string(),
        expires: expires.filter(|_| !keep).map(|at| at.to_string()),
    };
    Some(Record {
        holder: connection.into(),
        namespace: NAMESPACE.to_owned(),
        key: uuid.hyphenated().to_string(),
        value: Some(serde_json::to_string(&intention).ok()?),
        expected: None,
    })
}

impl Intention {
    /// Reads a record's value.
    pub fn parse(text: &str) -> Option<Intention> {
        serde_json::from_str(text).ok()
    }

    /// Whether it can still be ordered.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        match self.expires.as_deref().map(str::parse::<Timestamp>) {
            None => true,
            Some(Ok(expires)) => now < expires,
            Some(Err(_)) => false,
        }
    }

    /// The location.
    pub fn site_id(&self) -> Option<SiteId> {
        Uuid::try_parse(&self.site).ok().map(SiteId)
    }
}
