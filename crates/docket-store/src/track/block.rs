//! The stored form of reports: a block of one unit's, packed.
//!
//! A version byte, then each report: flags; time as the step from the one before; how long it took to come in; then what
//! the flags say is there. Whole numbers are of variable length. Coordinates are kept bit for bit. Blocks of version 1
//! are those where altitude, speed and course are always known.

use crate::StoreError;
use crate::record::{micros, moment};
use docket_core::catalogue::Position;
use docket_core::track::Report;

const VERSION: u8 = 2;
const OLDEST: u8 = 1;

const POSITION: u8 = 1;
/// Those known of altitude, speed and course are not all whole numbers.
const FRACTIONS: u8 = 2;
const INPUTS: u8 = 4;
const OUTPUTS: u8 = 8;
const ALARM: u8 = 16;
const PARAMETERS: u8 = 32;
/// A time has nanoseconds beyond its microseconds.
const NANOSECONDS: u8 = 64;
/// Not all of altitude, speed and course are known: a bit each says which are.
const UNKNOWN: u8 = 128;

fn damaged() -> StoreError {
    StoreError::Failed("a block of stored reports cannot be read".to_owned())
}

/// A whole number as a float says it exactly.
fn whole(number: f64) -> Option<i64> {
    let fits = number.fract() == 0.0 && number.abs() < 9e15 && (number != 0.0 || number.is_sign_positive());
    fits.then_some(number as i64)
}

fn put(out: &mut Vec<u8>, number: i64) {
    // Small numbers of either sign are short.
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}

/// Packs reports, in the order given.
pub(super) fn pack(reports: &[Report]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1 + reports.len() * 32);
    pack_into(&mut out, reports);
    out
}

/// Packs reports behind what is there.
pub(super) fn pack_into<'a>(out: &mut Vec<u8>, reports: impl IntoIterator<Item = &'a Report>) {
    out.push(VERSION);
    let mut before = 0_i64;
    for report in reports {
        let ((at, at_ns), (received, received_ns)) = (micros(report.at), micros(report.received_at));
        let motion = report.position.map(|position| [position.altitude_m, position.speed_kmh, position.course]);
        let has_fractions = motion.is_some_and(|motion| motion.into_iter().flatten().any(|n| whole(n).is_none()));
        let has_unknown = motion.is_some_and(|motion| motion.contains(&None));
        let flag = |is_set: bool, flag: u8| if is_set { flag } else { 0 };
        out.push(
            flag(report.position.is_some(), POSITION)
                | flag(has_fractions, FRACTIONS)
                | flag(report.inputs.is_some(), INPUTS)
                | flag(report.outputs.is_some(), OUTPUTS)
                | flag(report.alarm, ALARM)
                | flag(report.parameters.is_some(), PARAMETERS)
                | flag(at_ns != 0 || received_ns != 0, NANOSECONDS)
                | flag(has_unknown, UNKNOWN),
        );
        put(out, at.wrapping_sub(before));
        put(out, received.wrapping_sub(at));
        before = at;
        if at_ns != 0 || received_ns != 0 {
            put(out, at_ns);
            put(out, received_ns);
        }
        if let (Some(position), Some(motion)) = (report.position, motion) {
            out.extend(position.latitude.to_le_bytes());
            out.extend(position.longitude.to_le_bytes());
            put(out, position.satellites);
            if has_unknown {
                out.push(motion.iter().rev().fold(0, |bits, number| bits << 1 | u8::from(number.is_some())));
            }
            for number in motion.into_iter().flatten() {
                match whole(number).filter(|_| !has_fractions) {
                    Some(number) => put(out, number),
                    None => out.extend(number.to_le_bytes()),
                }
            }
        }
        [report.inputs, report.outputs].into_iter().flatten().for_each(|bits| put(out, bits));
        if let Some(parameters) = &report.parameters {
            put(out, i64::try_from(parameters.len()).unwrap_or(i64::MAX));
            out.extend(parameters.as_bytes());
        }
    }
}

/// Takes numbers and texts off the front of a block.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], StoreError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or_else(damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, StoreError> {
        self.bytes(1)?.first().copied().ok_or_else(damaged)
    }

    fn number(&mut self) -> Result<i64, StoreError> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok((number >> 1) as i64 ^ -((number & 1) as i64));
            }
        }
        Err(damaged())
    }

    fn float(&mut self) -> Result<f64, StoreError> {
        Ok(f64::from_le_bytes(self.bytes(8)?.try_into().map_err(|_| damaged())?))
    }

    fn maybe(&mut self, is_there: bool) -> Result<Option<i64>, StoreError> {
        is_there.then(|| self.number()).transpose()
    }
}

