//! PPW Link (Property Pres Wizard v2): as the source of orders that a PPW account or a client program imports, and as
//! the importer of what another source has (`connect.rs`).
//!
//! Documented at `docs.propertypreswizard.com/ppwlink`; the page this dialect starts from is *get_all_orders –
//! Sending New Orders*. One URL takes every event; a form variable holds JSON whose member `event_data` holds JSON:
//!
//! ```text
//! POST /api/link/receiver.php
//! payload={"username":"acct7","password":"<sha-1>","site_id":"…",
//!          "event_name":"get_all_orders","event_data":"{\"timestamp\":\"1700000000\"}"}
//!
//! {"remote_site_id":"…","error":false,"success":true,"return_error_msg":null,"result_data":[
//!   {"report_id":"7","wo_number":"GC-4410","org_wo_num":"0","wo_status":"Unread","transaction_id":"…"},
//!   {"get_all_updates":"1"},{"get_all_notes":"1"}]}
//! ```
//!
//! An order is `Unread` to a connection until that connection imported it, by `mark_order_imported` or by a positive
//! `ack_transaction` for the id it was listed with. From then on a listing shows what is to be done: `Update` with
//! member and value, `RTV` when it was sent back, `Complete`, `Cancel`; or, with nothing to be done, where it
//! stands. What was acknowledged is not asked again.
//!
//! Quirks
//! * Failures come under HTTP 200, in the envelope. Only our own faults have a status of their own.
//! * The vendor's samples send JSON bare, percent-encoded, and with `event_data` as text or as object. All are read.
//! * The vendor's sample ids are no UUIDs, so a site id is any text.
//! * Numbers are texts in answers, as in the samples; the setting `numeric_ids` turns them into numbers.
//! * `ack_transaction` is documented without members; `serve/account.rs` reads what a sender may plausibly write.
//! * Updates go out both ways the vendor allows, under the same transaction ids (`serve/updates.rs`).
//! * What the field sends back is an item of the order (`map/items.rs`): its sender sees it under its own id, everybody
//!   else under a number of ours that leads back to it. What was sent comes back on request, but is never news to who
//!   sent it.
//! * `get_pcr_json` and `get_foh` name no order, or name it otherwise than all the other events.
//! * `get_pending_cancellations` is always empty: here an order is called off or it is not.
//! * The vendor knows no pages; what holds more than 250,000 elements is refused, to be asked for by a later timestamp.
//! * The client company of an order that names none is the setting `client_company`, else the name of the connection
//!   it came from.

mod announce;
mod connect;
mod error;
mod map;
mod probe;
mod push_url;
mod serve;
mod transaction;
mod wire;

#[cfg(test)]
mod tests;

use crate::dialect::{Credential, Dialect, FieldRow, Issue, Operation, Served, Setting, SettingKind, StatusRow};
use docket_core::order::State;

/// In configuration, URLs and bags.
const ID: &str = "ppw";
/// Namespace of external keys that are transaction ids.
const TRANSACTIONS: &str = "transaction";
/// Namespace of records that say which calling installations introduced themselves.
const PUSH_URLS: &str = "push_url";
/// Namespace of the record in which the URL to ping lay open before it was sealed.
const PING: &str = "ping";
/// Namespace of records that say which order a caller's own form id leads to: its serial.
const FORMS: &str = "pcr_form";
/// What `send_ready_for_office` looks at where the connection does not say.
const READY_NEEDS: &str = "forms";

/// The registry entry.
pub static DIALECT: Dialect = Dialect {
    id: ID,
    title: "PPW Link",
    page: "get_all_orders – Sending New Orders",
    settings: SETTINGS,
    credentials: CREDENTIALS,
    operations: OPERATIONS,
    statuses: STATUSES,
    fields: FIELDS,
    secrets: &["password", "ppwlink_push", "s3_url", "s3_url_thumb", "key"],
    serve: &serve::Ppw,
    announce: Some(&announce::Ping),
    connect: Some(&connect::Importer),
    probes: probe::PROBES,
};

const SETTINGS: &[Setting] = &[
    Setting {
        name: "numeric_ids",
        kind: SettingKind::Flag,
        default: "false",
        help: "Send report_id, org_wo_num and the figures of line items as JSON numbers rather than texts",
    },
    Setting {
        name: "client_company",
        kind: SettingKind::Text,
        default: "",
        help: "The client company of orders that name none; empty: the name of the connection they came from",
    },
    Setting {
        name: "remote_site_id",
        kind: SettingKind::Text,
        default: "",
        help: "The id this side of the link goes by; empty: one derived from the account",
    },
    Setting {
        name: "flags",
        kind: SettingKind::Word(&["auto", "always", "never"]),
        default: "auto",
        help: "Whether listings end with the flags get_all_updates and get_all_notes; auto: for importers that called \
               validate_user",
    },
    Setting {
        name: "ready_needs",
        kind: SettingKind::Word(&["nothing", "forms", "tasks", "forms,tasks"]),
        default: READY_NEEDS,
        help: "What send_ready_for_office insists on: required forms answered, tasks reported done, both or neither",
    },
    Setting {
        name: "ready_photos",
        kind: SettingKind::Integer(0, 1000),
        default: "0",
        help: "How many photos an order needs before send_ready_for_office takes it",
    },
    Setting {
        name: connect::COMPANY,
        kind: SettingKind::Text,
        default: "",
        help: "As an importer: the client company the import is assigned to, within which a number is taken once; empty: each \
               order keeps the source's, and a number is taken once within the connection",
    },
    Setting {
        name: connect::PING_US,
        kind: SettingKind::Flag,
        default: "true",
        help: "As an importer: tell the source where it can announce news",
    },
    Setting {
        name: connect::COMPLETE_TASKS,
        kind: SettingKind::Flag,
        default: "true",
        help: "As an importer: report tasks that are done as completion items",
    },
    Setting {
        name: connect::CONFIRM_EMPTY,
        kind: SettingKind::Flag,
        default: "false",
        help: "As an importer: say so when there are no bids and completions, before an order is ready for the office",
    },
];

