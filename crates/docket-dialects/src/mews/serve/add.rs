//! `orders/add`: the only way to make a product service order through this API.
//!
//! The vendor has no idempotency key: a call that is repeated makes a second order. Only another Docket's lines say
//! which order of its own they are of ([`marked`]); of those there is one here, however often they arrive.

use super::services::general;
use super::{Answer, Session, all_done, is_currency};
use crate::dialect::ServeContext;
use crate::mews::connect::marked;
use crate::mews::error::Error;
use crate::mews::map::{ID, Known, Price, is_additional, order_from_wire};
use crate::mews::wire::{Members, OrderAdded};
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind};
use docket_core::ids::{ConnectionId, OrderId, Uuid};
use docket_core::ledger::{Request, Submission, Target};
use docket_core::order::{Command, ExternalKey, Origin};
use jiff::SignedDuration;
use std::collections::HashMap;

/// The namespace of the keys by which another Docket's orders are known.
const PEER: &str = "peer";

/// What is asked for.
pub(in crate::mews) struct Addition<'a> {
    service: Uuid,
    /// The owner, and by which member it was named.
    account: (Uuid, &'static str),
    bill: Option<Uuid>,
    /// The lines.
    pub(in crate::mews) lines: Vec<Line<'a>>,
    /// When it is consumed.
    pub(in crate::mews) consumption: Option<Timestamp>,
    /// A note.
    pub(in crate::mews) notes: Option<&'a str>,
    /// The business segment.
    pub(in crate::mews) business_segment: Option<Uuid>,
    /// The reservation it goes with.
    pub(in crate::mews) linked_reservation: Option<Uuid>,
    /// Everything as it was sent, but for the tokens.
    pub(in crate::mews) sent: Members<'a>,
}

/// One line: of a product, or ad hoc.
pub(in crate::mews) struct Line<'a> {
    /// The product; `None` for an ad-hoc line.
    pub(in crate::mews) product: Option<Uuid>,
    /// Its name; that of the product once it is known.
    pub(in crate::mews) name: String,
    /// How many.
    pub(in crate::mews) count: i32,
    /// What one costs; the product's own price when not given.
    pub(in crate::mews) amount: Option<Amount>,
    /// The client's own id of the line.
    pub(in crate::mews) external_identifier: Option<&'a str>,
}

/// A price.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::mews) struct Amount {
    /// ISO 4217.
    pub(in crate::mews) currency: String,
    /// Gross or net, as the enterprise prices; negative for a rebate.
    pub(in crate::mews) value: f64,
}

/// Adds an order.
pub(super) async fn add(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprise = members.uuid("EnterpriseId")?;
    let mut addition = read(members, session.is_gross())?;
    if session.is_portfolio() && enterprise != Some(session.enterprise_id()) {
        return Err(Error::invalid("EnterpriseId"));
    }
    let services = cx.ledger.services(&session.caller).await?;
    let general = general(session);
    let service = services
        .iter()
        .find(|service| service.id == addition.service)
        .or_else(|| Some(&general).filter(|general| general.id == addition.service))
        .filter(|service| service.active && is_additional(service.kind))
        .ok_or(Error::invalid("ServiceId"))?;
    let customer = customer(cx, session, &addition).await?;
    know_products(&mut addition.lines, &services, Some(service), session.is_gross())?;
    check_links(cx, session, &services, &addition).await?;
    check_consumption(cx, session, addition.consumption)?;
    let known = Known {
        account: session.caller.account,
        label: &session.caller.label,
        service,
        customer: customer.as_ref(),
        currency: session.currency(),
        now: cx.now,
        note_id: uuid::Builder::from_random_bytes((cx.random)().to_be_bytes()).into_uuid(),
        origin: Origin { connection: session.caller.connection_id(), dialect: ID.to_owned() },
    };
    let command = order_from_wire(&addition, &known);
    let request = match addition.peer() {
        None => Request::create(command),
        Some(peer) => once(command, session.connection.id, peer),
    };
    let outcomes = cx.ledger.submit(&session.caller, Submission::one(request)).await?;
    let order = all_done(outcomes, "OrderId")?.pop().ok_or(Error::Fault)?;
    Answer::of(&OrderAdded { order_id: order.id.0 })
}

impl Addition<'_> {
    /// The order of another Docket that it is, if its lines say so.
    fn peer(&self) -> Option<OrderId> {
        let mut marks = self.lines.iter().map(|line| line.external_identifier.and_then(marked));
        let first = marks.next().flatten()?;
        marks.all(|mark| mark == Some(first)).then_some(first)
    }
}

/// Makes the order that another Docket's order becomes here, unless it is here.
fn once(command: Command, connection: ConnectionId, peer: OrderId) -> Request {
    let key = ExternalKey { connection, namespace: PEER.to_owned(), key: peer.to_string() };
    let target = Target::Key { namespace: key.namespace.clone(), key: key.key.clone() };
    Request::new(target, move |order| match order {
        Some(_) => Ok(Command::default()),
        None => Ok(Command { keys: vec![key.clone()], ..command.clone() }),
    })
}

