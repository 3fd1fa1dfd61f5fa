//! The native API described: one table of operations per group, and the OpenAPI document that is made of them.
//!
//! A path stands in the router ([`super::native`]) and here, and tests hold both against each other; what an operation
//! is called and who may do it is asked of the router, so it cannot differ. Schemas are written in a short [`notation`],
//! or made from the tables of the code (`components`). Every answer that the tests get is held against this document.

mod board;
mod components;
mod example;
mod field;
mod jobs;
mod log;
mod notation;
mod operate;
mod orders;
mod relay;
mod session;
mod shared;
mod webhooks;

use super::native::{Answered, json as answer_of, routed};
use super::problem::Problem;
use super::{conditional, docs};
use axum::body::Body;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use notation::{Known, Wrong};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::hash::BuildHasher;
use std::sync::LazyLock;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// What every operation may answer besides its own.
const ALWAYS: &str = "unauthorized forbidden body rate_limit fault busy timeout";
/// What an operation may answer that nobody has to be signed in for.
const OPEN: &str = "body rate_limit fault busy timeout";

/// One operation.
#[derive(Clone, Copy)]
pub(super) struct Described {
    method: &'static str,
    path: &'static str,
    id: &'static str,
    summary: &'static str,
    about: &'static str,
    query: &'static str,
    headers: &'static str,
    takes: &'static [&'static str],
    body_may_be_missing: bool,
    gives: &'static [&'static str],
    fails: &'static str,
    open: bool,
}

/// `GET` of a path: the id of the operation, and what it is in a few words.
const fn get(path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described::new("GET", path, id, summary)
}

const fn post(path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described::new("POST", path, id, summary)
}

const fn put(path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described::new("PUT", path, id, summary)
}

const fn patch(path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described::new("PATCH", path, id, summary)
}

const fn delete(path: &'static str, id: &'static str, summary: &'static str) -> Described {
    Described::new("DELETE", path, id, summary)
}

impl Described {
    const fn new(method: &'static str, path: &'static str, id: &'static str, summary: &'static str) -> Described {
        Described {
            method,
            path,
            id,
            summary,
            about: "",
            query: "",
            headers: "",
            takes: &[],
            body_may_be_missing: false,
            gives: &[],
            fails: "",
            open: false,
        }
    }

    /// More about it.
    const fn about(self, about: &'static str) -> Described {
        Described { about, ..self }
    }

    /// Its query parameters, in [`notation`].
    const fn query(self, query: &'static str) -> Described {
        Described { query, ..self }
    }

    /// Request headers it heeds, by name.
    const fn headers(self, headers: &'static str) -> Described {
        Described { headers, ..self }
    }

    /// What its body may be: a type, or a media type and a type.
    const fn takes(self, takes: &'static [&'static str]) -> Described {
        Described { takes, ..self }
    }

    /// The same, where it may be left out.
    const fn may_take(self, takes: &'static [&'static str]) -> Described {
        Described { takes, body_may_be_missing: true, ..self }
    }

    /// What it answers: a status, then nothing, a type, or a media type and a type; then `+Header`s.
    const fn gives(self, gives: &'static [&'static str]) -> Described {
        Described { gives, ..self }
    }

    /// Nobody has to be signed in for it.
    const fn open(self) -> Described {
        Described { open: true, ..self }
    }

    /// Codes of its problems, beside those that every operation has.
    const fn fails(self, fails: &'static str) -> Described {
        Described { fails, ..self }
    }
}

/// A schema with a name.
#[derive(Clone, Copy)]
struct Component {
    name: &'static str,
    about: &'static str,
    notation: &'static str,
}

const fn component(name: &'static str, about: &'static str, notation: &'static str) -> Component {
    Component { name, about, notation }
}

/// Operations that belong together.
struct Group {
    tag: &'static str,
    about: &'static str,
    components: &'static [Component],
    operations: &'static [Described],
}

