//! The fields of an order: one table of name, type and owner.
//!
//! The table makes the [`Fields`] struct (for code), the [`Field`] enum (for the journal, blame and stored
//! records) and the ownership rules. A field is added here and nowhere else.

use super::value::{FieldType, Kind, Task, Value};
use jiff::Timestamp;

/// Who may write a field (design: authority).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Always writable by the originating system, never by anybody else.
    Originator,
    /// Shared: after creation the originator writes it only with Auto-Admin on; everybody else may.
    Shared,
    /// Who does the work: an external originator never writes it; everybody else may.
    Assignment,
    /// What the field sends back: executing systems, local users and the hub write it.
    Executor,
    /// Everybody may write it, always.
    Open,
}

macro_rules! fields {
    ($( $(#[doc = $doc:literal])* $variant:ident $name:ident: $ty:ty = $path:literal, $owner:ident; )*) => {
        /// Everything an order says about itself, apart from identity, state and collections.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Fields {
            $( $(#[doc = $doc])* pub $name: $ty, )*
        }

        /// The name of a field.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Field {
            $( $(#[doc = $doc])* $variant, )*
        }

        impl Field {
            /// All fields, in the order of the table.
            pub const ALL: &'static [Field] = &[ $( Field::$variant, )* ];

            /// The canonical name, as in the native API: `due`, `site.city`.
            pub const fn name(self) -> &'static str {
                match self { $( Field::$variant => $path, )* }
            }

            /// The field of a canonical name.
            pub fn from_name(name: &str) -> Option<Field> {
                match name { $( $path => Some(Field::$variant), )* _ => None }
            }

            /// What it says, for people.
            pub const fn about(self) -> &'static str {
                match self { $( Field::$variant => concat!($($doc),*), )* }
            }

            /// What kind of value it holds.
            pub const fn kind(self) -> Kind {
                match self { $( Field::$variant => <$ty as FieldType>::KIND, )* }
            }

            /// Who may write it.
            pub const fn owner(self) -> Owner {
                match self { $( Field::$variant => Owner::$owner, )* }
            }
        }

        impl Fields {
            /// The value of a field.
            pub fn get(&self, field: Field) -> Value {
                match field { $( Field::$variant => self.$name.to_value(), )* }
            }

            /// Sets a field; `false` (and nothing changed) when the value is not of the field's kind.
            pub fn set(&mut self, field: Field, value: Value) -> bool {
                match field {
                    $( Field::$variant => match FieldType::from_value(value) {
                        Some(inner) => { self.$name = inner; true }
                        None => false,
                    }, )*
                }
            }
        }
    };
}

fields! {
    /// The text people see; unique among the active orders of its origin connection where that dialect says so.
    Number number: Option<String> = "number", Open;
    /// A short name (Wialon `n`).
    Title title: Option<String> = "title", Open;
    /// What was ordered: the id of a catalogue entry (a UUID), or the dialect's own word where there is none.
    Service service: Option<String> = "service", Open;
    /// The company the work is done for (PPW client company).
    ClientCompany client_company: Option<String> = "client_company", Open;
    /// Staff-only description.
    Description description: Option<String> = "description", Shared;
    /// Staff-only reference.
    Reference reference: Option<String> = "reference", Shared;
    /// Work info shown in the field: lockbox codes, phones.
    WorkInfo work_info: Option<String> = "work_info", Shared;
    /// Instructions shown in the field; may hold HTML.
    Instructions instructions: Option<String> = "instructions", Shared;
    /// Options of the order as JSON text; opaque.
    Options options: Option<String> = "options", Shared;
    /// What is to be done.
    Tasks tasks: Vec<Task> = "tasks", Shared;
    /// When the field must be done.
    Due due: Option<Timestamp> = "due", Shared;
    /// When work may start.
    Start start: Option<Timestamp> = "start", Open;
    /// Priority, 1 low to 99 high.
    Priority priority: Option<i64> = "priority", Open;
    /// Urgent.
    Rush rush: bool = "rush", Shared;
    /// Sent back to be done again.
    Rework rework: bool = "rework", Shared;
    /// Labels.
    Tags tags: Vec<String> = "tags", Open;
    /// The originator's own status, free text.
    ClientStatus client_status: Option<String> = "client_status", Originator;
    /// The originator's own due date.
    ClientDue client_due: Option<Timestamp> = "client_due", Originator;
    /// The originator's own instructions.
    ClientInstructions client_instructions: Option<String> = "client_instructions", Originator;
    /// The assigned unit.
    Unit unit: Option<i64> = "unit", Assignment;
    /// The assigned person (Pruvan `assignedTo`, PPW `vendor_id`).
    Person person: Option<String> = "person", Assignment;
    /// The assigned crew or contractor.
    Crew crew: Option<String> = "crew", Assignment;
    /// Lower bound of the completion time.
    WindowFrom window_from: Option<Timestamp> = "window.from", Open;
    /// Upper bound of the completion time.
    WindowTo window_to: Option<Timestamp> = "window.to", Open;
    /// How many seconds before the window completion is acceptable.
    EarlyToleranceS early_tolerance_s: Option<i64> = "window.early_tolerance_s", Open;
    /// Planned time at the place, in seconds.
    ServiceTimeS service_time_s: Option<i64> = "service_time_s", Open;
    /// Radius of the place, in metres.
    RadiusM radius_m: Option<i64> = "site.radius_m", Open;
    /// Execution flags, the bits of Wialon's `f`.
    ExecutionFlags execution_flags: Option<i64> = "execution_flags", Open;
    /// Serials of the orders that must be completed first.
    Dependencies dependencies: Vec<i64> = "dependencies", Open;
    /// The route the order is part of.
    RouteId route_id: Option<i64> = "route.id", Open;
    /// Its position in the route, from 0.
    RoutePosition route_position: Option<i64> = "route.position", Open;
    /// Volume.
    Volume volume: Option<f64> = "volume", Open;
    /// Weight in kilograms.
    WeightKg weight_kg: Option<f64> = "weight_kg", Open;
    /// Cost, in the account's currency.
    Cost cost: Option<f64> = "cost", Open;
    /// First address line.
    Address1 address1: Option<String> = "site.address1", Open;
    /// Second address line.
    Address2 address2: Option<String> = "site.address2", Open;
    /// City.
    City city: Option<String> = "site.city", Open;
    /// State, province or region.
    Region region: Option<String> = "site.region", Open;
    /// Postal code.
    PostalCode postal_code: Option<String> = "site.postal_code", Open;
    /// Country.
    Country country: Option<String> = "site.country", Open;
    /// Latitude, degrees WGS-84.
    Latitude latitude: Option<f64> = "site.latitude", Open;
    /// Longitude, degrees WGS-84.
    Longitude longitude: Option<f64> = "site.longitude", Open;
    /// Lock box code.
    LockCode lock_code: Option<String> = "site.lock_code", Open;
    /// Key code.
    KeyCode key_code: Option<String> = "site.key_code", Open;
    /// Lot size.
    LotSize lot_size: Option<String> = "site.lot_size", Open;
    /// Id of the customer the order is for (a UUID as text).
    CustomerId customer_id: Option<String> = "customer.id", Open;
    /// `person` or `company`.
    CustomerKind customer_kind: Option<String> = "customer.kind", Open;
    /// Name of the customer.
    CustomerName customer_name: Option<String> = "customer.name", Open;
    /// Phone.
    CustomerPhone customer_phone: Option<String> = "customer.phone", Open;
    /// Second phone.
    CustomerPhone2 customer_phone2: Option<String> = "customer.phone2", Open;
    /// E-mail address.
    CustomerEmail customer_email: Option<String> = "customer.email", Open;
    /// Steps done.
    ProgressCurrent progress_current: Option<i64> = "progress.current", Executor;
    /// Steps in all.
    ProgressTotal progress_total: Option<i64> = "progress.total", Executor;
    /// Content address of the result file (hex SHA-256).
    ResultBlob result_blob: Option<String> = "result.blob", Executor;
    /// File name of the result.
    ResultName result_name: Option<String> = "result.name", Executor;
    /// Media type of the result.
    ResultType result_type: Option<String> = "result.type", Executor;
    /// Why it failed, was rejected or waits; the comment left when confirming.
    Outcome outcome: Option<String> = "outcome", Executor;
    /// Completed after the window.
    Late late: bool = "late", Executor;
    /// How complete it was confirmed to be, in percent (Wialon `ds`).
    CompletionPercent completion_percent: Option<i64> = "completion_percent", Executor;
    /// Arrival at the place.
    ArrivedAt arrived_at: Option<Timestamp> = "arrived_at", Executor;
    /// Departure from the place.
    DepartedAt departed_at: Option<Timestamp> = "departed_at", Executor;
    /// Estimated time of arrival.
    Eta eta: Option<Timestamp> = "eta", Executor;
    /// Distance left to the place, in metres.
    DistanceLeftM distance_left_m: Option<f64> = "distance_left_m", Executor;
    /// Completed at.
    CompletedAt completed_at: Option<Timestamp> = "completed_at", Executor;
    /// Canceled at.
    CanceledAt canceled_at: Option<Timestamp> = "canceled_at", Executor;
    /// How far the bounds of the window are from UTC, in seconds eastward; counts where they are times of day (of a
    /// permanent order).
    WindowOffsetS window_offset_s: Option<i64> = "window.offset_s", Open;
    /// Language of the customer, as BCP 47 writes it: `nl`, `pt-BR`.
    CustomerLanguage customer_language: Option<String> = "customer.language", Open;
    /// How the customer wants to be told of the arrival, the bits of Wialon's `ntf`: 0x1 text message to the phone, 0x2
    /// to the second phone, 0x10 e-mail.
    NoticeChannels notice_channels: Option<i64> = "notice.channels", Open;
    /// So many seconds before the estimated arrival the customer is told.
    NoticeLeadS notice_lead_s: Option<i64> = "notice.lead_s", Open;
    /// At so many metres before the place the customer is told.
    NoticeDistanceM notice_distance_m: Option<i64> = "notice.distance_m", Open;
    /// Who was told what already, the bits of Wialon's `if`: 0x2 the driver of a deviation, 0x4 the driver that the order
    /// is not confirmed, 0x10 the customer of the time of arrival, 0x20 the customer of the distance left.
    Notified notified: Option<i64> = "notice.sent", Executor;
    /// When it became the next order of its unit.
    NextAt next_at: Option<Timestamp> = "next_at", Executor;
    /// The unit's mileage counter when the order was completed, in kilometres.
    OdometerKm odometer_km: Option<f64> = "odometer_km", Executor;
}
