//! What importers send back, read leniently.

use super::{EventData, Members, integer_of, is_blank, number_of, text_of, truth_of};
use crate::ppw::error::Error;
use docket_core::Timestamp;
use docket_core::order::{Point, Stage};
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest id of a counterpart's taken.
const ID_BYTES: usize = 255;

/// A member that says something.
fn said<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    members.get(name).filter(|value| !is_blank(value))
}

/// A text; what is neither text nor number counts as absent.
fn text(members: &Members, name: &str) -> Option<String> {
    said(members, name).and_then(text_of)
}

/// A number that must be one where it is there.
fn number(members: &Members, name: &'static str) -> Result<Option<f64>, Error> {
    said(members, name).map(|value| number_of(value).ok_or(Error::invalid(name, "is not a number"))).transpose()
}

/// A counterpart's id, required.
fn id(members: &Members, name: &'static str) -> Result<String, Error> {
    let value = said(members, name).ok_or(Error::Missing(name))?;
    let id = text_of(value).ok_or(Error::invalid(name, "is not a text"))?;
    checked(id.trim().to_owned(), name)
}

fn checked(id: String, name: &'static str) -> Result<String, Error> {
    if id.len() > ID_BYTES { Err(Error::invalid(name, "is too long")) } else { Ok(id) }
}

/// A moment with a zone, or a date and time without one, which is taken for UTC.
fn moment(text: &str) -> Option<Timestamp> {
    let zoned: Option<Timestamp> = text.parse().ok();
    let plain = || text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    zoned.or_else(|| plain().map(|zoned| zoned.timestamp()))
}

/// One note of `send_notes`.
pub(in crate::ppw) struct SentNote {
    /// The sender's id.
    pub note_id: String,
    /// The sender's id of the note this one revises.
    pub note_rev: Option<String>,
    /// `prop` rather than `wo`.
    pub is_for_property: bool,
    /// The text.
    pub note_text: String,
    /// When; no sender is held to a format.
    pub insert_date: Option<Timestamp>,
    /// Who wrote it.
    pub org_name: Option<String>,
}

impl SentNote {
    /// Reads a note; id, type and text are required.
    pub(in crate::ppw) fn read(members: &Members) -> Result<SentNote, Error> {
        let required = |name: &'static str| text(members, name).ok_or(Error::Missing(name));
        let note_id = id(members, "note_id")?;
        let is_for_property = match required("note_type")?.trim().to_ascii_lowercase().as_str() {
            "wo" => false,
            "prop" => true,
            _ => return Err(Error::invalid("note_type", "is neither wo nor prop")),
        };
        let revised = match said(members, "note_rev") {
            Some(_) => Some(id(members, "note_rev")?).filter(|parent| parent != "0"),
            None => None,
        };
        Ok(SentNote {
            note_id,
            note_rev: revised,
            is_for_property,
            note_text: required("note_text")?,
            insert_date: text(members, "insert_date").and_then(|date| moment(date.trim())),
            org_name: text(members, "org_name"),
        })
    }
}

/// What `send_file` says about the file.
pub(in crate::ppw) struct SentFile {
    /// The sender's id.
    pub file_id: String,
    /// Its name, where it is named.
    pub file_name: Option<String>,
    /// Among the photos rather than the documents, where that is said.
    pub is_photo: Option<bool>,
    /// Where it can be fetched.
    pub url: Option<String>,
    /// The sender's id of the note it hangs on; not of the vendor.
    pub note_id: Option<String>,
}

impl SentFile {
    /// Reads the event's data; only the id is required.
    pub(in crate::ppw) fn read(data: &EventData) -> Result<SentFile, Error> {
        let members = data.members();
        let is_photo = match said(members, "file_area").map(integer_of) {
            Some(Some(0)) => Some(true),
            Some(Some(1)) => Some(false),
            None => None,
            Some(_) => return Err(Error::invalid("file_area", "is neither 0 nor 1")),
        };
        let note_id = said(members, "note_id").map(|_| id(members, "note_id")).transpose()?;
        Ok(SentFile {
            file_id: id(members, "file_id")?,
            file_name: text(members, "file_name"),
            is_photo,
            url: data.text("s3_url")?.map(|url| url.trim().to_owned()),
            note_id,
        })
    }
}

/// One check-in of `send_checkin`.
#[derive(Clone)]
pub(in crate::ppw) struct SentCheckIn {
    /// The sender's id; where it has none, what the check-in says.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// Where.
    pub point: Point,
    /// `misc_data` as JSON text.
    pub data: Option<String>,
}

