//! Pruvan: projects (work orders) with tasks (services), pushed by remote systems and worked on in the field.
//!
//! ```text
//! POST /api/?apiKey=…      workOrders={"workOrders":[{"workOrderNumber":"TESTPOST", …}]}
//! → {"response":{"created":1,"updated":0,"deleted":0},"error":null}
//! GET  /api/?apiKey=…      asks for a refresh
//! POST /pruvan/validate    payload={"username":…,"password":…,"token":…,"pushkey":…}
//! POST /pruvan/getWorkOrders, /pruvan/status
//! POST /pruvan/uploadPictures    multipart: payload={…,"uuId":…,"key2":"TESTPOST","evidenceType":"Before"} and file
//! ```
//!
//! So Docket takes both parts: that of the Pruvan account, which is pushed to, and that of the remote system, which a
//! Pruvan account asks for orders and tells what the field did.
//!
//! Quirks:
//! * A push knows no update call: the number of a living order means an update, any other number a creation. One
//!   push may do both, even to the same number; each order is judged for itself, in order.
//! * An answer is HTTP 200 whatever happened; the success of a ping says `"error":"success"`.
//! * A remote system owns client status, client due date and client instructions. All else is shared with people,
//!   and Auto-Admin decides whose word counts. What is not taken is silently ignored on the wire (the journal tells).
//! * What the field publishes is an item a call, known by its `uuId`, and comes again on every re-publish. Nothing that
//!   comes may fail for not being wanted; see [`serve::aside`].
//! * Rush and rework are statuses there and flags here, see [`map::status`].

mod announce;
mod connect;
mod error;
mod intake;
mod map;
mod probe;
mod pushkey;
mod serve;
mod wire;

#[cfg(test)]
mod tests;

use crate::dialect::{Credential, Dialect, FieldRow, Issue, Operation, Served, Setting, SettingKind, StatusRow};
use docket_core::order::State;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "pruvan",
    title: "Pruvan",
    page: "https://pruvan.zendesk.com/hc/en-us/articles/360035859552",
    settings: &[
        Setting {
            name: "auto_admin",
            kind: SettingKind::Flag,
            default: "true",
            help: "Updates overwrite shared fields, also over what people changed; off: only creation writes them",
        },
        Setting {
            name: "mode",
            kind: SettingKind::Word(&["internal", "external"]),
            default: "internal",
            help: "Internal: the remote system assigns orders. External: assignedTo is ignored",
        },
        Setting {
            name: "default_assign_to",
            kind: SettingKind::Text,
            default: "",
            help: "Who gets new orders that name nobody; empty: they stay unassigned",
        },
        Setting {
            name: announce::SETTING,
            kind: SettingKind::Flag,
            default: "true",
            help: "Pings the push key that validate left when orders change, so that the account imports them",
        },
        Setting {
            name: "default_work_type",
            kind: SettingKind::Text,
            default: "",
            help: "What new orders get besides, as an order object: reference, description and options overwrite; work \
                   info, instructions, address, due date, status and assignee fill in; missing services are added",
        },
        Setting {
            name: connect::TOWARDS,
            kind: SettingKind::Word(&["account", "remote"]),
            default: "account",
            help: "As a client: the counterpart is a Pruvan account, which is pushed to, or a remote system, which has the \
                   four services",
        },
        Setting {
            name: connect::EXTENSION,
            kind: SettingKind::Text,
            default: "",
            help: "As a client of a remote system: what its services' names end in, such as php",
        },
        Setting {
            name: connect::SEND_ASSIGNEE,
            kind: SettingKind::Flag,
            default: "false",
            help: "As a client of an account that we assign in (mode internal): our assignee goes along as assignedTo",
        },
    ],
    credentials: &[
        Credential { name: "push_url", issue: Issue::Url("/api/?apiKey={api_key}"), claim: None },
        Credential { name: "api_key", issue: Issue::Secret(48), claim: Some("api_key") },
        Credential { name: "username", issue: Issue::Name, claim: Some("username") },
        Credential { name: "password", issue: Issue::Password(20), claim: Some("password") },
        Credential { name: "token", issue: Issue::Secret(36), claim: Some("token") },
    ],
    operations: &[
        Operation { name: "push", served: Served::Yes },
        Operation { name: "refresh", served: Served::Yes },
        Operation { name: "validate", served: Served::Yes },
        Operation { name: "getWorkOrders", served: Served::Yes },
        Operation { name: "status", served: Served::Yes },
        Operation { name: "uploadPictures", served: Served::Yes },
        Operation {
            name: "publish",
            served: Served::No(
                "no page that can be read knows it: what is published comes to uploadPictures, item by item",
            ),
        },
        Operation {
            name: "v2/login",
            served: Served::No(
                "signs in to the pages of Pruvan Online, which is another API and has no orders of its own",
            ),
        },
    ],
    statuses: STATUSES,
    fields: FIELDS,
    secrets: &["apiKey", "password", "token", "pushkey"],
    serve: &serve::Pruvan,
    announce: Some(&announce::Ping),
    connect: Some(&connect::PruvanClient),
    probes: probe::PROBES,
};

