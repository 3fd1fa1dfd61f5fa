//! The served half: the push URL, and the four web services a remote system has.

mod aside;
mod lookup;
mod push;
mod report;
mod services;
mod upload;

use super::error;
use super::map::face::{self, Names};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, WireRequest, WireResponse};
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use docket_core::order::Order;
use http::StatusCode;

/// The namespace of what Docket keeps for a connection of this dialect.
pub const RECORDS: &str = "pruvan";

/// The served half.
pub struct Pruvan;

impl Serve for Pruvan {
    fn routes(&self) -> &'static [Route] {
        &[Route("/api/"), Route("/api"), Route("/pruvan/{service}")]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move {
            match request.path.strip_prefix("/pruvan/") {
                Some(service) => services::serve(cx, service, &request).await,
                None => push::serve(cx, &request).await,
            }
        })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        error::response(status, message)
    }

    fn face<'a>(&'a self, cx: ServeContext<'a>, caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move {
            // Without the names the order is still shown, by ids.
            let names = names(cx, caller).await.unwrap_or_default();
            face::order_with_items(order, &names)
        })
    }
}

async fn names(cx: ServeContext<'_>, caller: &Caller) -> Result<Names, Fault> {
    Ok(Names::of(&cx.ledger.units(caller).await?, &cx.ledger.services(caller).await?))
}
