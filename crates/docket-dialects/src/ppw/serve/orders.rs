//! Listings, whole orders, and taking them over.

use super::updates::{Since, commands};
use super::{Error, Session, head, listing_transaction, order_asked_for};
use crate::dialect::ServeContext;
use crate::ppw::map::{self, Names, View, items};
use crate::ppw::wire::{Cancelled, Elements, EventData, Members, Number, json};
use crate::ppw::{ID, PUSH_URLS};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::Uuid;
use docket_core::ledger::{Fault, OrderQuery, Page, StateSet};
use docket_core::order::{Command, Field, Order, State, Transition};

/// How far back cancellations can be asked for.
const CANCELLATION_DAYS: i64 = 30;

/// Everything that is open, or everything that changed since, deleted orders included.
pub(super) fn query(since: Option<Timestamp>) -> OrderQuery {
    let states = match since {
        Some(_) => StateSet::of(State::ALL.iter().copied()),
        None => StateSet::open(),
    };
    OrderQuery { states, updated_from: since, ..OrderQuery::default() }
}

/// The next page of a listing; `None` behind the last.
pub(super) async fn next_page(
    session: &Session<'_>,
    query: &mut Option<OrderQuery>,
    elements: &Elements,
) -> Result<Option<Page>, Error> {
    let Some(wanted) = query.take() else { return Ok(None) };
    elements.room()?;
    let page = session.cx.ledger.orders(&session.caller, wanted.clone()).await?;
    *query = page.next.map(|after| OrderQuery { after: Some(after), ..wanted });
    Ok(Some(page))
}

