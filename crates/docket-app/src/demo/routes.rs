//! Routes of the demo world: planned and written through Wialon, as a dispatcher's program would.

use super::calls::{Call, FORM, encoded};
use super::{CONNECTIONS, DemoError, Seeding};
use docket_core::connection::Caller;
use docket_core::ledger::{Ledger, OrderQuery, StateSet};
use docket_core::order::{Order, State};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The connection that sees every order.
const DISPATCHER: &str = "all-wialon";
/// The fewest stops of a route.
const FEWEST: usize = 2;
/// The most stops of a route.
const MOST: usize = 9;
/// Follow the stops one after another.
const STRICT: i64 = 1;

/// Makes a route of what a unit has. `index` tells routes of one moment apart.
pub(super) async fn plan(
    seeding: &Seeding<'_>,
    index: i64,
    name: &str,
    unit: i64,
    orders: &[Arc<Order>],
) -> Result<(), DemoError> {
    Desk::open(seeding).await?.make(index, name, 0, unit, orders).await.map(drop)
}

/// Plans the open orders of each unit, and a route that was done and put away.
pub(super) async fn seed(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let desk = Desk::open(seeding).await?;
    let units = seeding.hub.units_of(seeding.account).await?;
    let name_of = |id: i64| units.iter().find(|unit| unit.id.0 == id).map_or("Unit", |unit| &unit.name);
    let today = seeding.hub.now().strftime("%-d %B").to_string();
    let open = [State::Assigned, State::Accepted, State::Started];
    for (index, (unit, orders)) in (1..).zip(of_units(seeding, &open).await?) {
        let flags = if index % 2 == 0 { STRICT } else { 0 };
        desk.make(index, &format!("{}, {today}", name_of(unit)), flags, unit, &orders).await?;
    }
    // Half of what is paid for, so that some of it still waits to be put away.
    if let Some((unit, mut orders)) = of_units(seeding, &[State::Invoiced]).await?.pop_first() {
        orders.truncate(orders.len().div_ceil(2).max(1));
        // Behind all others: an id is the time it was made plus this.
        let id = desk.make(1_000, &format!("{}, earlier this week", name_of(unit)), 0, unit, &orders).await?;
        desk.route("register", id, json!([]), &Value::Null).await?;
    }
    Ok(())
}

/// Orders with a place in these states, by the unit that has them.
async fn of_units(seeding: &Seeding<'_>, states: &[State]) -> Result<BTreeMap<i64, Vec<Arc<Order>>>, DemoError> {
    let query = OrderQuery { states: StateSet::of(states.iter().copied()), ..OrderQuery::default() };
    let page = seeding.hub.orders(&Caller::hub(seeding.account), query).await?;
    let mut found: BTreeMap<i64, Vec<Arc<Order>>> = BTreeMap::new();
    for order in page.orders {
        if let (Some(unit), Some(_)) = (order.fields.unit, order.fields.latitude) {
            found.entry(unit).or_default().push(order);
        }
    }
    for orders in found.values_mut() {
        orders.truncate(MOST);
    }
    found.retain(|_, orders| orders.len() >= FEWEST || states == [State::Invoiced]);
    Ok(found)
}

/// A dispatcher's program.
struct Desk<'a> {
    seeding: &'a Seeding<'a>,
    resource: i64,
    session: String,
    first_id: i64,
}

impl Desk<'_> {
    async fn open<'a>(seeding: &'a Seeding<'a>) -> Result<Desk<'a>, DemoError> {
        let connection = seeding.connection(DISPATCHER)?;
        let token = CONNECTIONS.iter().find(|known| known.name == DISPATCHER);
        let token = token.and_then(|known| known.set.iter().find(|(name, _)| *name == "token")).map(|(_, token)| token);
        // Ids are the time in milliseconds, as programs choose them, and one more for each.
        let first_id = seeding.hub.now().as_millisecond();
        let mut desk =
            Desk { seeding, resource: connection.integer("resource_id", 0), session: String::new(), first_id };
        let answer = desk.call("token/login", json!({ "token": token })).await?;
        desk.session = answer.get("eid").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(desk)
    }

    async fn call(&self, svc: &str, params: Value) -> Result<Value, DemoError> {
        let body = format!("svc={svc}&params={}&sid={}", encoded(&params.to_string()), self.session);
        let target = "/wialon/ajax.html";
        self.seeding.call(Call { dialect: "wialon", target, content_type: FORM, authorization: None, body }).await
    }

    async fn route(&self, mode: &str, id: i64, orders: Value, header: &Value) -> Result<(), DemoError> {
        let mut params = json!({ "itemId": self.resource, "routeId": id, "callMode": mode, "orders": orders });
        if let (Some(params), Some(header)) = (params.as_object_mut(), header.as_object()) {
            params.extend(header.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        self.call("order/route_update", params).await.map(drop)
    }

    /// Has the orders of a unit put in order and makes a route of them; gives its id.
    async fn make(
        &self,
        index: i64,
        name: &str,
        flags: i64,
        unit: i64,
        orders: &[Arc<Order>],
    ) -> Result<i64, DemoError> {
        let id = self.first_id + index;
        let serials: Vec<i64> = orders.iter().map(|order| order.serial.0).collect();
        let asked =
            json!({ "itemId": self.resource, "orders": serials, "units": [unit], "flags": 0, "gis": {"speed": 45} });
        let plan = self.call("order/optimize", asked).await?;
        let visits = plan.pointer("/1/orders").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut stops = Vec::with_capacity(visits.len());
        let (mut metres, mut before) = (0, self.seeding.hub.now().as_second());
        for (place, visit) in visits.iter().enumerate() {
            let number = |name: &str| visit.get(name).and_then(Value::as_i64).unwrap_or(0);
            let serial = usize::try_from(number("id")).ok().and_then(|index| serials.get(index));
            let (leg_m, at) = (number("ml"), number("tm"));
            let plan = json!({ "id": id, "i": place, "m": leg_m, "t": at - before, "vt": at });
            stops.push(json!({ "id": serial, "p": { "r": plan } }));
            (metres, before) = (metres + leg_m, at);
        }
        let duration = before - self.seeding.hub.now().as_second();
        let summary = json!({ "countOrders": stops.len(), "mileage": metres, "duration": duration });
        let header = json!({ "n": name, "f": flags, "exp": 14_400, "summary": summary });
        self.route("create", id, stops.into(), &header).await?;
        Ok(id)
    }
}
