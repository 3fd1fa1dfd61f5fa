//! Setting aside what nobody here has a place for.
//!
//! Phones send what they have queued whatever became of the order, and a failed item stays an alert on the other side for
//! good. So it is taken with thanks: kept as a record of the connection, the newest [`LIMIT`] of them, with the reason
//! and the exchange it came in, and the answer says so in a header for the wire log.

use crate::dialect::{ServeContext, WireResponse};
use crate::json::Scalar;
use crate::pruvan::map::item::Kept;
use crate::pruvan::wire::{Members, Object, quoted, scalar};
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Holder, Record, Submission};
use http::HeaderName;

/// Where it is kept.
const NAMESPACE: &str = "pruvan_aside";
/// How many are kept for a connection.
const LIMIT: usize = 500;
/// The longest text kept with it; of a longer one the exchange tells.
const SAID_BYTES: usize = 256 << 10;
/// The header that tells.
const HEADER: HeaderName = HeaderName::from_static("docket-set-aside");

/// Why something is set aside.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Why {
    /// No living order that the caller sees is meant.
    NoOrder,
    /// It holds nothing that an order keeps.
    Nothing,
}

impl Why {
    const fn words(self) -> &'static str {
        match self {
            Why::NoOrder => "no such order",
            Why::Nothing => "nothing in it that an order keeps",
        }
    }

    /// The answer, with the reason.
    pub fn told(self, response: WireResponse) -> WireResponse {
        response.with_header(HEADER, self.words())
    }
}

/// Something to be set aside.
pub struct Aside<'a> {
    /// Which service it came to.
    pub service: &'static str,
    /// Which item or order it is about.
    pub key: &'a str,
    /// Why.
    pub why: Why,
    /// What it said, JSON text.
    pub said: &'a str,
    /// Its file.
    pub file: Option<&'a Kept>,
}

/// Keeps it. The same again replaces what was kept.
pub async fn keep(cx: ServeContext<'_>, caller: &Caller, aside: &Aside<'_>) -> Result<(), Fault> {
    let Some(connection) = caller.connection_id() else { return Ok(()) };
    let holder = Holder::from(connection);
    let kept = cx.ledger.records(holder, NAMESPACE).await?;
    let key = format!("{}:{}", aside.service, aside.key);
    let record = |key: String, value: Option<String>| Record {
        holder,
        namespace: NAMESPACE.to_owned(),
        key,
        value,
        expected: None,
    };
    let mut records = Vec::new();
    let is_new = !kept.iter().any(|(known, _)| *known == key);
    if is_new && kept.len() >= LIMIT {
        let oldest = kept.iter().min_by_key(|(_, value)| at(value));
        records.extend(oldest.map(|(key, _)| record(key.clone(), None)));
    }
    records.push(record(key, Some(text(cx, aside))));
    cx.ledger.submit(caller, Submission { records, ..Submission::default() }).await.map(drop)
}

fn at(value: &str) -> String {
    match Members::read(value).get("at").map(scalar) {
        Some(Scalar::Text(at)) => at.into_owned(),
        _ => String::new(),
    }
}

fn text(cx: ServeContext<'_>, aside: &Aside<'_>) -> String {
    let mut object = Object::default();
    object.text("at", &cx.now.to_string());
    object.text("exchange", &cx.exchange.to_string());
    object.text("service", aside.service);
    object.text("why", aside.why.words());
    if let Some(file) = aside.file {
        let mut kept = Object::default();
        kept.text("blob", &file.blob);
        kept.text("name", &file.name);
        kept.text("media_type", &file.media_type);
        kept.raw("size_bytes", &file.size_bytes.to_string());
        object.raw("file", &kept.finish());
    }
    let said = match aside.said {
        long if long.len() > SAID_BYTES => "null".to_owned(),
        json if json.starts_with('{') => json.to_owned(),
        other => quoted(other),
    };
    object.raw("said", &said);
    object.finish()
}