/// All of them. Components may include those that stand before them.
const GROUPS: &[&Group] = &[
    &orders::GROUP,
    &board::GROUP,
    &orders::ITEMS,
    &field::UNITS,
    &field::ROUTES,
    &field::PLANS,
    &jobs::JOBS,
    &jobs::PRODUCTS,
    &relay::CONNECTIONS,
    &operate::ENROLL,
    &relay::DELIVERIES,
    &relay::RULES,
    &webhooks::GROUP,
    &log::JOURNAL,
    &log::EXCHANGES,
    &log::OUTBOX,
    &log::TOKENS,
    &session::SESSION,
    &session::USERS,
    &operate::PLACES,
    &operate::GROUP,
    &log::ABOUT,
];

static DOCUMENT: LazyLock<Result<Value, Wrong>> = LazyLock::new(build);
static TEXT: LazyLock<Result<String, Wrong>> = LazyLock::new(|| {
    serde_json::to_string(DOCUMENT.as_ref().map_err(Clone::clone)?).map_err(|error| error.to_string())
});
static TAG: LazyLock<String> =
    LazyLock::new(|| format!("\"{:016x}\"", rustc_hash::FxBuildHasher.hash_one(TEXT.as_deref().unwrap_or_default())));

/// The OpenAPI document of the native API.
///
/// # Errors
/// When a table makes no sense, which tests rule out.
pub fn document() -> Result<&'static Value, String> {
    DOCUMENT.as_ref().map_err(Clone::clone)
}

/// `GET /v1/openapi.json`
pub(super) fn answer(asked: &HeaderMap) -> Answered {
    let broken = |wrong: &Wrong| {
        tracing::error!(wrong, "the description of the native API makes no sense");
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", "the description makes no sense")
    };
    let text = TEXT.as_ref().map_err(broken)?;
    let tag = TAG.as_str();
    let mut response = match conditional::is_known(asked, tag) {
        true => answer_of(StatusCode::NOT_MODIFIED, Body::empty()),
        false => answer_of(StatusCode::OK, text.as_str()),
    };
    let headers = response.headers_mut();
    headers.extend(HeaderValue::from_str(tag).ok().map(|tag| (header::ETAG, tag)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
    Ok(response)
}

/// What there is at a path.
fn at(path: &str) -> impl Iterator<Item = &'static Described> {
    let given: Vec<&str> = path.split('/').collect();
    let fits = |described: &Described| {
        let wanted: Vec<&str> = described.path.split('/').collect();
        wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
    };
    let fitting = || GROUPS.iter().flat_map(|group| group.operations).filter(|described| fits(described));
    // A path that is written out goes before one with names in it.
    let names = |described: &Described| described.path.matches('{').count();
    let least = fitting().map(names).min();
    let found: Vec<&'static Described> = fitting().filter(|described| Some(names(described)) == least).collect();
    found.into_iter()
}

/// Whether what is asked for takes no parameters at all; who gives one means something that does not happen.
pub(super) fn takes_none(method: &Method, path: &str) -> bool {
    let method = if method == Method::HEAD { "GET" } else { method.as_str() };
    at(path).any(|described| described.method == method && described.query.is_empty() && !described.open)
}

/// The methods that a path has, for who used another.
pub(super) fn allowed(path: &str) -> String {
    let mut methods: Vec<&str> = Vec::new();
    for described in at(path) {
        methods.push(described.method);
        if described.method == "GET" {
            methods.push("HEAD");
        }
    }
    methods.dedup();
    methods.join(", ")
}

fn build() -> Result<Value, Wrong> {
    let mut schemas = components::made();
    for component in GROUPS.iter().flat_map(|group| group.components) {
        let mut schema =
            notation::schema(component.notation, &schemas).map_err(|wrong| format!("{}: {wrong}", component.name))?;
        schema["description"] = component.about.into();
        if schemas.insert(component.name.to_owned(), schema).is_some() {
            return Err(format!("there are two components {}", component.name));
        }
    }
    close(&mut schemas)?;
    let mut paths: Map<String, Value> = Map::new();
    for group in GROUPS {
        for described in group.operations {
            let operation = operation(group, described, &schemas)
                .map_err(|wrong| format!("{} {}: {wrong}", described.method, described.path))?;
            let path = paths.entry(described.path).or_insert_with(|| json!({}));
            path[described.method.to_ascii_lowercase()] = operation;
        }
    }
    let tags: Vec<Value> = GROUPS.iter().map(|group| json!({"name": group.tag, "description": group.about})).collect();
    Ok(json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Docket",
            "summary": "One ledger for every order system.",
            "description": shared::ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "externalDocs": {"url": "/docs/native-api", "description": "The native API in words"},
        "servers": [{"url": "/", "description": "This hub"}],
        "security": [{"token": []}, {"session": []}],
        "tags": tags,
        "paths": paths,
        "components": {
            "schemas": schemas,
            "parameters": shared::parameters()?,
            "headers": shared::headers()?,
            "securitySchemes": shared::security(),
        },
    }))
}

