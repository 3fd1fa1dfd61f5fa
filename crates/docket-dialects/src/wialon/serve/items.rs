//! Items: the one resource, the units, the user; what data flags show of them.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{DAY_S, bag, in_history};
use super::super::wire::{Json, Object};
use crate::dialect::ServeContext;
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::{Order, State};
use serde_json::json;
use std::sync::Arc;

/// Class of users.
pub(super) const CLASS_USER: i64 = 1;
const CLASS_UNIT: i64 = 2;
const CLASS_RESOURCE: i64 = 3;

/// Item types and their classes.
const CLASSES: &[(&str, i64)] = &[
    ("avl_hw", 4),
    ("avl_resource", CLASS_RESOURCE),
    ("avl_retranslator", 7),
    ("avl_route", 6),
    ("avl_unit", CLASS_UNIT),
    ("avl_unit_group", 5),
    ("user", CLASS_USER),
];

/// Names, ids, classes.
pub(super) const FLAG_BASE: u64 = 0x1;
/// Orders of a resource.
pub(super) const FLAG_ORDERS: u64 = 0x8_0000;
/// Last message and position of a unit.
pub(super) const FLAG_LAST_MESSAGE: u64 = 0x400;
/// Message parameters of a unit.
pub(super) const FLAG_PARAMETERS: u64 = 0x10_0000;
/// Position of a unit.
pub(super) const FLAG_POSITION: u64 = 0x40_0000;

/// Collections of a resource that are always empty here, by flag.
const EMPTY_OF_RESOURCE: &[(u64, &str)] = &[
    (0x100, "drvrs"),
    (0x200, "ujb"),
    (0x400, "unf"),
    (0x1000, "zl"),
    (0x2000, "rep"),
    (0x8000, "drvrsgr"),
    (0x1_0000, "trlrs"),
    (0x2_0000, "trlrsgr"),
    (0x10_0000, "zg"),
    (0x80_0000, "tagsgr"),
];

/// Users begin here, so that no unit or resource has the id of one.
const FIRST_USER: i64 = 1_000_000_000;
/// Resources of connections that were made without an id begin here.
const FIRST_UNNUMBERED_RESOURCE: i64 = 2_000_000_000;
/// At most this many orders are shown in one answer, newest first kept.
const MOST_LISTED: usize = 100_000;
/// Hardware type of every unit: Wialon IPS.
const HARDWARE_IPS: i64 = 9;

/// The item types and their classes, as a login shows them.
pub(super) fn classes() -> Json {
    Json::Object(CLASSES.iter().map(|&(name, class)| (name.to_owned(), class.into())).collect())
}

/// Whether there is such an item type.
pub(super) fn is_type(name: &str) -> bool {
    CLASSES.iter().any(|&(known, _)| known == name)
}

/// The items of a connection that are not units.
pub(super) struct Items {
    /// Id of the resource.
    pub resource: i64,
    /// Its name.
    pub resource_name: String,
    /// Id of the user.
    pub user: i64,
    /// Its name.
    pub user_name: String,
}

impl Items {
    /// Those of a caller.
    pub(super) fn of(caller: &Caller) -> Items {
        let id = caller.connection_id().unwrap_or_default().0;
        let Some(connection) = &caller.connection else {
            let resource = FIRST_UNNUMBERED_RESOURCE;
            let name = "docket".to_owned();
            return Items { resource, resource_name: name.clone(), user: FIRST_USER, user_name: name };
        };
        let resource = connection.integer("resource_id", 0);
        let name = connection.setting("resource_name").filter(|name| !name.is_empty());
        Items {
            resource: if resource > 0 { resource } else { FIRST_UNNUMBERED_RESOURCE.saturating_add(id) },
            resource_name: name.unwrap_or(&connection.name).to_owned(),
            user: FIRST_USER.saturating_add(id),
            user_name: connection.name.clone(),
        }
    }
}

/// An item a caller sees.
pub(super) enum Item {
    /// The resource.
    Resource,
    /// The user.
    User,
    /// A unit.
    Unit(Box<Unit>),
}

/// The items of one caller, with their units.
pub(super) struct Catalogue<'a> {
    cx: ServeContext<'a>,
    caller: &'a Caller,
    /// Resource and user.
    pub items: Items,
    /// Units.
    pub units: Arc<Vec<Unit>>,
}

