//! Planviewer Product API: documents about places, ordered as jobs.
//!
//! ```text
//! products/list → search/structured → intentions/list → jobs/order → jobs/status … → jobs/retrieve/{uuid}
//! ```
//!
//! A *product* is a catalogue service of kind document, a *location* is a site (its uuid is the site's), an
//! *intention* is a record of the connection (one product at one location, see [`intention`]), a *job* is an order
//! (its uuid is the order's). Callers poll; the vendor has no callbacks. A job that must know which of several places
//! is meant ([`place`]) asks: `kik/waiting`, `kik/select`. The files of a place's orders are its [`document`]s.
//!
//! An *application* is a connection. Products and locations are the account's and shared; intentions, jobs and the
//! daily cap are the application's own.
//!
//! Quirks, all from the vendor's pages: HTTP Basic on every call; two error shapes (an object everywhere, an array
//! holding the string `"true"` for the order cap); `waiting for user` is written with blanks; callers send
//! `uuids[]`, `uuids[0]` and `uuids`; an order names intentions and is answered with intentions, each with its job.
//!
//! A search that does not pin a whole postal code walks the account's sites, at most [`search::SITES_LIMIT`] of them.

mod address;
mod connect;
pub mod document;
mod error;
pub mod intention;
mod map;
pub mod place;
mod probe;
mod search;
mod serve;
#[cfg(test)]
mod tests;
mod wire;

use crate::dialect::{Credential, Dialect, FieldRow, Issue, Operation, Served, Setting, SettingKind, StatusRow};
use docket_core::order::State;

pub use map::{file_part, result_name};
pub use serve::STEPS;

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: "planviewer",
    title: "Planviewer Product API",
    page: "Planviewer Product API, Jobs",
    settings: SETTINGS,
    credentials: CREDENTIALS,
    operations: OPERATIONS,
    statuses: STATUSES,
    fields: FIELDS,
    secrets: &["authorization", "secret"],
    serve: &serve::Planviewer,
    announce: None,
    connect: Some(&connect::PlanviewerClient),
    probes: probe::PROBES,
};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "payment_on_account",
        kind: SettingKind::Flag,
        default: "true",
        help: "Whether this application may order. When off, ordering answers 402 and everything else works.",
    },
    Setting {
        name: "soft_cap",
        kind: SettingKind::Integer(0, 1_000_000_000),
        default: "10",
        help: "How many products a day may be ordered before a mail warns. Days are those of Amsterdam.",
    },
    Setting {
        name: "grace",
        kind: SettingKind::Integer(0, 1_000_000_000),
        default: "3",
        help: "How many more are taken that day after the cap was reached, before ordering answers 429.",
    },
    Setting {
        name: "email",
        kind: SettingKind::Text,
        default: "",
        help: "Who is warned when the cap is reached. Without an address nobody is warned; the outbox shows it.",
    },
    Setting {
        name: connect::PRODUCT,
        kind: SettingKind::Text,
        default: "",
        help: "As a client: the product that is ordered where an order names none that is sold there.",
    },
    Setting {
        name: connect::DAILY_CAP,
        kind: SettingKind::Integer(0, 1_000_000_000),
        default: "10",
        help: "As a client: how many orders are placed in a day, by Amsterdam's clock; they are billed. 0 for no limit.",
    },
];

const CREDENTIALS: &[Credential] = &[
    Credential { name: "key", issue: Issue::Name, claim: Some("key") },
    Credential { name: "secret", issue: Issue::Secret(32), claim: Some("secret") },
];

const OPERATIONS: &[Operation] = &[
    Operation { name: "products/list", served: Served::Yes },
    Operation { name: "search/structured", served: Served::Yes },
    Operation { name: "intentions/list", served: Served::Yes },
    Operation { name: "jobs/order", served: Served::Yes },
    Operation { name: "jobs/status", served: Served::Yes },
    Operation { name: "jobs/retrieve", served: Served::Yes },
    Operation { name: "kik/waiting", served: Served::Yes },
    Operation { name: "kik/select", served: Served::Yes },
    Operation { name: "documents/list", served: Served::Yes },
    Operation {
        name: "documents/order",
        served: Served::No(
            "the vendor publishes neither its request nor its answer; it always answers 400. Documents are ordered \
             through intentions/list and jobs/order, as the product brondocument",
        ),
    },
];

const fn row(state: State, shown: &'static str, read: &'static [&'static str], note: &'static str) -> StatusRow {
    StatusRow { state, shown, read, note }
}

const STATUSES: &[StatusRow] = &[
    row(State::Received, "initial", &["initial"], "progress is 0 of its total"),
    row(State::Assigned, "initial", &[], "somebody is to do it, nobody has begun"),
    row(State::Accepted, "in_progress", &[], ""),
    row(State::Rejected, "in_progress", &[], "somebody else can still take it"),
    row(State::Started, "in_progress", &["in_progress"], "an unknown word is read as this too"),
    row(State::Waiting, "waiting for user", &["waiting for user"], "written with blanks; progress stands still"),
    row(State::Completed, "finished", &["finished"], "progress is its total; the result may still be on its way"),
    row(State::Submitted, "finished", &[], ""),
    row(State::Invoiced, "finished", &[], ""),
    row(State::Closed, "finished", &[], ""),
    row(State::Canceled, "error", &[], "progress stays where it was"),
    row(State::Failed, "error", &["error"], "progress stays where it was"),
    row(State::Deleted, "", &[], "unknown: 400 from jobs/status, 404 from jobs/retrieve"),
];

const FIELDS: &[FieldRow] = &[
    FieldRow { field: "id", member: "job.uuid", note: "the order's id is the job's uuid" },
    FieldRow { field: "service", member: "product", note: "the slug of the ordered product, through its intention" },
    FieldRow {
        field: "site.address1",
        member: "openbareruimtenaam, huisnummer, huisletter",
        note: "taken apart, Dutch or American order",
    },
    FieldRow {
        field: "site.address2",
        member: "huisnummertoevoeging",
        note: "unless the first address line ends in an addition of its own",
    },
    FieldRow { field: "site.city", member: "woonplaatsnaam", note: "" },
    FieldRow { field: "site.postal_code", member: "postcode", note: "shown without blanks" },
    FieldRow { field: "progress.current", member: "progress.current", note: "else the tasks that are done" },
    FieldRow { field: "progress.total", member: "progress.total", note: "else the number of tasks, at least 1" },
    FieldRow { field: "questions", member: "locaties, message", note: "kik/waiting; kik/select writes the answer" },
    FieldRow {
        field: "attachments",
        member: "identificatie, aard, IngeschrevenOp, documentwaardes",
        note: "documents/list, of the orders at the job's place; jobs/retrieve of a source document",
    },
    FieldRow { field: "outcome", member: "error.message", note: "why a job failed, when its result is asked for" },
    FieldRow { field: "result.blob", member: "body of jobs/retrieve", note: "" },
    FieldRow { field: "result.name", member: "Content-Disposition", note: "what is no header text becomes _" },
    FieldRow { field: "result.type", member: "Content-Type", note: "" },
];
