//! Reading one JSON object strictly: every member by name and kind, what is left over is refused with a pointer to it.

use super::read::{escape, text_of, time_of};
use super::{NativeError, invalid};
use docket_core::Timestamp;
use docket_core::order::Point;
use serde_json::{Map, Value as Json};

/// The most members of a list.
const LIST_LIMIT: usize = 1_000;

/// The members of an object that were not read yet. A member that is `null` is as good as absent.
pub(super) struct Members {
    at: String,
    left: Map<String, Json>,
}

impl Members {
    pub(super) fn of(at: impl Into<String>, json: Json) -> Result<Members, NativeError> {
        let at = at.into();
        match json {
            Json::Object(left) => Ok(Members { at, left }),
            _ => Err(invalid(at, "must be an object")),
        }
    }

    pub(super) fn pointer(&self, name: &str) -> String {
        format!("{}/{}", self.at, escape(name))
    }

    fn wrong<T>(&self, name: &str, wanted: &str) -> Result<T, NativeError> {
        Err(invalid(self.pointer(name), format!("must be {wanted}")))
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Json> {
        self.left.shift_remove(name).filter(|value| !value.is_null())
    }

    /// What was not read yet, for somebody else to read.
    pub(super) fn rest(self) -> Json {
        Json::Object(self.left)
    }

    /// Nothing may be left over.
    pub(super) fn end(self, what: &str) -> Result<(), NativeError> {
        match self.left.keys().next() {
            Some(name) => Err(invalid(self.pointer(name), format!("is not a member of {what}"))),
            None => Ok(()),
        }
    }

    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, NativeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => text_of(&self.pointer(name), text).map(Some),
            Some(_) => self.wrong(name, "a text"),
        }
    }

    /// A text that must be there and say something.
    pub(super) fn said(&mut self, name: &str) -> Result<String, NativeError> {
        match self.text(name)?.filter(|text| !text.trim().is_empty()) {
            Some(text) => Ok(text),
            None => Err(invalid(self.pointer(name), "is missing or blank")),
        }
    }

    /// A short text: a name, an id, a word.
    pub(super) fn short(&mut self, name: &str, limit: usize) -> Result<Option<String>, NativeError> {
        let text = self.text(name)?.filter(|text| !text.is_empty());
        match text {
            Some(text) if text.len() > limit => self.wrong(name, &format!("at most {limit} bytes long")),
            text => Ok(text),
        }
    }

    pub(super) fn flag(&mut self, name: &str) -> Result<Option<bool>, NativeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Bool(flag)) => Ok(Some(flag)),
            Some(_) => self.wrong(name, "true or false"),
        }
    }

    pub(super) fn number(&mut self, name: &str) -> Result<Option<f64>, NativeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::Number(number)) => Ok(number.as_f64()),
            Some(_) => self.wrong(name, "a number"),
        }
    }

    fn within(&mut self, name: &str, least: f64, most: f64) -> Result<Option<f64>, NativeError> {
        match self.number(name)? {
            Some(number) if !(least..=most).contains(&number) => self.wrong(name, &format!("from {least} to {most}")),
            number => Ok(number),
        }
    }

    /// A whole number between two others.
    pub(super) fn whole(&mut self, name: &str, least: i64, most: i64) -> Result<Option<i64>, NativeError> {
        match self.take(name) {
            None => Ok(None),
            Some(json) => match json.as_i64().filter(|number| (least..=most).contains(number)) {
                Some(number) => Ok(Some(number)),
                None => self.wrong(name, &format!("a whole number from {least} to {most}")),
            },
        }
    }

    pub(super) fn time(&mut self, name: &str) -> Result<Option<Timestamp>, NativeError> {
        match self.take(name) {
            None => Ok(None),
            Some(Json::String(text)) => time_of(&self.pointer(name), &text).map(Some),
            Some(_) => self.wrong(name, "a moment like 2026-03-01T08:00:00Z"),
        }
    }

    /// The members of a list, each with its pointer.
    pub(super) fn list(&mut self, name: &str) -> Result<Vec<(String, Json)>, NativeError> {
        let at = self.pointer(name);
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(Json::Array(items)) if items.len() > LIST_LIMIT => {
                self.wrong(name, &format!("a list of at most {LIST_LIMIT}"))
            }
            Some(Json::Array(items)) => {
                Ok(items.into_iter().enumerate().map(|(index, item)| (format!("{at}/{index}"), item)).collect())
            }
            Some(_) => self.wrong(name, "a list"),
        }
    }

    pub(super) fn texts(&mut self, name: &str) -> Result<Vec<String>, NativeError> {
        let text = |(at, item): (String, Json)| match item {
            Json::String(text) => text_of(&at, text),
            _ => Err(invalid(at, "must be a text")),
        };
        self.list(name)?.into_iter().map(text).collect()
    }

    /// One of some words.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)]) -> Result<Option<T>, NativeError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        match words.iter().find(|(word, _)| *word == text) {
            Some((_, meant)) => Ok(Some(*meant)),
            None => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                self.wrong(name, &format!("one of {}", words.join(", ")))
            }
        }
    }

    /// JSON that is kept as its text. A text is taken for the JSON it holds.
    pub(super) fn opaque(&mut self, name: &str) -> Result<Option<String>, NativeError> {
        let text = match self.take(name) {
            None => return Ok(None),
            Some(Json::String(text)) => text,
            Some(json) => json.to_string(),
        };
        text_of(&self.pointer(name), text).map(Some)
    }

    pub(super) fn point(&mut self, name: &str) -> Result<Option<Point>, NativeError> {
        let Some(json) = self.take(name) else { return Ok(None) };
        let mut members = Members::of(self.pointer(name), json)?;
        let latitude = members.within("latitude", -90.0, 90.0)?;
        let longitude = members.within("longitude", -180.0, 180.0)?;
        let accuracy_m = members.within("accuracy_m", 0.0, 1e9)?;
        let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
            return self.wrong(name, "a latitude and a longitude");
        };
        members.end("a point")?;
        Ok(Some(Point { latitude, longitude, accuracy_m }))
    }
}