impl SentCheckIn {
    /// Reads a check-in; time and place are required.
    pub(in crate::ppw) fn read(members: &Members) -> Result<SentCheckIn, Error> {
        let stamp = text(members, "checkin_ts").ok_or(Error::Missing("checkin_ts"))?;
        let at = moment(stamp.trim()).ok_or(Error::invalid("checkin_ts", "is not a date and time"))?;
        let degrees = |name: &'static str, most: f64| match number(members, name)? {
            Some(degrees) if degrees.abs() <= most => Ok(degrees),
            Some(_) => Err(Error::invalid(name, "is out of range")),
            None => Err(Error::Missing(name)),
        };
        let (latitude, longitude) = (degrees("gps_lat", 90.0)?, degrees("gps_lng", 180.0)?);
        let accuracy_m = number(members, "gps_accuracy")?.filter(|metres| *metres >= 0.0);
        let data = said(members, "misc_data").map(|value| match value {
            // JSON within a string, as everywhere in this API.
            Value::String(text) if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() => text.clone(),
            other => super::json(other),
        });
        let given = said(members, "bg_check_id").map(|_| id(members, "bg_check_id")).transpose()?;
        Ok(SentCheckIn {
            id: given.unwrap_or_else(|| format!("{}@{latitude},{longitude}", at.as_second())),
            at,
            point: Point { latitude, longitude, accuracy_m },
            data: data.filter(|data| !matches!(data.as_str(), "{}" | "[]" | "null" | "\"\"")),
        })
    }
}

/// The answer to one question of a form: one row, or several of a question whose answers are ticked.
#[derive(Clone)]
pub(in crate::ppw) struct SentAnswer {
    /// The question.
    pub question: String,
    /// `varchar`, `int`, `date`, `longtext`, or whatever the sender calls it.
    pub kind: String,
    /// What was answered, one value per row that has one.
    pub values: Vec<String>,
}

impl SentAnswer {
    /// Reads the rows of a form: one answer per question, in the order the questions first come.
    pub(in crate::ppw) fn read_all(rows: &[&Members]) -> Result<Vec<SentAnswer>, Error> {
        let mut answers: Vec<SentAnswer> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for row in rows {
            let answer = SentAnswer::read(row)?;
            match places.get(&answer.question).and_then(|place| answers.get_mut(*place)) {
                Some(known) => known.values.extend(answer.values),
                None => {
                    places.insert(answer.question.clone(), answers.len());
                    answers.push(answer);
                }
            }
        }
        Ok(answers)
    }

    fn read(row: &Members) -> Result<SentAnswer, Error> {
        let question = id(row, "pcr_question_id")?;
        let values = || row.iter().filter_map(|(name, value)| Some((name.strip_suffix("_value")?, value)));
        let kind = text(row, "question_data_type").map(|kind| kind.trim().to_ascii_lowercase());
        // A row without a type has that of its value.
        let kind = kind.or_else(|| values().next().map(|(kind, _)| kind.to_owned())).unwrap_or_default();
        let value = values().find(|(name, _)| *name == kind).map(|(_, value)| value).filter(|value| !is_blank(value));
        let value = match (kind.as_str(), value) {
            (_, None) => None,
            ("int", Some(value)) => {
                Some(integer_of(value).ok_or(Error::invalid("int_value", "is not a whole number"))?.to_string())
            }
            ("date", Some(value)) => {
                let day = text_of(value).filter(|day| jiff::civil::Date::strptime("%Y-%m-%d", day.trim()).is_ok());
                Some(day.ok_or(Error::invalid("date_value", "is not a date of the form YYYY-MM-DD"))?.trim().to_owned())
            }
            (_, Some(value)) => Some(text_of(value).unwrap_or_else(|| super::json(value))),
        };
        Ok(SentAnswer { question, kind, values: value.into_iter().collect() })
    }
}

/// A photo tied to a question of a form.
#[derive(Clone)]
pub(in crate::ppw) struct PhotoFlag {
    /// The file, by its sender's id or ours.
    pub file_id: String,
    /// The question.
    pub question: String,
}

impl PhotoFlag {
    /// Reads a row of `question_data`.
    pub(in crate::ppw) fn read(row: &Members) -> Result<PhotoFlag, Error> {
        if text(row, "work_type").is_none_or(|kind| !kind.trim().eq_ignore_ascii_case("pc")) {
            return Err(Error::invalid("work_type", "is not pc"));
        }
        Ok(PhotoFlag { file_id: id(row, "file_id")?, question: id(row, "pcr_question_id")? })
    }
}

/// A photo tied to a bid or a completion.
#[derive(Clone)]
pub(in crate::ppw) struct WorkPhoto {
    /// The file, by its sender's id or ours.
    pub file_id: String,
    /// Of the bid rather than the completion.
    pub is_bid: bool,
    /// When it was taken.
    pub stage: Option<Stage>,
}

impl WorkPhoto {
    /// Reads a row of `photo_flag_data`.
    pub(in crate::ppw) fn read(row: &Members) -> Result<WorkPhoto, Error> {
        let word = |name: &str| text(row, name).map(|word| word.trim().to_ascii_lowercase());
        let is_bid = match word("work_type").as_deref() {
            Some("b") => true,
            Some("c") => false,
            _ => return Err(Error::invalid("work_type", "is neither b nor c")),
        };
        let stage = match word("stage").as_deref() {
            Some("b") => Some(Stage::Before),
            Some("i") => Some(Stage::During),
            Some("a") => Some(Stage::After),
            None => None,
            Some(_) => return Err(Error::invalid("stage", "is none of b, i and a")),
        };
        Ok(WorkPhoto { file_id: id(row, "file_id")?, is_bid, stage })
    }
}

