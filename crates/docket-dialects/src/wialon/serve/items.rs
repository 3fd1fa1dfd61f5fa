//! Items: the one resource, the units, the user; what data flags show of them.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::map::{day_before, ended, is_listed};
use super::super::wire::{Json, Object};
use super::messages::flags_of;
use super::{Scope, profile, routes};
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::Order;
use docket_core::track::Report;
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

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
/// What the tracker of a unit is.
pub(super) const FLAG_ADVANCED: u64 = 0x100;
/// Profile fields of a unit.
const FLAG_PROFILE: u64 = 0x80_0000;
/// Where a unit is, in whatever form.
pub(super) const FLAGS_OF_PLACE: u64 = FLAG_LAST_MESSAGE | FLAG_PARAMETERS | FLAG_POSITION;

/// Collections of a resource that are always empty here, by flag.
const EMPTY_OF_RESOURCE: &[(u64, &str)] = &[
    (0x100, "drvrs"),
    (0x200, "ujb"),
    (0x400, "unf"),
    (0x800, "poi"),
    (0x1000, "zl"),
    (0x2000, "rep"),
    (0x8000, "drvrsgr"),
    (0x1_0000, "trlrs"),
    (0x2_0000, "trlrsgr"),
    (0x10_0000, "zg"),
    (0x20_0000, "tags"),
    (0x80_0000, "tagsgr"),
];
/// Lists of units of a resource that are always empty here, by flag.
const NO_UNITS_OF_RESOURCE: &[(u64, &str)] = &[(0x4000, "drvrun"), (0x4_0000, "trlrun"), (0x40_0000, "tagrun")];
/// Billing services there are.
const SERVICES: &[&str] = &["order", "avl_unit", "avl_resource", "messages", "sdk", "tokens"];

/// Users begin here, so that no unit or resource has the id of one.
const FIRST_USER: i64 = 1_000_000_000;
/// Resources of connections that were made without an id begin here.
const FIRST_UNNUMBERED_RESOURCE: i64 = 2_000_000_000;
/// At most this many orders are shown in one answer, newest first kept.
const MOST_LISTED: usize = 100_000;
/// Hardware type of units that say none: Wialon IPS.
pub(super) const HARDWARE_IPS: i64 = 9;

/// The item types and their classes, as a login shows them.
pub(super) fn classes() -> Json {
    Json::Object(CLASSES.iter().map(|&(name, class)| (name.to_owned(), class.into())).collect())
}

/// Whether there is such a billing service, and then it is on: there is no billing.
pub(super) fn is_service(name: &str) -> bool {
    SERVICES.contains(&name)
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
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    /// The resource.
    Resource,
    /// The user.
    User,
    /// A unit.
    Unit(&'a Unit),
}

/// The items of one caller, with their units.
pub(super) struct Catalogue<'a> {
    scope: &'a Scope<'a>,
    /// Resource and user.
    pub items: Items,
    /// Units.
    units: Arc<Vec<Unit>>,
    /// Where a unit of an id is among them.
    places: OnceLock<HashMap<i64, usize>>,
    /// What kinds of vehicles they are, once somebody asked.
    profiles: OnceLock<HashMap<i64, profile::Profile>>,
}

