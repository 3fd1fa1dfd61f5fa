//! The fields of data packets, and the codes of what is wrong with them.

use docket_core::Timestamp;
use docket_core::catalogue::Position;
use docket_core::track::Report;
use jiff::SignedDuration;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde_json::{Map, Number, Value};

/// How far ahead of the hub's clock a tracker's may be.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);
/// The most parameters of one message.
const PARAMETERS_LIMIT: usize = 200;
/// The longest name of a parameter, in characters.
const NAME_LIMIT: usize = 38;
/// Fields of a short record.
const SHORT: usize = 10;
/// Fields of a whole record.
const WHOLE: usize = 16;

/// What is wrong with a record: the code its packet is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Structure,
    Time,
    Coordinates,
    /// Speed, course or altitude.
    Motion,
    /// Satellites or their precision.
    Satellites,
    /// Inputs or outputs.
    Switches,
    Adc,
    Parameters,
}

impl Wrong {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Wrong::Structure => "-1",
            Wrong::Time => "0",
            Wrong::Coordinates => "10",
            Wrong::Motion => "11",
            Wrong::Satellites => "12",
            Wrong::Switches => "13",
            Wrong::Adc => "14",
            Wrong::Parameters => "15",
        }
    }
}

/// How many fields a record must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Short,
    Whole,
    /// Whichever it is by their number: in a black box.
    Either,
}

/// Reads a record without its checksum.
pub(super) fn report(text: &str, form: Form, now: Timestamp) -> Result<Report, Wrong> {
    let mut fields = [""; WHOLE];
    let mut count = 0;
    for field in text.split(';') {
        *fields.get_mut(count).ok_or(Wrong::Structure)? = field.trim();
        count += 1;
    }
    let is_whole = match (form, count) {
        (Form::Short | Form::Either, SHORT) => false,
        (Form::Whole | Form::Either, WHOLE) => true,
        _ => return Err(Wrong::Structure),
    };
    let (place, rest) = fields.split_first_chunk::<SHORT>().ok_or(Wrong::Structure)?;
    let [date, time, latitude, north, longitude, east, speed, course, altitude, satellites] = *place;
    let at = moment(date, time, now)?;
    let point = point([latitude, north], [longitude, east])?;
    let [speed_kmh, course, altitude_m] = [number(speed), number(course), number(altitude)];
    let speed_kmh = speed_kmh.map_err(|()| Wrong::Motion)?;
    let course = course.map_err(|()| Wrong::Motion)?;
    let altitude_m = altitude_m.map_err(|()| Wrong::Motion)?;
    if speed_kmh.is_some_and(|speed| speed < 0.0) || course.is_some_and(|course| !(0.0..=360.0).contains(&course)) {
        return Err(Wrong::Motion);
    }
    let satellites = whole(satellites).map_err(|()| Wrong::Satellites)?.unwrap_or_default();
    let position = point.map(|(latitude, longitude)| Position {
        at,
        latitude,
        longitude,
        altitude_m,
        speed_kmh,
        course: course.map(|course| if course >= 360.0 { 0.0 } else { course }),
        satellites,
    });
    let mut report =
        Report { at, received_at: now, position, inputs: None, outputs: None, alarm: false, parameters: None };
    if is_whole {
        more(&mut report, rest)?;
    }
    Ok(report)
}

/// What a whole record says beyond the place.
fn more(report: &mut Report, rest: &[&str]) -> Result<(), Wrong> {
    let &[hdop, inputs, outputs, adc, ibutton, parameters] = rest else { return Err(Wrong::Structure) };
    let mut found = Map::new();
    if let Some(hdop) = number(hdop).map_err(|()| Wrong::Satellites)? {
        found.extend(Number::from_f64(hdop).map(|hdop| ("hdop".to_owned(), Value::Number(hdop))));
    }
    report.inputs = whole(inputs).map_err(|()| Wrong::Switches)?;
    report.outputs = whole(outputs).map_err(|()| Wrong::Switches)?;
    if !is_absent(adc) {
        for (index, value) in adc.split(',').take(PARAMETERS_LIMIT).enumerate() {
            let value = number(value.trim()).map_err(|()| Wrong::Adc)?.and_then(Number::from_f64);
            found.extend(value.map(|value| (format!("adc{}", index + 1), Value::Number(value))));
        }
    }
    if !is_absent(ibutton) {
        found.insert("avl_driver".to_owned(), ibutton.into());
    }
    if !is_absent(parameters) {
        let mut count = 0;
        for parameter in parameters.split(',').map(str::trim).filter(|parameter| !parameter.is_empty()) {
            let Some((name, value)) = parameter_of(parameter)? else { continue };
            if count == PARAMETERS_LIMIT {
                break;
            }
            count += 1;
            report.alarm |= name == "SOS" && value == 1;
            found.insert(name, value);
        }
    }
    report.parameters = (!found.is_empty()).then(|| Value::Object(found).to_string());
    Ok(())
}