/// The listing: what is new, what is to be done about the rest, and where else to look.
pub(super) async fn get_all_orders(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let since = data.timestamp()?;
    let mut elements = Elements::new();
    let mut pages = Some(query(since));
    while let Some(page) = next_page(session, &mut pages, &elements).await? {
        for order in page.orders {
            list(session, &order, since, &mut elements).await?;
        }
    }
    if shows_flags(session).await? {
        elements.push_text(r#"{"get_all_updates":"1"}"#);
        elements.push_text(r#"{"get_all_notes":"1"}"#);
    }
    Ok(elements.finish())
}

async fn list(
    session: &Session<'_>,
    order: &Order,
    since: Option<Timestamp>,
    elements: &mut Elements,
) -> Result<(), Error> {
    let imported = session.imported(order);
    let head = head(order);
    if order.state.is_open() && !imported {
        let transaction = listing_transaction(order, Some(session.id()), &head);
        elements.push(&session.listed(order, &head, map::UNREAD, transaction));
        return Ok(());
    }
    let asked = commands(session, order, &head, Since::of(since)).await?;
    if asked.is_empty() && order.state.is_open() {
        // Nothing to be done; the word is for readers that keep track of it. Never RTV, which would be an order.
        let word = if order.fields.rework { "Follow Up" } else { map::word(order.state, imported) };
        let transaction = listing_transaction(order, Some(session.id()), &head);
        elements.push(&session.listed(order, &head, word, transaction));
    }
    for listed in &asked {
        elements.push(listed);
    }
    Ok(())
}

/// Flags trip clients that take every element for an order, so only importers that introduced themselves get them.
async fn shows_flags(session: &Session<'_>) -> Result<bool, Fault> {
    match session.connection.setting("flags") {
        Some("always") => Ok(true),
        Some("never") => Ok(false),
        _ => Ok(session.cx.ledger.record(session.id().into(), PUSH_URLS, &session.site_id).await?.is_some()),
    }
}

/// One whole order. Reading it changes nothing.
pub(super) async fn get_order(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let order = order_asked_for(session, data).await?;
    Ok(json(&whole(session.cx, &session.caller, &order, session.view(&order)).await?))
}

async fn whole(cx: ServeContext<'_>, caller: &Caller, order: &Order, view: View) -> Result<Members, Fault> {
    let names = names(cx, caller, order).await?;
    let transaction = listing_transaction(order, caller.connection_id(), &head(order));
    Ok(map::order_to_wire(order, &names, view, &transaction))
}

/// What the order's references are called; asked for only where the order does not say so itself.
async fn names(cx: ServeContext<'_>, caller: &Caller, order: &Order) -> Result<Names, Fault> {
    let mut names = Names::default();
    if order.fields.client_company.is_none() {
        let setting = caller.connection.as_ref().and_then(|connection| connection.setting("client_company"));
        names.client_company = match (setting.filter(|name| !name.trim().is_empty()), order.origin.connection) {
            (Some(name), _) => name.to_owned(),
            (None, Some(origin)) => match cx.ledger.connection(caller, origin).await? {
                Some(origin) => origin.name.clone(),
                None => order.origin.dialect.clone(),
            },
            (None, None) => order.origin.dialect.clone(),
        };
    }
    if let Some(id) = order.fields.service.as_deref().and_then(|service| Uuid::try_parse(service).ok()) {
        let services = cx.ledger.services(caller).await?;
        names.service = services.iter().find(|service| service.id == id).map(|service| service.name.clone());
    }
    Ok(names)
}

/// The order as `get_order` shows it to this caller and, under their names, what other events show of it.
pub(super) async fn face(cx: ServeContext<'_>, caller: &Caller, order: &Order) -> String {
    let connection = caller.connection.as_deref().filter(|connection| connection.dialect == ID);
    let view = View {
        numeric: connection.is_some_and(|connection| connection.flag("numeric_ids", false)),
        imported: connection.is_some_and(|connection| order.imported_by.contains(&connection.id)),
        asker: connection.map(|connection| connection.id),
    };
    match whole(cx, caller, order, view).await {
        Ok(mut members) => {
            members.extend(items::told(order, view.asker));
            json(&members)
        }
        Err(fault) => json(&Error::Fault(fault).to_string()),
    }
}

/// The importer has it: new orders go to it as crew, and show as In Field from now on.
pub(super) async fn mark_order_imported(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let serial = data.serial("report_id")?;
    let (connection, name) = (session.id(), session.connection.name.clone());
    let propose = move |order: &Order| {
        let mut command = Command { imported_by: Some(connection), ..Command::default() };
        if order.state == State::Received {
            if !order.is_assigned() {
                command = command.with(Field::Crew, name.clone());
            }
            command = command.moving(Transition::Assign);
        }
        Ok(command)
    };
    session.change(serial, propose).await?;
    Ok("null".to_owned())
}

fn required_timestamp(session: &Session<'_>, data: &EventData) -> Result<Timestamp, Error> {
    let since = data.timestamp()?.ok_or(Error::Missing("timestamp"))?;
    let oldest = session.cx.now.as_second() - CANCELLATION_DAYS * 24 * 60 * 60;
    if since.as_second() < oldest {
        return Err(Error::invalid("timestamp", "is more than 30 days ago"));
    }
    Ok(since)
}

/// What was called off since.
pub(super) async fn get_cancel_orders(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let since = required_timestamp(session, data)?;
    let mut elements = Elements::new();
    let states = StateSet::of([State::Canceled, State::Deleted]);
    let mut pages = Some(OrderQuery { states, updated_from: Some(since), ..OrderQuery::default() });
    while let Some(page) = next_page(session, &mut pages, &elements).await? {
        for order in page.orders {
            let at = order.fields.canceled_at.unwrap_or(order.state_since);
            if at < since || (order.state == State::Deleted && !session.imported(&order)) {
                continue;
            }
            elements.push(&Cancelled {
                report_id: Number::of(order.serial.0, session.numeric),
                wo_number: map::wo_number(&order),
                org_wo_num: map::org_wo_num(&head(&order), session.numeric),
                wo_status: map::CANCELLED,
                cancel_timestamp: at.as_second().to_string(),
            });
        }
    }
    Ok(elements.finish())
}

/// What waits for a decision on its cancellation: nothing, because here an order is called off or it is not.
pub(super) fn get_pending_cancellations(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    required_timestamp(session, data)?;
    Ok("[]".to_owned())
}
