//! What is on the wire: request members read one by one, answers as structs in the order of the pages.
//!
//! Reading is by exact PascalCase name; unknown members are ignored; an explicit `null` is an absent member.
//! Every member that does not say what it should becomes [`Error::Invalid`] with its own name.

use super::error::Error;
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most ids a filter may name, and the largest page.
pub(super) const MAX_ITEMS: usize = 1000;
/// The longest interval a filter may span, in calendar months.
const MAX_MONTHS: i32 = 3;

/// A JSON object.
#[derive(Default)]
pub(super) struct Object(Map<String, Value>);

impl Object {
    /// A strict JSON object from bytes.
    pub(super) fn read(body: &[u8]) -> Result<Object, Error> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Object(members)),
            _ => Err(Error::Json),
        }
    }

    /// Its members.
    pub(super) fn members(&self) -> Members<'_> {
        Members(&self.0)
    }

    /// Forgets some of its members.
    pub(super) fn forget(&mut self, names: &[&str]) {
        for name in names {
            self.0.shift_remove(*name);
        }
    }
}

/// The members of a JSON object.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
pub(super) struct Members<'a>(&'a Map<String, Value>);

impl<'a> Members<'a> {
    fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(super) fn text(self, name: &'static str) -> Result<Option<&'a str>, Error> {
        self.get(name).map(|value| value.as_str().ok_or(Error::invalid(name))).transpose()
    }

    /// A text that must be there and say something.
    pub(super) fn required_text(self, name: &'static str) -> Result<&'a str, Error> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or(Error::invalid(name))
    }

    /// Yes or no.
    pub(super) fn flag(self, name: &'static str) -> Result<Option<bool>, Error> {
        self.get(name).map(|value| value.as_bool().ok_or(Error::invalid(name))).transpose()
    }

    /// A 32-bit whole number.
    pub(super) fn integer(self, name: &'static str) -> Result<Option<i32>, Error> {
        let read = |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
        self.get(name).map(|value| read(value).ok_or(Error::invalid(name))).transpose()
    }

    /// A number.
    pub(super) fn number(self, name: &'static str) -> Result<Option<f64>, Error> {
        let read = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        self.get(name).map(|value| read(value).ok_or(Error::invalid(name))).transpose()
    }

    /// An identifier.
    pub(super) fn uuid(self, name: &'static str) -> Result<Option<Uuid>, Error> {
        self.get(name).map(|value| value.as_str().and_then(uuid).ok_or(Error::invalid(name))).transpose()
    }

    /// Identifiers, 1 to [`MAX_ITEMS`].
    pub(super) fn uuids(self, name: &'static str) -> Result<Option<Vec<Uuid>>, Error> {
        let Some(items) = self.items(name)? else { return Ok(None) };
        if items.is_empty() || items.len() > MAX_ITEMS {
            return Err(Error::invalid(name));
        }
        let ids = items.iter().map(|item| item.as_str().and_then(uuid)).collect::<Option<Vec<_>>>();
        ids.map(Some).ok_or(Error::invalid(name))
    }

    /// Texts, any number.
    pub(super) fn texts(self, name: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
        let Some(items) = self.items(name)? else { return Ok(None) };
        let texts = items.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        texts.map(Some).ok_or(Error::invalid(name))
    }

    fn items(self, name: &'static str) -> Result<Option<&'a [Value]>, Error> {
        self.get(name).map(|value| value.as_array().map(Vec::as_slice).ok_or(Error::invalid(name))).transpose()
    }

    /// Objects in an array, any number.
    pub(super) fn objects(self, name: &'static str) -> Result<Vec<Members<'a>>, Error> {
        let items = self.items(name)?.unwrap_or_default();
        let objects = items.iter().map(|item| item.as_object().map(Members)).collect::<Option<Vec<_>>>();
        objects.ok_or(Error::invalid(name))
    }

    /// An object.
    pub(super) fn object(self, name: &'static str) -> Result<Option<Members<'a>>, Error> {
        self.get(name).map(|value| value.as_object().map(Members).ok_or(Error::invalid(name))).transpose()
    }

    /// A moment.
    pub(super) fn instant(self, name: &'static str) -> Result<Option<Timestamp>, Error> {
        self.get(name).map(|value| value.as_str().and_then(instant).ok_or(Error::invalid(name))).transpose()
    }

    /// An interval with both ends, not longer than three calendar months.
    pub(super) fn interval(self, name: &'static str) -> Result<Option<Interval>, Error> {
        let Some(ends) = self.object(name)? else { return Ok(None) };
        let end = |end| ends.get(end).and_then(Value::as_str).and_then(instant).ok_or(Error::invalid(name));
        let interval = Interval { start: end("StartUtc")?, end: end("EndUtc")? };
        if interval.start > interval.end || interval.is_too_long() {
            return Err(Error::invalid(name));
        }
        Ok(Some(interval))
    }

    /// The part of a listing that is wanted; required wherever it is documented.
    pub(super) fn limitation(self) -> Result<Limitation, Error> {
        const NAME: &str = "Limitation";
        let members = self.object(NAME)?.ok_or(Error::invalid(NAME))?;
        let count = members.get("Count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| (1..=MAX_ITEMS).contains(count)).ok_or(Error::invalid(NAME))?;
        Ok(Limitation { count, cursor: members.uuid("Cursor")? })
    }
}

/// An identifier: hyphenated, in either case.
pub(super) fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// A moment: with a zone or an offset, or without, which is UTC; fractions are understood.
pub(super) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// A moment as it is written: whole seconds, UTC.
pub(super) fn utc(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
    PRINTER.timestamp_to_string(&at)
}

/// An interval of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    fn is_too_long(self) -> bool {
        let start = TimeZone::UTC.to_datetime(self.start);
        start.checked_add(MAX_MONTHS.months()).is_ok_and(|limit| TimeZone::UTC.to_datetime(self.end) > limit)
    }

    /// From here …
    pub(super) fn from(self) -> Timestamp {
        self.start
    }

    /// … up to here, which is no longer part of it. Equal ends ask for one instant, and an instant on this wire is a
    /// whole second.
    pub(super) fn before(self) -> Timestamp {
        if self.start == self.end { self.end.checked_add(1.second()).unwrap_or(self.end) } else { self.end }
    }

    /// Whether a moment is in it.
    pub(super) fn contains(self, at: Timestamp) -> bool {
        self.from() <= at && at < self.before()
    }
}

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limitation {
    /// How many.
    pub(super) count: usize,
    /// Behind which element.
    pub(super) cursor: Option<Uuid>,
}

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