/// `name:type:value`; nothing where the value is not of its type, or the name too long.
fn parameter_of(text: &str) -> Result<Option<(String, Value)>, Wrong> {
    let mut parts = text.splitn(3, ':');
    let (Some(name), Some(kind), Some(value)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Wrong::Parameters);
    };
    let value = match kind {
        "1" => value.parse::<i64>().ok().map(Value::from),
        "2" => value.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        "3" => Some(Value::from(value)),
        _ => return Err(Wrong::Parameters),
    };
    if name.is_empty() {
        return Err(Wrong::Parameters);
    }
    Ok(value.filter(|_| name.chars().count() <= NAME_LIMIT).map(|value| (name.to_owned(), value)))
}

fn is_absent(text: &str) -> bool {
    text.is_empty() || text.eq_ignore_ascii_case("NA")
}

/// A decimal number, nothing where there is none.
fn number(text: &str) -> Result<Option<f64>, ()> {
    if is_absent(text) {
        return Ok(None);
    }
    // Words that mean numbers elsewhere (`inf`) are garbage here.
    if !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+')) {
        return Err(());
    }
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Some).ok_or(())
}

/// A number that counts something or is a set of bits. Decimals occur and are cut off.
fn whole(text: &str) -> Result<Option<i64>, ()> {
    if is_absent(text) {
        return Ok(None);
    }
    let (digits, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    match is_digits(digits) && is_digits(decimals) {
        true => digits.parse().map(Some).map_err(|_| ()),
        false => Err(()),
    }
}

/// `DDMMYY` and `HHMMSS` with an optional fraction, or `NA` for both: now.
fn moment(date: &str, time: &str, now: Timestamp) -> Result<Timestamp, Wrong> {
    if is_absent(date) && is_absent(time) {
        return Ok(now);
    }
    let at = read_moment(date, time).ok_or(Wrong::Time)?;
    let latest = now.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    if at > latest { Err(Wrong::Time) } else { Ok(at) }
}

fn read_moment(date: &str, time: &str) -> Option<Timestamp> {
    let [day, month, year] = pairs(date)?;
    let (clock, fraction) = time.split_once('.').unwrap_or((time, ""));
    let [hour, minute, second] = pairs(clock)?;
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos: i32 = if fraction.is_empty() { 0 } else { format!("{fraction:0<9}").parse().ok()? };
    let date = Date::new(2000 + i16::from(year), month, day).ok()?;
    let time = Time::new(hour, minute, second, nanos).ok()?;
    TimeZone::UTC.to_timestamp(date.to_datetime(time)).ok()
}

/// Six digits as three numbers.
fn pairs(text: &str) -> Option<[i8; 3]> {
    let digits: [u8; 6] = text.as_bytes().try_into().ok()?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let digit = |byte: u8| i8::try_from(byte - b'0').unwrap_or_default();
    let [a, b, c, d, e, f] = digits.map(digit);
    Some([a * 10 + b, c * 10 + d, e * 10 + f])
}

/// Degrees from latitude and longitude, each with its hemisphere; nothing where both are `NA`.
fn point(latitude: [&str; 2], longitude: [&str; 2]) -> Result<Option<(f64, f64)>, Wrong> {
    if is_absent(latitude[0]) && is_absent(longitude[0]) {
        return Ok(None);
    }
    let latitude = degrees(latitude, ["N", "S"], 90.0).ok_or(Wrong::Coordinates)?;
    let longitude = degrees(longitude, ["E", "W"], 180.0).ok_or(Wrong::Coordinates)?;
    Ok(Some((latitude, longitude)))
}

/// `DDMM.MMMM` and a hemisphere.
fn degrees([text, side]: [&str; 2], [plus, minus]: [&str; 2], most: f64) -> Option<f64> {
    let (digits, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if digits.is_empty() || digits.len() > 5 || !is_digits(digits) || !is_digits(decimals) {
        return None;
    }
    let (whole, _) = digits.split_at_checked(digits.len().saturating_sub(2))?;
    let minutes: f64 = text.get(whole.len()..)?.parse().ok()?;
    let whole: u32 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let degrees = f64::from(whole) + minutes / 60.0;
    if minutes >= 60.0 || degrees > most {
        return None;
    }
    match side {
        _ if side.eq_ignore_ascii_case(plus) => Some(degrees),
        _ if side.eq_ignore_ascii_case(minus) => Some(-degrees),
        _ => None,
    }
}