/// What is taken has no members but those that are named: components that requests are made of say so.
fn close(schemas: &mut Known) -> Result<(), Wrong> {
    let mut open: Vec<String> = Vec::new();
    for described in GROUPS.iter().flat_map(|group| group.operations) {
        for taken in described.takes {
            references(&notation::kind(split_media(taken).1)?, &mut open);
        }
    }
    let mut seen: Vec<String> = Vec::new();
    while let Some(name) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        let schema = schemas.get_mut(&name).ok_or_else(|| format!("there is no component {name}"))?;
        references(schema, &mut open);
        if schema["properties"].is_object() && schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = false.into();
        }
        seen.push(name);
    }
    Ok(())
}

/// The names of the components that a schema refers to.
fn references(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                names.extend(name.rsplit('/').next().map(str::to_owned));
            }
            members.values().for_each(|member| references(member, names));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, names)),
        _ => {}
    }
}

/// `Order` or `text/csv text`.
fn split_media(text: &str) -> (&str, &str) {
    match text.split_once(' ') {
        Some((media, kind)) if media.contains('/') => (media, kind),
        _ => (JSON, text),
    }
}

fn operation(group: &Group, described: &Described, schemas: &Known) -> Result<Value, Wrong> {
    let method: Method = described.method.parse().map_err(|_| "no method".to_owned())?;
    let routed = routed(&method, described.path).map_err(|_| "is not routed".to_owned())?;
    if routed.is_open != described.open {
        return Err("is open to everybody here or in the router only".to_owned());
    }
    let (name, role) = (routed.name, routed.role);
    let mut about = described.about.to_owned();
    if !described.open {
        let who = format!("Needs the role `{}`.", role.word());
        about = if about.is_empty() { who } else { format!("{about}\n\n{who}") };
    }
    let mut operation = json!({
        "operationId": described.id,
        "tags": [group.tag],
        "summary": described.summary,
        "description": about,
        "x-docket-operation": name,
        "x-docket-role": role.word(),
        "parameters": parameters(described)?,
        "responses": responses(described, schemas)?,
    });
    if described.open {
        operation["security"] = json!([]);
    }
    if !described.takes.is_empty() {
        let mut content = Map::new();
        for taken in described.takes {
            let (media, kind) = split_media(taken);
            content.insert(media.to_owned(), media_of(kind, schemas)?);
        }
        operation["requestBody"] = json!({"required": !described.body_may_be_missing, "content": content});
    }
    Ok(operation)
}

