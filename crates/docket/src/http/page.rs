//! What is for people and for operators: the front page, health, readiness, metrics.

use super::{Shared, console};
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use docket_app::relay::figures;
use docket_dialects::DIALECTS;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::fmt::Write;

fn text(status: StatusCode, kind: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

const PLAIN: &str = "text/plain; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:3rem auto;padding:0 1rem;\
    color-scheme:light dark}code{font-size:.95em}td{padding:.15rem 1.5rem .15rem 0;vertical-align:top}";

/// The console for who looks; where things are for who asks from a terminal, and in a hub that was built without.
pub(super) async fn front(State(app): Shared, method: Method, headers: HeaderMap) -> Response {
    if let Some(page) = console::answer(&method, "/", &headers, &app.ground.origin()) {
        return page;
    }
    let mut rows = String::new();
    for dialect in DIALECTS {
        let paths: Vec<String> =
            dialect.serve.routes().iter().map(|route| format!("<code>{}</code>", route.0)).collect();
        let _ = write!(rows, "<tr><td>{}</td><td>{}</td></tr>", dialect.title, paths.join("<br>"));
    }
    let backend = app.hub.store().backend();
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Docket</title><style>{STYLE}</style><h1>Docket</h1>\
         <p>One ledger for every order system. This hub keeps its orders in {backend}.</p>\
         <h2>Order APIs served here</h2><table>{rows}</table>\
         <h2>Native API</h2><p>Under <code>/v1</code>, with a bearer token: <code>GET /v1/orders</code>, \
         <code>POST /v1/orders</code>, <code>GET /v1/orders/{{id}}</code> with <code>/history</code> and \
         <code>/faces</code>, <code>GET /v1/journal</code>, <code>GET /v1/exchanges</code>, \
         <code>GET /v1/events</code>.</p>\
         <p><a href=/docs>Documentation</a> · <a href=/v1/openapi.json>openapi.json</a></p>\
         <h2>Positions</h2><p>Phones: <code>/osmand?id=…&amp;lat=…&amp;lon=…</code>. Batches: \
         <code>POST /v1/positions</code>. <code>GET /v1/units</code>.</p>\
         <h2>To begin</h2><p><code>docket connection add pruvan acme</code> makes a connection and prints its \
         credentials; <code>docket token create me</code> makes a token.</p>\
         <p><a href=/healthz>healthz</a> · <a href=/readyz>readyz</a> · <a href=/metrics>metrics</a></p></html>"
    );
    text(StatusCode::OK, HTML, page)
}

/// The process is alive.
pub(super) async fn healthz() -> Response {
    text(StatusCode::OK, PLAIN, "ok\n")
}

/// The store answers.
pub(super) async fn readyz(State(app): Shared) -> Response {
    if app.hub.is_stopping() {
        return text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "stopping\n");
    }
    match app.hub.store().directory_version().await {
        Ok(_) => text(StatusCode::OK, PLAIN, "ready\n"),
        Err(error) => {
            tracing::error!(%error, "not ready");
            text(StatusCode::SERVICE_UNAVAILABLE, PLAIN, "the store does not answer\n")
        }
    }
}

/// Prometheus' text format.
pub(super) async fn metrics(State(app): Shared) -> Response {
    let relay = match figures::text(&app.hub).await {
        Ok(text) => text,
        Err(fault) => {
            tracing::error!(%fault, "the relay's figures could not be read");
            String::new()
        }
    };
    text(
        StatusCode::OK,
        "text/plain; version=0.0.4; charset=utf-8",
        app.metrics.text() + &app.hub.tracking.counts.text() + &app.hub.streams().text() + &relay,
    )
}

/// Nothing is served here.
pub(super) fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, PLAIN, "Nothing is served here. / says what is where.\n")
}
