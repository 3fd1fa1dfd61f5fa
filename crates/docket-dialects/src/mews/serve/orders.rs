//! `productServiceOrders/getAll`.

use super::pages::{everything, in_turn};
use super::{Answer, Session, name_origin};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{Catalogue, View, Word, order_to_wire, states_of};
use crate::mews::wire::{Interval, Limitation, Members, ProductServiceOrders};
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::OrderQuery;
use docket_core::order::Order;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What is asked for.
struct Filter {
    orders: Option<Vec<OrderId>>,
    services: HashSet<Uuid>,
    accounts: Option<HashSet<Uuid>>,
    reservations: Option<HashSet<Uuid>>,
    updated: Option<Interval>,
    words: Option<Vec<Word>>,
}

impl Filter {
    fn admits(&self, view: &View) -> bool {
        view.service.is_some_and(|service| self.services.contains(&service))
            && self.accounts.as_ref().is_none_or(|accounts| accounts.contains(&view.owner.id))
            && self.reservations.as_ref().is_none_or(|reservations| {
                view.bag.linked_reservation_id.is_some_and(|reservation| reservations.contains(&reservation))
            })
            && self.updated.is_none_or(|interval| interval.contains(view.updated))
            && self.words.as_ref().is_none_or(|words| words.contains(&view.word))
    }

    /// The part of it that the ledger answers itself, and whether that is all of it but for rare exceptions.
    fn query(&self, catalogue: &Catalogue) -> (OrderQuery, bool) {
        let services = catalogue.exact_names(&self.services).filter(|names| names.len() <= OrderQuery::LIMIT);
        let is_exact = (services.is_some() || catalogue.is_covered(&self.services))
            && self.accounts.is_none()
            && self.reservations.is_none()
            && self.orders.is_none()
            && self.words.is_none();
        // An order that is named is judged by the moment it shows, whatever the ledger's own.
        let updated = self.updated.filter(|_| self.orders.is_none());
        let query = OrderQuery {
            states: self.words.as_deref().map_or_else(everything, states_of),
            updated_from: updated.map(Interval::from),
            updated_before: updated.map(Interval::before),
            ids: self.orders.clone(),
            services,
            newest_first: true,
            ..OrderQuery::default()
        };
        (query, is_exact)
    }
}

/// Answers a page of product service orders.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let orders = members.uuids("ProductServiceOrderIds")?;
    let services = members.uuids("ServiceIds")?.ok_or(Error::invalid("ServiceIds"))?;
    let set = |ids: Option<Vec<Uuid>>| ids.map(HashSet::from_iter);
    let filter = Filter {
        orders: orders.map(|ids| ids.into_iter().map(OrderId).collect()),
        services: services.into_iter().collect(),
        accounts: set(members.uuids("AccountIds")?),
        reservations: set(members.uuids("LinkedReservationIds")?),
        updated: members.interval("UpdatedUtc")?,
        words: members.words("States", Word::from_text)?,
    };
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let services = cx.ledger.services(&session.caller).await?;
    let mut catalogue = Catalogue::of(session.caller.account, services);
    if !filter.services.iter().all(|&id| catalogue.is_additional(id)) {
        return Err(Error::invalid("ServiceIds"));
    }
    let found = find(cx, session, &filter, &mut catalogue, limitation).await?;
    let mut labels = HashMap::new();
    for (order, _) in &found {
        name_origin(cx, &session.caller, order, &mut labels).await?;
    }
    let page = ProductServiceOrders {
        product_service_orders: found
            .iter()
            .map(|(order, view)| order_to_wire(order, view, catalogue.general(), &labels))
            .collect(),
        cursor: found.last().map(|(order, _)| order.id.0),
    };
    Answer::page(&page, found.is_empty())
}

async fn find(
    cx: ServeContext<'_>,
    session: &Session,
    filter: &Filter,
    catalogue: &mut Catalogue,
    limitation: Limitation,
) -> Result<Vec<(Arc<Order>, View)>, Error> {
    let (mut query, is_exact) = filter.query(catalogue);
    if let Some(cursor) = limitation.cursor {
        query.after = Some(position(cx, session, cursor).await?);
    }
    let mut found = Vec::with_capacity(limitation.count);
    let mut pages = in_turn(query, limitation.count, is_exact);
    while let Some(page) = pages.next(cx, session).await? {
        for order in page {
            let view = View::of(&order, catalogue);
            if filter.admits(&view) {
                found.push((order, view));
            }
            if found.len() == limitation.count {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// Where the order that a cursor names stands in the listing, whether or not it passes the filters.
pub(super) async fn position(cx: ServeContext<'_>, session: &Session, cursor: Uuid) -> Result<Serial, Error> {
    // A listing rather than a look-up: a page may end with an order that is deleted.
    let query =
        OrderQuery { states: everything(), ids: Some(vec![OrderId(cursor)]), limit: 1, ..OrderQuery::default() };
    let page = cx.ledger.orders(&session.caller, query).await?;
    page.orders.first().map(|order| order.serial).ok_or(Error::invalid("Cursor"))
}
