//! Values that go into and come out of either database.

use crate::StoreError;
use std::borrow::Cow;

/// A value of a column or parameter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Val {
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

/// One statement of a transaction.
#[derive(Clone, Debug)]
pub(crate) struct Stmt {
    pub(crate) sql: &'static str,
    pub(crate) params: Vec<Val>,
}

impl Stmt {
    pub(crate) fn new(sql: &'static str, params: impl Into<Vec<Val>>) -> Stmt {
        Stmt { sql, params: params.into() }
    }
}

/// What a statement did: how many rows it touched, and which it returned.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    pub(crate) touched: u64,
    pub(crate) rows: Vec<Row>,
}

/// A row of an answer.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row(pub(crate) Vec<Val>);

impl From<i64> for Val {
    fn from(number: i64) -> Val {
        Val::Int(number)
    }
}
impl From<f64> for Val {
    fn from(number: f64) -> Val {
        Val::Real(number)
    }
}
impl From<String> for Val {
    fn from(text: String) -> Val {
        Val::Text(text)
    }
}
impl From<uuid::Uuid> for Val {
    fn from(id: uuid::Uuid) -> Val {
        Val::Blob(id.as_bytes().to_vec())
    }
}
impl<T: Into<Val>> From<Option<T>> for Val {
    fn from(value: Option<T>) -> Val {
        value.map_or(Val::Null, Into::into)
    }
}

impl Val {
    /// Any text at all (see [`keep`]).
    pub(crate) fn kept(text: &str) -> Val {
        Val::Text(keep(text).into_owned())
    }
}

/// The sign that starts an escape in kept text.
const ESCAPE: char = '\u{1a}';

/// PostgreSQL's text holds no NUL. Text from outside is kept with an escape, which leaves all ordinary text alone and
/// never makes one text of two.
pub(crate) fn keep(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte == 0 || byte == 0x1a) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\0' => kept.extend([ESCAPE, '0']),
            ESCAPE => kept.extend([ESCAPE, '1']),
            other => kept.push(other),
        }
    }
    Cow::Owned(kept)
}

/// Back from [`keep`].
pub(crate) fn unkeep(kept: String) -> String {
    if !kept.contains(ESCAPE) {
        return kept;
    }
    let mut text = String::with_capacity(kept.len());
    let mut characters = kept.chars();
    while let Some(character) = characters.next() {
        if character != ESCAPE {
            text.push(character);
            continue;
        }
        text.push(if characters.next() == Some('0') { '\0' } else { ESCAPE });
    }
    text
}

fn wrong(at: usize) -> StoreError {
    StoreError::Failed(format!("column {at} of an answer is of another kind"))
}

impl Row {
    fn take(&mut self, at: usize) -> Val {
        self.0.get_mut(at).map_or(Val::Null, |value| std::mem::replace(value, Val::Null))
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64, StoreError> {
        match self.0.get(at) {
            Some(Val::Int(number)) => Ok(*number),
            _ => Err(wrong(at)),
        }
    }

    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(at) {
            Some(Val::Int(number)) => Ok(Some(*number)),
            Some(Val::Null) => Ok(None),
            _ => Err(wrong(at)),
        }
    }

    /// A number; what is not a number was stored as null.
    pub(crate) fn real(&self, at: usize) -> Result<f64, StoreError> {
        match self.0.get(at) {
            Some(Val::Real(number)) => Ok(*number),
            Some(Val::Int(number)) => Ok(*number as f64),
            Some(Val::Null) => Ok(f64::NAN),
            _ => Err(wrong(at)),
        }
    }

    /// A number, if there is one.
    pub(crate) fn maybe_real(&self, at: usize) -> Result<Option<f64>, StoreError> {
        match self.0.get(at) {
            Some(Val::Null) => Ok(None),
            _ => self.real(at).map(Some),
        }
    }

    /// Text, taken out of the row as it was given.
    pub(crate) fn text(&mut self, at: usize) -> Result<String, StoreError> {
        match self.take(at) {
            Val::Text(text) => Ok(text),
            _ => Err(wrong(at)),
        }
    }

    /// Text that was [`keep`]t.
    pub(crate) fn kept(&mut self, at: usize) -> Result<String, StoreError> {
        self.text(at).map(unkeep)
    }

    pub(crate) fn maybe_text(&mut self, at: usize) -> Result<Option<String>, StoreError> {
        match self.take(at) {
            Val::Text(text) => Ok(Some(text)),
            Val::Null => Ok(None),
            _ => Err(wrong(at)),
        }
    }

    pub(crate) fn blob(&mut self, at: usize) -> Result<Vec<u8>, StoreError> {
        match self.take(at) {
            Val::Blob(bytes) => Ok(bytes),
            _ => Err(wrong(at)),
        }
    }

    pub(crate) fn uuid(&self, at: usize) -> Result<uuid::Uuid, StoreError> {
        self.maybe_uuid(at)?.ok_or_else(|| wrong(at))
    }

    pub(crate) fn maybe_uuid(&self, at: usize) -> Result<Option<uuid::Uuid>, StoreError> {
        match self.0.get(at) {
            Some(Val::Blob(bytes)) => uuid::Uuid::from_slice(bytes).map(Some).map_err(|_| wrong(at)),
            Some(Val::Null) => Ok(None),
            _ => Err(wrong(at)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{keep, unkeep};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn kept_text_comes_back(text in "[\\x00\\x1a\\x1b01a\u{e9}]{0,12}") {
            let kept = keep(&text).into_owned();
            prop_assert!(!kept.contains('\0'));
            prop_assert_eq!(unkeep(kept), text);
        }
    }
}
