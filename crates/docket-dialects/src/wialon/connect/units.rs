//! Units: which unit there is which unit here, and where they are.
//!
//! A unit is known by its unique id; one without is known by the id it has there once it was met. What there is no unit
//! for here becomes one, where the connection is set so.

use super::MIRROR_UNITS;
use super::call::{Client, Failure};
use crate::connect::{ConnectError, Pulled};
use crate::wialon::wire::{Json, Object, double, integer, text};
use docket_core::Timestamp;
use docket_core::catalogue::{Position, Unit};
use docket_core::ids::UnitId;
use docket_core::ledger::{Record, Submission};
use docket_core::track::{Report, ReportQuery};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;

/// Records of a connection that say which unit there is which unit here, by the id there.
const UNITS: &str = "units";
/// What of units is shown: their names, unique ids, last messages and positions.
pub(super) const FLAGS: i64 = 0x1 | 0x100 | 0x400;
/// Messages carry data, not words or commands.
const DATA: &str = "ud";
/// The alarm button was pressed.
const ALARM: i64 = 0x10;
/// A unit that was heard no longer ago has no gap in its track.
const GAP_S: i64 = 120;
/// So many units' gaps are read in one round.
const MOST_GAPS: usize = 50;
/// So many messages of one gap.
const MOST_MESSAGES: i64 = 10_000;
/// A position says when it was taken; one of the far future is not believed.
const AHEAD_S: i64 = 86_400;

/// A unit there, as it is known here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Known {
    /// The unit here.
    unit: i64,
    /// What it was called there.
    name: String,
    /// Its unique id there.
    unique_id: String,
    /// It became a unit here because it is one there.
    made: bool,
}

/// Which unit there is which unit here.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Units(BTreeMap<i64, Known>);

impl Units {
    /// As they are known.
    pub(super) async fn of(client: &Client<'_>) -> Result<Units, ConnectError> {
        let holder = client.remote.connection.id.into();
        let kept = client.remote.ledger.records(holder, UNITS).await?;
        let read = |(id, text): &(String, String)| Some((id.parse().ok()?, serde_json::from_str(text).ok()?));
        Ok(Units(kept.iter().filter_map(read).collect()))
    }

    /// The unit here of a unit there.
    pub(super) fn here(&self, there: i64) -> Option<i64> {
        self.0.get(&there).map(|known| known.unit)
    }

    /// The unit there of a unit here.
    pub(super) fn there(&self, here: i64) -> Option<i64> {
        self.0.iter().find(|(_, known)| known.unit == here).map(|(id, _)| *id)
    }
}

/// The units there, when they were not read yet and one is asked for that is not known.
pub(super) async fn unit_there(client: &Client<'_>, here: i64) -> Result<Option<i64>, ConnectError> {
    const SVC: &str = "core/search_items";
    let units = Units::of(client).await?;
    let is_followed = client.session.lock().followed_since.is_some();
    if let Some(there) = units.there(here)
        && units.0.contains_key(&there)
    {
        return Ok(Some(there));
    }
    if is_followed {
        return Ok(None);
    }
    let spec = json!({"itemsType": "avl_unit", "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"});
    let params = json!({"spec": spec, "force": 1, "flags": 0x1 | 0x100, "from": 0, "to": 0});
    let answer = client.call(SVC, &params).await?;
    let items = answer.json.get("items").and_then(Json::as_array);
    let items = items.ok_or_else(|| Failure::odd(SVC, "the answer has no list `items`"))?;
    let mut pulled = Pulled::default();
    let read = |item: &Json| Some((item.get("id").and_then(integer)?, item.as_object()?.clone()));
    let found: Vec<(i64, Object)> = items.iter().filter_map(read).collect();
    match_all(client, &found, &mut pulled).await?;
    Ok(Units::of(client).await?.there(here))
}

/// Lets units there be units here: by their unique ids, by what they were known as before, or as new ones.
pub(super) async fn match_all(
    client: &Client<'_>,
    there: &[(i64, Object)],
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let mut known = Units::of(client).await?;
    let mut here = remote.ledger.units(&remote.caller()).await?.to_vec();
    let mut records = Vec::new();
    for (id, shown) in there {
        let before = known.0.get(id).cloned();
        let said = |name: &str| shown.get(name).and_then(text).map(|text| text.trim().to_owned());
        let old = before.clone().unwrap_or_default();
        let now = Known {
            name: said("nm").filter(|name| !name.is_empty()).unwrap_or_else(|| old.name.clone()),
            unique_id: said("uid").unwrap_or_else(|| old.unique_id.clone()),
            ..old.clone()
        };
        let Some(now) = matched(client, *id, &old, now, &mut here, pulled).await? else { continue };
        if before.as_ref() != Some(&now) {
            let value = serde_json::to_string(&now).ok();
            let (holder, namespace) = (remote.connection.id.into(), UNITS.to_owned());
            records.push(Record { holder, namespace, key: id.to_string(), value, expected: None });
            known.0.insert(*id, now);
        }
    }
    if !records.is_empty() {
        let submission = Submission { records, ..Submission::default() };
        remote.ledger.submit(&remote.caller(), submission).await?;
    }
    Ok(())
}

