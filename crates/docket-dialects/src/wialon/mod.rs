//! Wialon Remote API, orders.
//!
//! One address for everything: `POST /wialon/ajax.html` with the service's name in `svc`, JSON in `params` and the
//! session in `sid`, wherever in query or body; every answer is HTTP 200 and one JSON value, errors are
//! `{"error":<number>}`. Events are fetched from `/avl_evts`.
//!
//! ```text
//! svc=token/login   params={"token":"…72 characters…"}                          → {"eid":"<session>",…}
//! svc=order/update  params={"itemId":2101,"id":0,"callMode":"create","n":"A"}    → [14,{"id":14,"n":"A",…}]
//! svc=order/update  params={"itemId":2101,"id":14,"u":3007,"callMode":"assign"} → {}
//! /avl_evts?sid=…                       → {"tm":…,"events":[{"i":2101,"t":"u","d":{"ordersu":[14,{…}]}}]}
//! ```
//!
//! What is an item here: each connection has one resource, which holds every order it sees, the account's units, and
//! one user. An order's `id` and `uid` are its serial.
//!
//! Quirks, each with a test:
//! * the content type is `application/json` and nothing more, for one library compares it whole;
//! * text after the JSON of `params` is ignored, for another forgets the `&` there;
//! * `base_url` of a login is the address the client used, otherwise libraries move to what it says;
//! * create answers two elements, update one, delete two: clients tell them apart by that;
//! * `register` closes the canonical order, or leaves it rejected, canceled or failed if it is, and takes it out of
//!   the listing; the status it had stays with it. A permanent order is reset instead, and a closed copy of it
//!   goes to the history;
//! * an order that ended a day ago leaves the listing, and sessions that watch orders are told so within a minute; by
//!   its id it can still be registered or deleted;
//! * one answer shows at most 256 MiB of items, otherwise it is error 6, and a batch with it;
//! * a route is the account's, what is a stop of it is said by the orders; `order/route_update` is done whole or not at all;
//! * files go by their names, whatever system they came from; bytes come and go outside batches only;
//! * a `create` whose `ej` carries the mark of another Docket is done once, however often it arrives;
//! * `assign` is allowed while the unit is in the area (status 5), as an update of `u` is.

mod connect;
pub mod ending;
mod error;
mod face;
pub mod ips;
mod map;
mod modes;
mod probe;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

use crate::dialect::{Credential, Dialect, FieldRow, Issue, Operation, Served, Setting, SettingKind, StatusRow};
use docket_core::order::{Order, State};

/// Whether orders that depend on this one may rely on it being done: completed, or in the history as completed.
pub fn is_fulfilled(order: &Order) -> bool {
    map::is_fulfilled(order)
}

/// The planned way to an order's place, as Google writes paths, if a client planned one.
pub fn planned_path(order: &Order) -> Option<String> {
    let path = map::bag(order).sent.get("rp").and_then(wire::text);
    path.filter(|path| !path.is_empty())
}

const SETTINGS: &[Setting] = &[
    Setting {
        name: "resource_name",
        kind: SettingKind::Text,
        default: "",
        help: "Name of the resource that holds the orders; the connection's name when empty.",
    },
    Setting {
        name: "limits",
        kind: SettingKind::Flag,
        default: "false",
        help: "Keep the vendor's limits: 10 avl_evts calls in 10 seconds, 10 calls and 3 for messages at once per session; 10 failed and 120 logins in a minute per address.",
    },
    Setting {
        name: "rights",
        kind: SettingKind::Word(&["edit", "view"]),
        default: "edit",
        help: "Whether its user may change orders and units, or only see them.",
    },
    Setting {
        name: "operate_as",
        kind: SettingKind::Text,
        default: "",
        help: "Names of the account's Wialon connections its user may act as, separated by commas; * is all.",
    },
    Setting {
        name: connect::REMOTE_RESOURCE,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the id or name of the resource whose orders are meant; the only one the token sees when empty.",
    },
    Setting {
        name: connect::REMOTE_USER,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the name of the subordinate user there that is acted as.",
    },
    Setting {
        name: connect::TAKE_ORDERS,
        kind: SettingKind::Flag,
        default: "true",
        help: "As a client: orders of the resource become orders here; otherwise only those handed over are followed.",
    },
    Setting {
        name: connect::MIRROR_UNITS,
        kind: SettingKind::Flag,
        default: "true",
        help: "As a client: units there become units here, and where they are is taken in; otherwise units of the same unique id are the same, and nothing more.",
    },
    Setting {
        name: connect::DEFAULT_UNIT,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the id, name or unique id of the unit there that is named for what is done here by somebody who is none of its units.",
    },
    Setting {
        name: connect::REREAD,
        kind: SettingKind::Integer(10, 86_400),
        default: "600",
        help: "As a client: seconds after which everything is read anew, for events are told once and may get lost on the way.",
    },
];

