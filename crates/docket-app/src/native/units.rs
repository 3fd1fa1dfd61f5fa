//! Units as the native API shows them, and what can be set of them.

use super::{NativeError, invalid};
use crate::hub::Hub;
use docket_core::catalogue::{Position, Unit};
use docket_core::connection::Caller;
use docket_core::ledger::{Fault, Ledger, OrderQuery, StateSet};
use docket_core::order::Rejection;
use serde_json::{Map, Value as Json, json};

/// The longest name, unique id, phone or password.
const TEXT_LIMIT: usize = 128;
/// No unit carries more, and none has driven further.
const MOST: f64 = 1e9;

/// The unit of an id, unique id (of its tracker) or name.
///
/// # Errors
/// When we fail.
pub async fn find(hub: &Hub, caller: &Caller, name: &str) -> Result<Option<Unit>, Fault> {
    let units = Ledger::units(hub, caller).await?;
    let name = name.trim();
    let by_id = units.iter().find(|unit| unit.id.0.to_string() == name);
    let by_tracker = || units.iter().find(|unit| !name.is_empty() && unit.unique_id == name);
    let by_name = || units.iter().find(|unit| unit.name.eq_ignore_ascii_case(name));
    Ok(by_id.or_else(by_tracker).or_else(by_name).cloned())
}

/// Where a unit was.
pub fn place(position: &Position) -> Json {
    json!({
        "at": position.at.to_string(),
        "latitude": position.latitude,
        "longitude": position.longitude,
        "altitude_m": position.altitude_m,
        "speed_kmh": position.speed_kmh,
        "course": position.course,
        "satellites": position.satellites,
    })
}

/// A unit: all but its tracker's password.
pub fn shown(unit: &Unit) -> Json {
    json!({
        "id": unit.id.0,
        "name": unit.name,
        "unique_id": unit.unique_id,
        "phone": unit.phone,
        "has_password": !unit.password.is_empty(),
        "capacity_kg": unit.capacity_kg,
        "capacity_volume": unit.capacity_volume,
        "odometer_km": unit.odometer_km,
        "position": unit.position.as_ref().map(place),
        "created_at": unit.created_at.to_string(),
    })
}

fn members_of(body: &[u8]) -> Result<Map<String, Json>, NativeError> {
    match serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))? {
        Json::Object(members) => Ok(members),
        _ => Err(invalid("", "must be an object")),
    }
}

/// Makes a unit of a JSON body. A name that another unit of the account has is refused, so that a request which is
/// sent again does not make a second one.
///
/// # Errors
/// When a member is not understood, it has no name, its name or unique id is another's, or we fail.
pub async fn create(hub: &Hub, caller: &Caller, body: &[u8]) -> Result<Unit, NativeError> {
    let mut unit = Unit { created_at: hub.now(), ..Unit::default() };
    for (member, value) in members_of(body)? {
        set(&mut unit, &member, value)?;
    }
    if unit.name.is_empty() {
        return Err(NativeError::Rejected(Rejection::Missing { member: "name".to_owned() }));
    }
    let units = Ledger::units(hub, caller).await?;
    if units.iter().any(|known| known.name.eq_ignore_ascii_case(&unit.name)) {
        return Err(NativeError::Rejected(Rejection::Taken { key: format!("the name {}", unit.name), by: None }));
    }
    Ledger::put_unit(hub, caller, unit).await?.map_err(NativeError::Rejected)
}

/// What became of a unit that was to be removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removed {
    /// It is gone, with its past.
    Gone,
    /// Nobody has that name.
    Unknown,
    /// It stays: open orders are assigned to it.
    InUse,
}

/// Removes a unit and its past, unless open orders are assigned to it.
///
/// # Errors
/// When we fail.
pub async fn remove(hub: &Hub, caller: &Caller, name: &str) -> Result<Removed, Fault> {
    let Some(unit) = find(hub, caller, name).await? else { return Ok(Removed::Unknown) };
    let open = OrderQuery { states: StateSet::open(), unit: Some(unit.id), limit: 1, ..OrderQuery::default() };
    if !Ledger::orders(hub, caller, open).await?.orders.is_empty() {
        return Ok(Removed::InUse);
    }
    let is_gone = Ledger::remove_unit(hub, caller, unit.id).await?;
    Ok(if is_gone { Removed::Gone } else { Removed::Unknown })
}

/// Changes the members a JSON body has; `null` takes back what was said.
///
/// # Errors
/// When a member is not understood, its unique id is another's, or we fail.
pub async fn change(hub: &Hub, caller: &Caller, name: &str, body: &[u8]) -> Result<Option<Unit>, NativeError> {
    let members = members_of(body)?;
    let Some(mut unit) = find(hub, caller, name).await? else { return Ok(None) };
    for (member, value) in members {
        set(&mut unit, &member, value)?;
    }
    Ledger::put_unit(hub, caller, unit).await?.map(Some).map_err(NativeError::Rejected)
}

/// Sets one member of a unit.
///
/// # Errors
/// When there is no such member, or the value is none.
pub fn set(unit: &mut Unit, member: &str, value: Json) -> Result<(), NativeError> {
    let pointer = format!("/{member}");
    let text = |value: Json, least: usize| match value {
        Json::Null if least == 0 => Ok(String::new()),
        Json::String(text) if (least..=TEXT_LIMIT).contains(&text.trim().chars().count()) => Ok(text.trim().to_owned()),
        _ => Err(invalid(pointer.clone(), format!("must be a text of {least} to {TEXT_LIMIT} characters"))),
    };
    let amount = |value: Json| match value {
        Json::Null => Ok(None),
        value => value
            .as_f64()
            .filter(|amount| (0.0..=MOST).contains(amount))
            .map(Some)
            .ok_or_else(|| invalid(pointer.clone(), "must be a number that is not negative")),
    };
    match member {
        "name" => unit.name = text(value, 1)?,
        "unique_id" => unit.unique_id = text(value, 0)?,
        "phone" => unit.phone = text(value, 0)?,
        "password" => unit.password = text(value, 0)?,
        "capacity_kg" => unit.capacity_kg = amount(value)?,
        "capacity_volume" => unit.capacity_volume = amount(value)?,
        "odometer_km" => unit.odometer_km = amount(value)?,
        _ => return Err(invalid(pointer, "is not a member of a unit that can be set")),
    }
    Ok(())
}