/// Unpacks a block.
pub(super) fn unpack(block: &[u8]) -> Result<Vec<Report>, StoreError> {
    let mut reader = Reader(block);
    if !reader.bytes(1)?.first().is_some_and(|version| (OLDEST..=VERSION).contains(version)) {
        return Err(damaged());
    }
    let mut reports = Vec::new();
    let mut before = 0_i64;
    while !reader.0.is_empty() {
        let flags = reader.byte()?;
        let has = |flag: u8| flags & flag != 0;
        before = before.wrapping_add(reader.number()?);
        let received = before.wrapping_add(reader.number()?);
        let nanos = if has(NANOSECONDS) { (reader.number()?, reader.number()?) } else { (0, 0) };
        let at = moment(before, nanos.0)?;
        let position = match has(POSITION) {
            false => None,
            true => {
                let (latitude, longitude, satellites) = (reader.float()?, reader.float()?, reader.number()?);
                let known = if has(UNKNOWN) { reader.byte()? } else { 0b111 };
                let mut number = |bit: u8| match (known & bit != 0, has(FRACTIONS)) {
                    (false, _) => Ok(None),
                    (true, true) => reader.float().map(Some),
                    (true, false) => reader.number().map(|number| Some(number as f64)),
                };
                let (altitude_m, speed_kmh, course) = (number(1)?, number(2)?, number(4)?);
                Some(Position { at, latitude, longitude, altitude_m, speed_kmh, course, satellites })
            }
        };
        let (inputs, outputs) = (reader.maybe(has(INPUTS))?, reader.maybe(has(OUTPUTS))?);
        let parameters = match reader.maybe(has(PARAMETERS))? {
            None => None,
            Some(length) => {
                let bytes = reader.bytes(usize::try_from(length).map_err(|_| damaged())?)?;
                Some(std::str::from_utf8(bytes).map_err(|_| damaged())?.to_owned())
            }
        };
        let received_at = moment(received, nanos.1)?;
        reports.push(Report { at, received_at, position, inputs, outputs, alarm: has(ALARM), parameters });
    }
    Ok(reports)
}

#[cfg(test)]
mod tests {
    use super::{pack, unpack};
    use docket_core::Timestamp;
    use docket_core::catalogue::Position;
    use docket_core::track::Report;
    use proptest::prelude::*;

    fn moments() -> impl Strategy<Value = Timestamp> {
        prop_oneof![
            (0_i64..4_000_000_000).prop_map(|second| Timestamp::from_second(second).unwrap()),
            (-1_000_000_000_000_000_000_i64..1_000_000_000_000_000_000)
                .prop_map(|nanosecond| Timestamp::from_nanosecond(i128::from(nanosecond)).unwrap()),
        ]
    }

    fn numbers() -> impl Strategy<Value = f64> {
        prop_oneof![(-500_i64..500).prop_map(|number| number as f64), proptest::num::f64::NORMAL, Just(-0.0)]
    }

    fn reports() -> impl Strategy<Value = Report> {
        let known = || proptest::option::of(numbers());
        let places = (numbers(), numbers(), known(), known(), known(), any::<i64>());
        let rest = (any::<Option<i64>>(), any::<Option<i64>>(), any::<bool>(), any::<Option<String>>());
        (moments(), moments(), proptest::option::of(places), rest).prop_map(|(at, received_at, place, rest)| Report {
            at,
            received_at,
            position: place.map(|(latitude, longitude, altitude_m, speed_kmh, course, satellites)| Position {
                at,
                latitude,
                longitude,
                altitude_m,
                speed_kmh,
                course,
                satellites,
            }),
            inputs: rest.0,
            outputs: rest.1,
            alarm: rest.2,
            parameters: rest.3,
        })
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_back(reports in proptest::collection::vec(reports(), 0..20)) {
            let back = unpack(&pack(&reports)).unwrap();
            // Signs of zeros too, which `==` does not tell apart.
            prop_assert_eq!(format!("{back:?}"), format!("{reports:?}"));
        }

        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = unpack(&bytes);
            let _ = unpack(&[&[1], &bytes[..]].concat());
            let _ = unpack(&[&[2], &bytes[..]].concat());
        }
    }

    #[test]
    fn blocks_of_the_first_version_are_read() {
        let block = [
            1, 1, 0x80, 0xa0, 0xdf, 0x9a, 0xc9, 0x9a, 0xa4, 0x06, 0x80, 0x89, 0x7a, 0, 0, 0, 0, 0, 0, 0x4b, 0x40, 0, 0,
            0, 0, 0, 0x80, 0x3b, 0x40, 18, 0x90, 3, 86, 0x9e, 4,
        ];
        let at = Timestamp::from_second(1_768_471_200).unwrap();
        let position = Position {
            at,
            latitude: 54.0,
            longitude: 27.5,
            altitude_m: Some(200.0),
            speed_kmh: Some(43.0),
            course: Some(271.0),
            satellites: 9,
        };
        let received_at = Timestamp::from_second(1_768_471_201).unwrap();
        assert_eq!(unpack(&block).unwrap(), [Report::of(position, received_at)]);
    }

    #[test]
    fn a_report_of_a_moving_unit_is_short() {
        let report = |second: i64| {
            let at = Timestamp::from_second(1_768_471_200 + second).unwrap();
            let position = Position {
                at,
                latitude: 53.9001,
                longitude: 27.5333,
                altitude_m: Some(200.0),
                speed_kmh: Some(43.0),
                course: Some(271.0),
                satellites: 9,
            };
            Report::of(position, at)
        };
        let reports: Vec<Report> = (0..100).map(report).collect();
        assert!(pack(&reports).len() < 100 * 30, "{}", pack(&reports).len());
    }
}
