//! Operations on orders beyond `order/update`: names, and who answers them.

use super::super::error::Error;
use super::super::wire::{Json, Object, integer};
use super::items::Items;
use super::{Scope, attachments, history, optimize, replay, route, routes};
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use std::sync::Arc;

/// An operation on orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OrderService {
    RouteUpdate,
    Optimize,
    CompleteFromHistory,
    Attach,
    Detach,
    ListAttachments,
    GetAttachment,
    OrdersHistory,
    RoutesHistory,
    RouteFromHistory,
    VirtualRoutes,
}

impl OrderService {
    const ALL: &'static [OrderService] = &[
        OrderService::RouteUpdate,
        OrderService::Optimize,
        OrderService::CompleteFromHistory,
        OrderService::Attach,
        OrderService::Detach,
        OrderService::ListAttachments,
        OrderService::GetAttachment,
        OrderService::OrdersHistory,
        OrderService::RoutesHistory,
        OrderService::RouteFromHistory,
        OrderService::VirtualRoutes,
    ];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            OrderService::RouteUpdate => "order/route_update",
            OrderService::Optimize => "order/optimize",
            OrderService::CompleteFromHistory => "order/complete_from_history",
            OrderService::Attach => "order/attach",
            OrderService::Detach => "order/detach",
            OrderService::ListAttachments => "order/list_attachments",
            OrderService::GetAttachment => "order/get_attachment",
            OrderService::OrdersHistory => "order/get_orders_history",
            OrderService::RoutesHistory => "order/get_routes_history",
            OrderService::RouteFromHistory => "order/get_route_from_history",
            OrderService::VirtualRoutes => "order/list_virtual_order_routes",
        }
    }

    /// From the name.
    pub(super) fn read(name: &str) -> Option<OrderService> {
        OrderService::ALL.iter().copied().find(|service| service.name() == name)
    }

    /// Whether files come or go with it, for which a batch has no place.
    pub(super) const fn is_about_bytes(self) -> bool {
        matches!(self, OrderService::Attach | OrderService::GetAttachment)
    }

    /// Answers it; those about bytes are answered elsewhere.
    pub(super) async fn call(self, scope: &Scope<'_>, params: Object) -> Result<String, Error> {
        check_resource(&params, &scope.caller)?;
        let answer = match self {
            OrderService::RouteUpdate => route::route_update(scope, params).await?,
            OrderService::Optimize => optimize::optimize(scope, &params).await?,
            OrderService::CompleteFromHistory => replay::complete_from_history(scope, &params).await?,
            OrderService::Detach => attachments::detach(scope, &params).await?,
            OrderService::ListAttachments => attachments::list(scope, &params).await?,
            OrderService::OrdersHistory => return history::orders(scope, &params).await,
            OrderService::RoutesHistory => history::routes(scope, &params).await?,
            OrderService::RouteFromHistory => history::route(scope, &params).await?,
            OrderService::VirtualRoutes => routes::virtual_routes(scope).await?,
            OrderService::Attach | OrderService::GetAttachment => return Err(Error::Input),
        };
        Ok(answer.to_string())
    }
}

/// The resource must be the caller's.
pub(super) fn check_resource(params: &Object, caller: &Caller) -> Result<(), Error> {
    let resource = params.get("itemId").and_then(integer).filter(|&id| id != 0).ok_or(Error::Input)?;
    if resource == Items::of(caller).resource { Ok(()) } else { Err(Error::Resource) }
}

/// A list of order ids.
pub(super) fn ids(value: Option<&Json>) -> Option<Vec<i64>> {
    value?.as_array()?.iter().map(integer).collect()
}

/// The units the session sees.
pub(super) async fn units(scope: &Scope<'_>) -> Result<Arc<Vec<Unit>>, Error> {
    let units = scope.cx.ledger.units(&scope.caller).await?;
    if units.iter().all(|unit| scope.rights.sees(unit.id.0)) {
        return Ok(units);
    }
    Ok(Arc::new(units.iter().filter(|unit| scope.rights.sees(unit.id.0)).cloned().collect()))
}
