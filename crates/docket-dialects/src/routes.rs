//! An account's routes, as they are kept: one JSON text each, written together with the orders they are made of.
//!
//! A route being worked on lies under [`ROUTES`]; one that was moved to the history under its month. Every write also
//! replaces a mark, so that who follows the routes reads one short text to see that nothing happened.

use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId};
use docket_core::ledger::{Fault, Holder, Ledger, OrderQuery, Record, StateSet, Submission};
use docket_core::order::Order;
use docket_core::route::{CHANGES, CHANGES_KEY, MONTHS, ROUTES, Route, history_of, month_of};
use std::collections::HashMap;
use std::sync::Arc;

/// A route, and the text it was read from: what must still be there when it is written.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// The route.
    pub route: Route,
    /// Its text.
    pub text: String,
}

/// A route with the orders that are its stops now.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The route.
    pub route: Route,
    /// Its orders, in the order they are to be visited.
    pub orders: Vec<Arc<Order>>,
}

impl Seen {
    /// Its orders, for the questions a route answers.
    pub fn visits(&self) -> Vec<&Order> {
        self.orders.iter().map(AsRef::as_ref).collect()
    }
}

/// The text to keep.
pub fn to_text(route: &Route) -> String {
    serde_json::to_string(route).unwrap_or_default()
}

fn from_text(text: String) -> Option<Kept> {
    let route = serde_json::from_str(&text).ok()?;
    Some(Kept { route, text })
}

/// A route that is being worked on.
pub async fn find(ledger: &dyn Ledger, account: AccountId, id: i64) -> Result<Option<Kept>, Fault> {
    Ok(ledger.record(account.into(), ROUTES, &Route::key(id)).await?.and_then(from_text))
}

/// All routes that are being worked on, in order of their ids.
pub async fn all(ledger: &dyn Ledger, account: AccountId) -> Result<Vec<Route>, Fault> {
    let kept = ledger.records(account.into(), ROUTES).await?;
    Ok(kept.into_iter().filter_map(|(_, text)| from_text(text)).map(|kept| kept.route).collect())
}

/// The routes in the history that were moved there within a time, both ends included, oldest month first.
pub async fn history(
    ledger: &dyn Ledger,
    account: AccountId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Route>, Fault> {
    let months = ledger.records(account.into(), MONTHS).await?;
    let (first, last) = (month_of(from), month_of(to));
    let mut found = Vec::new();
    for (month, _) in months.iter().filter(|(month, _)| (&first..=&last).contains(&month)) {
        let kept = ledger.records(account.into(), &history_of(month)).await?;
        found.extend(kept.into_iter().filter_map(|(_, text)| from_text(text)).map(|kept| kept.route));
    }
    let is_within = |route: &Route| route.registered.is_some_and(|at| (from..=to).contains(&at.at));
    found.retain(is_within);
    Ok(found)
}

/// A text that is another one after each change of any route.
pub async fn mark(ledger: &dyn Ledger, account: AccountId) -> Result<Option<String>, Fault> {
    ledger.record(account.into(), CHANGES, CHANGES_KEY).await
}

/// Routes with their orders, whoever may see them.
pub async fn with_orders(
    ledger: &dyn Ledger,
    account: AccountId,
    routes: impl IntoIterator<Item = Route>,
) -> Result<Vec<Seen>, Fault> {
    let routes: Vec<Route> = routes.into_iter().collect();
    let mut ids: Vec<OrderId> = routes.iter().flat_map(|route| &route.stops).map(|stop| stop.order).collect();
    ids.sort_unstable();
    ids.dedup();
    let hub = Caller::hub(account);
    let mut orders: HashMap<OrderId, Arc<Order>> = HashMap::with_capacity(ids.len());
    for ids in ids.chunks(OrderQuery::LIMIT) {
        let query = OrderQuery { states: StateSet::living(), ids: Some(ids.to_vec()), ..OrderQuery::default() };
        let page = ledger.orders(&hub, query).await?;
        orders.extend(page.orders.into_iter().map(|order| (order.id, order)));
    }
    let see = |route: Route| {
        let stops: Vec<Arc<Order>> = route.stops.iter().filter_map(|stop| orders.get(&stop.order)).cloned().collect();
        let places: HashMap<OrderId, usize> =
            route.visits(&stops).iter().enumerate().map(|(place, order)| (order.id, place)).collect();
        let mut visits: Vec<Arc<Order>> = stops.into_iter().filter(|order| places.contains_key(&order.id)).collect();
        visits.sort_by_key(|order| places.get(&order.id).copied());
        visits.dedup_by_key(|order| order.id);
        Seen { route, orders: visits }
    };
    Ok(routes.into_iter().map(see).collect())
}

/// What becomes of a route.
pub enum Write<'a> {
    /// It is to be like this.
    Keep(&'a Route),
    /// It goes to the history like this; it says when.
    Register(&'a Route),
    /// It is gone.
    Remove,
}

/// Adds to a submission what becomes of a route, provided that it still is as it was read (`None`: not there).
///
/// `token` is any number that was not used before; followers notice the change by it.
pub fn write(
    submission: &mut Submission,
    account: AccountId,
    (id, before): (i64, Option<&Kept>),
    write: &Write<'_>,
    token: u128,
) {
    let holder = Holder::Account(account);
    let record = |namespace: String, key: String, value: Option<String>| Record {
        holder,
        namespace,
        key,
        value,
        expected: None,
    };
    let value = match write {
        Write::Keep(route) => Some(to_text(route)),
        Write::Register(_) | Write::Remove => None,
    };
    let expected = Some(before.map(|kept| kept.text.clone()));
    submission.records.push(Record { expected, ..record(ROUTES.to_owned(), Route::key(id), value) });
    if let Write::Register(route) = write
        && let Some(registered) = route.registered
    {
        let month = month_of(registered.at);
        // Ids come again over time, and the history keeps them all.
        let key = format!("{} {}", registered.at, Route::key(id));
        submission.records.push(record(history_of(&month), key, Some(to_text(route))));
        submission.records.push(record(MONTHS.to_owned(), month, Some(String::new())));
    }
    let is_marked = submission.records.iter().any(|record| record.namespace == CHANGES);
    if !is_marked {
        submission.records.push(record(CHANGES.to_owned(), CHANGES_KEY.to_owned(), Some(format!("{token:x}"))));
    }
}
