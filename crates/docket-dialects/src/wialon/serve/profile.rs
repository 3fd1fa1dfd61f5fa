//! What kind of vehicle a unit is: its profile fields.
//!
//! What it carries is the unit's own (`carrying_capacity` in tonnes, `effective_capacity` in the unit orders say their
//! volume in), so that every face and the planner know it; the other fields are kept as they are sent.

use super::super::error::Error;
use super::super::wire::{Json, Object, integer, text};
use super::Scope;
use super::items::{Catalogue, Item};
use super::units::put;
use docket_core::catalogue::Unit;
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::{Fault, Ledger, Record, Submission};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

const NAMESPACE: &str = "wialon.profile";
/// The longest value.
const LONGEST: usize = 256;
/// The fields there are. A field's id is its place here, from 1.
const FIELDS: &[&str] = &[
    "vehicle_type",
    "vehicle_class",
    "vin",
    "registration_plate",
    "brand",
    "model",
    "year",
    "color",
    "engine_model",
    "engine_power",
    "engine_displacement",
    "primary_fuel_type",
    "co2_emission",
    "cargo_type",
    CARRIES_T,
    "width",
    "height",
    "depth",
    CARRIES_VOLUME,
    "gross_vehicle_weight",
    "axles",
];
const CARRIES_T: &str = "carrying_capacity";
const CARRIES_VOLUME: &str = "effective_capacity";
const KG: f64 = 1_000.0;

/// One field, as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Kept {
    v: String,
    ct: i64,
    mt: i64,
}

/// A unit's fields beside those that are the unit's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Profile(BTreeMap<String, Kept>);

impl Profile {
    fn value(&self, name: &str) -> &str {
        self.0.get(name).map_or("", |kept| kept.v.as_str())
    }

    /// Its type of vehicle; empty where nobody said.
    pub(super) fn vehicle_type(&self) -> &str {
        self.value("vehicle_type")
    }

    /// The fields of a unit as they are shown, `pflds`. A spelling counts while it means what the unit carries.
    pub(super) fn shown(&self, unit: &Unit) -> Json {
        let mut out = Object::new();
        for (place, name) in FIELDS.iter().enumerate() {
            let kept = self.0.get(*name);
            let value = match own(unit, name) {
                None => kept.map(|kept| kept.v.clone()),
                Some(None) => None,
                Some(Some(amount)) => {
                    let spelled = kept.filter(|kept| amount_of(&kept.v) == Ok(Some(amount)));
                    Some(spelled.map_or_else(|| amount.to_string(), |kept| kept.v.clone()))
                }
            };
            let Some(value) = value else { continue };
            let (made, changed) = kept
                .map_or_else(|| (unit.created_at.as_second(), unit.created_at.as_second()), |kept| (kept.ct, kept.mt));
            let id = place + 1;
            out.insert(id.to_string(), json!({ "id": id, "n": name, "v": value, "ct": made, "mt": changed }));
        }
        Json::Object(out)
    }
}

/// What a unit itself says of a field, if it is one of those; as the field says it.
fn own(unit: &Unit, name: &str) -> Option<Option<f64>> {
    match name {
        CARRIES_T => Some(unit.capacity_kg.map(|kg| kg / KG)),
        CARRIES_VOLUME => Some(unit.capacity_volume),
        _ => None,
    }
}

/// An amount; nothing is "not said".
fn amount_of(text: &str) -> Result<Option<f64>, Error> {
    let text = text.trim().replace(',', ".");
    if text.is_empty() {
        return Ok(None);
    }
    let amount: Option<f64> = text.parse().ok().filter(|amount: &f64| amount.is_finite() && *amount >= 0.0);
    amount.map(Some).ok_or(Error::Input)
}

fn read(text: &str) -> Profile {
    serde_json::from_str(text).unwrap_or_default()
}

/// The profiles of an account's units, by unit.
pub(super) async fn all(ledger: &dyn Ledger, account: AccountId) -> Result<HashMap<i64, Profile>, Fault> {
    let kept = ledger.records(account.into(), NAMESPACE).await?;
    Ok(kept.into_iter().filter_map(|(unit, text)| Some((unit.parse().ok()?, read(&text)))).collect())
}

/// `item/update_profile_field`: of units; an empty value removes the field.
pub(super) async fn update_profile_field(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let id = params.get("itemId").and_then(integer).ok_or(Error::Input)?;
    let name = params.get("n").and_then(Json::as_str).ok_or(Error::Input)?;
    let place = FIELDS.iter().position(|known| *known == name).ok_or(Error::Input)?;
    let value = params.get("v").and_then(text).filter(|text| text.len() <= LONGEST).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(scope).await?;
    let unit = match catalogue.find(id) {
        Some(Item::Unit(unit)) => unit.clone(),
        Some(Item::Resource | Item::User) => return Err(Error::Input),
        None => return Err(Error::Access),
    };
    match name {
        CARRIES_T => {
            put(scope, Unit { capacity_kg: amount_of(&value)?.map(|tonnes| tonnes * KG), ..unit.clone() }).await?;
        }
        CARRIES_VOLUME => {
            put(scope, Unit { capacity_volume: amount_of(&value)?, ..unit.clone() }).await?;
        }
        _ => {}
    }
    keep(scope, unit.id, name, &value).await?;
    Ok(json!([place + 1, { "id": place + 1, "n": name, "v": value }]))
}

/// Keeps a field beside the others of the unit.
async fn keep(scope: &Scope<'_>, unit: UnitId, name: &str, value: &str) -> Result<(), Error> {
    let (ledger, account) = (scope.cx.ledger, scope.caller.account);
    let (key, now) = (unit.0.to_string(), scope.cx.now.as_second());
    let before = ledger.record(account.into(), NAMESPACE, &key).await?;
    let mut profile = before.as_deref().map(read).unwrap_or_default();
    if value.is_empty() {
        profile.0.remove(name);
    } else {
        let made = profile.0.get(name).map_or(now, |kept| kept.ct);
        profile.0.insert(name.to_owned(), Kept { v: value.to_owned(), ct: made, mt: now });
    }
    let text = serde_json::to_string(&profile).map_err(|_| Error::Fault)?;
    let record = Record {
        holder: account.into(),
        namespace: NAMESPACE.to_owned(),
        key: key.clone(),
        value: Some(text),
        expected: Some(before),
    };
    ledger.submit(&scope.caller, Submission { records: vec![record], ..Submission::default() }).await?;
    let after = ledger.record(account.into(), NAMESPACE, &key).await?;
    let is_kept = after.as_deref().map(read).unwrap_or_default().value(name) == value;
    // Somebody else was faster with another field; the vendor's libraries then ask again by themselves.
    if is_kept { Ok(()) } else { Err(Error::Limit("LOCKER_ERROR")) }
}
