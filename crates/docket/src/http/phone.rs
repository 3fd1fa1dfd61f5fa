//! Positions from phones: `GET` and `POST /osmand`.

use super::{Shared, body};
use crate::config::Limits;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use docket_app::track::phone::{Taken, take};
use http::{HeaderValue, StatusCode, header};

/// The largest form.
const FORM_BYTES: usize = 64 << 10;

pub(super) async fn answer(State(app): Shared, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let limits = Limits { body_bytes: app.limits.body_bytes.min(FORM_BYTES), ..app.limits };
    let held = match body::read(&head.headers, body, &limits, &app.room).await {
        Ok(held) => held,
        Err((status, why)) => return text(status, why),
    };
    match take(&app.hub, head.uri.query().unwrap_or_default(), &held.bytes).await {
        Taken::Kept => text(StatusCode::OK, String::new()),
        Taken::Bad(why) => text(StatusCode::BAD_REQUEST, why),
        Taken::Unknown => text(StatusCode::NOT_FOUND, "there is no unit of this id".to_owned()),
        Taken::WrongPassword => text(StatusCode::UNAUTHORIZED, "the unit wants another password".to_owned()),
        Taken::Failed => text(StatusCode::SERVICE_UNAVAILABLE, "could not be kept, send it again".to_owned()),
    }
}

fn text(status: StatusCode, words: String) -> Response {
    let mut response = Response::new(Body::from(words));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
