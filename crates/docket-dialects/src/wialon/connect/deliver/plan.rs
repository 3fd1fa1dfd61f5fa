//! What is to be done about an order that is there: its parts, who has it, how it ended.

use super::super::call::Client;
use super::super::members::UNIT;
use super::super::mirror::Mirror;
use super::super::{DEFAULT_UNIT, units};
use super::changed;
use crate::connect::ConnectError;
use crate::wialon::map::{ACTIVE, INACTIVE, ON_TIME, REJECTED, SF_CONFIRMED, SF_REJECTED};
use crate::wialon::wire::{Json, Members, Object, integer};
use docket_core::order::{Order, State};

/// One call about an order. Each brings the order to a state, so it may be made again.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Act {
    /// These members are so.
    Update(Object),
    /// This unit has it; 0 is none.
    Assign(i64),
    /// It is done, so far in percent.
    Confirm(Option<i64>),
    /// It is not going to be done.
    Reject,
    /// To the history.
    Register,
    /// Away, from its route too.
    Delete,
}

/// What is to be done, before its files are looked at and after.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) early: Vec<Act>,
    pub(super) late: Vec<Act>,
    /// It is done there, and to be done again.
    pub(super) is_again: bool,
}

impl Plan {
    pub(super) async fn of(
        client: &Client<'_>,
        order: &Order,
        mirror: &Mirror,
        members: &Members,
    ) -> Result<Plan, ConnectError> {
        let is_theirs = client.remote.is_origin_of(order);
        let mut plan = Plan::default();
        match order.state {
            // To delete what came from there is to forget it here.
            State::Deleted if is_theirs => return Ok(plan),
            State::Deleted => plan.late.push(Act::Delete),
            State::Canceled if mirror.is_rejected() => {}
            State::Canceled if is_theirs => plan.late.push(not_done(mirror)?),
            State::Canceled => plan.late.push(Act::Delete),
            State::Rejected | State::Failed => {
                plan.update(mirror, members);
                let is_open = !mirror.is_done() && !mirror.is_rejected();
                // Who says no must have it; where nobody there does, nobody there says no.
                let unit = if mirror.u() == 0 { members.u } else { mirror.u() };
                if is_open && unit != mirror.u() {
                    plan.early.push(Act::Assign(unit));
                }
                if is_open && unit != 0 {
                    plan.late.push(Act::Reject);
                }
            }
            State::Received | State::Assigned | State::Accepted | State::Started | State::Waiting => {
                plan.is_again = mirror.is_done() && !is_theirs;
                plan.update(mirror, members);
                plan.assign(mirror, members);
            }
            State::Completed | State::Submitted | State::Invoiced | State::Closed => {
                plan.update(mirror, members);
                plan.done(client, order, mirror, (members.u, is_theirs)).await?;
            }
        }
        Ok(plan)
    }

    fn update(&mut self, mirror: &Mirror, members: &Members) {
        self.early.extend(changed(mirror, members).map(Act::Update));
    }

    fn assign(&mut self, mirror: &Mirror, members: &Members) {
        let said = mirror.said.get(UNIT).and_then(integer).unwrap_or(0);
        let is_new = members.u != said && !mirror.is_done();
        if is_new || mirror.is_rejected() {
            self.early.push(Act::Assign(members.u));
        }
    }

    async fn done(
        &mut self,
        client: &Client<'_>,
        order: &Order,
        mirror: &Mirror,
        (unit, is_theirs): (i64, bool),
    ) -> Result<(), ConnectError> {
        let confirm = Act::Confirm(order.fields.completion_percent.filter(|percent| *percent >= 0));
        if !mirror.is_done() {
            let instead = match client.setting(DEFAULT_UNIT).filter(|_| mirror.u() == 0) {
                _ if mirror.u() == 0 && unit != 0 => Some(unit),
                Some(word) => units::named(client, word).await?,
                None => None,
            };
            match instead {
                Some(unit) => self.late.extend([Act::Assign(unit), confirm]),
                // Nobody there did it: to us it is over.
                None if mirror.u() == 0 && !is_theirs => {
                    self.late.push(Act::Register);
                    return Ok(());
                }
                None => self.late.push(confirm),
            }
        }
        if order.state == State::Closed && !is_theirs {
            self.late.push(Act::Register);
        }
        Ok(())
    }
}

