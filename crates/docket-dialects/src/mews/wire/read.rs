//! Reading requests, member by member.
//!
//! Reading is by exact PascalCase name; unknown members are ignored; an explicit `null` is an absent member.
//! Every member that does not say what it should becomes [`Error::Invalid`] with its own name.

use crate::mews::error::Error;
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use jiff::ToSpan;
use jiff::civil::DateTime;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};

/// The most ids a filter may name, and the largest page.
pub(in crate::mews) const MAX_ITEMS: usize = 1000;
/// The longest interval a filter may span, in calendar months.
const MAX_MONTHS: i32 = 3;

/// A JSON object.
#[derive(Default)]
pub(in crate::mews) struct Object(Map<String, Value>);

impl Object {
    /// A strict JSON object from bytes.
    pub(in crate::mews) fn read(body: &[u8]) -> Result<Object, Error> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(members)) => Ok(Object(members)),
            _ => Err(Error::Json),
        }
    }

    /// Its members.
    pub(in crate::mews) fn members(&self) -> Members<'_> {
        Members(&self.0)
    }

    /// Its members, as they are.
    pub(in crate::mews) fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Forgets some of its members.
    pub(in crate::mews) fn forget(&mut self, names: &[&str]) {
        for name in names {
            self.0.shift_remove(*name);
        }
    }
}

/// The members of a JSON object.
#[derive(Clone, Copy, Serialize)]
#[serde(transparent)]
pub(in crate::mews) struct Members<'a>(&'a Map<String, Value>);

impl<'a> From<&'a Map<String, Value>> for Members<'a> {
    fn from(members: &'a Map<String, Value>) -> Members<'a> {
        Members(members)
    }
}

