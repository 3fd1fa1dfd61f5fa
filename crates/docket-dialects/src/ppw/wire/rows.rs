//! The rows of answers, written as documented.

use serde::Serialize;
use serde_json::Value;

/// A number as the vendor's samples show it (a text), or as its tables type it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(in crate::ppw) enum Number {
    /// `"12249320"`
    Text(String),
    /// `12249320`
    Integer(i64),
}

impl Number {
    /// A whole number.
    pub(in crate::ppw) fn of(number: i64, numeric: bool) -> Number {
        if numeric { Number::Integer(number) } else { Number::Text(number.to_string()) }
    }
}

/// One element of a listing; with `update_field` and `update_value`, of `get_all_updates` too.
#[derive(Serialize)]
pub(in crate::ppw) struct Listed {
    /// The order's number in this hub.
    pub report_id: Number,
    /// The number people see.
    pub wo_number: String,
    /// The number at the other PPW, for links between two of them.
    pub org_wo_num: Number,
    /// What is to be done about it.
    pub wo_status: String,
    /// What the importer acknowledges.
    pub transaction_id: String,
    /// Which member of the order changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_field: Option<&'static str>,
    /// What it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_value: Option<Value>,
}

/// One element of `get_cancel_orders`.
#[derive(Serialize)]
pub(in crate::ppw) struct Cancelled {
    /// The order's number in this hub.
    pub report_id: Number,
    /// The number people see.
    pub wo_number: String,
    /// The number at the other PPW.
    pub org_wo_num: Number,
    /// `Cancelled`.
    pub wo_status: &'static str,
    /// When, Unix seconds as text.
    pub cancel_timestamp: String,
}

/// One element of `get_all_notes`.
#[derive(Serialize)]
pub(in crate::ppw) struct NewNote {
    /// The order, by the number people see.
    pub wo_number: String,
    /// Unique in this hub.
    pub note_id: String,
    /// `wo` or `prop`.
    pub note_type: &'static str,
    /// The text.
    pub note_text: String,
    /// Who wrote it.
    pub note_from: String,
    /// What the importer acknowledges.
    pub transaction_id: String,
}

/// One element of `get_notes`.
#[derive(Serialize)]
pub(in crate::ppw) struct JobNote {
    /// Unique in this hub.
    pub note_id: i64,
    /// The note this one revises; notes here are not revised.
    pub note_rev: i64,
    /// The order asked about.
    pub report_id: i64,
    /// The caller's order, as it named it.
    pub remote_report_id: i64,
    /// `wo` or `prop`.
    pub note_type: &'static str,
    /// The text.
    pub note_text: String,
    /// Who wrote it.
    pub insert_by: String,
    /// When: `YYYY-MM-DD HH:MM:SS`, UTC.
    pub insert_date: String,
    /// Which company the order came from.
    pub org_name: String,
    /// `"True"` or `"False"`, as texts.
    pub has_attachments: &'static str,
}

/// One element of `get_job_notes`, the form a shipped client asks for.
#[derive(Serialize)]
pub(in crate::ppw) struct PlainNote {
    /// The order asked about.
    pub report_id: i64,
    /// Unique in this hub.
    pub note_id: i64,
    /// The text.
    pub note_text: String,
    /// When: `YYYY-MM-DD HH:MM:SS`, UTC.
    pub insert_date: String,
    /// Not known here.
    pub insert_email: Option<String>,
    /// Who wrote it.
    pub insert_by_name: String,
    /// Who wrote it.
    pub insert_by: String,
}

/// One element of `get_file`.
#[derive(Serialize)]
pub(in crate::ppw) struct FileRow {
    /// The caller's order, as it named it.
    pub remote_report_id: i64,
    /// The order asked about.
    pub report_id: i64,
    /// The caller's own id of a file it sent, else a number unique in this hub.
    pub file_id: Value,
    /// With extension.
    pub file_name: String,
    /// Media type.
    pub file_type: String,
    /// Bytes, as text.
    pub file_size: String,
    /// What is said about it.
    pub file_desc: String,
    /// Where it can be fetched for a while.
    pub s3_url: String,
    /// The same for pictures, which are their own thumbnails here; else empty.
    pub s3_url_thumb: String,
    /// As asked for: `uploads` or `job_notes`.
    pub module_type: &'static str,
    /// Which company the order came from.
    pub org_name: String,
    /// Always 1: the file is here.
    pub imported: i64,
    /// The note it hangs on, as `get_notes` numbers it; not of the vendor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<i64>,
}

/// One element of an order's `pcr_forms`.
#[derive(Serialize)]
pub(in crate::ppw) struct FormRow {
    /// The caller's own id of a form it answered, else a number unique in this hub.
    pub pcr_form_id: String,
    /// The friendly id of the form in the importing account, where the source named one.
    pub form_id: String,
    /// Which version.
    pub form_ver_id: String,
    /// `"1"` or `"0"`.
    pub form_required: &'static str,
}

/// What `get_foh` answers.
#[derive(Serialize)]
pub(in crate::ppw) struct FrontPhoto {
    /// Where it can be fetched for a while.
    pub s3_url: String,
    /// More about it.
    pub file_metadata: PhotoMetadata,
}

/// More about a front-of-house photo.
#[derive(Serialize)]
pub(in crate::ppw) struct PhotoMetadata {
    /// Megabytes, rounded to a whole number, as text.
    pub file_size: String,
}