/// What of theirs was called off here: who has it there says no.
fn not_done(mirror: &Mirror) -> Result<Act, ConnectError> {
    match (mirror.is_done(), mirror.u()) {
        (true, _) => Err(ConnectError::Refused("it was called off here, and is done there".to_owned())),
        (false, 0) => Err(ConnectError::Refused(
            "it was called off here; there it has no unit that could reject it, so that it must be called off there"
                .to_owned(),
        )),
        (false, _) => Ok(Act::Reject),
    }
}

impl Act {
    /// The parameters of the call, in the order of the page.
    pub(super) fn params(&self, resource: i64, id: i64) -> Json {
        let mut params = Object::new();
        let mut put = |name: &str, value: Json| drop(params.insert(name.to_owned(), value));
        put("itemId", resource.into());
        put("id", id.into());
        let mode = match self {
            Act::Update(members) => {
                members.iter().for_each(|(name, value)| put(name, value.clone()));
                "update"
            }
            Act::Assign(unit) => {
                put("u", (*unit).into());
                "assign"
            }
            Act::Confirm(percent) => {
                if let Some(percent) = percent {
                    put("confirm", (*percent).into());
                }
                "confirm"
            }
            Act::Reject => "reject",
            Act::Register => "register",
            Act::Delete => {
                put("force", 1.into());
                "delete"
            }
        };
        put("callMode", mode.into());
        Json::Object(params)
    }

    /// Whether the order is not listed any more afterwards.
    pub(super) const fn removes(&self) -> bool {
        matches!(self, Act::Register | Act::Delete)
    }

    /// Keeps what was done; in words.
    pub(super) fn note(self, mirror: &mut Mirror, parts: &Object) -> String {
        let flags = mirror.there.get("sf").and_then(integer).unwrap_or(0);
        match self {
            Act::Update(members) => {
                mirror.there.extend(members);
                let is_kept = |name: &str| name == UNIT;
                let unit = mirror.said.get(UNIT).cloned();
                mirror.said = parts.clone();
                mirror.said.retain(|name, _| !is_kept(name));
                mirror.said.extend(unit.map(|unit| (UNIT.to_owned(), unit)));
                mirror.saying = Object::new();
                "updated".to_owned()
            }
            Act::Assign(unit) => {
                let s = if unit == 0 { INACTIVE } else { ACTIVE };
                mirror.note([("u", unit.into()), ("s", s.into()), ("sf", (flags & !SF_REJECTED).into())]);
                mirror.said.insert(UNIT.to_owned(), unit.into());
                if unit == 0 { "given to nobody".to_owned() } else { format!("given to unit {unit}") }
            }
            Act::Confirm(_) => {
                let flags = flags & !SF_REJECTED | SF_CONFIRMED;
                mirror.note([("s", ON_TIME.into()), ("sf", flags.into())]);
                "confirmed".to_owned()
            }
            Act::Reject => {
                mirror.note([("s", REJECTED.into()), ("sf", (flags | SF_REJECTED).into())]);
                "rejected".to_owned()
            }
            Act::Register => {
                mirror.gone = true;
                "moved to the history".to_owned()
            }
            Act::Delete => {
                mirror.gone = true;
                "deleted".to_owned()
            }
        }
    }

    /// What a refusal may mean, where the vendor's code does not say.
    pub(super) fn hint(&self, why: &str, mirror: &Mirror) -> String {
        match self {
            Act::Confirm(_) if mirror.u() == 0 => {
                format!(
                    "{why}: it is done here, and has no unit there; set `{DEFAULT_UNIT}` to the one that is to be named"
                )
            }
            Act::Confirm(_) => {
                format!("{why}: it is done here; there its unit is outside the radius, or others must be done first")
            }
            _ => why.to_owned(),
        }
    }
}