/// One half of `send_bid_comp`.
#[derive(Clone)]
pub(in crate::ppw) struct SentWork {
    /// How many.
    pub quantity: Option<f64>,
    /// The price of one, for bids.
    pub unit_price: Option<f64>,
    /// What is said about it.
    pub comment: String,
}

/// What `send_bid_comp` says: one item, bid for or completed or both.
#[derive(Clone)]
pub(in crate::ppw) struct SentItem {
    /// Unique among the sender's items of the order.
    pub key: String,
    /// Which of our invoice items it is.
    pub item: Option<String>,
    /// What the sender calls it.
    pub description: String,
    /// The bid.
    pub bid: Option<SentWork>,
    /// The completion.
    pub completion: Option<SentWork>,
    /// Photos of either.
    pub photos: Vec<WorkPhoto>,
}

impl SentItem {
    /// Reads the event's data; a bid or a completion is required.
    pub(in crate::ppw) fn read(data: &EventData) -> Result<SentItem, Error> {
        let members = data.members();
        let comment = |name: &str| text(members, name).unwrap_or_default();
        let bid = SentWork {
            quantity: number(members, "qty_bid")?,
            unit_price: number(members, "client_price_bid")?,
            comment: comment("bid_note"),
        };
        let completion =
            SentWork { quantity: number(members, "qty_comp")?, unit_price: None, comment: comment("comp_note") };
        // The quantity says which of the two it is; where there is none, a note does.
        let none = bid.quantity.is_none() && completion.quantity.is_none();
        let is_there = |work: &SentWork| work.quantity.is_some() || (none && !work.comment.is_empty());
        let (bid, completion) = (Some(bid).filter(is_there), Some(completion).filter(is_there));
        if bid.is_none() && completion.is_none() {
            return Err(Error::Missing("qty_bid or qty_comp"));
        }
        let photos = data.list_or_none("photo_flag_data")?;
        Ok(SentItem {
            key: SentItem::key(members)?,
            item: text(members, "dest_invoice_item_id").map(|item| item.trim().to_owned()),
            description: comment("invoice_item_desc"),
            bid,
            completion,
            photos: photos.into_iter().map(WorkPhoto::read).collect::<Result<_, _>>()?,
        })
    }

    /// The sender's id, else its item and the place in the batch, else what it is called.
    fn key(members: &Members) -> Result<String, Error> {
        if said(members, "remote_id").is_some() {
            return id(members, "remote_id");
        }
        let names = ["src_invoice_item_id", "cur_index", "dest_invoice_item_id"];
        let parts: Vec<String> = names.iter().filter_map(|name| text(members, name)).collect();
        match said(members, "src_invoice_item_id") {
            Some(_) => checked(parts.join("/"), "src_invoice_item_id"),
            None => {
                let described: String = text(members, "invoice_item_desc").unwrap_or_default();
                let described: String = described.chars().take(ID_BYTES / 8).collect();
                checked(format!("{described}/{}", parts.join("/")), "dest_invoice_item_id")
            }
        }
    }
}

/// One line of `send_contractor_invoice`.
#[derive(Clone)]
pub(in crate::ppw) struct SentLine {
    /// The sender's id: the same id again is the same line.
    pub line_id: String,
    /// Which of our invoice items it is; none for a free one.
    pub item: Option<String>,
    /// How many.
    pub quantity: Option<f64>,
    /// The price of one.
    pub price: Option<f64>,
    /// What it is called, for free items.
    pub item_desc: Option<String>,
    /// No discount is taken.
    pub flat_fee: bool,
}

impl SentLine {
    /// Reads a line; `items` says which of our items a line is, by line id.
    pub(in crate::ppw) fn read(line: &Members, items: Option<&Value>) -> Result<SentLine, Error> {
        let line_id = id(line, "line_id")?;
        let ours = items.and_then(|items| items.get(&line_id)).and_then(text_of);
        let item = ours.or_else(|| text(line, "invoice_item_id")).map(|item| item.trim().to_owned());
        Ok(SentLine {
            item: item.filter(|item| !is_free(item)),
            quantity: number(line, "quantity")?,
            price: number(line, "price")?,
            item_desc: text(line, "item_desc"),
            flat_fee: said(line, "flat_fee").and_then(truth_of).unwrap_or_default(),
            line_id,
        })
    }
}

/// Whether an item is a free one: the vendor's table and sample spell that differently.
pub(in crate::ppw) fn is_free(item: &str) -> bool {
    item.is_empty() || item == "0" || item.trim_matches('*').eq_ignore_ascii_case("other")
}
