//! The dialects, mounted: read, let the dialect answer, write; count and log.

use super::{App, Peer, body};
use crate::config::Keep;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use docket_app::exchange::RawExchange;
use docket_app::trace;
use docket_core::ids::{AccountId, ExchangeId};
use docket_dialects::{Dialect, ServeContext, WireRequest, WireResponse};
use futures_util::FutureExt;
use http::StatusCode;
use http::request::Parts;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) async fn answer(app: Arc<App>, dialect: &'static Dialect, request: Request) -> Response {
    let begun = Instant::now();
    let exchange = app.hub.new_exchange();
    let (parts, body) = request.into_parts();
    if let Some((trace, _)) = trace::named(&parts.headers) {
        app.hub.traces().note(exchange, trace);
    }
    let method = parts.method.clone();
    let read = body::read(&parts.headers, body, &app.limits, &app.room).await;
    let (wire, kept) = match &read {
        Ok(held) if docket_app::explain::is_asked(&parts.headers) => {
            let request = wire_request(&app, parts, held.bytes.clone());
            return explained(&app, dialect, exchange, request).await;
        }
        Ok(held) => {
            let request = wire_request(&app, parts, held.bytes.clone());
            let kept = (app.keep != Keep::Off).then(|| request.clone());
            (serve(&app, dialect, exchange, request).await, kept)
        }
        Err((status, message)) => (dialect.serve.refuse(*status, message), None),
    };
    if let Some(connection) = wire.connection {
        app.hub.calls().note(connection, app.hub.now());
    }
    let took = begun.elapsed();
    app.metrics.count(dialect.id, wire.operation, wire.status, took);
    let took_us = i64::try_from(took.as_micros()).unwrap_or(i64::MAX);
    tracing::debug!(
        request = %exchange, dialect = dialect.id, operation = wire.operation, %method,
        status = wire.status.as_u16(), took_us, "answered"
    );
    if let Some(request) = kept {
        app.hub.exchanges().log(raw(&app, dialect, exchange, took_us, request, &wire)).await;
    }
    response(wire)
}

/// The request run dry: what it would be answered and change, as JSON.
async fn explained(app: &App, dialect: &'static Dialect, exchange: ExchangeId, request: WireRequest) -> Response {
    let explaining =
        AssertUnwindSafe(docket_app::explain::explain(&app.hub, dialect, exchange, request)).catch_unwind();
    let (status, text) = match tokio::time::timeout(Duration::from_millis(app.limits.request_timeout_ms), explaining)
        .await
    {
        Ok(Ok(told)) => (StatusCode::OK, told.to_string()),
        Ok(Err(_)) => (StatusCode::INTERNAL_SERVER_ERROR, r#"{"error":"the request broke the dialect"}"#.to_owned()),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, r#"{"error":"explaining took too long"}"#.to_owned()),
    };
    let begun = WireResponse::new(status, "application/json", text).of("explain");
    app.metrics.count(dialect.id, begun.operation, begun.status, Duration::ZERO);
    response(begun)
}

/// Scheme and host that whoever asks reaches us at.
pub(super) fn origin(app: &App, headers: &http::HeaderMap) -> String {
    match app.public_url.as_str() {
        "" => {
            let host = headers.get(http::header::HOST).and_then(|host| host.to_str().ok());
            format!("http://{}", host.unwrap_or("localhost"))
        }
        url => url.to_owned(),
    }
}

fn wire_request(app: &App, parts: Parts, body: bytes::Bytes) -> WireRequest {
    let origin = origin(app, &parts.headers);
    WireRequest {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body,
        origin,
        peer: parts.extensions.get::<Peer>().map(|peer| peer.0),
    }
}

/// Lets the dialect answer. A panic or an answer that takes too long becomes the dialect's own refusal.
async fn serve(app: &App, dialect: &'static Dialect, exchange: ExchangeId, request: WireRequest) -> WireResponse {
    let random = rand::random::<u128>;
    let hub = &*app.hub;
    let cx = ServeContext { ledger: hub, now: hub.now(), exchange, memory: &hub.memory, planner: hub, random: &random };
    let serving = AssertUnwindSafe(dialect.serve.serve(cx, request)).catch_unwind();
    match tokio::time::timeout(Duration::from_millis(app.limits.request_timeout_ms), serving).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_)) => {
            tracing::error!(request = %exchange, dialect = dialect.id, "a request broke the dialect");
            let message = format!("the request could not be answered; it is logged as {exchange}");
            dialect.serve.refuse(StatusCode::INTERNAL_SERVER_ERROR, &message)
        }
        Err(_) => {
            tracing::error!(request = %exchange, dialect = dialect.id, "an answer took too long");
            let message = format!("the answer took too long; it is logged as {exchange}");
            dialect.serve.refuse(StatusCode::SERVICE_UNAVAILABLE, &message)
        }
    }
}

fn raw(
    app: &App,
    dialect: &'static Dialect,
    id: ExchangeId,
    took_us: i64,
    request: WireRequest,
    answer: &WireResponse,
) -> RawExchange {
    let connection = answer.connection;
    let account = connection.and_then(|id| app.hub.directory().connection(id).map(|connection| connection.account));
    RawExchange {
        id,
        account: account.unwrap_or(AccountId(0)),
        connection,
        dialect: dialect.id,
        secrets: dialect.secrets,
        operation: answer.operation,
        at: app.hub.now(),
        took_us,
        method: request.method,
        path: request.path,
        query: request.query,
        headers: request.headers,
        body: request.body,
        status: Some(answer.status),
        response_headers: answer.headers.clone(),
        response_body: answer.body.clone(),
        delivery: None,
    }
}

fn response(wire: WireResponse) -> Response {
    let mut response = Response::new(Body::from(wire.body));
    *response.status_mut() = wire.status;
    *response.headers_mut() = wire.headers;
    response
}