const CREDENTIALS: &[Credential] = &[
    Credential { name: "token", issue: Issue::Hex(72), claim: Some("token") },
    Credential { name: "resource_id", issue: Issue::Item, claim: None },
];

const fn yes(name: &'static str) -> Operation {
    Operation { name, served: Served::Yes }
}

const fn no(name: &'static str, reason: &'static str) -> Operation {
    Operation { name, served: Served::No(reason) }
}

const OPERATIONS: &[Operation] = &[
    yes("token/login"),
    yes("core/logout"),
    yes("core/duplicate"),
    yes("core/create_auth_hash"),
    yes("core/use_auth_hash"),
    yes("core/batch"),
    yes("core/search_items"),
    yes("core/search_item"),
    yes("core/update_data_flags"),
    yes("avl_evts"),
    yes("order/update"),
    yes("token/update"),
    yes("token/list"),
    no("core/login", "the vendor switched logins by password off in 2015"),
    yes("core/set_session_property"),
    yes("core/check_unique"),
    yes("core/check_items_billing"),
    yes("core/create_unit"),
    no(
        "core/create_resource",
        "a connection has the one resource its orders are in; the answer is 7, as under a plan with no more",
    ),
    yes("item/delete_item"),
    yes("unit/update_device_type"),
    yes("unit/update_access_password"),
    yes("item/update_profile_field"),
    no("events/update_items", "sensors and detectors of units are not kept"),
    yes("order/route_update"),
    yes("order/optimize"),
    yes("order/complete_from_history"),
    yes("order/attach"),
    yes("order/list_attachments"),
    yes("order/get_attachment"),
    yes("order/detach"),
    yes("order/get_orders_history"),
    yes("order/get_routes_history"),
    yes("order/get_route_from_history"),
    yes("order/list_virtual_order_routes"),
    yes("resource/get_orders_notification"),
    yes("resource/update_orders_notification"),
    yes("messages/load_interval"),
    yes("messages/load_last"),
    yes("messages/get_messages"),
    yes("messages/unload"),
    yes("messages/delete_message"),
    no("login.html", "the page on which people hand out a token; `connection add` and token/update do that here"),
    no(
        "api/import, api/route, api/routes",
        "the vendor's Logistics service, on a host of its own; order/update and order/route_update do the same",
    ),
    yes("Wialon IPS"),
];