fn read(members: Members<'_>, gross: bool) -> Result<Addition<'_>, Error> {
    let service = members.uuid("ServiceId")?.ok_or(Error::invalid("ServiceId"))?;
    let older = members.uuid("CustomerId")?.map(|id| (id, "CustomerId"));
    let account = members.uuid("AccountId")?.map(|id| (id, "AccountId")).or(older);
    if let Some(options) = members.object("Options")? {
        options.flag("DisableItemGrouping")?;
    }
    let mut lines = Vec::new();
    for product in members.objects("ProductOrders")? {
        lines.push(read_product(product, gross)?);
    }
    for item in members.objects("Items")? {
        lines.push(read_item(item, gross)?);
    }
    if lines.is_empty() {
        return Err(Error::invalid("Items"));
    }
    Ok(Addition {
        service,
        account: account.ok_or(Error::invalid("AccountId"))?,
        bill: members.uuid("BillId")?,
        lines,
        consumption: members.instant("ConsumptionUtc")?,
        notes: members.text("Notes")?.filter(|notes| !notes.trim().is_empty()),
        business_segment: members.uuid("BusinessSegmentId")?,
        linked_reservation: members.uuid("LinkedReservationId")?,
        sent: members,
    })
}

pub(super) fn read_product(line: Members<'_>, gross: bool) -> Result<Line<'_>, Error> {
    let count = line.integer("Count")?.unwrap_or(1);
    Ok(Line {
        product: Some(line.uuid("ProductId")?.ok_or(Error::invalid("ProductId"))?),
        name: String::new(),
        count: Some(count).filter(|&count| count > 0).ok_or(Error::invalid("Count"))?,
        amount: line.object("UnitAmount")?.map(|amount| read_amount(amount, gross)).transpose()?,
        external_identifier: external_identifier(line)?,
    })
}

fn read_item(line: Members<'_>, gross: bool) -> Result<Line<'_>, Error> {
    const AMOUNT: &str = "UnitAmount";
    line.uuid("AccountingCategoryId")?;
    let name = line.required_text("Name")?;
    let count = line.integer("UnitCount")?.filter(|&count| count > 0);
    Ok(Line {
        product: None,
        name: name.to_owned(),
        count: count.ok_or(Error::invalid("UnitCount"))?,
        amount: Some(read_amount(line.object(AMOUNT)?.ok_or(Error::invalid(AMOUNT))?, gross)?),
        external_identifier: external_identifier(line)?,
    })
}

fn external_identifier(line: Members<'_>) -> Result<Option<&str>, Error> {
    Ok(line.text("ExternalIdentifier")?.filter(|key| !key.is_empty()))
}

/// A price: gross where the enterprise prices gross, net where it prices net, never both.
fn read_amount(amount: Members<'_>, gross: bool) -> Result<Amount, Error> {
    let currency = amount.text("Currency")?.filter(|text| is_currency(text)).ok_or(Error::invalid("Currency"))?;
    let codes = amount.texts("TaxCodes")?.ok_or(Error::invalid("TaxCodes"))?;
    let (gross_value, net_value) = (amount.number("GrossValue")?, amount.number("NetValue")?);
    let value = match (gross_value, net_value) {
        (Some(value), None) if gross => value,
        (None, Some(value)) if !gross => value,
        _ => return Err(Error::invalid("UnitAmount")),
    };
    if codes.iter().any(|code| code.is_empty()) || (gross && codes.len() > 1) {
        return Err(Error::invalid("TaxCodes"));
    }
    Ok(Amount { currency: currency.to_owned(), value })
}

async fn customer(cx: ServeContext<'_>, session: &Session, addition: &Addition<'_>) -> Result<Option<Customer>, Error> {
    let (id, member) = addition.account;
    match cx.ledger.customer(&session.caller, id).await? {
        // Whoever is listed can order. An order for the general customer names nobody, as those do that are shown so.
        None if id == super::customers::general(session).id => Ok(None),
        None => Err(Error::invalid(member)),
        known => Ok(known),
    }
}

/// Gives the lines of products, of one service or of any, their names, and their prices where none were given.
pub(super) fn know_products(
    lines: &mut [Line<'_>],
    services: &[Service],
    service: Option<&Service>,
    gross: bool,
) -> Result<(), Error> {
    let parent = service.map(|service| service.id);
    let products = services.iter().filter(|entry| {
        entry.kind == ServiceKind::Product && entry.active && (parent.is_none() || entry.parent == parent)
    });
    let products: HashMap<Uuid, &Service> = products.map(|product| (product.id, product)).collect();
    for line in lines {
        let Some(id) = line.product else { continue };
        let product = products.get(&id).ok_or(Error::invalid("ProductId"))?;
        line.name.clone_from(&product.name);
        if line.amount.is_none() {
            let own = Price::of(product, gross);
            line.amount = own.map(|own| Amount { currency: own.currency, value: own.value });
        }
    }
    Ok(())
}

/// What else is named must be there. The hub has no bills, and its reservations are orders against bookable services.
async fn check_links(
    cx: ServeContext<'_>,
    session: &Session,
    services: &[Service],
    addition: &Addition<'_>,
) -> Result<(), Error> {
    if addition.bill.is_some() {
        return Err(Error::invalid("BillId"));
    }
    let Some(id) = addition.linked_reservation else { return Ok(()) };
    let order = cx.ledger.order(&session.caller, Target::Id(OrderId(id))).await?;
    let service = order.as_ref().and_then(|order| order.fields.service.as_deref()).and_then(crate::mews::wire::uuid);
    let is_stay = |entry: &&Service| Some(entry.id) == service && entry.kind == ServiceKind::Bookable;
    services.iter().find(is_stay).map(|_| ()).ok_or(Error::invalid("LinkedReservationId"))
}

fn check_consumption(cx: ServeContext<'_>, session: &Session, at: Option<Timestamp>) -> Result<(), Error> {
    let Some(at) = at else { return Ok(()) };
    let days = session.editable_history_days();
    let earliest = cx.now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MIN);
    if at < earliest {
        return Err(Error::Refused(format!("Consumption cannot lie more than {days} days in the past")));
    }
    Ok(())
}
