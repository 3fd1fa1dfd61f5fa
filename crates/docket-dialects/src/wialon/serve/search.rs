//! `core/search_items`, `core/search_item`, `core/update_data_flags`.

use super::super::error::Error;
use super::super::face::order_to_wire;
use super::super::wire::{Json, Object, flags, integer, text, truth};
use super::items::{Catalogue, FLAG_BASE, FLAG_ORDERS, Item, is_type, list_orders};
use super::session::{Shared, lock};
use crate::dialect::ServeContext;
use docket_core::connection::Caller;
use serde_json::json;
use std::cmp::Ordering;

/// At most this many specifications in one call.
const MOST_SPECS: usize = 1000;

/// Whether a value fits a mask: `*` stands for anything, `|` separates alternatives, `>`, `<`, `=` compare. Case is
/// ignored.
fn fits(value: &str, mask: &str) -> bool {
    let value = value.to_lowercase();
    mask.to_lowercase().split('|').any(|mask| fits_one(&value, mask.trim()))
}

fn fits_one(value: &str, mask: &str) -> bool {
    let number = |text: &str| text.trim().parse::<f64>().ok();
    for (sign, wanted) in [('>', Ordering::Greater), ('<', Ordering::Less), ('=', Ordering::Equal)] {
        if let Some(bound) = mask.strip_prefix(sign) {
            return match (number(value), number(bound)) {
                (Some(value), Some(bound)) => value.partial_cmp(&bound) == Some(wanted),
                _ => wanted == Ordering::Equal && value == bound.trim(),
            };
        }
    }
    let mut rest = value;
    let parts: Vec<&str> = mask.split('*').collect();
    let Some((last, init)) = parts.split_last() else { return false };
    for (index, part) in init.iter().enumerate() {
        let at = if index == 0 { rest.starts_with(part).then_some(0) } else { rest.find(part) };
        let Some(at) = at else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if init.is_empty() { value == *last } else { rest.ends_with(last) }
}

/// One criterion: a property and its mask.
struct Criterion {
    property: String,
    mask: String,
}

/// The value of a property of an item, if it has that property.
fn property(catalogue: &Catalogue<'_>, item: &Item, name: &str) -> Option<String> {
    match (name, item) {
        ("sys_name", _) => Some(catalogue.name(item).to_owned()),
        ("sys_id", _) => Some(catalogue.id(item).to_string()),
        ("sys_unique_id", Item::Unit(unit)) => Some(unit.unique_id.clone()),
        ("sys_phone_number", Item::Unit(unit)) => Some(unit.phone.clone()),
        ("rel_last_msg_date", Item::Unit(unit)) => {
            Some(unit.position.map_or(0, |position| position.at.as_second()).to_string())
        }
        ("sys_user_creator" | "rel_user_creator_name", _) => Some(catalogue.items.user_name.clone()),
        ("rel_is_account", Item::Resource) => Some("1".to_owned()),
        _ => None,
    }
}

/// `core/search_items`.
pub(super) async fn search_items(cx: ServeContext<'_>, caller: &Caller, params: &Object) -> Result<Json, Error> {
    let spec = params.get("spec").and_then(Json::as_object).ok_or(Error::Input)?;
    let word = |name: &str| spec.get(name).map_or(Some(String::new()), text).ok_or(Error::Input);
    let (kind, names, masks) = (word("itemsType")?, word("propName")?, word("propValueMask")?);
    let shown = params.get("flags").and_then(flags).ok_or(Error::Input)?;
    let bound = |name: &str| params.get(name).map_or(Some(0), integer).filter(|&n| n >= 0).ok_or(Error::Input);
    let (from, to) = (bound("from")?, bound("to")?);
    if !is_type(&kind) {
        return Err(Error::Input);
    }
    let catalogue = Catalogue::load(cx, caller).await?;
    let criteria: Vec<Criterion> = names
        .split(',')
        .zip(masks.split(',').chain(std::iter::repeat("*")))
        .map(|(property, mask)| Criterion { property: property.trim().to_owned(), mask: mask.trim().to_owned() })
        .collect();
    let is_or = truth(spec.get("or_logic"));
    let mut found = Vec::new();
    for item in catalogue.of_type(&kind) {
        let mut fitting = 0;
        for criterion in &criteria {
            fitting += usize::from(is_found(cx, caller, &catalogue, &item, criterion).await?);
        }
        if fitting == criteria.len() || (is_or && fitting > 0) {
            found.push(item);
        }
    }
    sort(&catalogue, &mut found, &word("sortType")?);
    let total = found.len();
    let last = i64::try_from(total).unwrap_or(i64::MAX) - 1;
    let until = if to == 0 { last } else { to.min(last) };
    let mut items = Vec::new();
    for (index, item) in (0_i64..).zip(&found) {
        if index >= from && index <= until {
            let mut out = catalogue.show(item, shown).await?;
            if shown & FLAG_BASE == 0 {
                out.insert("id".to_owned(), catalogue.id(item).into());
            }
            items.push(Json::Object(out));
        }
    }
    Ok(json!({
        "searchSpec": spec,
        "dataFlags": shown,
        "totalItemsCount": total,
        "indexFrom": if total == 0 { 0 } else { from },
        "indexTo": if to == 0 || total == 0 { 0 } else { until },
        "items": items,
    }))
}

/// Whether an item meets a criterion. A property nobody knows is met by the mask that everything meets.
async fn is_found(
    cx: ServeContext<'_>,
    caller: &Caller,
    catalogue: &Catalogue<'_>,
    item: &Item,
    criterion: &Criterion,
) -> Result<bool, Error> {
    if matches!(criterion.mask.as_str(), "*" | "") {
        return Ok(true);
    }
    if criterion.property == "orders" {
        if !matches!(item, Item::Resource) {
            return Ok(false);
        }
        let orders = list_orders(cx, caller).await?;
        let name = |json: Json| json.get("n").and_then(text).unwrap_or_default();
        return Ok(orders.iter().any(|order| fits(&name(order_to_wire(order)), &criterion.mask)));
    }
    // Several properties joined by `|`: any of them.
    let mut values = criterion.property.split('|').filter_map(|name| property(catalogue, item, name.trim()));
    Ok(values.any(|value| fits(&value, &criterion.mask)))
}

fn sort(catalogue: &Catalogue<'_>, items: &mut [Item], by: &str) {
    let is_descending = by.starts_with('!');
    let by = by.trim_start_matches(['!', '-']);
    items.sort_by(|a, b| {
        let order = match by {
            "sys_name" => catalogue.name(a).to_lowercase().cmp(&catalogue.name(b).to_lowercase()),
            "sys_unique_id" | "rel_last_msg_date" => property(catalogue, a, by).cmp(&property(catalogue, b, by)),
            _ => Ordering::Equal,
        };
        let order = order.then_with(|| catalogue.id(a).cmp(&catalogue.id(b)));
        if is_descending { order.reverse() } else { order }
    });
}

/// `core/search_item`.
pub(super) async fn search_item(cx: ServeContext<'_>, caller: &Caller, params: &Object) -> Result<Json, Error> {
    let id = params.get("id").and_then(integer).ok_or(Error::Input)?;
    let shown = params.get("flags").and_then(flags).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(cx, caller).await?;
    let item = catalogue.find(id).ok_or(Error::Access)?;
    Ok(json!({ "item": catalogue.show(&item, shown).await?, "flags": shown }))
}

/// `core/update_data_flags`: what a session watches.
pub(super) async fn update_data_flags(
    cx: ServeContext<'_>,
    caller: &Caller,
    session: &Shared,
    params: &Object,
) -> Result<Json, Error> {
    let specs: Vec<&Object> = match params.get("spec") {
        Some(Json::Array(specs)) => specs.iter().map(Json::as_object).collect::<Option<_>>().ok_or(Error::Input)?,
        Some(Json::Object(spec)) => vec![spec],
        _ => return Err(Error::Input),
    };
    if specs.len() > MOST_SPECS {
        return Err(Error::Input);
    }
    let specs: Vec<Watch> = specs.into_iter().map(Watch::read).collect::<Result<_, _>>()?;
    let catalogue = Catalogue::load(cx, caller).await?;
    let mut answer = Vec::new();
    for spec in specs {
        let items: Vec<Item> = match &spec.which {
            Which::Ids(ids) => ids.iter().filter_map(|&id| catalogue.find(id)).collect(),
            Which::Type(name) => catalogue.of_type(name),
            Which::Access => Vec::new(),
        };
        for item in items {
            answer.push(watch(cx, caller, session, &catalogue, &item, &spec).await?);
        }
    }
    Ok(answer.into())
}

enum Which {
    Ids(Vec<i64>),
    Type(String),
    Access,
}

#[derive(Clone, Copy)]
enum Mode {
    Set,
    Add,
    Remove,
}

/// One specification of `core/update_data_flags`.
struct Watch {
    which: Which,
    flags: u64,
    mode: Mode,
}

impl Watch {
    fn read(spec: &Object) -> Result<Watch, Error> {
        let data = spec.get("data").ok_or(Error::Input)?;
        let which = match spec.get("type").and_then(Json::as_str).ok_or(Error::Input)? {
            "id" => Which::Ids(vec![integer(data).ok_or(Error::Input)?]),
            "col" => {
                let ids = data.as_array().ok_or(Error::Input)?;
                Which::Ids(ids.iter().map(integer).collect::<Option<_>>().ok_or(Error::Input)?)
            }
            "type" => Which::Type(data.as_str().filter(|name| is_type(name)).ok_or(Error::Input)?.to_owned()),
            "access" => Which::Access,
            _ => return Err(Error::Input),
        };
        let mode = match spec.get("mode").map_or(Some(0), integer) {
            Some(0) => Mode::Set,
            Some(1) => Mode::Add,
            Some(2) => Mode::Remove,
            _ => return Err(Error::Input),
        };
        let flags = spec.get("flags").map_or(Some(0), flags).ok_or(Error::Input)?;
        Ok(Watch { which, flags, mode })
    }
}

/// Changes what a session watches of one item, and shows what that adds.
async fn watch(
    cx: ServeContext<'_>,
    caller: &Caller,
    session: &Shared,
    catalogue: &Catalogue<'_>,
    item: &Item,
    spec: &Watch,
) -> Result<Json, Error> {
    let id = catalogue.id(item);
    let before = lock(session).watched.get(&id).copied().unwrap_or(0);
    let after = match spec.mode {
        Mode::Set => spec.flags,
        Mode::Add => before | spec.flags,
        Mode::Remove if spec.flags & FLAG_BASE != 0 => 0,
        Mode::Remove => before & !spec.flags,
    };
    let added = after & !before;
    // Where the journal stands before the orders are read: nothing that follows is missed.
    let head = match item {
        Item::Resource if added & FLAG_ORDERS != 0 => Some(cx.ledger.head(caller.account).await?),
        _ => None,
    };
    let data = match spec.mode {
        Mode::Remove => Json::Null,
        Mode::Set | Mode::Add => Json::Object(catalogue.show(item, added).await?),
    };
    let mut open = lock(session);
    if let Some(head) = head {
        open.cursor = head;
    }
    if after == 0 {
        open.watched.remove(&id);
        open.positions.remove(&id);
    } else {
        open.watched.insert(id, after);
        if let Item::Unit(unit) = item
            && let Some(position) = unit.position
        {
            open.positions.insert(id, position.at);
        }
    }
    Ok(json!({ "i": id, "d": data, "f": after }))
}