/// The unit here of one there, made or renamed where that is wanted; `None` when it is none here.
async fn matched(
    client: &Client<'_>,
    id: i64,
    old: &Known,
    now: Known,
    here: &mut Vec<Unit>,
    pulled: &mut Pulled,
) -> Result<Option<Known>, ConnectError> {
    let remote = client.remote;
    let is_mirrored = remote.connection.flag(MIRROR_UNITS, true);
    let by_unique_id = |unit: &&mut Unit| !now.unique_id.is_empty() && unit.unique_id == now.unique_id;
    if let Some(unit) = here.iter_mut().find(by_unique_id) {
        let made = now.made && unit.id.0 == old.unit;
        let now = Known { unit: unit.id.0, made, ..now };
        // A new name there is one here, as long as nobody gave it another.
        let is_renamed = made && now.name != old.name && unit.name == old.name;
        if is_renamed && is_mirrored {
            unit.name.clone_from(&now.name);
            put(client, unit.clone(), pulled).await?;
        }
        return Ok(Some(now));
    }
    if let Some(unit) = here.iter_mut().find(|unit| unit.id.0 == old.unit) {
        let is_other = now.unique_id != old.unique_id || now.name != old.name;
        if old.made && is_mirrored && is_other {
            let mut changed = unit.clone();
            if changed.name == old.name {
                changed.name.clone_from(&now.name);
            }
            changed.unique_id.clone_from(&now.unique_id);
            if let Some(put) = put(client, changed, pulled).await? {
                *unit = put;
            }
        }
        return Ok(Some(now));
    }
    if !is_mirrored {
        return Ok(None);
    }
    let name = if now.name.is_empty() { format!("unit {id}") } else { now.name.clone() };
    let unit = Unit { name, unique_id: now.unique_id.clone(), created_at: remote.now, ..Unit::default() };
    let Some(unit) = put(client, unit, pulled).await? else { return Ok(None) };
    let now = Known { unit: unit.id.0, made: true, ..now };
    here.push(unit);
    pulled.changed += 1;
    Ok(Some(now))
}

async fn put(client: &Client<'_>, unit: Unit, pulled: &mut Pulled) -> Result<Option<Unit>, ConnectError> {
    let remote = client.remote;
    let name = unit.name.clone();
    match remote.ledger.put_unit(&remote.caller(), unit).await? {
        Ok(unit) => Ok(Some(unit)),
        Err(rejection) => {
            pulled.problems.push(format!("unit {name}: {rejection}"));
            Ok(None)
        }
    }
}

/// What a unit there said, by its id.
#[derive(Default)]
pub(super) struct Said(BTreeMap<i64, BTreeMap<i64, Report>>);

impl Said {
    /// One message of a unit. Of one moment the last counts.
    pub(super) fn message(&mut self, id: i64, message: &Json, now: Timestamp) {
        if let Some(report) = report(message, now) {
            self.0.entry(id).or_default().insert(report.at.as_second(), report);
        }
    }

    /// What is shown of a unit: its last message, or else its last position.
    pub(super) fn shown(&mut self, id: i64, shown: &Object, now: Timestamp) {
        let last = shown.get("lmsg").filter(|message| message.is_object());
        if let Some(last) = last {
            self.message(id, last, now);
        }
        let Some(pos) = shown.get("pos").filter(|pos| pos.is_object()) else { return };
        let at = pos.get("t").and_then(integer).unwrap_or(0);
        if !self.0.get(&id).is_some_and(|known| known.contains_key(&at)) {
            self.message(id, &json!({"t": at, "pos": pos}), now);
        }
    }

    /// Reads what units said while nobody listened: from their last message here to the last one there.
    pub(super) async fn catch_up(&mut self, client: &Client<'_>, pulled: &mut Pulled) -> Result<(), ConnectError> {
        const SVC: &str = "messages/load_interval";
        let remote = client.remote;
        if !remote.connection.flag(MIRROR_UNITS, true) {
            return Ok(());
        }
        let gaps = self.gaps(client).await?;
        for (id, from, to) in gaps.iter().take(MOST_GAPS) {
            // Data messages that say a position.
            let kind = json!({"flags": 1, "flagsMask": 0xFF01, "loadCount": MOST_MESSAGES});
            let mut params = json!({"itemId": id, "timeFrom": from, "timeTo": to});
            if let (Some(params), Json::Object(kind)) = (params.as_object_mut(), kind) {
                params.extend(kind);
            }
            match client.call(SVC, &params).await {
                Ok(answer) => {
                    let messages = answer.json.get("messages").and_then(Json::as_array);
                    messages.into_iter().flatten().for_each(|message| self.message(*id, message, remote.now));
                }
                // None in the interval, or too many, or not to be seen: the last one is known.
                Err(Failure { error: ConnectError::Refused(_), .. }) => {}
                Err(failure) => return Err(failure.into()),
            }
        }
        if !gaps.is_empty() {
            // What a session loaded is kept for it until it says so. That it could not does no harm.
            drop(client.call("messages/unload", &json!({})).await);
        }
        if let Some(left @ 1..) = gaps.len().checked_sub(MOST_GAPS) {
            pulled.problems.push(format!("what {left} units said meanwhile was not read, only where they are now"));
        }
        Ok(())
    }