const fn row(state: State, shown: &'static str, read: &'static [&'static str], note: &'static str) -> StatusRow {
    StatusRow { state, shown, read, note }
}

/// The crosswalk. While an order is active, the flags rework and rush are shown instead.
static STATUSES: &[StatusRow] = &[
    row(State::Received, "unassigned", &["unassigned", "un-assigned"], "rush or rework while flagged"),
    row(State::Assigned, "assigned", &["assigned"], "rush or rework while flagged"),
    row(State::Accepted, "accepted", &["accepted"], "rush or rework while flagged; fieldStatus viewed"),
    row(State::Rejected, "rejected", &["rejected"], "rush or rework opens it again"),
    row(State::Started, "assigned", &[], "fieldStatus in process; a pushed assigned leaves it started"),
    row(State::Waiting, "assigned", &[], "fieldStatus in process; a pushed assigned leaves it waiting"),
    row(State::Completed, "complete", &["complete"], "rush or rework opens it again"),
    row(State::Submitted, "submitted", &["submitted"], "rush or rework opens it again"),
    row(State::Invoiced, "invoiced", &["invoiced"], "rush or rework opens it again"),
    row(State::Closed, "closed", &["closed"], "rush or rework opens it again"),
    row(State::Canceled, "canceled", &["canceled", "cancelled", "cancel"], "rush or rework opens it again"),
    row(State::Failed, "rejected", &[], "a pushed rejected leaves it failed"),
    row(State::Deleted, "deleted", &["deleted"], "the number is free again"),
];

const fn field(field: &'static str, member: &'static str, note: &'static str) -> FieldRow {
    FieldRow { field, member, note }
}

static FIELDS: &[FieldRow] = &[
    field("id", "key1", "shown only"),
    field("number", "workOrderNumber", "key of the connection; the serial where an order has no number"),
    field(
        "work_info",
        "workOrderInfo",
        "orders from elsewhere: lock box and key codes, name and phones of the customer",
    ),
    field("site.address1", "address1", "required on creation"),
    field("site.address2", "address2", ""),
    field("site.city", "city", "required on creation"),
    field("site.region", "state", "required on creation"),
    field("site.postal_code", "zip", "required on creation"),
    field("site.country", "country", ""),
    field("person", "assignedTo", "null unassigns; the name of a unit assigns that unit; ignored in external mode"),
    field("unit", "assignedTo", "by name; of person, unit and crew the one written last is shown"),
    field("crew", "assignedTo", "where it was written last; shown only"),
    field("status", "status", "see the crosswalk"),
    field("rush", "status", "rush"),
    field("rework", "status", "rework"),
    field("due", "dueDate", "to the minute; today at noon UTC when a creation names none"),
    field("instructions", "instructions", "may hold HTML"),
    field(
        "client_status",
        "clientStatus",
        "orders from elsewhere: their state; pushed, what the vendor suggests for it",
    ),
    field("client_due", "clientDueDate", "to the minute"),
    field("client_instructions", "clientInstructions", ""),
    field("description", "description", "orders from elsewhere: their title"),
    field("reference", "reference", ""),
    field("site.latitude", "gpsLatitude", "a number or decimal text, shown as it was sent"),
    field("site.longitude", "gpsLongitude", "a number or decimal text, shown as it was sent"),
    field("options", "options", "any JSON, opaque"),
    field("start", "startDate", "to the minute"),
    field("tasks", "services", "an order without tasks shows its service or title as its only one"),
    field("service", "services[0].serviceName", "on creation; shown only where there are no tasks"),
    field("tasks.name", "services[].serviceName", ""),
    field("tasks.key", "services[].source_service_id", "finds the task on update, else the name does"),
    field("tasks.instructions", "services[].instructions", ""),
    field("tasks.options", "services[].options", "any JSON, opaque"),
    field("serial", "source_wo_id", "orders from elsewhere; otherwise what the remote system sent"),
    field("id", "attribute30", "orders from elsewhere: published items bring it back and so find their order"),
    field("tasks.done", "services[].fieldStatus", "in a status report, complete"),
    field("progress.current", "services[].fieldStatus", "in a status report: services that are complete"),
    field("progress.total", "services", "in a status report"),
    field("forms", "services[].survey", "the id of a template: a form to be filled"),
    field(
        "forms",
        "services[].surveyDynamic",
        "a template, or answers to go on from; out: forms from elsewhere, and rework",
    ),
    field("forms", "items[].survey", "published; of several submissions the latest"),
    field("attachments", "items[].file", "published; the stage from evidenceType, the task from key4"),
    field("check_ins", "items[].evidenceType", "published as Check-In, with position and time"),
    field("notes", "items[].notes", "published; of an order from elsewhere also clientInstructions, one line each"),
    field("charges", "items[].survey", "shown only, as a survey of the template charge: there are no prices here"),
    field("questions", "–", "has no place here"),
    field("origin.dialect", "source_wo_provider", "orders from elsewhere; otherwise what the remote system sent"),
];
