//! Mews Connector API: product service orders, and what is needed to find and make them.
//!
//! Documented at <https://docs.mews.com/connector-api>; the operation this dialect starts from is "Get all product
//! service orders". Everything is a POST of a JSON object to `/api/connector/v1/{resource}/{action}`; the credentials
//! travel in the body.
//!
//! Quirks worth knowing:
//! * The answer's `Cursor` is the id of the last element *of this page*, also on the last page; it is `null` only when
//!   the page is empty. The operation pages describe it with the request member's sentence; the pagination guide and
//!   every sample settle it.
//! * Pages go from the newest order to the oldest, by serial: that is the order of creation and never shifts while
//!   orders are updated.
//! * `CancelledUtc` has two `l`, the state `Canceled` has one. Either both say so or neither does.
//! * Every order is an order against an *additional* service, whatever system it came from. Orders whose service the
//!   catalogue does not know are shown under one general service, so that a client which lists services first, as
//!   clients do, finds every order. Orders against bookable services are reservations and not shown.
//! * `UpdatedUtc` shows whole seconds, but intervals are compared with the exact moment: a client that reads adjacent
//!   intervals misses nothing, wherever within a second they meet. An imported order shows the `UpdatedUtc` that it
//!   was imported with until something happens to it. Interval filters go by the same moment; they can only find such
//!   an order by it when the ledger's own time is that moment too, or when the request names the order's id.

mod announce;
mod connect;
mod error;
mod map;
mod probe;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

use crate::dialect::Served::{No, Yes};
use crate::dialect::{Credential, Dialect, FieldRow, Issue, Operation, Setting, SettingKind};

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "mews",
    title: "Mews Connector API",
    page: "Get all product service orders",
    settings: SETTINGS,
    credentials: CREDENTIALS,
    operations: OPERATIONS,
    statuses: map::STATUSES,
    fields: FIELDS,
    secrets: &["ClientToken", "AccessToken", "client_token", "access_token", "webhook_key", "key"],
    serve: &serve::Mews,
    announce: Some(&announce::GeneralWebhook),
    connect: Some(&connect::MewsClient),
    probes: probe::PROBES,
};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "rate_limit",
        kind: SettingKind::Integer(0, 1_000_000),
        default: "200",
        help: "Requests per access token within 30 seconds; 0 for no limit.",
    },
    Setting {
        name: "case_insensitive_paths",
        kind: SettingKind::Flag,
        default: "false",
        help: "Accept paths in any case. The documentation demands exact paths; some clients send lower case.",
    },
    Setting {
        name: "portfolio",
        kind: SettingKind::Flag,
        default: "false",
        help: "The access token stands for a portfolio of enterprises: writes must say which enterprise they are for.",
    },
    Setting {
        name: "enterprise_name",
        kind: SettingKind::Text,
        default: "",
        help: "Name of the enterprise that clients see; the connection's name when empty.",
    },
    Setting {
        name: "currency",
        kind: SettingKind::Currency,
        default: "EUR",
        help: "ISO 4217 code of the enterprise's currency.",
    },
    Setting {
        name: "pricing",
        kind: SettingKind::Word(&["Gross", "Net"]),
        default: "Gross",
        help: "Whether amounts must be given with their gross or their net value.",
    },
    Setting {
        name: "time_zone",
        kind: SettingKind::TimeZone,
        default: "Etc/UTC",
        help: "IANA time zone of the enterprise.",
    },
    Setting {
        name: "editable_history_days",
        kind: SettingKind::Integer(0, 3650),
        default: "7",
        help: "How many days back the consumption of a new order may lie.",
    },
    Setting {
        name: announce::URL,
        kind: SettingKind::Url,
        default: "",
        help: "Where the general webhook is sent when reservations changed; nowhere when empty.",
    },
    Setting {
        name: announce::PRODUCT_ORDERS,
        kind: SettingKind::Flag,
        default: "false",
        help: "The general webhook tells of product service orders too; the vendor's tells of reservations only.",
    },
    Setting {
        name: "client",
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the name and version we call ourselves; Docket and its version when empty.",
    },
    Setting {
        name: "since",
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the day or moment from which on updated orders are taken over; when the connection was made when empty.",
    },
    Setting {
        name: connect::REMOTE_ENTERPRISE,
        kind: SettingKind::Text,
        default: "",
        help: "As a client with the token of a portfolio: the id of the enterprise that is meant.",
    },
    Setting {
        name: connect::SERVICE,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the id of the service that orders are added against which name none that is sold there.",
    },
    Setting {
        name: connect::PRODUCT,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the id of the product that lines without a price are sold as; without it such orders are refused.",
    },
    Setting {
        name: connect::ACCOUNT,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the id of the customer or company of orders that are for nobody known there.",
    },
    Setting {
        name: connect::ADD_CUSTOMERS,
        kind: SettingKind::Flag,
        default: "false",
        help: "As a client: add persons there who are not known by their e-mail address.",
    },
    Setting {
        name: connect::TAX_CODE,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the tax code that prices are sent with, such as NL-S; none when empty.",
    },
    Setting {
        name: connect::webhook::KEY,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the secret in /mews/webhook?key=…, where the vendor's general webhook is received; at least 8 characters.",
    },
];