    /// Units that said something unheard, from when and to when.
    async fn gaps(&self, client: &Client<'_>) -> Result<Vec<(i64, i64, i64)>, ConnectError> {
        let (units, caller) = (Units::of(client).await?, client.remote.caller());
        let here = client.remote.ledger.units(&caller).await?;
        let gap = |(there, reports): (&i64, &BTreeMap<i64, Report>)| {
            let (unit, last) = (units.here(*there)?, *reports.last_key_value()?.0);
            let position = here.iter().find(|known| known.id.0 == unit)?.position?;
            let heard = position.at.as_second();
            (last - heard > GAP_S).then_some((*there, heard + 1, last - 1))
        };
        Ok(self.0.iter().filter_map(gap).collect())
    }

    /// Takes in what is new, as units' own readings are taken in.
    pub(super) async fn take_in(self, client: &Client<'_>, pulled: &mut Pulled) -> Result<(), ConnectError> {
        let remote = client.remote;
        if self.0.is_empty() || !remote.connection.flag(MIRROR_UNITS, true) {
            return Ok(());
        }
        let (units, caller) = (Units::of(client).await?, remote.caller());
        let here = remote.ledger.units(&caller).await?;
        let mut news = Vec::new();
        for (there, reports) in self.0 {
            let Some(unit) = units.here(there).and_then(|id| here.iter().find(|unit| unit.id.0 == id)) else {
                continue;
            };
            let last = unit.position.map(|position| position.at);
            for report in reports.into_values() {
                let is_newer = last.is_none_or(|last| report.at > last);
                if is_newer || !is_known(client, unit.id, &report).await? {
                    news.push((unit.id, report));
                }
            }
        }
        if !news.is_empty() {
            pulled.changed += news.len();
            remote.ledger.put_reports(&caller, news).await?;
        }
        Ok(())
    }
}

/// Whether a report of this moment is kept already: it was told before, or the unit itself said it here.
async fn is_known(client: &Client<'_>, unit: UnitId, report: &Report) -> Result<bool, ConnectError> {
    let until = report.at.checked_add(jiff::SignedDuration::from_millis(999)).unwrap_or(report.at);
    let query = ReportQuery { unit, from: report.at, until, newest: true, limit: 1 };
    Ok(!client.remote.ledger.reports(&client.remote.caller(), query).await?.is_empty())
}

/// A data message as a report; `None` for any other, and for one without a time that can be.
fn report(message: &Json, now: Timestamp) -> Option<Report> {
    if message.get("tp").is_some_and(|kind| kind.as_str() != Some(DATA)) {
        return None;
    }
    let number = |of: &Json, name: &str| of.get(name).and_then(double);
    let at = message.get("t").and_then(integer).filter(|&at| at > 0 && at <= now.as_second() + AHEAD_S)?;
    let at = Timestamp::from_second(at).ok()?;
    let pos = message.get("pos").filter(|pos| pos.is_object());
    let position = pos.and_then(|pos| {
        let (latitude, longitude) = (number(pos, "y")?, number(pos, "x")?);
        (latitude.abs() <= 90.0 && longitude.abs() <= 180.0).then_some(Position {
            at,
            latitude,
            longitude,
            altitude_m: number(pos, "z"),
            speed_kmh: number(pos, "s"),
            course: number(pos, "c"),
            satellites: pos.get("sc").and_then(integer).unwrap_or(0),
        })
    });
    let bits = |name: &str| message.get(name).and_then(integer).filter(|&bits| bits != 0);
    let parameters = message.get("p").and_then(Json::as_object).filter(|p| !p.is_empty());
    Some(Report {
        at,
        received_at: now,
        position,
        inputs: bits("i"),
        outputs: bits("o"),
        alarm: bits("f").is_some_and(|flags| flags & ALARM != 0),
        parameters: parameters.and_then(|p| serde_json::to_string(p).ok()),
    })
}

/// The unit there of an id, a name or a unique id.
pub(super) async fn named(client: &Client<'_>, word: &str) -> Result<Option<i64>, ConnectError> {
    let units = Units::of(client).await?;
    let by_word = units.0.iter().find(|(_, known)| known.unique_id == word || known.name == word);
    Ok(by_word.map(|(id, _)| *id).or_else(|| word.parse().ok()))
}
