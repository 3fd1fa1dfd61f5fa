//! Pruvan's dates: `2020-05-28 1200 +0`.
//!
//! The sign of the offset is read as in ISO 8601 (`+5` is five hours ahead of UTC); the page does not say. What was
//! sent is kept and shown again as it was, so a reader with the other opinion sees its own text.

use docket_core::Timestamp;
use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// Reads a date. The day alone means noon; no offset means UTC. A form-encoded `+` that was not escaped arrives as
/// a blank, so blanks (or nothing) before the offset mean plus.
pub fn read(text: &str) -> Option<Timestamp> {
    let (day, rest) = text.split_at_checked(10)?;
    let [year, month, day] = split_day(day)?;
    let (hour, minute, offset) = match rest.strip_prefix(' ') {
        None if rest.is_empty() => (12, 0, 0),
        None => return None,
        Some(clock) => {
            let (clock, offset) = clock.split_at_checked(4)?;
            (digits(clock.get(..2)?)?, digits(clock.get(2..)?)?, read_offset(offset)?)
        }
    };
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0).ok()?;
    Offset::from_seconds(offset).ok()?.to_timestamp(date.to_datetime(time)).ok()
}

fn split_day(day: &str) -> Option<[i16; 3]> {
    let mut parts = day.split('-');
    let (year, month, date) = (parts.next()?, parts.next()?, parts.next()?);
    let right = (year.len(), month.len(), date.len()) == (4, 2, 2) && parts.next().is_none();
    right.then_some(())?;
    Some([digits(year)?, digits(month)?, digits(date)?])
}

fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `+5`, `-05`, `+530`, `+05:30`, ` 0` → seconds ahead of UTC.
fn read_offset(text: &str) -> Option<i32> {
    if text.is_empty() {
        return Some(0);
    }
    let text = text.strip_prefix(' ').unwrap_or(text);
    let (sign, text) = match text.as_bytes().first()? {
        b'-' => (-1, text.get(1..)?),
        b'+' | b' ' => (1, text.get(1..)?),
        _ => (1, text),
    };
    let (hours, minutes) = match (text.split_once(':'), text.len()) {
        (Some((hours, minutes)), _) if minutes.len() == 2 && matches!(hours.len(), 1 | 2) => (hours, minutes),
        (None, 1 | 2) => (text, "0"),
        (None, 3 | 4) => text.split_at_checked(text.len() - 2)?,
        _ => return None,
    };
    let (hours, minutes) = (i32::from(digits(hours)?), i32::from(digits(minutes)?));
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Writes a date, in UTC, to the minute.
pub fn write(time: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(time);
    format!("{:04}-{:02}-{:02} {:02}{:02} +0", at.year(), at.month(), at.day(), at.hour(), at.minute())
}

/// Noon of the day of a moment, UTC: the due date of an order that names none.
pub fn noon(now: Timestamp) -> Timestamp {
    let noon = Offset::UTC.to_datetime(now).date().to_datetime(Time::midnight());
    Offset::UTC
        .to_timestamp(noon)
        .and_then(|midnight| midnight.checked_add(SignedDuration::from_hours(12)))
        .unwrap_or(now)
}

/// The moment with its seconds dropped: all of it that a Pruvan date can say.
pub fn to_minute(time: Timestamp) -> Timestamp {
    Timestamp::from_second(time.as_second().div_euclid(60) * 60).unwrap_or(time)
}
