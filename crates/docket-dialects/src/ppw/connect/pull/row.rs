//! The entries of listings.

use super::super::call::{id, said};
use crate::ppw::map;
use crate::ppw::wire::{Members, integer_of};
use serde_json::Value;

/// An entry of a listing.
pub(in crate::ppw::connect) enum Row {
    /// There are updates to fetch.
    Updates,
    /// There are notes to fetch.
    Notes,
    /// An order.
    Order(Box<Listed>),
    /// A flag that is down, or nothing that is known.
    Other,
}

/// An order, as listings say it.
pub(in crate::ppw::connect) struct Listed {
    /// Its id there.
    pub(in crate::ppw::connect) report: i64,
    /// The number people see.
    pub(in crate::ppw::connect) number: String,
    /// The number at the PPW the source had it from.
    pub(in crate::ppw::connect) org_wo_num: Option<String>,
    /// Where it stands, or what is to be done.
    pub(in crate::ppw::connect) word: String,
    /// Under which id that is answered.
    pub(in crate::ppw::connect) transaction: Option<String>,
    /// Which member changed.
    pub(in crate::ppw::connect) field: Option<String>,
    /// What it is now; of one that was sent back, why.
    pub(in crate::ppw::connect) value: Value,
    /// When it was called off.
    pub(in crate::ppw::connect) canceled: Option<String>,
}

impl Row {
    pub(in crate::ppw::connect) fn read(members: &Members) -> Row {
        // Other values of a flag mean nothing.
        let is_flag = |name: &str| {
            members.get(name).is_some_and(|value| *value == Value::Bool(true) || integer_of(value) == Some(1))
        };
        let Some(report) = members.get("report_id").and_then(integer_of).filter(|report| *report >= 0) else {
            return match () {
                () if is_flag("get_all_updates") => Row::Updates,
                () if is_flag("get_all_notes") => Row::Notes,
                () => Row::Other,
            };
        };
        Row::Order(Box::new(Listed {
            report,
            number: members.get("wo_number").and_then(crate::ppw::wire::text_of).unwrap_or_default(),
            org_wo_num: said(members, "org_wo_num"),
            word: said(members, "wo_status").unwrap_or_default(),
            transaction: id(members, "transaction_id"),
            field: said(members, "update_field"),
            value: members.get("update_value").cloned().unwrap_or_default(),
            canceled: said(members, "cancel_timestamp"),
        }))
    }
}

/// Whether a word says that an order is over.
pub(in crate::ppw::connect) fn is_over(word: &str) -> bool {
    is_canceled(word) || word.eq_ignore_ascii_case(map::COMPLETE)
}

/// Whether a word says what is to be done, rather than where an order stands.
pub(super) fn is_command(word: &str) -> bool {
    is_over(word) || [map::UPDATE, map::RTV].iter().any(|known| word.eq_ignore_ascii_case(known))
}

/// Whether a word says that an order was called off.
pub(super) fn is_canceled(word: &str) -> bool {
    [map::CANCEL, map::CANCELLED, "Canceled"].iter().any(|known| word.eq_ignore_ascii_case(known))
}