impl<'a> Members<'a> {
    /// The first of its members that is a text and says something: of names by language.
    pub(in crate::mews) fn first_text(self) -> Option<&'a str> {
        self.0.values().filter_map(Value::as_str).find(|text| !text.trim().is_empty())
    }

    fn get(self, name: &str) -> Option<&'a Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub(in crate::mews) fn text(self, name: &'static str) -> Result<Option<&'a str>, Error> {
        self.get(name).map(|value| value.as_str().ok_or(Error::invalid(name))).transpose()
    }

    /// A text that must be there and say something.
    pub(in crate::mews) fn required_text(self, name: &'static str) -> Result<&'a str, Error> {
        self.text(name)?.filter(|text| !text.is_empty()).ok_or(Error::invalid(name))
    }

    /// Yes or no.
    pub(in crate::mews) fn flag(self, name: &'static str) -> Result<Option<bool>, Error> {
        self.get(name).map(|value| value.as_bool().ok_or(Error::invalid(name))).transpose()
    }

    /// A 32-bit whole number.
    pub(in crate::mews) fn integer(self, name: &'static str) -> Result<Option<i32>, Error> {
        let read = |value: &Value| value.as_i64().and_then(|number| i32::try_from(number).ok());
        self.get(name).map(|value| read(value).ok_or(Error::invalid(name))).transpose()
    }

    /// A number.
    pub(in crate::mews) fn number(self, name: &'static str) -> Result<Option<f64>, Error> {
        let read = |value: &Value| value.as_f64().filter(|number| number.is_finite());
        self.get(name).map(|value| read(value).ok_or(Error::invalid(name))).transpose()
    }

    /// An identifier.
    pub(in crate::mews) fn uuid(self, name: &'static str) -> Result<Option<Uuid>, Error> {
        self.get(name).map(|value| value.as_str().and_then(uuid).ok_or(Error::invalid(name))).transpose()
    }

    /// Identifiers, 1 to [`MAX_ITEMS`].
    pub(in crate::mews) fn uuids(self, name: &'static str) -> Result<Option<Vec<Uuid>>, Error> {
        self.some_uuids(name, MAX_ITEMS)
    }

    /// Identifiers, 1 to so many.
    pub(in crate::mews) fn some_uuids(self, name: &'static str, most: usize) -> Result<Option<Vec<Uuid>>, Error> {
        let Some(items) = self.items(name)? else { return Ok(None) };
        if items.is_empty() || items.len() > most {
            return Err(Error::invalid(name));
        }
        let ids = items.iter().map(|item| item.as_str().and_then(uuid)).collect::<Option<Vec<_>>>();
        ids.map(Some).ok_or(Error::invalid(name))
    }

    /// Texts, any number.
    pub(in crate::mews) fn texts(self, name: &'static str) -> Result<Option<Vec<&'a str>>, Error> {
        let Some(items) = self.items(name)? else { return Ok(None) };
        let texts = items.iter().map(Value::as_str).collect::<Option<Vec<_>>>();
        texts.map(Some).ok_or(Error::invalid(name))
    }

    /// Texts, 1 to so many.
    pub(in crate::mews) fn some_texts(self, name: &'static str, most: usize) -> Result<Option<Vec<&'a str>>, Error> {
        let texts = self.texts(name)?;
        match &texts {
            Some(texts) if texts.is_empty() || texts.len() > most => Err(Error::invalid(name)),
            _ => Ok(texts),
        }
    }

    /// The same, to be kept.
    pub(in crate::mews) fn kept_texts(self, name: &'static str, most: usize) -> Result<Option<Vec<String>>, Error> {
        let texts = self.some_texts(name, most)?;
        Ok(texts.map(|texts| texts.into_iter().map(str::to_owned).collect()))
    }

    /// Words of a list; an empty array is no filter.
    pub(in crate::mews) fn words<T>(
        self,
        name: &'static str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<Vec<T>>, Error> {
        let texts = self.texts(name)?.unwrap_or_default();
        let words = texts.into_iter().map(read).collect::<Option<Vec<T>>>().ok_or(Error::invalid(name))?;
        Ok(Some(words).filter(|words| !words.is_empty()))
    }

    /// Objects in an array, 1 to [`MAX_ITEMS`].
    pub(in crate::mews) fn some_objects(self, name: &'static str) -> Result<Vec<Members<'a>>, Error> {
        let objects = self.objects(name)?;
        if objects.is_empty() || objects.len() > MAX_ITEMS { Err(Error::invalid(name)) } else { Ok(objects) }
    }

    /// A text of a patch: `None` keeps what is there, `Some(None)` clears it.
    pub(in crate::mews) fn patch(self, name: &'static str) -> Result<Option<Option<&'a str>>, Error> {
        let Some(wrapper) = self.object(name)? else { return Ok(None) };
        match wrapper.0.get("Value") {
            None => Ok(None),
            Some(Value::Null) => Ok(Some(None)),
            Some(value) => value.as_str().map(Some).map(Some).ok_or(Error::invalid(name)),
        }
    }

    fn items(self, name: &'static str) -> Result<Option<&'a [Value]>, Error> {
        self.get(name).map(|value| value.as_array().map(Vec::as_slice).ok_or(Error::invalid(name))).transpose()
    }

    /// A list as it is; empty where there is none.
    pub(in crate::mews) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
    }

    /// Everything, without what the envelope and the caller's own reading are about.
    pub(in crate::mews) fn without(self, names: &[&str]) -> Map<String, Value> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| (name.clone(), value.clone())).collect()
    }

    /// Objects in an array, any number.
    pub(in crate::mews) fn objects(self, name: &'static str) -> Result<Vec<Members<'a>>, Error> {
        let items = self.items(name)?.unwrap_or_default();
        let objects = items.iter().map(|item| item.as_object().map(Members)).collect::<Option<Vec<_>>>();
        objects.ok_or(Error::invalid(name))
    }

    /// An object.
    pub(in crate::mews) fn object(self, name: &'static str) -> Result<Option<Members<'a>>, Error> {
        self.get(name).map(|value| value.as_object().map(Members).ok_or(Error::invalid(name))).transpose()
    }

    /// A moment.
    pub(in crate::mews) fn instant(self, name: &'static str) -> Result<Option<Timestamp>, Error> {
        self.get(name).map(|value| value.as_str().and_then(instant).ok_or(Error::invalid(name))).transpose()
    }

    /// An interval whose ends are members of their own.
    pub(in crate::mews) fn own_interval(
        self,
        start: &'static str,
        end: &'static str,
    ) -> Result<Option<Interval>, Error> {
        let interval = match (self.instant(start)?, self.instant(end)?) {
            (None, None) => return Ok(None),
            (Some(start), Some(end)) => Interval { start, end },
            (None, Some(_)) => return Err(Error::invalid(start)),
            (Some(_), None) => return Err(Error::invalid(end)),
        };
        if interval.start > interval.end || interval.is_too_long() {
            Err(Error::invalid(end))
        } else {
            Ok(Some(interval))
        }
    }

    /// An interval with both ends, not longer than three calendar months.
    pub(in crate::mews) fn interval(self, name: &'static str) -> Result<Option<Interval>, Error> {
        let Some(ends) = self.object(name)? else { return Ok(None) };
        let end = |end| ends.get(end).and_then(Value::as_str).and_then(instant).ok_or(Error::invalid(name));
        let interval = Interval { start: end("StartUtc")?, end: end("EndUtc")? };
        if interval.start > interval.end || interval.is_too_long() {
            return Err(Error::invalid(name));
        }
        Ok(Some(interval))
    }

    /// The part of a listing that is wanted; required wherever it is documented.
    pub(in crate::mews) fn limitation(self) -> Result<Limitation, Error> {
        const NAME: &str = "Limitation";
        let members = self.object(NAME)?.ok_or(Error::invalid(NAME))?;
        let count = members.get("Count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        let count = count.filter(|count| (1..=MAX_ITEMS).contains(count)).ok_or(Error::invalid(NAME))?;
        Ok(Limitation { count, cursor: members.uuid("Cursor")? })
    }
}

/// An identifier: hyphenated, in either case.
pub(in crate::mews) fn uuid(text: &str) -> Option<Uuid> {
    if text.len() == 36 { Uuid::try_parse(text).ok() } else { None }
}

/// A moment: with a zone or an offset, or without, which is UTC; fractions are understood.
pub(in crate::mews) fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })
}

/// A moment as it is written: whole seconds, UTC.
pub(in crate::mews) fn utc(at: Timestamp) -> String {
    const PRINTER: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
    PRINTER.timestamp_to_string(&at)
}

/// An interval of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mews) struct Interval {
    start: Timestamp,
    end: Timestamp,
}

impl Interval {
    fn is_too_long(self) -> bool {
        let start = TimeZone::UTC.to_datetime(self.start);
        start.checked_add(MAX_MONTHS.months()).is_ok_and(|limit| TimeZone::UTC.to_datetime(self.end) > limit)
    }

    /// From here …
    pub(in crate::mews) fn from(self) -> Timestamp {
        self.start
    }

    /// … up to here, which is no longer part of it. Equal ends ask for one instant, and an instant on this wire is a
    /// whole second.
    pub(in crate::mews) fn before(self) -> Timestamp {
        if self.start == self.end { self.end.checked_add(1.second()).unwrap_or(self.end) } else { self.end }
    }

    /// Whether a moment is in it.
    pub(in crate::mews) fn contains(self, at: Timestamp) -> bool {
        self.from() <= at && at < self.before()
    }
}

/// Which part of a listing is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::mews) struct Limitation {
    /// How many.
    pub(in crate::mews) count: usize,
    /// Behind which element.
    pub(in crate::mews) cursor: Option<Uuid>,
}
