//! Units made, changed and removed; whether a name is taken; which items a right reaches.

use super::super::error::Error;
use super::super::wire::{Json, Object, flags, integer, text};
use super::Scope;
use super::items::{Catalogue, HARDWARE_IPS, Item, is_service};
use docket_core::catalogue::Unit;
use docket_core::ids::UnitId;
use docket_core::order::Rejection;
use serde_json::json;

/// How long the name of an item may be.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 4..=50;
/// The longest unique id and password of a tracker.
const LONGEST: usize = 128;
/// At most this many items in one question.
const MOST_ITEMS: usize = 10_000;

fn name(params: &Object) -> Result<String, Error> {
    let name = params.get("name").and_then(Json::as_str).ok_or(Error::Input)?;
    if NAME_LENGTH.contains(&name.chars().count()) { Ok(name.to_owned()) } else { Err(Error::Input) }
}

fn short(params: &Object, member: &str) -> Result<String, Error> {
    let said = params.get(member).and_then(text).filter(|text| text.len() <= LONGEST);
    said.map(|text| text.trim().to_owned()).ok_or(Error::Input)
}

/// Who makes an item: the one user there is, or 6.
fn check_creator(catalogue: &Catalogue<'_>, params: &Object) -> Result<(), Error> {
    let creator = params.get("creatorId").and_then(integer).ok_or(Error::Input)?;
    if creator == catalogue.items.user { Ok(()) } else { Err(Error::Creation) }
}

/// Adds or replaces a unit.
pub(super) async fn put(scope: &Scope<'_>, unit: Unit) -> Result<Unit, Error> {
    match scope.cx.ledger.put_unit(&scope.caller, unit).await? {
        Ok(unit) => Ok(unit),
        Err(Rejection::Taken { .. }) => Err(Error::Unique),
        Err(Rejection::NotFound) => Err(Error::Access),
        Err(rejection) => Err(rejection.into()),
    }
}

/// `core/create_unit`.
pub(super) async fn create_unit(scope: &Scope<'_>, params: &Object) -> Result<String, Error> {
    let (name, hardware) = (name(params)?, params.get("hwTypeId").and_then(integer).ok_or(Error::Input)?);
    let shown = params.get("dataFlags").map_or(Some(1), flags).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(scope).await?;
    check_creator(&catalogue, params)?;
    let hardware = if hardware > 0 { hardware } else { HARDWARE_IPS };
    let unit = put(scope, Unit { name, hardware, created_at: scope.cx.now, ..Unit::default() }).await?;
    let item = catalogue.show(Item::Unit(&unit), shown).await?;
    Ok(format!(r#"{{"item":{item},"flags":{shown}}}"#))
}

/// `core/create_resource`: a connection has the one resource its orders are in, so there is no room for another.
pub(super) async fn create_resource(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    name(params)?;
    let catalogue = Catalogue::load(scope).await?;
    check_creator(&catalogue, params)?;
    Err(Error::Access)
}

/// The unit a call names.
fn unit_of(catalogue: &Catalogue<'_>, params: &Object) -> Result<Unit, Error> {
    let id = params.get("itemId").and_then(integer).ok_or(Error::Input)?;
    match catalogue.find(id) {
        Some(Item::Unit(unit)) => Ok(unit.clone()),
        Some(Item::Resource | Item::User) => Err(Error::Input),
        None => Err(Error::Access),
    }
}

/// `unit/update_device_type`.
pub(super) async fn update_device_type(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let hardware = params.get("deviceTypeId").and_then(integer).filter(|&id| id > 0).ok_or(Error::Input)?;
    let unique_id = short(params, "uniqueId")?;
    let catalogue = Catalogue::load(scope).await?;
    let unit = unit_of(&catalogue, params)?;
    let unit = put(scope, Unit { hardware, unique_id, ..unit }).await?;
    Ok(json!({ "uid": unit.unique_id, "hw": unit.hardware }))
}

/// `unit/update_access_password`.
pub(super) async fn update_access_password(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let password = short(params, "accessPassword")?;
    let catalogue = Catalogue::load(scope).await?;
    let unit = unit_of(&catalogue, params)?;
    let unit = put(scope, Unit { password, ..unit }).await?;
    Ok(json!({ "psw": unit.password }))
}

/// `item/delete_item`: units only; the resource and the user are the connection itself.
pub(super) async fn delete_item(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let id = params.get("itemId").and_then(integer).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(scope).await?;
    let Some(Item::Unit(unit)) = catalogue.find(id) else { return Err(Error::Access) };
    let is_gone = scope.cx.ledger.remove_unit(&scope.caller, UnitId(unit.id.0)).await?;
    if is_gone { Ok(json!({})) } else { Err(Error::Access) }
}

/// `core/check_unique`: whether an item of this name is there. Of users and resources the caller sees its own.
pub(super) async fn check_unique(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let kind = params.get("type").and_then(Json::as_str).ok_or(Error::Input)?;
    let value = params.get("value").and_then(text).ok_or(Error::Input)?;
    if !matches!(kind, "user" | "avl_resource" | "avl_unit" | "avl_unit_group" | "avl_route" | "avl_retranslator") {
        return Err(Error::Input);
    }
    let catalogue = Catalogue::load(scope).await?;
    let is_taken = catalogue.of_type(kind).into_iter().any(|item| catalogue.name(item) == value);
    Ok(json!({ "result": i64::from(is_taken) }))
}

/// `core/check_items_billing`: which of these items the caller has these rights to.
pub(super) async fn check_items_billing(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    // One library names the members differently.
    let said = |name: &str, other: &str| params.get(name).or_else(|| params.get(other)).cloned();
    let items = match said("items", "itemId") {
        Some(Json::Array(items)) if items.len() <= MOST_ITEMS => items,
        Some(one @ (Json::Number(_) | Json::String(_))) => vec![one],
        _ => return Err(Error::Input),
    };
    let items: Vec<i64> = items.iter().map(integer).collect::<Option<_>>().ok_or(Error::Input)?;
    let rights = match said("accessFlags", "accessType") {
        None => 0,
        Some(given) => integer(&given).map(i64::cast_unsigned).ok_or(Error::Input)?,
    };
    let service = params.get("serviceName").map_or(Some(String::new()), text).ok_or(Error::Input)?;
    let is_on = matches!(service.as_str(), "" | "*") || is_service(&service);
    let catalogue = Catalogue::load(scope).await?;
    let is_allowed = |id: &i64| catalogue.find(*id).is_some_and(|item| is_on && scope.rights.allows(item, rights));
    Ok(items.into_iter().filter(is_allowed).collect())
}
