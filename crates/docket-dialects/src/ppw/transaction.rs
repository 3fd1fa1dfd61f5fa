//! Transaction ids: texts of UUID form (version 8) that say what they are about, so that handing one out needs no
//! write and an acknowledgement finds its order.
//!
//! ```text
//! 122 free bits:  serial 53 │ slot 32 │ kind 6 │ check 31
//! ```
//!
//! `slot` tells apart several of one kind: the revision that wrote a field, the second at which a state was
//! entered, the place of a note. `check` comes from the order's UUID, so a number made up by somebody does not
//! pass, and two hubs that serve one importer never hand out the same id.

use docket_core::ids::{Serial, Uuid};
use docket_core::order::Order;
use sha1::{Digest, Sha1};

/// The order itself, as new.
pub(super) const LISTING: u8 = 0;
/// Sent back to be done again.
pub(super) const REWORK: u8 = 1;
/// Complete.
pub(super) const COMPLETE: u8 = 2;
/// Called off.
pub(super) const CANCEL: u8 = 3;
/// A note.
pub(super) const NOTE: u8 = 4;
/// A changed member: this plus its number in the table of updatable members.
pub(super) const MEMBER: u8 = 8;

/// What a transaction is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Transaction {
    /// The order.
    pub serial: Serial,
    /// Which one of its kind.
    pub slot: u32,
    /// What about the order; below 64.
    pub kind: u8,
    check: u32,
}

impl Transaction {
    /// A transaction of an order.
    pub(super) fn of(order: &Order, kind: u8, slot: u32) -> Transaction {
        Transaction { serial: order.serial, slot, kind, check: check(order, kind, slot) }
    }

    /// Whether it is really one of this order's.
    pub(super) fn belongs_to(self, order: &Order) -> bool {
        self == Transaction::of(order, self.kind, self.slot)
    }

    /// The text.
    pub(super) fn text(self) -> String {
        let packed = u128::from(self.serial.0.unsigned_abs() & ((1 << 53) - 1)) << 69
            | u128::from(self.slot) << 37
            | u128::from(self.kind & 0x3f) << 31
            | u128::from(self.check);
        let (high, middle, low) = (packed >> 74, packed >> 62 & 0xfff, packed & ((1 << 62) - 1));
        let bits = high << 80 | 8 << 76 | middle << 64 | 2 << 62 | low;
        Uuid::from_u128(bits).hyphenated().to_string()
    }

    /// From the text, in any case; `None` when it is none of ours.
    pub(super) fn read(text: &str) -> Option<Transaction> {
        let bits = Uuid::try_parse(text.trim()).ok()?.as_u128();
        if bits >> 76 & 0xf != 8 || bits >> 62 & 3 != 2 {
            return None;
        }
        let packed = bits >> 80 << 74 | (bits >> 64 & 0xfff) << 62 | bits & ((1 << 62) - 1);
        Some(Transaction {
            serial: Serial(i64::try_from(packed >> 69).ok()?),
            slot: u32::try_from(packed >> 37 & 0xffff_ffff).ok()?,
            kind: u8::try_from(packed >> 31 & 0x3f).ok()?,
            check: u32::try_from(packed & 0x7fff_ffff).ok()?,
        })
    }
}

fn check(order: &Order, kind: u8, slot: u32) -> u32 {
    let mut hash = Sha1::new();
    hash.update(order.id.0.as_bytes());
    hash.update([kind]);
    hash.update(slot.to_be_bytes());
    hash.finalize().iter().take(4).fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) >> 1
}