const fn row(state: State, shown: &'static str, read: &'static [&'static str], note: &'static str) -> StatusRow {
    StatusRow { state, shown, read, note }
}

const STATUSES: &[StatusRow] = &[
    row(State::Received, "0", &["create", "assign 0"], "inactive: no unit"),
    row(State::Assigned, "1", &["assign", "reassign"], "active; a create or update with a unit leads here too"),
    row(State::Accepted, "1", &[], "active; sf 0x200 stands for a completion by hand, not for the assignee's yes"),
    row(State::Rejected, "4", &["reject"], "with sf 0x100; listed until registered, for work is still expected"),
    row(State::Started, "5", &[], "the unit is in the order area"),
    row(State::Waiting, "5 / 1 / 0", &[], "5 once arrived, otherwise 1 with an assignee and 0 without"),
    row(
        State::Completed,
        "2 / 3",
        &["confirm"],
        "3 when late; with sf 0x200 when confirmed by hand; listed for a day or until registered",
    ),
    row(State::Submitted, "2 / 3", &[], "3 when late; listed for a day or until registered"),
    row(State::Invoiced, "2 / 3", &[], "3 when late; listed for a day or until registered"),
    row(State::Closed, "2 / 3, in history", &["register"], "not listed; an order registered earlier keeps its status"),
    row(State::Canceled, "4", &[], "listed for a day or until registered"),
    row(State::Failed, "4", &[], "listed until registered"),
    row(State::Deleted, "gone", &["delete"], "an update event with null"),
];

const fn field(field: &'static str, member: &'static str, note: &'static str) -> FieldRow {
    FieldRow { field, member, note }
}

const FIELDS: &[FieldRow] = &[
    field("title", "n", "the number where an order has no title"),
    field("number", "n", "of orders made here; of others it is shown as p.cid while none was sent"),
    field("customer.name", "p.n", ""),
    field("customer.phone", "p.p", ""),
    field("customer.phone2", "p.p2", ""),
    field("customer.email", "p.e", ""),
    field("site.address1", "p.a", "the whole address in one line; composed of its parts where it has several"),
    field("volume", "p.v", "text that is no number is kept here only"),
    field("weight_kg", "p.w", "kilograms; text that is no number is kept here only"),
    field("cost", "p.c", ""),
    field("service_time_s", "p.ut", "seconds"),
    field("description", "p.d", "instructions or task names where there is none"),
    field("reference", "p.uic", "number of the shipping document"),
    field("outcome", "p.cm", "comment of who confirmed or rejected"),
    field("priority", "p.pr", "1 low to 99 high; 0 is none"),
    field("tags", "p.tags", "numbers become texts"),
    field("route.id", "p.r.id", "p.r is null without a route; m, t and vt are kept here only"),
    field("route.position", "p.r.i", "from 0"),
    field("execution_flags", "f", "bits"),
    field("window.from", "tf", "Unix seconds; written to start too, unless it is a permanent order's time of day"),
    field("window.to", "tt", "Unix seconds; written to due too, unless it is a permanent order's time of day"),
    field("window.early_tolerance_s", "trt", "seconds"),
    field("site.radius_m", "r", "metres"),
    field("site.latitude", "y", "0, 0 is nowhere"),
    field("site.longitude", "x", "0, 0 is nowhere"),
    field("unit", "u", "0 is none"),
    field("dependencies", "dp", "serials"),
    field("late", "s", "3 rather than 2"),
    field("completion_percent", "ds", "100 unless confirm says otherwise"),
    field("arrived_at", "stt", "Unix seconds"),
    field("departed_at", "dtt", "Unix seconds"),
    field("eta", "eta", "Unix seconds"),
    field("distance_left_m", "rd", "metres"),
    field("next_at", "nt", "Unix seconds"),
    field("odometer_km", "cnm", "whole kilometres"),
    field("window.offset_s", "tz", "the offset it says; daylight saving is kept here only"),
    field("notice.channels", "p.ntf", "bits"),
    field("notice.lead_s", "p.r.ndt", "seconds; not shown without a route"),
    field("notice.sent", "if", "0x2, 0x4, 0x10 and 0x20; 0x1 follows from the arrival"),
    field("attachments", "order/list_attachments", "by name; of several of one name the later ones get a number"),
];

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "wialon",
    title: "Wialon Remote API",
    page: "Wialon Remote API, order/update",
    settings: SETTINGS,
    credentials: CREDENTIALS,
    operations: OPERATIONS,
    statuses: STATUSES,
    fields: FIELDS,
    secrets: &["token", "th", "sid", "eid", "gis_sid", "authHash", "h", "psw", "accessPassword"],
    serve: &serve::Wialon,
    announce: None,
    connect: Some(&connect::WialonClient),
    probes: probe::PROBES,
};
