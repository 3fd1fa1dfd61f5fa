//! Reservations as they are shown.

use super::OrderOptions;
use docket_core::ids::Uuid;
use serde::Serialize;
use std::borrow::Cow;

/// A reservation: exactly these members, in this order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Reservation<'a> {
    pub(in crate::mews) id: Uuid,
    pub(in crate::mews) service_id: Uuid,
    pub(in crate::mews) account_id: Uuid,
    pub(in crate::mews) account_type: &'static str,
    pub(in crate::mews) creator_profile_id: Uuid,
    pub(in crate::mews) updater_profile_id: Uuid,
    pub(in crate::mews) booker_id: Option<Uuid>,
    pub(in crate::mews) number: String,
    pub(in crate::mews) state: &'static str,
    pub(in crate::mews) origin: &'static str,
    pub(in crate::mews) commander_origin: Option<&'static str>,
    pub(in crate::mews) origin_details: Option<Cow<'a, str>>,
    pub(in crate::mews) created_utc: String,
    pub(in crate::mews) updated_utc: String,
    pub(in crate::mews) cancelled_utc: Option<String>,
    pub(in crate::mews) voucher_id: Option<Uuid>,
    pub(in crate::mews) business_segment_id: Option<Uuid>,
    pub(in crate::mews) options: OrderOptions,
    pub(in crate::mews) rate_id: Uuid,
    pub(in crate::mews) credit_card_id: Option<Uuid>,
    pub(in crate::mews) group_id: Uuid,
    pub(in crate::mews) requested_resource_category_id: Uuid,
    pub(in crate::mews) assigned_resource_id: Option<Uuid>,
    pub(in crate::mews) availability_block_id: Option<Uuid>,
    pub(in crate::mews) partner_company_id: Option<Uuid>,
    pub(in crate::mews) travel_agency_id: Option<Uuid>,
    pub(in crate::mews) assigned_resource_locked: bool,
    pub(in crate::mews) channel_number: Option<String>,
    pub(in crate::mews) channel_manager_number: Option<String>,
    pub(in crate::mews) cancellation_reason: Option<&'static str>,
    pub(in crate::mews) released_utc: Option<String>,
    pub(in crate::mews) start_utc: String,
    pub(in crate::mews) end_utc: String,
    pub(in crate::mews) scheduled_start_utc: String,
    pub(in crate::mews) actual_start_utc: Option<String>,
    pub(in crate::mews) scheduled_end_utc: String,
    pub(in crate::mews) actual_end_utc: Option<String>,
    pub(in crate::mews) purpose: Option<&'static str>,
    pub(in crate::mews) qr_code_data: Option<String>,
    pub(in crate::mews) person_counts: Vec<PersonCount>,
}

/// How many persons of an age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct PersonCount {
    pub(in crate::mews) age_category_id: Uuid,
    pub(in crate::mews) count: i32,
}

/// A page of reservations.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct Reservations<'a> {
    pub(in crate::mews) reservations: Vec<Reservation<'a>>,
    pub(in crate::mews) cursor: Option<Uuid>,
}

/// The reservations that were changed.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(in crate::mews) struct ReservationsChanged {
    pub(in crate::mews) reservation_ids: Vec<Uuid>,
}
