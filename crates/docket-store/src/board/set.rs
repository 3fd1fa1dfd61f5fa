//! Sets of serials.
//!
//! Serials lie in blocks of [`BLOCK`]. In memory a block is a bit each; stored it is the places within the block, two
//! bytes each, while they are few, and the bits when they are many. So what all orders have in common takes a kilobyte
//! for eight thousand of them, and what one order has takes two bytes.

use std::collections::BTreeMap;

/// How many serials a block has.
pub(crate) const BLOCK: i64 = 1 << 13;
const WORDS: usize = (BLOCK / 64) as usize;
const BYTES: usize = (BLOCK / 8) as usize;

type Bits = [u64; WORDS];

/// The block of a serial, and its place in it.
pub(crate) fn place_of(serial: i64) -> (i64, u16) {
    // The remainder is below the length of a block.
    (serial.div_euclid(BLOCK), serial.rem_euclid(BLOCK) as u16)
}

/// Places of one block, in order, as they are stored.
pub(crate) fn pack(places: &[u16]) -> Vec<u8> {
    if places.len() * 2 < BYTES {
        return places.iter().flat_map(|place| place.to_le_bytes()).collect();
    }
    let mut bytes = vec![0; BYTES];
    for &place in places {
        if let Some(byte) = bytes.get_mut(usize::from(place / 8)) {
            *byte |= 1 << (place % 8);
        }
    }
    bytes
}

/// Back from [`pack`].
pub(crate) fn unpack(bytes: &[u8]) -> Vec<u16> {
    if bytes.len() != BYTES {
        return bytes.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
    }
    let mut places = Vec::new();
    for (index, &byte) in bytes.iter().enumerate() {
        let mut left = byte;
        while left != 0 {
            // There are fewer bytes than places.
            places.push(index as u16 * 8 + left.trailing_zeros() as u16);
            left &= left - 1;
        }
    }
    places
}

/// A set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    blocks: BTreeMap<i64, Box<Bits>>,
}

fn set_bit(bits: &mut Bits, place: u16) {
    if let Some(word) = bits.get_mut(usize::from(place / 64)) {
        *word |= 1 << (place % 64);
    }
}

impl Set {
    /// Of some serials.
    pub(crate) fn of(serials: impl IntoIterator<Item = i64>) -> Set {
        let mut set = Set::default();
        for serial in serials {
            set.insert(serial);
        }
        set
    }

    pub(crate) fn insert(&mut self, serial: i64) {
        let (block, place) = place_of(serial);
        set_bit(self.blocks.entry(block).or_insert_with(|| Box::new([0; WORDS])), place);
    }

    /// Adds a stored block.
    pub(crate) fn add_packed(&mut self, block: i64, bytes: &[u8]) {
        let bits = self.blocks.entry(block).or_insert_with(|| Box::new([0; WORDS]));
        if bytes.len() == BYTES {
            for (word, stored) in bits.iter_mut().zip(bytes.as_chunks::<8>().0) {
                *word |= u64::from_le_bytes(*stored);
            }
            return;
        }
        for pair in bytes.as_chunks::<2>().0 {
            set_bit(bits, u16::from_le_bytes(*pair));
        }
    }

    /// Adds all of another.
    pub(crate) fn add(&mut self, other: &Set) {
        for (block, bits) in &other.blocks {
            match self.blocks.get_mut(block) {
                Some(mine) => mine.iter_mut().zip(bits.iter()).for_each(|(mine, theirs)| *mine |= theirs),
                None => drop(self.blocks.insert(*block, bits.clone())),
            }
        }
    }

    /// Keeps what is in another too.
    pub(crate) fn keep(&mut self, other: &Set) {
        self.blocks.retain(|block, mine| match other.blocks.get(block) {
            Some(bits) => {
                let mut left = 0;
                for (mine, theirs) in mine.iter_mut().zip(bits.iter()) {
                    *mine &= theirs;
                    left |= *mine;
                }
                left != 0
            }
            None => false,
        });
    }

