//! Positions from phones: `GET` and `POST /osmand`.

use super::{Peer, Shared, body};
use crate::config::Limits;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use docket_app::exchange::RawExchange;
use docket_app::track::phone::{Taken, take};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::time::Instant;

/// The largest form, and the largest batch of JSON messages.
const FORM_BYTES: usize = 64 << 10;
/// What the wire log hides.
const SECRETS: &[&str] = &["password"];

pub(super) async fn answer(State(app): Shared, request: Request) -> Response {
    let begun = Instant::now();
    let (head, body) = request.into_parts();
    let limits = Limits { body_bytes: app.limits.body_bytes.min(FORM_BYTES), ..app.limits };
    let held = match body::read(&head.headers, body, &limits, &app.room).await {
        Ok(held) => held,
        Err((status, why)) => return text(status, why),
    };
    let peer = head.extensions.get::<Peer>().map(|peer| peer.0);
    let (taken, account) = take(&app.hub, peer, head.uri.query().unwrap_or_default(), &held.bytes).await;
    let (status, why) = match taken {
        Taken::Kept(wrong) => (StatusCode::OK, wrong.unwrap_or_default()),
        Taken::Bad(why) => (StatusCode::BAD_REQUEST, why),
        Taken::Unknown => (StatusCode::NOT_FOUND, "there is no unit of this id".to_owned()),
        Taken::WrongPassword => (StatusCode::UNAUTHORIZED, "the unit wants another password".to_owned()),
        Taken::TooOften => (StatusCode::TOO_MANY_REQUESTS, "wrong too often, come back in ten minutes".to_owned()),
        Taken::Failed => (StatusCode::SERVICE_UNAVAILABLE, "could not be kept, send it again".to_owned()),
    };
    app.metrics.count("phone", "report", status, begun.elapsed());
    if app.trackers_logged {
        let raw = RawExchange {
            id: app.hub.new_exchange(),
            account: account.unwrap_or_default(),
            connection: None,
            dialect: "phone",
            secrets: SECRETS,
            operation: "report",
            at: app.hub.now(),
            took_us: i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX),
            method: head.method,
            path: head.uri.path().to_owned(),
            query: head.uri.query().unwrap_or_default().to_owned(),
            headers: head.headers,
            body: held.bytes,
            status: Some(status),
            response_headers: HeaderMap::new(),
            response_body: why.clone().into(),
            delivery: None,
        };
        app.hub.exchanges().log(raw).await;
    }
    text(status, why)
}

fn text(status: StatusCode, words: String) -> Response {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