const CREDENTIALS: &[Credential] = &[
    Credential { name: "username", issue: Issue::Name, claim: Some("username") },
    Credential { name: "password", issue: Issue::Password(20), claim: Some("password") },
];

const fn served(name: &'static str) -> Operation {
    Operation { name, served: Served::Yes }
}

/// Every event of the documentation, and the alias a shipped client uses.
const OPERATIONS: &[Operation] = &[
    served("validate_user"),
    served("get_all_orders"),
    served("get_order"),
    served("mark_order_imported"),
    served("get_all_updates"),
    served("get_cancel_orders"),
    served("get_pending_cancellations"),
    served("get_all_notes"),
    served("get_notes"),
    served("get_job_notes"),
    served("ack_transaction"),
    served("send_notes"),
    served("send_ready_for_office"),
    served("send_checkin"),
    served("send_file"),
    served("get_file"),
    served("get_foh"),
    served("get_pcr_json"),
    served("send_pcr_answers"),
    served("send_photo_flag"),
    served("get_invoice_items_order"),
    served("send_bid_comp"),
    served("bid_comp_confirm"),
    served("send_contractor_invoice"),
];

const fn row(state: State, shown: &'static str, read: &'static [&'static str], note: &'static str) -> StatusRow {
    StatusRow { state, shown, read, note }
}

const STATUSES: &[StatusRow] = &[
    row(State::Received, "Unread", &["Unread"], "with the rework mark: RTV"),
    row(State::Assigned, "Unread", &[], "In Field once the asking connection imported it; with the rework mark: RTV"),
    row(State::Accepted, "Accepted", &["Accepted"], "listed as Unread until imported"),
    row(State::Rejected, "Rejected", &["Rejected"], "listed as Unread until imported"),
    row(State::Started, "In Field", &["In Field"], "listed as Unread until imported"),
    row(State::Waiting, "Follow Up", &["Follow Up", "RTV"], "RTV also sets the rework mark"),
    row(State::Completed, "Ready for Office", &["Ready for Office"], "listed as Complete"),
    row(State::Submitted, "Ready for Office", &[], "listed as Complete"),
    row(State::Invoiced, "Invoiced", &["Invoiced"], "listed as Complete"),
    row(State::Closed, "Complete", &["Complete"], "listed as Complete"),
    row(State::Canceled, "Cancelled", &["Cancelled", "Cancel", "Canceled"], "listed as Cancel"),
    row(State::Failed, "Follow Up", &[], "listed as Unread until imported"),
    row(State::Deleted, "Cancelled", &[], "listed as Cancel to connections that imported it, else not at all"),
];

const fn field(field: &'static str, member: &'static str, note: &'static str) -> FieldRow {
    FieldRow { field, member, note }
}

const FIELDS: &[FieldRow] = &[
    field("serial", "report_id, ppw_report_id", "unsigned integer, as text unless numeric_ids is set"),
    field("number", "wo_number", "the serial where an order has no number"),
    field("client_company", "client_company_alias", "else the setting, else the name of the origin connection"),
    field("customer.name", "cust_text", ""),
    field("reference", "loan_number", ""),
    field("created_at", "date_received", "YYYYMMDD, UTC; the time of day is lost"),
    field("due", "date_due", "YYYYMMDD, UTC; the time of day is lost"),
    field("window.to", "date_due", "where there is no due date"),
    field("start", "start_date", "YYYYMMDD, UTC; the time of day is lost"),
    field("window.from", "start_date", "where there is no start"),
    field("site.address1", "address", "first line, then the second after a comma"),
    field("site.address2", "address", "after the first line"),
    field("site.city", "city", ""),
    field("site.region", "state", ""),
    field("site.postal_code", "zip", ""),
    field("instructions", "comments", "followed by the client's and the work info, each on a line of its own"),
    field("client_instructions", "comments", "after the instructions"),
    field("work_info", "comments", "after both instructions"),
    field("description", "comments", "where there is none of these; not that of a Pruvan order, which is for staff"),
    field("service", "work_type_alias", "the service's name, else the first task, else the title"),
    field("tasks", "line_items", "desc, qty, price, total, add; figures with two decimals; keys and options are lost"),
    field("site.lot_size", "lot_size", ""),
    field("site.lock_code", "lock_code", ""),
    field("site.key_code", "key_code", ""),
    field("person", "vendor_id", ""),
    field("crew", "none", "set to the connection's name by mark_order_imported"),
    field("rework", "wo_status", "RTV"),
    field("status", "wo_status", "see the status table"),
    field("outcome", "update_value", "of an RTV: why it was sent back"),
    field(
        "notes",
        "note_text and its row",
        "get_all_notes, get_notes, send_notes; prop: seen with all orders of the property",
    ),
    field("attachments", "file_id and its row", "send_file, get_file, get_foh, has_foh; stage from send_bid_comp"),
    field("forms", "pcr_forms", "get_pcr_json, send_pcr_answers, send_photo_flag; answers are not read back here"),
    field("charges", "invoice_lines, …", "send_bid_comp, send_contractor_invoice; not read back here"),
    field("check_ins", "checkin_data", "send_checkin; not read back here"),
    field("questions", "none", "an order with an open one is Follow Up; there is no way to answer it here"),
    field("result.blob", "file_id and its row", "get_file, among the uploads"),
    field("result.name", "file_name", "of that file"),
    field("result.type", "file_type", "of that file"),
];
