//! Orders as jobs.
//!
//! Nothing is lost on the way in: a job order says only which intention it means, and that is kept in the bag. On
//! the way out a job shows its status and progress only; everything else an order knows is in its result file.

use super::address::{folded, title};
use super::wire::{Bag, JobStatus, KnownProperties, Progress};
use docket_core::Timestamp;
use docket_core::order::{Order, State};

/// The five words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Initial,
    InProgress,
    WaitingForUser,
    Finished,
    Error,
}

impl Status {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Status::Initial => "initial",
            Status::InProgress => "in_progress",
            Status::WaitingForUser => "waiting for user",
            Status::Finished => "finished",
            Status::Error => "error",
        }
    }

    /// From the word.
    pub(super) fn from_word(word: &str) -> Option<Status> {
        let all = [Status::Initial, Status::InProgress, Status::WaitingForUser, Status::Finished, Status::Error];
        all.into_iter().find(|status| status.word() == word)
    }
}

/// How a state is shown. Deleted orders are never shown.
pub(super) const fn status_of(state: State) -> Status {
    match state {
        State::Received | State::Assigned => Status::Initial,
        State::Accepted | State::Rejected | State::Started => Status::InProgress,
        State::Waiting => Status::WaitingForUser,
        State::Completed | State::Submitted | State::Invoiced | State::Closed => Status::Finished,
        State::Canceled | State::Failed | State::Deleted => Status::Error,
    }
}

/// The status entry of an order.
pub(super) fn job_status(order: &Order) -> JobStatus {
    let status = status_of(order.state);
    JobStatus { uuid: order.id.to_string(), status: status.word(), progress: progress(order, status) }
}

/// Steps done of steps in all: what its producer said, else its tasks. `0 <= current <= total` and `total >= 1`.
fn progress(order: &Order, status: Status) -> Progress {
    let fields = &order.fields;
    let tasks = i64::try_from(fields.tasks.len()).unwrap_or(i64::MAX);
    let ticked = i64::try_from(fields.tasks.iter().filter(|task| task.done).count()).unwrap_or(i64::MAX);
    let (current, total) = match fields.progress_total.filter(|&total| total > 0) {
        Some(total) => (fields.progress_current.unwrap_or(0), total),
        None => (ticked, tasks.max(1)),
    };
    let current = match status {
        Status::Initial => 0,
        Status::Finished => total,
        Status::InProgress | Status::WaitingForUser | Status::Error => current.clamp(0, total),
    };
    Progress { current, total }
}

/// A moment on the clock of the vendor's office.
pub(super) fn amsterdam(at: Timestamp) -> jiff::civil::DateTime {
    match at.in_tz("Europe/Amsterdam") {
        Ok(zoned) => zoned.datetime(),
        Err(_) => at.to_zoned(jiff::tz::TimeZone::UTC).datetime(),
    }
}

/// The date in the vendor's office, where days begin and end.
pub(super) fn amsterdam_date(now: Timestamp) -> jiff::civil::Date {
    amsterdam(now).date()
}

/// The longest name a result is given, without its extension.
const NAME_LIMIT: usize = 180;

/// The name of an order's result file: date, slug, address and plan, as in
/// `20180111_test_example_product_utrechtsestraat_61_6811lw_arnhem_nl_imro_0268_fbpparkeren_vg01.pdf`.
pub fn result_name(order: &Order, slug: &str, extension: &str) -> String {
    let part = |text: &Option<String>| text.clone().unwrap_or_default();
    let fields = &order.fields;
    let address =
        title(&part(&fields.address1), &part(&fields.address2), &part(&fields.postal_code), &part(&fields.city));
    let date = amsterdam_date(order.created_at).strftime("%Y%m%d").to_string();
    let plan = bag(order).and_then(|bag| plan_of(&bag)).unwrap_or_default();
    let mut name = String::new();
    for part in [date.as_str(), slug, &address, &plan] {
        let part = file_part(part);
        if !part.is_empty() {
            if !name.is_empty() {
                name.push('_');
            }
            name.push_str(&part);
        }
    }
    name.truncate(NAME_LIMIT);
    format!("{}.{extension}", name.trim_end_matches('_'))
}

/// Lower-case ASCII letters and digits; everything between them is one `_`.
pub fn file_part(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in folded(text).chars() {
        if character.is_ascii_alphanumeric() {
            out.push(character);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
    }
    out.truncate(out.trim_end_matches('_').len());
    out
}

/// What an order keeps of how it was ordered here, if it was.
pub(super) fn bag(order: &Order) -> Option<Bag> {
    serde_json::from_str(order.wire("planviewer")?).ok()
}

fn plan_of(bag: &Bag) -> Option<String> {
    let known: KnownProperties = serde_json::from_str(bag.properties.get()).ok()?;
    known.plan_id
}

/// A result's name as it can stand in `filename="…"`.
pub(super) fn header_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.chars().map(|c| if c.is_ascii_graphic() && !matches!(c, '"' | '\\') || c == ' ' { c } else { '_' }).collect()
}

/// The extension of a media type.
pub(super) fn extension(media_type: &str) -> &'static str {
    match media_type.split(';').next().unwrap_or_default().trim() {
        "application/pdf" => "pdf",
        "application/json" => "json",
        "text/csv" => "csv",
        "text/plain" => "txt",
        "application/zip" => "zip",
        "image/png" => "png",
        "image/jpeg" => "jpg",
        _ => "bin",
    }
}