const CREDENTIALS: &[Credential] = &[
    Credential { name: "access_token", issue: Issue::HexPair(32, 31), claim: Some("access_token") },
    Credential { name: "client_token", issue: Issue::HexPair(32, 31), claim: Some("client_token") },
    Credential { name: "enterprise_id", issue: Issue::AccountUuid, claim: None },
];

const OLDER: &str = "withdrawn by the vendor on 10 May 2025; reservations/getAll/2023-06-06 is what replaced it";

const fn yes(name: &'static str) -> Operation {
    Operation { name, served: Yes }
}

const fn no(name: &'static str, reason: &'static str) -> Operation {
    Operation { name, served: No(reason) }
}

const OPERATIONS: &[Operation] = &[
    yes("productServiceOrders/getAll"),
    yes("orders/add"),
    yes("services/getAll"),
    yes("products/getAll"),
    yes("configuration/get"),
    yes("enterprises/getAll"),
    yes("orderItems/getAll"),
    yes("orderItems/cancel"),
    yes("serviceOrderNotes/getAll"),
    yes("serviceOrderNotes/add"),
    yes("serviceOrderNotes/update"),
    yes("serviceOrderNotes/delete"),
    yes("reservations/getAll/2023-06-06"),
    yes("reservations/confirm"),
    yes("reservations/start"),
    yes("reservations/process"),
    yes("reservations/cancel"),
    yes("reservations/addProduct"),
    yes("customers/getAll"),
    yes("customers/add"),
    yes("companies/getAll"),
    yes("companies/add"),
    yes("general webhook"),
    no("reservations/getAll", OLDER),
    no("reservations/getAllItems", "withdrawn by the vendor on 10 May 2025; orderItems/getAll is what replaced it"),
    no("accountingItems/getAll", "withdrawn by the vendor on 10 January 2026; orderItems/getAll is what replaced it"),
    no("integration webhook", "it hands out access tokens; `connection add` does that here"),
    no("websocket", "it carries no event for product service orders; the general webhook tells of reservations here"),
];

const fn row(field: &'static str, member: &'static str, note: &'static str) -> FieldRow {
    FieldRow { field, member, note }
}

const FIELDS: &[FieldRow] = &[
    row("id", "Id", "lower-case UUID; orders/add answers it as OrderId"),
    row("serial", "Number", "as text"),
    row("status", "State", "see the status table; CancelledUtc goes with Canceled"),
    row(
        "service",
        "ServiceId",
        "a catalogue id, or derived from the service's or first task's name, or the general one",
    ),
    row("title", "none", "the service's name, for the other dialects; not shown"),
    row("customer.id", "AccountId", "derived from customer.name, or else client_company, where there is no id"),
    row("customer.kind", "AccountType", "company: Company; otherwise Customer"),
    row("client_company", "AccountId, AccountType", "where no customer is named: a Company"),
    row("customer.name", "none", "taken from the known customer; not shown"),
    row("customer.email", "none", "taken from the known customer; not shown"),
    row("customer.phone", "none", "taken from the known customer; not shown"),
    row(
        "tasks",
        "ProductOrders, Items (orders/add); order items",
        "key: ExternalIdentifier or ProductId; quantity: UnitCount; unit price: UnitAmount; a canceled line leaves",
    ),
    row("charges", "order items", "invoiced lines: with the line they are of, or as items of type CustomItem"),
    row("cost", "none", "sum of the lines, when all are in the enterprise's currency"),
    row("due", "ConsumptionUtc (orders/add); ConsumedUtc of order items", "items without it show the creation"),
    row("notes", "Notes (orders/add); service order notes", "of every origin, all of type General"),
    row("start", "ScheduledStartUtc", "of reservations; without it window.from, due, or the creation"),
    row("window.to", "ScheduledEndUtc", "of reservations; without it due, the service time, or a day later"),
    row("arrived_at", "ActualStartUtc", "of reservations"),
    row("departed_at", "ActualEndUtc", "of reservations"),
    row("unit", "AssignedResourceId", "of reservations; derived from the unit"),
    row("canceled_at", "CancelledUtc", "whole seconds"),
    row("created_at", "CreatedUtc", "whole seconds"),
    row("updated_at", "UpdatedUtc", "whole seconds; filters compare the exact moment"),
    row("origin", "Origin, OriginDetails", "Connector from this API, Commander from local users, Import otherwise"),
];
