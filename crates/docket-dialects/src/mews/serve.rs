//! The served half.

use crate::dialect::{BoxFuture, Route, Serve, ServeContext, WireRequest, WireResponse};
use docket_core::connection::Caller;
use docket_core::order::Order;
use http::StatusCode;

/// The served half.
pub struct Mews;

impl Serve for Mews {
    fn routes(&self) -> &'static [Route] {
        &[]
    }

    fn serve<'a>(&'a self, _cx: ServeContext<'a>, _request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move { self.refuse(StatusCode::NOT_FOUND, "not served yet") })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        WireResponse::new(status, "text/plain", message.to_owned())
    }

    fn face<'a>(&'a self, _cx: ServeContext<'a>, _caller: &'a Caller, _order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move { "null".to_owned() })
    }
}