    /// Takes away what is in another.
    pub(crate) fn take(&mut self, other: &Set) {
        for (block, bits) in &other.blocks {
            if let Some(mine) = self.blocks.get_mut(block) {
                mine.iter_mut().zip(bits.iter()).for_each(|(mine, theirs)| *mine &= !theirs);
            }
        }
    }

    /// How many are in both.
    pub(crate) fn count_in(&self, other: &Set) -> u64 {
        let both = |(block, mine): (&i64, &Box<Bits>)| {
            let bits = other.blocks.get(block)?;
            Some(
                mine.iter().zip(bits.iter()).map(|(mine, theirs)| u64::from((mine & theirs).count_ones())).sum::<u64>(),
            )
        };
        self.blocks.iter().filter_map(both).sum()
    }

    pub(crate) fn contains(&self, serial: i64) -> bool {
        let (block, place) = place_of(serial);
        let word = self.blocks.get(&block).and_then(|bits| bits.get(usize::from(place / 64)));
        word.is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// Its serials from the first to the last.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let words = self.blocks.iter().flat_map(|(block, bits)| {
            bits.iter().enumerate().map(move |(word, bits)| (block * BLOCK + word as i64 * 64, *bits))
        });
        words.filter(|(_, bits)| *bits != 0).flat_map(|(first, bits)| {
            (0..64).filter(move |place| bits & (1_u64 << place) != 0).map(move |place| first + place)
        })
    }

    /// Those of the set that are in one of these ranges, both ends among them.
    pub(crate) fn within(&self, ranges: &[(i64, i64)]) -> Set {
        let mut found = Set::default();
        for &(first, last) in ranges {
            for (block, bits) in self.blocks.range(first.div_euclid(BLOCK)..=last.div_euclid(BLOCK)) {
                let start = block * BLOCK;
                if first <= start && last >= start + BLOCK - 1 {
                    let mine = found.blocks.entry(*block).or_insert_with(|| Box::new([0; WORDS]));
                    mine.iter_mut().zip(bits.iter()).for_each(|(mine, theirs)| *mine |= theirs);
                    continue;
                }
                let (from, to) = (first.max(start), last.min(start + BLOCK - 1));
                (from..=to).filter(|serial| self.contains(*serial)).for_each(|serial| found.insert(serial));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn places_come_back(places in proptest::collection::btree_set(0..BLOCK as u16, 0..1200)) {
            let places: Vec<u16> = places.into_iter().collect();
            let packed = pack(&places);
            prop_assert!(packed.len() <= BYTES);
            prop_assert_eq!(unpack(&packed), places.clone());
            let mut set = Set::default();
            set.add_packed(3, &packed);
            let serials: Vec<i64> = places.iter().map(|place| 3 * BLOCK + i64::from(*place)).collect();
            prop_assert_eq!(set.iter().collect::<Vec<_>>(), serials);
        }

        #[test]
        fn sets_are_sets(
            left in proptest::collection::btree_set(0..40_000_i64, 0..600),
            right in proptest::collection::btree_set(0..40_000_i64, 0..600),
            from in 0..40_000_i64,
            length in 0..20_000_i64,
        ) {
            let sets = (Set::of(left.iter().copied()), Set::of(right.iter().copied()));
            let same = |set: &Set, expected: BTreeSet<i64>| {
                let up: Vec<i64> = set.iter().collect();
                let mut down: Vec<i64> = set.iter().rev().collect();
                down.reverse();
                up == down && up == expected.into_iter().collect::<Vec<_>>()
            };
            let made = |change: fn(&mut Set, &Set)| {
                let mut set = sets.0.clone();
                change(&mut set, &sets.1);
                set
            };
            prop_assert!(same(&made(Set::add), &left | &right));
            prop_assert!(same(&made(Set::keep), &left & &right));
            prop_assert!(same(&made(Set::take), &left - &right));
            prop_assert_eq!(sets.0.count_in(&sets.1), (&left & &right).len() as u64);
            let within = sets.0.within(&[(from, from + length)]);
            prop_assert!(same(&within, left.range(from..=from + length).copied().collect()));
            prop_assert!(left.iter().all(|serial| sets.0.contains(*serial)));
        }
    }
}
