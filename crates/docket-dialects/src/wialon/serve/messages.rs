//! Messages of units: what they said, over stretches of time.
//!
//! A session has one loader. It holds which messages were asked for rather than the messages: what was removed or
//! forgotten since is no longer there.

use super::super::error::Error;
use super::super::wire::{Json, Object, integer, seconds, unsigned};
use super::Scope;
use super::items::{Catalogue, Item, report_message};
use super::session::lock;
use docket_core::Timestamp;
use docket_core::ids::UnitId;
use docket_core::track::{Report, ReportQuery};
use jiff::SignedDuration;
use serde_json::json;

/// At most this many messages of an interval.
const MOST: usize = 100_000;
/// At most this many last messages.
const MOST_LAST: i64 = 10_000;
/// How many reports are looked at for the last messages of a kind.
const LOOKED_AT: usize = 250_000;
/// The bits of `f` that say of what type a message is; there are data messages only.
const TYPE_BITS: i64 = 0xFF00;

/// Which messages a session loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Loader {
    unit: UnitId,
    from: Timestamp,
    until: Timestamp,
    kind: Kind,
    /// How many of the first moment are not among them.
    skipped: usize,
}

/// Which messages are asked for: `f` under the mask must be the flags.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kind {
    flags: i64,
    mask: i64,
}

impl Kind {
    fn read(params: &Object) -> Result<Kind, Error> {
        let number = |name: &str| params.get(name).map_or(Some(0), integer).ok_or(Error::Input);
        Ok(Kind { flags: number("flags")?, mask: number("flagsMask")? })
    }

    fn fits(self, report: &Report) -> bool {
        flags_of(report) & self.mask == self.flags
    }

    /// Whether there can be any: all messages here are of type 0.
    fn is_possible(self) -> bool {
        self.flags & TYPE_BITS == 0
    }
}

/// `f` of a message.
pub(super) fn flags_of(report: &Report) -> i64 {
    let flag = |is_set: bool, flag: i64| if is_set { flag } else { 0 };
    flag(report.position.is_some(), 0x1)
        | flag(report.inputs.is_some(), 0x2)
        | flag(report.outputs.is_some(), 0x4)
        | flag(report.alarm, 0x10)
}

/// The start of a second.
fn start(second: i64) -> Result<Timestamp, Error> {
    Timestamp::from_second(second).map_err(|_| Error::Input)
}

/// The last moment of a second.
fn end(second: i64) -> Result<Timestamp, Error> {
    const ALMOST: SignedDuration = SignedDuration::from_nanos(999_999_999);
    start(second)?.checked_add(ALMOST).map_err(|_| Error::Input)
}

