//! `orderItems/getAll` and `orderItems/cancel`: the lines of orders and reservations.
//!
//! Pages go from the newest order to the oldest, and within an order by id, downwards: neither changes when lines do,
//! and the id that a cursor is says where to go on.

use super::pages::{everything, in_turn};
use super::{Answer, Session, all_done, name_origin};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{Catalogue, House, ItemLine, cancel as cancel_items, items_of, serial_of};
use crate::mews::wire::{Interval, Limitation, Members, OrderItem, OrderItems, Unit};
use docket_core::Timestamp;
use docket_core::catalogue::Service;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{OrderQuery, Request, Submission, Target};
use docket_core::order::Order;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// The most accounts a filter may name.
const MAX_ACCOUNTS: usize = 100;
/// The most items that can be canceled at once.
const MAX_CANCELED: usize = 10;

const STATES: &[&str] = &["Open", "Closed", "Inactive", "Canceled"];
const TYPES: &[&str] = &[
    "CancellationFee",
    "NightRebate",
    "ProductOrderRebate",
    "AdditionalExpenseRebate",
    "Deposit",
    "ExchangeRateDifference",
    "CustomItem",
    "ServiceCharge",
    "CityTax",
    "CityTaxDiscount",
    "SpaceOrder",
    "ProductOrder",
    "Surcharge",
    "TaxCorrection",
    "ResourceUpgradeFee",
    "InvoiceFee",
    "MulticurrencyFee",
    "AllowanceDiscount",
    "AllowanceBreakage",
    "AllowanceContraBreakage",
];

/// What is asked for.
#[derive(Default)]
struct Filter {
    items: Option<HashSet<Uuid>>,
    accounts: Option<HashSet<Uuid>>,
    orders: Option<HashSet<Uuid>>,
    services: Option<HashSet<Uuid>>,
    bills: bool,
    created: Option<Interval>,
    updated: Option<Interval>,
    consumed: Option<Interval>,
    canceled: Option<Interval>,
    closed: Option<Interval>,
    states: Option<Vec<&'static str>>,
    types: Option<Vec<&'static str>>,
}

impl Filter {
    fn read(members: Members<'_>) -> Result<Filter, Error> {
        let set = |ids: Option<Vec<Uuid>>| ids.map(HashSet::from_iter);
        let word = |words: &'static [&'static str]| move |text: &str| words.iter().copied().find(|word| *word == text);
        let filter = Filter {
            items: set(members.uuids("OrderItemIds")?),
            accounts: set(members.some_uuids("AccountIds", MAX_ACCOUNTS)?),
            orders: set(members.uuids("ServiceOrderIds")?),
            services: set(members.uuids("ServiceIds")?),
            bills: members.uuids("BillIds")?.is_some(),
            created: members.interval("CreatedUtc")?,
            updated: members.interval("UpdatedUtc")?,
            consumed: members.interval("ConsumedUtc")?,
            canceled: members.interval("CanceledUtc")?,
            closed: members.interval("ClosedUtc")?,
            states: members.words("AccountingStates", word(STATES))?,
            types: members.words("Types", word(TYPES))?,
        };
        if filter.selects() { Ok(filter) } else { Err(Error::invalid("OrderItemIds")) }
    }

    /// At least one of these must say which items are wanted.
    fn selects(&self) -> bool {
        let ids = [&self.items, &self.accounts, &self.orders, &self.services];
        let intervals = [self.created, self.updated, self.consumed, self.canceled, self.closed];
        self.bills || ids.into_iter().any(Option::is_some) || intervals.into_iter().any(|interval| interval.is_some())
    }

    fn admits(&self, line: &ItemLine) -> bool {
        let item = &line.item;
        let within = |interval: Option<Interval>, at: Option<Timestamp>| {
            interval.is_none_or(|interval| at.is_some_and(|at| interval.contains(at)))
        };
        let among = |ids: &Option<HashSet<Uuid>>, id: Uuid| ids.as_ref().is_none_or(|ids| ids.contains(&id));
        let word = |words: &Option<Vec<&'static str>>, word: &str| words.as_ref().is_none_or(|all| all.contains(&word));
        // There are no bills here, so nothing is on one.
        !self.bills
            && among(&self.items, item.id)
            && among(&self.orders, item.service_order_id)
            && among(&self.services, item.service_id)
            && self.accounts.as_ref().is_none_or(|ids| item.account_id.is_some_and(|id| ids.contains(&id)))
            && within(self.created, Some(line.created))
            && within(self.updated, Some(line.updated))
            && within(self.consumed, Some(line.consumed))
            && within(self.canceled, line.canceled)
            && within(self.closed, line.closed)
            && word(&self.states, &item.accounting_state)
            && word(&self.types, &item.r#type)
    }

    /// The part of it that the ledger answers itself.
    fn query(&self, catalogue: &Catalogue) -> OrderQuery {
        // Whatever happened to an item happened to its order, so the order changed then or later.
        let since = [self.created, self.updated, self.canceled, self.closed];
        let by_id = self.orders.is_some();
        OrderQuery {
            states: everything(),
            ids: self.orders.as_ref().map(|ids| ids.iter().copied().map(OrderId).collect()),
            services: self.services.as_ref().filter(|_| !by_id).and_then(|ids| names(catalogue, ids)),
            updated_from: since.into_iter().flatten().map(Interval::from).max().filter(|_| !by_id),
            newest_first: true,
            ..OrderQuery::default()
        }
    }
}