impl<'a> Catalogue<'a> {
    /// Loads it.
    pub(super) async fn load(scope: &'a Scope<'a>) -> Result<Catalogue<'a>, Error> {
        let units = scope.cx.ledger.units(&scope.caller).await?;
        let units = match units.iter().all(|unit| scope.rights.sees(unit.id.0)) {
            true => units,
            false => Arc::new(units.iter().filter(|unit| scope.rights.sees(unit.id.0)).cloned().collect()),
        };
        Ok(Catalogue {
            scope,
            items: Items::of(&scope.caller),
            units,
            places: OnceLock::new(),
            profiles: OnceLock::new(),
        })
    }

    /// The units the caller sees.
    pub(super) fn units(&self) -> &[Unit] {
        &self.units
    }

    /// The item of an id.
    pub(super) fn find(&self, id: i64) -> Option<Item<'_>> {
        if id == self.items.resource {
            return Some(Item::Resource).filter(|_| self.scope.rights.sees(id));
        }
        if id == self.items.user {
            return Some(Item::User);
        }
        let places =
            || self.units.iter().enumerate().map(|(place, unit)| (unit.id.0, place)).collect::<HashMap<_, _>>();
        let place = *self.places.get_or_init(places).get(&id)?;
        self.units.get(place).map(Item::Unit)
    }

    /// The items of a type, in no particular order.
    pub(super) fn of_type(&self, name: &str) -> Vec<Item<'_>> {
        match name {
            "avl_resource" if self.scope.rights.sees(self.items.resource) => vec![Item::Resource],
            "user" => vec![Item::User],
            "avl_unit" => self.units.iter().map(Item::Unit).collect(),
            _ => Vec::new(),
        }
    }

    /// Id of an item.
    pub(super) fn id(&self, item: Item<'_>) -> i64 {
        match item {
            Item::Resource => self.items.resource,
            Item::User => self.items.user,
            Item::Unit(unit) => unit.id.0,
        }
    }

    /// Name of an item.
    pub(super) fn name<'i>(&'i self, item: Item<'i>) -> &'i str {
        match item {
            Item::Resource => &self.items.resource_name,
            Item::User => &self.items.user_name,
            Item::Unit(unit) => &unit.name,
        }
    }

    /// What these flags show of an item, as JSON text.
    pub(super) async fn show(&self, item: Item<'_>, flags: u64) -> Result<String, Error> {
        let mut members = self.members(item, flags);
        if self.scope.rights.shown(flags) & FLAG_PROFILE != 0
            && let Item::Unit(unit) = item
        {
            members.insert("pflds".to_owned(), self.profile(unit).await?);
        }
        let mut text = Json::Object(members).to_string();
        if flags & FLAG_ORDERS != 0 && matches!(item, Item::Resource) && self.scope.rights.views() {
            text.pop();
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str("\"orders\":{");
            self.write_orders(&mut text).await?;
            text.push_str("},\"order_routes\":");
            text.push_str(&routes::order_routes(self.scope).await?);
            text.push('}');
        }
        self.scope.room.take(text.len())?;
        Ok(text)
    }

    /// A unit's profile fields.
    async fn profile(&self, unit: &Unit) -> Result<Json, Error> {
        if self.profiles.get().is_none() {
            let profiles = profile::all(self.scope.cx.ledger, self.scope.caller.account).await?;
            // Who was faster read the same.
            let _ = self.profiles.set(profiles);
        }
        let known = self.profiles.get().and_then(|profiles| profiles.get(&unit.id.0));
        Ok(known.cloned().unwrap_or_default().shown(unit))
    }

    /// What these flags show of an item, but for its orders and profile fields.
    fn members(&self, item: Item<'_>, flags: u64) -> Object {
        let mut out = Object::new();
        let flags = self.scope.rights.shown(flags);
        let class = match item {
            Item::Resource => CLASS_RESOURCE,
            Item::User => CLASS_USER,
            Item::Unit(_) => CLASS_UNIT,
        };
        let mut add = |flag: u64, name: &str, value: Json| {
            if flags & flag != 0 {
                out.insert(name.to_owned(), value);
            }
        };
        add(FLAG_BASE, "nm", self.name(item).into());
        add(FLAG_BASE, "cls", class.into());
        add(FLAG_BASE, "id", self.id(item).into());
        add(FLAG_BASE, "mu", 0.into());
        add(FLAG_BASE, "uacl", self.scope.rights.acl(item).into());
        add(0x2, "prp", json!({}));
        add(0x4, "crt", self.items.user.into());
        add(0x4, "bact", self.items.resource.into());
        add(0x8, "flds", json!({}));
        add(0x40, "gd", "".into());
        add(0x80, "aflds", json!({}));
        match item {
            Item::Resource => {
                EMPTY_OF_RESOURCE.iter().for_each(|&(flag, name)| add(flag, name, json!({})));
                NO_UNITS_OF_RESOURCE.iter().for_each(|&(flag, name)| add(flag, name, json!([])));
            }
            Item::Unit(unit) => show_unit(unit, self.scope.rights.manages(), &mut add),
            Item::User => {}
        }
        out
    }

    /// Writes the members of `orders`. One order at a time becomes text: a hundred thousand fit.
    async fn write_orders(&self, text: &mut String) -> Result<(), Error> {
        let start = text.len();
        let write = |order: &Order| {
            if text.len() > start {
                text.push(',');
            }
            text.push_str(&format!("\"{}\":{}", order.serial, order_to_wire(order)));
            self.scope.room.has(text.len())
        };
        each_order(self.scope, write).await
    }
}

