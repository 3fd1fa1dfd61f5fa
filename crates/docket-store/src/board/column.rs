//! Numbers beside serials: when an order is due, where it is. [`CHUNK`] of them lie together, each as short as the
//! chunk allows, so that all of a million orders are a few megabytes, read in order.

/// How many serials a chunk has.
pub(crate) const CHUNK: i64 = 256;

/// What is kept of every order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Column {
    /// When it must be done, in microseconds.
    Due = 0,
    /// When it last changed, in microseconds.
    Updated = 1,
    /// When it came to be, in microseconds.
    Created = 2,
    /// When it should be done at last, in microseconds.
    Deadline = 3,
    /// Ten-millionths of a degree.
    Latitude = 4,
    /// Ten-millionths of a degree.
    Longitude = 5,
    /// Metres.
    Radius = 6,
    /// The assigned unit.
    Unit = 7,
}

impl Column {
    pub(crate) const ALL: [Column; 8] = [
        Column::Due,
        Column::Updated,
        Column::Created,
        Column::Deadline,
        Column::Latitude,
        Column::Longitude,
        Column::Radius,
        Column::Unit,
    ];
}

/// The chunk of a serial, and its place in it.
pub(crate) fn place_of(serial: i64) -> (i64, usize) {
    // The remainder is below the length of a chunk.
    (serial.div_euclid(CHUNK), serial.rem_euclid(CHUNK) as usize)
}

/// The numbers of a chunk.
pub(crate) type Numbers = [Option<i64>; CHUNK as usize];

/// The length of a number, the least of them, then each one's distance from it; all ones where there is none.
pub(crate) fn pack(numbers: &Numbers) -> Option<Vec<u8>> {
    let known = || numbers.iter().flatten().copied();
    let (least, most) = (known().min()?, known().max()?);
    let span = most.wrapping_sub(least) as u64;
    let width = (1..8).find(|&width| span < (1 << (8 * width)) - 1).unwrap_or(8_usize);
    let mut bytes = Vec::with_capacity(9 + numbers.len() * width);
    bytes.push(width as u8);
    bytes.extend(least.to_le_bytes());
    for number in numbers {
        let distance = number.map_or(u64::MAX, |number| number.wrapping_sub(least) as u64);
        bytes.extend(distance.to_le_bytes().iter().take(width));
    }
    Some(bytes)
}

/// Back from [`pack`]; what cannot be read says nothing.
pub(crate) fn unpack(bytes: &[u8]) -> Numbers {
    let mut numbers = [None; CHUNK as usize];
    let Some((&width, rest)) = bytes.split_first() else { return numbers };
    let Some((least, rest)) = rest.split_first_chunk::<8>() else { return numbers };
    let (width, least) = (usize::from(width), i64::from_le_bytes(*least));
    if !(1..=8).contains(&width) {
        return numbers;
    }
    let none = u64::MAX >> (64 - 8 * width);
    for (number, bytes) in numbers.iter_mut().zip(rest.chunks_exact(width)) {
        let distance = bytes.iter().rev().fold(0_u64, |distance, byte| distance << 8 | u64::from(*byte));
        *number = (distance != none).then(|| least.wrapping_add(distance as i64));
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(
            base in -1_i64 << 60..1 << 60,
            shift in 0..59_u32,
            given in proptest::collection::vec(proptest::option::of(any::<u64>()), 0..256),
        ) {
            let mut numbers = [None; CHUNK as usize];
            for (number, given) in numbers.iter_mut().zip(&given) {
                *number = given.map(|given| base + (given >> (5 + shift)) as i64);
            }
            match pack(&numbers) {
                Some(packed) => prop_assert_eq!(unpack(&packed), numbers),
                None => prop_assert!(numbers.iter().all(Option::is_none)),
            }
        }
    }

    #[test]
    fn what_is_near_is_short() {
        let mut numbers = [None; CHUNK as usize];
        (numbers[3], numbers[200]) = (Some(1_700_000_000_000_000), Some(1_700_000_000_000_254));
        assert_eq!(pack(&numbers).unwrap().len(), 9 + 256);
        numbers[4] = Some(1_700_000_000_000_255);
        assert_eq!(pack(&numbers).unwrap().len(), 9 + 512);
        assert_eq!(pack(&[None; CHUNK as usize]), None);
    }
}