fn media_of(kind: &str, schemas: &Known) -> Result<Value, Wrong> {
    let schema = notation::kind(kind)?;
    let mut names = Vec::new();
    references(&schema, &mut names);
    if let Some(strange) = names.iter().find(|name| !schemas.contains_key(*name)) {
        return Err(format!("there is no component {strange}"));
    }
    let example = example::of(&schema, schemas);
    Ok(match kind {
        "binary" => json!({"schema": schema}),
        _ => json!({"schema": schema, "example": example}),
    })
}

fn parameters(described: &Described) -> Result<Vec<Value>, Wrong> {
    let mut parameters = Vec::new();
    for name in described.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        parameters.push(shared::path(name)?);
    }
    for member in notation::members(described.query)? {
        let mut schema = member.schema;
        let about = schema.as_object_mut().and_then(|schema| schema.shift_remove("description"));
        let mut parameter = json!({"name": member.name, "in": "query", "required": member.must, "schema": schema});
        if let Some(about) = about.or_else(|| shared::about(member.name).map(Value::from)) {
            parameter["description"] = about;
        }
        parameters.push(parameter);
    }
    let headers = described.headers.split_whitespace();
    let csrf = (!described.open && described.method != "GET").then_some("Docket-CSRF");
    parameters.extend(headers.chain(csrf).map(|name| json!({"$ref": format!("#/components/parameters/{name}")})));
    Ok(parameters)
}

fn responses(described: &Described, schemas: &Known) -> Result<Map<String, Value>, Wrong> {
    let mut responses: Map<String, Value> = Map::new();
    for given in described.gives {
        let mut headers = Map::new();
        let mut said = Vec::new();
        for word in given.split(' ') {
            match word.strip_prefix('+') {
                Some(header) => {
                    headers.insert(header.to_owned(), json!({"$ref": format!("#/components/headers/{header}")}));
                }
                None => said.push(word),
            }
        }
        let counted: &[&str] = if described.open { &[] } else { shared::COUNTED };
        for header in shared::ALWAYS_GIVEN.iter().chain(counted) {
            headers.insert((*header).to_owned(), json!({"$ref": format!("#/components/headers/{header}")}));
        }
        let said = said.join(" ");
        let (status, body) = said.split_once(' ').unwrap_or((&said, ""));
        let response = responses
            .entry(status)
            .or_insert_with(|| json!({"description": shared::meaning(status), "headers": headers}));
        if !body.is_empty() {
            let (media, kind) = split_media(body);
            response["content"][media] = media_of(kind, schemas)?;
        }
    }
    let always = match described.method {
        _ if described.open => OPEN.to_owned(),
        "GET" => ALWAYS.to_owned(),
        _ => format!("{ALWAYS} csrf"),
    };
    let query = if described.open && described.query.is_empty() { "" } else { "invalid_parameter" };
    let encoding = if described.takes.is_empty() { "" } else { "encoding" };
    let mut by_status: BTreeMap<u16, Vec<&'static str>> = BTreeMap::new();
    let codes = [described.fails, query, encoding, &always].map(str::split_whitespace);
    for code in codes.into_iter().flatten() {
        let page = docs::problem(code).ok_or_else(|| format!("there is no page of the problem {code}"))?;
        for status in &page.statuses {
            let codes = by_status.entry(*status).or_default();
            if !codes.contains(&page.code.as_str()) {
                codes.push(&page.code);
            }
        }
    }
    for (status, codes) in by_status {
        let titles = codes.iter().filter_map(|code| Some(format!("`{code}`: {}", docs::problem(code)?.title)));
        let titles: Vec<String> = titles.collect();
        let content = json!({"schema": notation::reference("Problem")});
        let response = responses.entry(status.to_string()).or_insert_with(|| json!({"description": titles.join("; ")}));
        response["x-docket-codes"] = codes.into();
        if status == 429 {
            response["headers"]["Retry-After"] = json!({"$ref": "#/components/headers/Retry-After"});
        }
        response["content"][PROBLEM] = content;
    }
    Ok(responses)
}

#[cfg(test)]
mod tests;