/// How many messages the answer shows.
fn shown(params: &Object) -> Result<usize, Error> {
    let count = params.get("loadCount").map_or(Some(0), unsigned).ok_or(Error::Input)?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// The unit a call names; of the other items there are no messages.
async fn unit_of(scope: &Scope<'_>, params: &Object) -> Result<Option<UnitId>, Error> {
    let id = params.get("itemId").and_then(integer).ok_or(Error::Input)?;
    let catalogue = Catalogue::load(scope).await?;
    match catalogue.find(id).ok_or(Error::Access)? {
        Item::Unit(unit) => Ok(Some(unit.id)),
        Item::Resource | Item::User => Ok(None),
    }
}

fn answer(scope: &Scope<'_>, reports: &[Report], shown: usize) -> Result<Json, Error> {
    let messages: Vec<Json> = reports.iter().take(shown).map(report_message).collect();
    // A message is some 200 bytes; what is shown counts against the answer's room.
    scope.room.take(messages.len().saturating_mul(256))?;
    Ok(json!({ "count": reports.len(), "messages": messages }))
}

impl Loader {
    /// The messages, oldest first.
    async fn load(&self, scope: &Scope<'_>) -> Result<Vec<Report>, Error> {
        if !self.kind.is_possible() {
            return Ok(Vec::new());
        }
        let query = ReportQuery { unit: self.unit, from: self.from, until: self.until, newest: false, limit: MOST + 1 };
        let mut reports = scope.cx.ledger.reports(&scope.caller, query).await?;
        if reports.len() > MOST {
            return Err(Error::TooMany);
        }
        reports.retain(|report| self.kind.fits(report));
        reports.drain(..self.skipped.min(reports.len()));
        Ok(reports)
    }
}

/// `messages/load_interval`.
pub(super) async fn load_interval(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let moment = |name: &str| params.get(name).and_then(seconds).ok_or(Error::Input);
    let (from, until) = (start(moment("timeFrom")?)?, end(moment("timeTo")?)?);
    let (kind, shown) = (Kind::read(params)?, shown(params)?);
    let Some(unit) = unit_of(scope, params).await? else { return answer(scope, &[], 0) };
    let loader = Loader { unit, from, until, kind, skipped: 0 };
    let reports = loader.load(scope).await?;
    lock(&scope.session).loader = Some(loader);
    answer(scope, &reports, shown)
}

/// `messages/load_last`: the last so many before a moment.
pub(super) async fn load_last(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let last = params.get("lastTime").and_then(seconds).ok_or(Error::Input)?;
    let count = params.get("lastCount").and_then(unsigned).filter(|&count| count <= MOST_LAST).ok_or(Error::Input)?;
    let count = usize::try_from(count).unwrap_or_default();
    let (kind, shown) = (Kind::read(params)?, shown(params)?);
    let until = if last == 0 { scope.cx.now } else { end(last)? };
    let Some(unit) = unit_of(scope, params).await? else { return answer(scope, &[], 0) };
    let any = kind == Kind { flags: 0, mask: 0 } || kind == Kind { flags: 0, mask: TYPE_BITS };
    let limit = if any { count } else { LOOKED_AT };
    let query = ReportQuery { unit, from: Timestamp::MIN, until, newest: true, limit };
    let mut reports = match kind.is_possible() {
        true => scope.cx.ledger.reports(&scope.caller, query).await?,
        false => Vec::new(),
    };
    reports.retain(|report| kind.fits(report));
    reports.drain(..reports.len().saturating_sub(count));
    let from = reports.first().map_or(until, |first| first.at);
    // Earlier ones of the first moment were left out: the loader leaves them out again.
    let query = ReportQuery { unit, from, until: from, newest: false, limit: MOST };
    let of_first = scope.cx.ledger.reports(&scope.caller, query).await?;
    let of_first = of_first.iter().filter(|report| kind.fits(report)).count();
    let taken = reports.iter().filter(|report| report.at == from).count();
    let loader = Loader { unit, from, until, kind, skipped: of_first.saturating_sub(taken) };
    lock(&scope.session).loader = Some(loader);
    answer(scope, &reports, shown)
}

/// The messages a session loaded; wrong input when there are none.
async fn loaded(scope: &Scope<'_>) -> Result<(Loader, Vec<Report>), Error> {
    let loader = lock(&scope.session).loader.ok_or(Error::Input)?;
    // The unit may be out of reach since.
    if !scope.rights.sees(loader.unit.0) {
        return Err(Error::Access);
    }
    Ok((loader, loader.load(scope).await?))
}

/// `messages/get_messages`: by place, or by time.
pub(super) async fn get_messages(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let number = |name: &str| params.get(name).map(|given| unsigned(given).ok_or(Error::Input)).transpose();
    let place = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
    let (from, until) = (number("timeFrom")?, number("timeTo")?);
    let (_, reports) = loaded(scope).await?;
    let chosen: Vec<&Report> = match (from, until) {
        (None, None) => {
            let (first, last) = (number("indexFrom")?.ok_or(Error::Input)?, number("indexTo")?.ok_or(Error::Input)?);
            let count = place(last).saturating_add(1).saturating_sub(place(first));
            reports.iter().skip(place(first)).take(count).collect()
        }
        (from, until) => {
            let (from, until) = (from.unwrap_or(0), until.unwrap_or(i64::MAX));
            let is_within = |report: &&Report| (from..=until).contains(&report.at.as_second());
            let count = number("loadCount")?.map_or(usize::MAX, place);
            reports.iter().filter(is_within).take(count).collect()
        }
    };
    scope.room.take(chosen.len().saturating_mul(256))?;
    Ok(chosen.into_iter().map(report_message).collect())
}

/// `messages/unload`.
pub(super) fn unload(scope: &Scope<'_>) -> Json {
    lock(&scope.session).loader = None;
    json!({})
}

/// `messages/delete_message`.
pub(super) async fn delete_message(scope: &Scope<'_>, params: &Object) -> Result<Json, Error> {
    let place = params.get("msgIndex").and_then(unsigned).ok_or(Error::Input)?;
    let (loader, reports) = loaded(scope).await?;
    let report = usize::try_from(place).ok().and_then(|place| reports.get(place)).ok_or(Error::Input)?;
    let is_gone = scope.cx.ledger.remove_report(&scope.caller, loader.unit, report.clone()).await?;
    if is_gone { Ok(json!({})) } else { Err(Error::Input) }
}
