//! Bodies, field for field. Requests are read leniently, answers written in the documented order.

use crate::dialect::WireResponse;
use docket_core::order::Choice;
use http::StatusCode;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

/// An answer of JSON.
pub(super) fn json<T: Serialize + ?Sized>(status: StatusCode, body: &T) -> WireResponse {
    match serde_json::to_vec(body) {
        Ok(bytes) => WireResponse::new(status, "application/json", bytes),
        Err(_) => WireResponse::new(StatusCode::INTERNAL_SERVER_ERROR, "application/json", &b"{}"[..]),
    }
}

/// A body as JSON, or what is wrong with it. Every documented body is an object; serde would read the members of an
/// array in their place.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    if body.trim_ascii_start().starts_with(b"[") {
        return Err("The body is not the JSON expected here: it is an array, not an object".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| format!("The body is not the JSON expected here: {error}"))
}

#[derive(Serialize)]
pub(super) struct ErrorBody<'a> {
    pub error: ErrorDetail<'a>,
}

#[derive(Serialize)]
pub(super) struct ErrorDetail<'a> {
    pub code: u16,
    pub message: &'a str,
}

/// The one member of the array that answers an order over the cap. `error` is a string.
#[derive(Serialize)]
pub(super) struct CapError {
    error: &'static str,
    message: &'static str,
}

impl Default for CapError {
    fn default() -> CapError {
        CapError { error: "true", message: "You are trying to order more products than your daily limit allows" }
    }
}

#[derive(Serialize)]
pub(super) struct Product<'a> {
    pub slug: &'a str,
    pub name: &'a str,
}

#[derive(Deserialize)]
pub(super) struct SearchRequest {
    pub entity: String,
    pub query: Query,
}

/// Exactly one member is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Query {
    #[serde(rename = "bool")]
    pub all: Option<BoolQuery>,
    pub field: Option<FieldQuery>,
    #[serde(rename = "dis-max")]
    pub best: Option<BestQuery>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BoolQuery {
    #[serde(default)]
    pub must: Vec<Query>,
    #[serde(default)]
    pub should: Vec<Query>,
    #[serde(default)]
    pub must_not: Vec<Query>,
}

#[derive(Deserialize)]
pub(super) struct FieldQuery {
    pub method: Option<String>,
    pub fields: Vec<String>,
    pub query: String,
}

/// The page of its members could not be had: the common form is read, and the bare list of queries.
#[derive(Deserialize)]
#[serde(untagged, expecting = "dis-max is neither an object with queries nor an array of them")]
pub(super) enum BestQuery {
    Bare(Vec<Query>),
    Full(FullBestQuery),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FullBestQuery {
    pub queries: Vec<Query>,
    pub tie_breaker: Option<f64>,
}

#[derive(Clone, Serialize)]
pub(super) struct Location {
    pub score: f64,
    pub uuid: String,
    pub title: String,
    pub properties: Address,
}

/// Properties of the entity `adres`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Address {
    pub r#type: &'static str,
    pub postcode: String,
    pub huisnummer: String,
    pub huisnummertoevoeging: Option<String>,
    pub huisletter: Option<String>,
    pub openbareruimtenaam: String,
    pub woonplaatsnaam: String,
}

#[derive(Deserialize)]
pub(super) struct IntentionsRequest {
    pub uuids: Vec<String>,
    pub products: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct LocationIntentions {
    pub uuid: String,
    pub intentions: Vec<IntentionEntry>,
}

#[derive(Serialize)]
pub(super) struct IntentionEntry {
    pub uuid: String,
    pub product: String,
    pub properties: Box<RawValue>,
}

/// Properties of the intentions made here; `title` is the one for display.
#[derive(Serialize)]
pub(super) struct IntentionProperties<'a> {
    pub title: &'a str,
    pub datum: String,
}

/// Properties of the intentions for a source document: the one `documents/list` names so.
#[derive(Serialize)]
pub(super) struct DocumentProperties<'a> {
    pub title: &'a str,
    pub datum: String,
    pub identificatie: &'a str,
}

/// What is drawn on among an intention's free properties: by the name of a result, and by a source document's job.
#[derive(Default, Deserialize)]
pub(super) struct KnownProperties {
    pub plan_id: Option<String>,
    pub identificatie: Option<String>,
}

/// An entry of `documents/list`.
#[derive(Serialize)]
pub(super) struct LinkedDocument {
    pub identificatie: String,
    pub aard: String,
    #[serde(rename = "IngeschrevenOp")]
    pub ingeschreven_op: Registered,
    pub documentwaardes: DocumentValues,
}

/// When it was registered, on the vendor's clock.
#[derive(Serialize)]
pub(super) struct Registered {
    pub datum: String,
    pub tijd: String,
}

/// Where it is registered.
#[derive(Serialize)]
pub(super) struct DocumentValues {
    pub deel: String,
    pub nummer: String,
    pub reeks: Code,
    pub registercode: Code,
    pub soortregister: Code,
}

/// A code and what it stands for.
#[derive(Serialize)]
pub(super) struct Code {
    pub code: String,
    pub waarde: String,
}

#[derive(Deserialize)]
pub(super) struct OrderRequest {
    pub uuids: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct Ordered {
    pub uuid: String,
    pub job: JobUuid,
}

#[derive(Serialize)]
pub(super) struct JobUuid {
    pub uuid: String,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct JobStatus {
    pub uuid: String,
    pub status: &'static str,
    pub progress: Progress,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Progress {
    pub current: i64,
    pub total: i64,
}

/// What an order keeps of how it was ordered: the dialect's bag.
#[derive(Deserialize, Serialize)]
pub(super) struct Bag {
    pub intention: String,
    pub product: String,
    pub properties: Box<RawValue>,
}

/// What a waiting job asks. The keys are the choices' indexes as text, in the order they are offered.
#[derive(Serialize)]
pub(super) struct Waiting<'a> {
    #[serde(serialize_with = "by_key")]
    pub locaties: &'a [Choice],
    pub message: &'a str,
}

fn by_key<S: Serializer>(choices: &[Choice], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(choices.iter().map(|choice| (&choice.key, &choice.label)))
}

#[derive(Deserialize)]
pub(super) struct SelectRequest {
    pub select: Select,
}

/// Typed as an array by the page, spoken of as one index: both are read.
#[derive(Deserialize)]
#[serde(untagged, expecting = "select is neither the index of a choice nor an array of one")]
pub(super) enum Select {
    One(Index),
    Many(Vec<Index>),
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Index {
    Number(u32),
    Text(String),
}

impl Select {
    /// The one choice that was made, if it is one.
    pub(super) fn choice(&self) -> Option<String> {
        let index = match self {
            Select::One(index) => index,
            Select::Many(indexes) => match indexes.as_slice() {
                [index] => index,
                _ => return None,
            },
        };
        Some(match index {
            Index::Number(number) => number.to_string(),
            Index::Text(text) => text.trim().to_owned(),
        })
    }
}
