//! Reservations: orders against bookable services. The ledger has no rooms, rates or ages of guests; where an answer
//! must name one, its id is derived from what is known, and what an import kept in its bag is shown.

use super::{View, Word, derived, edit_bag, listed, order_to_wire};
use crate::mews::wire::{Members, Object, PersonCount, Reservation, utc};
use docket_core::Timestamp;
use docket_core::ids::{ConnectionId, Uuid};
use docket_core::order::{Command, Field, Move, Order, Rejection, State, Transition};
use jiff::{SignedDuration, ToSpan};
use std::collections::HashMap;

const REASONS: &[&str] = &[
    "Other",
    "ConfirmationMissed",
    "BookedElsewhere",
    "ForceMajeure",
    "GuestComplaint",
    "NoShow",
    "PriceTooHigh",
    "ServiceNotAvailable",
    "InputError",
    "InvalidPayment",
    "TravelAgency",
    "RequestedByGuest",
    "Update",
    "BookingAbandoned",
    "RequestedByBooker",
];
const PURPOSES: &[&str] = &["Leisure", "Business", "Student"];

/// From when to when a stay is planned.
pub(in crate::mews) fn stay_times(order: &Order, created: Timestamp) -> (Timestamp, Timestamp) {
    let fields = &order.fields;
    // Windows of permanent orders hold a time of day, not a moment.
    let moment = |time: Option<Timestamp>| time.filter(|time| time.as_second() >= 86_400);
    let start = fields.start.or(moment(fields.window_from)).or(fields.due).unwrap_or(created);
    let later = |time: Option<Timestamp>| time.filter(|time| *time > start);
    let served = fields.service_time_s.and_then(|seconds| start.checked_add(SignedDuration::from_secs(seconds)).ok());
    let night = start.checked_add(24.hours()).unwrap_or(start);
    (start, later(moment(fields.window_to)).or(later(fields.due)).or(later(served)).unwrap_or(night))
}

/// A reservation as it is shown.
pub(in crate::mews) fn stay_to_wire<'a>(
    order: &'a Order,
    view: &'a View,
    service: Uuid,
    labels: &'a HashMap<ConnectionId, String>,
) -> Reservation<'a> {
    let head = order_to_wire(order, view, service, labels);
    let bag = order.wire(super::ID).and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default();
    let bag = bag.members();
    let id = |name| bag.uuid(name).ok().flatten();
    let text = |name| bag.text(name).ok().flatten();
    let or_derived = |name, kind, of: &str| id(name).unwrap_or_else(|| derived(order.account, kind, of));
    let service_text = service.to_string();
    let (start, end) = stay_times(order, order.created_at);
    let was_there = order.state == State::Started || order.state.is_done();
    let arrived = order.fields.arrived_at.or(Some(order.state_since).filter(|_| order.state == State::Started));
    let left = order.fields.departed_at.or(order.fields.completed_at).filter(|_| order.state.is_done());
    let room = order.fields.unit.map(|unit| derived(order.account, "resource", &unit.to_string()));
    Reservation {
        id: head.id,
        service_id: service,
        account_id: head.account_id,
        account_type: head.account_type,
        creator_profile_id: head.creator_profile_id,
        updater_profile_id: head.updater_profile_id,
        booker_id: head.booker_id,
        number: head.number,
        state: head.state,
        origin: head.origin,
        commander_origin: head.commander_origin,
        origin_details: head.origin_details,
        created_utc: head.created_utc,
        updated_utc: head.updated_utc,
        cancelled_utc: head.cancelled_utc,
        voucher_id: head.voucher_id,
        business_segment_id: head.business_segment_id,
        options: head.options,
        rate_id: or_derived("RateId", "rate", &service_text),
        credit_card_id: None,
        group_id: group_of(order),
        requested_resource_category_id: or_derived("RequestedResourceCategoryId", "category", &service_text),
        assigned_resource_id: room.or_else(|| id("AssignedResourceId")),
        availability_block_id: id("AvailabilityBlockId"),
        partner_company_id: id("PartnerCompanyId"),
        travel_agency_id: id("TravelAgencyId"),
        assigned_resource_locked: bag.flag("AssignedResourceLocked").ok().flatten().unwrap_or(false),
        channel_number: text("ChannelNumber").map(str::to_owned),
        channel_manager_number: text("ChannelManagerNumber").map(str::to_owned),
        cancellation_reason: listed(REASONS, text("CancellationReason")).filter(|_| view.word == Word::Canceled),
        released_utc: None,
        start_utc: utc(start),
        end_utc: utc(end),
        scheduled_start_utc: utc(start),
        actual_start_utc: arrived.filter(|_| was_there).map(utc),
        scheduled_end_utc: utc(end),
        actual_end_utc: left.map(utc),
        purpose: listed(PURPOSES, text("Purpose")),
        qr_code_data: None,
        person_counts: persons(order, bag),
    }
}

/// The reservation group: an import's, or one of its own.
pub(in crate::mews) fn group_of(order: &Order) -> Uuid {
    let bag = order.wire(super::ID).and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default();
    let kept = bag.members().uuid("GroupId").ok().flatten();
    kept.unwrap_or_else(|| derived(order.account, "group", &order.id.to_string()))
}

fn persons(order: &Order, bag: Members<'_>) -> Vec<PersonCount> {
    let kept = bag.objects("PersonCounts").unwrap_or_default();
    let read = |member: &Members<'_>| {
        let age_category_id = member.uuid("AgeCategoryId").ok().flatten()?;
        Some(PersonCount { age_category_id, count: member.integer("Count").ok().flatten()? })
    };
    let counts: Vec<PersonCount> = kept.iter().filter_map(read).collect();
    if counts.is_empty() {
        return vec![PersonCount { age_category_id: derived(order.account, "age", "adult"), count: 1 }];
    }
    counts
}

/// What is asked of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mews) enum Step {
    /// The guest said yes.
    Confirm,
    /// The guest is there.
    Start,
    /// The guest left.
    Process,
    /// Called off.
    Cancel,
}

impl Step {
    fn is_allowed_from(self, word: Word) -> bool {
        match self {
            Step::Confirm => word == Word::Optional,
            Step::Start => word == Word::Confirmed,
            Step::Process => word == Word::Started,
            Step::Cancel => matches!(word, Word::Inquired | Word::Confirmed | Word::Optional | Word::Requested),
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Step::Confirm => "confirmed",
            Step::Start => "started",
            Step::Process => "processed",
            Step::Cancel => "canceled",
        }
    }

    /// The command for an order that is shown with this word.
    pub(in crate::mews) fn command(self, order: &Order, word: Word, now: Timestamp) -> Result<Command, Rejection> {
        if !self.is_allowed_from(word) {
            let what = format!("a reservation that is {} cannot be {}", word.text(), self.word());
            return Err(Rejection::Forbidden { what });
        }
        Ok(match self {
            Step::Confirm => {
                let state = if order.is_assigned() { State::Assigned } else { State::Received };
                let bag = edit_bag(order, |bag| {
                    bag.insert("State".to_owned(), Word::Confirmed.text().into());
                });
                let wire = Some((super::ID.to_owned(), Some(bag)));
                Command { to: Some(Move::Become(state)), wire, ..Command::default() }
            }
            Step::Start => Command::default().with(Field::ArrivedAt, now).moving(Transition::Start),
            Step::Process => Command::default().with(Field::DepartedAt, now).moving(Transition::Complete),
            Step::Cancel => Command::default().moving(Transition::Cancel),
        })
    }
}