/// What orders against these services say exactly, if that can be told.
fn names(catalogue: &Catalogue, ids: &HashSet<Uuid>) -> Option<Vec<String>> {
    let mut names = catalogue.stay_names(|id| ids.contains(&id));
    let others: HashSet<Uuid> = ids.iter().copied().filter(|&id| !catalogue.is_bookable(id)).collect();
    if !others.is_empty() {
        names.extend(catalogue.exact_names(&others)?);
    }
    (names.len() <= OrderQuery::LIMIT).then_some(names)
}

/// Answers a page of order items.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let filter = Filter::read(members)?;
    // There are no rates of exchange here: amounts can only be asked for as they are.
    if members.text("Currency")?.is_some_and(|currency| currency != session.currency()) {
        return Err(Error::invalid("Currency"));
    }
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let services = cx.ledger.services(&session.caller).await?;
    let mut catalogue = Catalogue::of(session.caller.account, Arc::clone(&services));
    if let Some(ids) = &filter.services
        && !ids.iter().all(|&id| catalogue.is_additional(id) || catalogue.is_bookable(id))
    {
        return Err(Error::invalid("ServiceIds"));
    }
    let found = find(cx, session, &filter, &mut catalogue, services, limitation).await?;
    let (is_empty, cursor) = (found.is_empty(), found.last().map(|item| item.id));
    Answer::page(&OrderItems { order_items: found, cursor }, is_empty)
}

async fn find(
    cx: ServeContext<'_>,
    session: &Session,
    filter: &Filter,
    catalogue: &mut Catalogue,
    services: Arc<Vec<Service>>,
    limitation: Limitation,
) -> Result<Vec<OrderItem>, Error> {
    let mut house = session.house(services);
    let mut found: Vec<OrderItem> = Vec::new();
    let after = match limitation.cursor {
        None => None,
        Some(id) => Some((position(cx, session, id).await?, id)),
    };
    let mut take = |order: &Order, house: &House| {
        let lines = items_of(order, house, catalogue).into_iter();
        let behind = |line: &ItemLine| after.is_none_or(|(serial, id)| order.serial < serial || line.item.id < id);
        let wanted = lines.filter(|line| behind(line) && filter.admits(line)).map(|line| line.item);
        found.extend(wanted.take(limitation.count - found.len()));
        found.len() == limitation.count
    };
    if let Some(ids) = &filter.items {
        let mut serials: Vec<Serial> = ids.iter().filter_map(|id| serial_of(*id)).collect();
        serials.sort_unstable_by_key(|serial| std::cmp::Reverse(*serial));
        serials.dedup();
        for serial in serials.into_iter().filter(|serial| after.is_none_or(|(last, _)| *serial <= last)) {
            let Some(order) = cx.ledger.order(&session.caller, Target::Serial(serial)).await? else { continue };
            name_origin(cx, &session.caller, &order, &mut house.labels).await?;
            if take(&order, &house) {
                break;
            }
        }
        return Ok(found);
    }
    let mut query = filter.query(&Catalogue::of(session.caller.account, Arc::clone(&house.services)));
    query.after = after.map(|(serial, _)| Serial(serial.0.saturating_add(1)));
    let mut pages = in_turn(query, limitation.count, false);
    while let Some(page) = pages.next(cx, session).await? {
        for order in page {
            name_origin(cx, &session.caller, &order, &mut house.labels).await?;
            if take(&order, &house) {
                return Ok(found);
            }
        }
    }
    Ok(found)
}

/// The order that a cursor's item is of, whether or not it passes the filters.
async fn position(cx: ServeContext<'_>, session: &Session, cursor: Uuid) -> Result<Serial, Error> {
    const CURSOR: Error = Error::invalid("Cursor");
    let serial = serial_of(cursor).ok_or(CURSOR)?;
    // A listing rather than a look-up: a page may end with an order that is deleted.
    let after = Some(Serial(serial.0 - 1));
    let query = OrderQuery { states: everything(), after, limit: 1, ..OrderQuery::default() };
    let page = cx.ledger.orders(&session.caller, query).await?;
    page.orders.first().map(|order| order.serial).filter(|found| *found == serial).ok_or(CURSOR)
}

/// Cancels order items: all of them or none.
pub(super) async fn cancel(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    const IDS: &str = "OrderItemIds";
    session.check_enterprise(members)?;
    let ids = members.some_uuids(IDS, MAX_CANCELED)?.ok_or(Error::invalid(IDS))?;
    let mut by_order: BTreeMap<Serial, Vec<Uuid>> = BTreeMap::new();
    for id in ids {
        by_order.entry(serial_of(id).ok_or(Error::invalid(IDS))?).or_default().push(id);
    }
    let mut house = session.house(cx.ledger.services(&session.caller).await?);
    for serial in by_order.keys() {
        let order = cx.ledger.order(&session.caller, Target::Serial(*serial)).await?;
        let order = order.ok_or(Error::invalid(IDS))?;
        name_origin(cx, &session.caller, &order, &mut house.labels).await?;
    }
    let (house, now) = (Arc::new(house), cx.now);
    let requests = by_order.into_iter().map(|(serial, ids)| {
        let house = Arc::clone(&house);
        Request::change(Target::Serial(serial), move |order| cancel_items(order, &ids, &house, now))
    });
    let submission = Submission { requests: requests.collect(), atomic: true, ..Submission::default() };
    all_done(cx.ledger.submit(&session.caller, submission).await?, IDS)?;
    Answer::nothing(&Unit {})
}
