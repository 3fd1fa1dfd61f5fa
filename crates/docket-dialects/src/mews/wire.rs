//! What is on the wire: request members read one by one, answers as structs in the order of the pages.

mod account;
mod item;
mod read;
mod stay;

pub(super) use account::*;
pub(super) use item::*;
pub(super) use read::{Interval, Limitation, MAX_ITEMS, Members, Object, instant, utc, uuid};
pub(super) use stay::*;

use docket_core::ids::Uuid;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A product service order: exactly these members, in this order.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProductServiceOrder<'a> {
    pub(super) id: Uuid,
    pub(super) service_id: Uuid,
    pub(super) account_id: Uuid,
    pub(super) account_type: &'static str,
    pub(super) creator_profile_id: Uuid,
    pub(super) updater_profile_id: Uuid,
    pub(super) booker_id: Option<Uuid>,
    pub(super) number: String,
    pub(super) state: &'static str,
    pub(super) origin: &'static str,
    pub(super) commander_origin: Option<&'static str>,
    pub(super) origin_details: Option<Cow<'a, str>>,
    pub(super) created_utc: String,
    pub(super) updated_utc: String,
    pub(super) cancelled_utc: Option<String>,
    pub(super) voucher_id: Option<Uuid>,
    pub(super) business_segment_id: Option<Uuid>,
    pub(super) linked_reservation_id: Option<Uuid>,
    pub(super) options: OrderOptions,
}

/// Check-in flags of an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct OrderOptions {
    pub(super) owner_checked_in: bool,
    pub(super) all_companions_checked_in: bool,
    pub(super) any_companion_checked_in: bool,
    pub(super) connector_check_in: bool,
}

/// What is kept with an order in this dialect's own words: the members the core has no use for. Members that are not
/// listed here (what `orders/add` was sent, under `Added`) are kept too and read by nobody yet.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct Bag {
    pub(super) creator_profile_id: Option<Uuid>,
    pub(super) updater_profile_id: Option<Uuid>,
    pub(super) booker_id: Option<Uuid>,
    pub(super) number: Option<String>,
    pub(super) state: Option<String>,
    pub(super) origin: Option<String>,
    pub(super) commander_origin: Option<String>,
    pub(super) origin_details: Option<String>,
    pub(super) created_utc: Option<String>,
    pub(super) updated_utc: Option<String>,
    pub(super) voucher_id: Option<Uuid>,
    pub(super) business_segment_id: Option<Uuid>,
    pub(super) linked_reservation_id: Option<Uuid>,
    pub(super) options: OrderOptions,
}

impl Bag {
    /// From its text; one that cannot be read says nothing.
    pub(super) fn read(text: &str) -> Bag {
        serde_json::from_str(text).unwrap_or_default()
    }
}

/// The bag of an order that `orders/add` makes.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AddedBag<'a> {
    pub(super) creator_profile_id: Uuid,
    pub(super) state: &'static str,
    pub(super) origin: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) business_segment_id: Option<Uuid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) linked_reservation_id: Option<Uuid>,
    /// Everything as it was sent, but for the tokens.
    pub(super) added: Members<'a>,
}

/// A page of product service orders.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ProductServiceOrders<'a> {
    pub(super) product_service_orders: Vec<ProductServiceOrder<'a>>,
    pub(super) cursor: Option<Uuid>,
}

/// When a service offers its products.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Promotions {
    pub(super) before_check_in: bool,
    pub(super) after_check_in: bool,
    pub(super) during_stay: bool,
    pub(super) before_check_out: bool,
    pub(super) after_check_out: bool,
    pub(super) during_check_out: bool,
}

impl Promotions {
    /// From an object, as far as it says.
    pub(super) fn read(members: Option<Members<'_>>) -> Promotions {
        let flag = |name| members.and_then(|members| members.flag(name).ok()?).unwrap_or(false);
        Promotions {
            before_check_in: flag("BeforeCheckIn"),
            after_check_in: flag("AfterCheckIn"),
            during_stay: flag("DuringStay"),
            before_check_out: flag("BeforeCheckOut"),
            after_check_out: flag("AfterCheckOut"),
            during_check_out: flag("DuringCheckOut"),
        }
    }
}

/// How a service is billed.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ServiceOptions {
    pub(super) bill_as_package: bool,
}

/// A text by locale.
pub(super) type Localized<'a> = BTreeMap<&'static str, Cow<'a, str>>;

/// A service.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Service<'a> {
    pub(super) id: Uuid,
    pub(super) enterprise_id: Uuid,
    pub(super) is_active: bool,
    pub(super) name: Cow<'a, str>,
    pub(super) names: Localized<'a>,
    pub(super) start_time: Option<&'static str>,
    pub(super) end_time: Option<&'static str>,
    pub(super) options: ServiceOptions,
    pub(super) promotions: Promotions,
    /// Deprecated, yet clients select services by it.
    pub(super) r#type: &'static str,
    pub(super) ordering: i32,
    pub(super) data: ServiceData,
    pub(super) external_identifier: Option<String>,
    pub(super) created_utc: String,
    pub(super) updated_utc: String,
}

/// What kind of service it is, with what only that kind has.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "Discriminator", content = "Value")]
pub(super) enum ServiceData {
    /// Stays.
    #[serde(rename_all = "PascalCase")]
    Bookable {
        start_offset: &'static str,
        end_offset: &'static str,
        occupancy_start_offset: &'static str,
        occupancy_end_offset: &'static str,
        time_unit: &'static str,
        time_unit_period: &'static str,
    },
    /// Everything else.
    #[serde(rename_all = "PascalCase")]
    Additional { promotions: Promotions },
}

/// A page of services.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Services<'a> {
    pub(super) services: Vec<Service<'a>>,
    pub(super) cursor: Option<Uuid>,
}

/// What `orders/add` answers.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OrderAdded {
    pub(super) order_id: Uuid,
}
