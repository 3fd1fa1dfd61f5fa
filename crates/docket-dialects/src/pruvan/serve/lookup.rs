//! Which order a counterpart means.
//!
//! It knows an order by what we told it: the id (as `key1`, or in the attribute that items echo), the number, the serial
//! (as `source_wo_id`). Its own project key is none of ours and changes when it makes a project anew.

use crate::connect::REMOTE_KEY;
use crate::dialect::ServeContext;
use crate::pruvan::map::face;
use crate::pruvan::map::propose::NAMESPACE;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{Fault, OrderQuery, Target};
use docket_core::order::Order;
use std::sync::Arc;

/// How many orders of one number are looked at; only orders of different origins share one.
const NAMESAKES: usize = 20;

/// What a counterpart says about an order.
#[derive(Default)]
pub struct Hints<'a> {
    /// Its number.
    pub number: Option<&'a str>,
    /// Texts that may be its id.
    pub ids: [Option<&'a str>; 2],
    /// Text that may be its serial.
    pub serial: Option<&'a str>,
}

/// The living order that is meant, if the caller sees one.
pub async fn find(cx: ServeContext<'_>, caller: &Caller, hints: &Hints<'_>) -> Result<Option<Arc<Order>>, Fault> {
    // Pruvan's pages show a number behind the code of its integration: `ACME::N-1`.
    let bare = hints.number.and_then(|number| number.rsplit_once("::")).map(|(_, bare)| bare);
    let numbers: Vec<&str> = hints.number.into_iter().chain(bare.filter(|bare| !bare.is_empty())).collect();
    let called = |order: &Order| numbers.is_empty() || numbers.contains(&face::number(order).as_str());
    for id in hints.ids.iter().flatten().filter_map(|id| Uuid::try_parse(id).ok()) {
        let found = cx.ledger.order(caller, Target::Id(OrderId(id))).await?;
        if let Some(order) = found.filter(|order| called(order)) {
            return Ok(Some(order));
        }
    }
    for number in &numbers {
        // As it was pushed to us, or by us.
        for namespace in [NAMESPACE, REMOTE_KEY] {
            let target = Target::Key { namespace: namespace.to_owned(), key: (*number).to_owned() };
            if let Some(order) = cx.ledger.order(caller, target).await? {
                return Ok(Some(order));
            }
        }
    }
    // An order without a number is known by its serial.
    for serial in hints.serial.iter().chain(&numbers).filter_map(|text| text.parse().ok()) {
        let found = cx.ledger.order(caller, Target::Serial(Serial(serial))).await?;
        if let Some(order) = found.filter(|order| called(order) && !numbers.is_empty()) {
            return Ok(Some(order));
        }
    }
    for number in numbers {
        if let Some(order) = of_number(cx, caller, number).await? {
            return Ok(Some(order));
        }
    }
    Ok(None)
}

/// The order of a number: of several an open one, of several of those the newest.
async fn of_number(cx: ServeContext<'_>, caller: &Caller, number: &str) -> Result<Option<Arc<Order>>, Fault> {
    let number = Some(number.to_owned());
    let query = OrderQuery { number, newest_first: true, limit: NAMESAKES, ..OrderQuery::default() };
    let namesakes = cx.ledger.orders(caller, query).await?.orders;
    let open = namesakes.iter().find(|order| order.state.is_open());
    Ok(open.or(namesakes.first()).cloned())
}