impl<'a> Catalogue<'a> {
    /// Loads it.
    pub(super) async fn load(cx: ServeContext<'a>, caller: &'a Caller) -> Result<Catalogue<'a>, Error> {
        let units = cx.ledger.units(caller).await?;
        Ok(Catalogue { cx, caller, items: Items::of(caller), units })
    }

    /// The item of an id.
    pub(super) fn find(&self, id: i64) -> Option<Item> {
        if id == self.items.resource {
            return Some(Item::Resource);
        }
        if id == self.items.user {
            return Some(Item::User);
        }
        self.units.iter().find(|unit| unit.id.0 == id).map(|unit| Item::Unit(Box::new(unit.clone())))
    }

    /// The items of a type, in no particular order.
    pub(super) fn of_type(&self, name: &str) -> Vec<Item> {
        match name {
            "avl_resource" => vec![Item::Resource],
            "user" => vec![Item::User],
            "avl_unit" => self.units.iter().map(|unit| Item::Unit(Box::new(unit.clone()))).collect(),
            _ => Vec::new(),
        }
    }

    /// Id of an item.
    pub(super) fn id(&self, item: &Item) -> i64 {
        match item {
            Item::Resource => self.items.resource,
            Item::User => self.items.user,
            Item::Unit(unit) => unit.id.0,
        }
    }

    /// Name of an item.
    pub(super) fn name<'i>(&'i self, item: &'i Item) -> &'i str {
        match item {
            Item::Resource => &self.items.resource_name,
            Item::User => &self.items.user_name,
            Item::Unit(unit) => &unit.name,
        }
    }

    /// What these flags show of an item.
    pub(super) async fn show(&self, item: &Item, flags: u64) -> Result<Object, Error> {
        let mut out = Object::new();
        let class = match item {
            Item::Resource => CLASS_RESOURCE,
            Item::User => CLASS_USER,
            Item::Unit(_) => CLASS_UNIT,
        };
        if flags & FLAG_BASE != 0 {
            out.insert("nm".to_owned(), self.name(item).into());
            out.insert("cls".to_owned(), class.into());
            out.insert("id".to_owned(), self.id(item).into());
            out.insert("mu".to_owned(), 0.into());
            out.insert("uacl".to_owned(), (-1).into());
        }
        let mut add = |flag: u64, name: &str, value: Json| {
            if flags & flag != 0 {
                out.insert(name.to_owned(), value);
            }
        };
        add(0x2, "prp", json!({}));
        add(0x4, "crt", self.items.user.into());
        add(0x4, "bact", self.items.resource.into());
        add(0x8, "flds", json!({}));
        add(0x80, "aflds", json!({}));
        match item {
            Item::Resource => {
                EMPTY_OF_RESOURCE.iter().for_each(|&(flag, name)| add(flag, name, json!({})));
                if flags & FLAG_ORDERS != 0 {
                    let orders = list_orders(self.cx, self.caller).await?;
                    let orders = orders.iter().map(|order| (order.serial.to_string(), order_to_wire(order)));
                    out.insert("orders".to_owned(), Json::Object(orders.collect()));
                    out.insert("order_routes".to_owned(), json!({}));
                }
            }
            Item::Unit(unit) => show_unit(unit, &mut add),
            Item::User => {}
        }
        Ok(out)
    }
}

fn show_unit(unit: &Unit, add: &mut dyn FnMut(u64, &str, Json)) {
    add(0x100, "uid", unit.unique_id.as_str().into());
    add(0x100, "uid2", "".into());
    add(0x100, "hw", HARDWARE_IPS.into());
    add(0x100, "ph", unit.phone.as_str().into());
    add(0x100, "ph2", "".into());
    add(0x100, "psw", "".into());
    add(0x100, "act", 1.into());
    add(0x100, "dactt", 0.into());
    add(FLAG_LAST_MESSAGE | FLAG_POSITION, "pos", unit.position.as_ref().map_or(Json::Null, position));
    add(FLAG_LAST_MESSAGE, "lmsg", unit.position.as_ref().map_or(Json::Null, message));
    add(0x1000, "sens", json!({}));
    add(0x2000, "cfl", 0.into());
    add(0x2000, "cnm", 0.into());
    add(0x2000, "cneh", 0.into());
    add(0x2000, "cnkb", 0.into());
    add(FLAG_PARAMETERS, "prms", json!({}));
    add(0x20_0000, "netconn", 0.into());
}

fn point(at: &Position) -> Object {
    let mut out = Object::new();
    out.insert("y".to_owned(), at.latitude.into());
    out.insert("x".to_owned(), at.longitude.into());
    out.insert("z".to_owned(), whole(at.altitude_m));
    out.insert("s".to_owned(), whole(at.speed_kmh));
    out.insert("c".to_owned(), whole(at.course));
    out.insert("sc".to_owned(), at.satellites.into());
    out
}

/// Integers as the vendor writes them; fractions stay.
fn whole(number: f64) -> Json {
    if number.fract() == 0.0 && number.abs() < 9e15 { (number as i64).into() } else { number.into() }
}

/// A unit's position, as `pos` of the unit.
pub(super) fn position(at: &Position) -> Json {
    let mut out = Object::new();
    out.insert("t".to_owned(), at.at.as_second().into());
    out.insert("f".to_owned(), 1.into());
    out.insert("lc".to_owned(), 0.into());
    out.extend(point(at));
    Json::Object(out)
}

/// A unit's last message.
pub(super) fn message(at: &Position) -> Json {
    json!({
        "t": at.at.as_second(), "f": 1, "tp": "ud", "pos": point(at), "i": 0, "o": 0, "lc": 0,
        "rt": at.at.as_second(), "p": {},
    })
}

/// The orders of a resource: what the caller sees and is not in the history. What ended a day ago has gone there.
pub(super) async fn list_orders(cx: ServeContext<'_>, caller: &Caller) -> Result<Vec<Arc<Order>>, Error> {
    let mut found: Vec<Arc<Order>> = Vec::new();
    let ended = StateSet::of([State::Completed, State::Submitted, State::Invoiced, State::Canceled]);
    let since = Timestamp::from_second(cx.now.as_second() - DAY_S).unwrap_or(Timestamp::MIN);
    for (states, updated_from) in [(StateSet::open(), None), (ended, Some(since))] {
        let mut after = None;
        loop {
            let query = OrderQuery { states, updated_from, newest_first: true, after, ..OrderQuery::default() };
            let page = cx.ledger.orders(caller, query).await?;
            found.extend(page.orders.into_iter().filter(|order| {
                !in_history(order, &bag(order)) && (updated_from.is_none() || order.state_since >= since)
            }));
            after = page.next;
            if after.is_none() || found.len() >= MOST_LISTED {
                break;
            }
        }
    }
    found.sort_unstable_by_key(|order| order.serial);
    Ok(found)
}