fn show_unit(unit: &Unit, with_password: bool, add: &mut dyn FnMut(u64, &str, Json)) {
    add(0x10, "uri", "".into());
    add(0x10, "ugi", 0.into());
    advanced(unit, with_password).into_iter().for_each(|(name, value)| add(FLAG_ADVANCED, &name, value));
    add(0x200, "cmds", json!([]));
    add(FLAG_LAST_MESSAGE | FLAG_POSITION, "pos", unit.position.as_ref().map_or(Json::Null, position));
    add(FLAG_LAST_MESSAGE, "lmsg", unit.position.as_ref().map_or(Json::Null, message));
    add(0x1000, "sens", json!({}));
    add(0x1000, "sens_max", (-1).into());
    add(0x2000, "cfl", 0.into());
    add(0x2000, "cnm", 0.into());
    add(0x2000, "cneh", 0.into());
    add(0x2000, "cnkb", 0.into());
    add(0x8000, "si", json!({}));
    add(0x8000, "si_max", (-1).into());
    add(0x8_0000, "cml", json!({}));
    add(0x8_0000, "cml_max", (-1).into());
    add(FLAG_PARAMETERS, "prms", json!({}));
    add(0x20_0000, "netconn", 0.into());
}

/// The properties of a unit's tracker. Its password is for who may change it.
pub(super) fn advanced(unit: &Unit, with_password: bool) -> Object {
    let hardware = if unit.hardware > 0 { unit.hardware } else { HARDWARE_IPS };
    [
        ("uid", Json::from(unit.unique_id.as_str())),
        ("uid2", "".into()),
        ("hw", hardware.into()),
        ("ph", unit.phone.as_str().into()),
        ("ph2", "".into()),
        ("psw", if with_password { unit.password.as_str() } else { "" }.into()),
        ("act", 1.into()),
        ("dactt", 0.into()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// What is not known shows as 0: the vendor's positions have these members always.
fn point(at: &Position) -> Object {
    let mut out = Object::new();
    out.insert("y".to_owned(), at.latitude.into());
    out.insert("x".to_owned(), at.longitude.into());
    out.insert("z".to_owned(), whole(at.altitude_m.unwrap_or_default()));
    out.insert("s".to_owned(), whole(at.speed_kmh.unwrap_or_default()));
    out.insert("c".to_owned(), whole(at.course.unwrap_or_default()));
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
    report_message(&Report::of(*at, at.at))
}

/// A message of a unit.
pub(super) fn report_message(report: &Report) -> Json {
    let parameters = report.parameters.as_deref().and_then(|text| serde_json::from_str::<Object>(text).ok());
    json!({
        "t": report.at.as_second(), "f": flags_of(report), "tp": "ud",
        "pos": report.position.as_ref().map_or(Json::Null, |at| Json::Object(point(at))),
        "i": report.inputs.unwrap_or(0), "o": report.outputs.unwrap_or(0), "lc": 0,
        "rt": report.received_at.as_second(), "p": parameters.unwrap_or_default(),
    })
}

/// Goes through the orders of a resource: what the caller sees and is listed, open orders first, newest first.
pub(super) async fn each_order(
    scope: &Scope<'_>,
    mut take: impl FnMut(&Order) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut seen = HashSet::new();
    for (states, updated_from) in [(StateSet::open(), None), (ended(), Some(day_before(scope.cx.now)))] {
        let mut after = None;
        loop {
            let query = OrderQuery { states, updated_from, newest_first: true, after, ..OrderQuery::default() };
            let page = scope.cx.ledger.orders(&scope.caller, query).await?;
            for order in page.orders.iter().filter(|order| is_listed(order, scope.cx.now)) {
                // An order that ends while it is looked for would be met in both.
                if seen.insert(order.serial) {
                    take(order)?;
                }
            }
            after = page.next;
            if after.is_none() || seen.len() >= MOST_LISTED {
                break;
            }
        }
    }
    Ok(())
}
