//! Ids of what has none of its own in the ledger: the lines and notes of an order.
//!
//! Clients name such a part by its id alone, so the id says which order it is in. It is a UUID of version 8: 53 bits
//! are the order's serial, the rest is derived from the order's id and what the part is. Nothing needs to be kept.

use docket_core::ids::{Serial, Uuid};
use docket_core::order::Order;

const LOW_BITS: u32 = 48;

/// The id of a part of an order: its kind, and what tells it from others of its kind.
pub(in crate::mews) fn part_id(order: &Order, kind: &str, name: &str) -> Uuid {
    let derived = Uuid::new_v5(&order.id.0, format!("{kind}\u{1f}{name}").as_bytes()).as_u128();
    let serial = order.serial.0 as u128 & ((1 << 53) - 1);
    let low = serial & ((1 << LOW_BITS) - 1);
    let high = serial >> LOW_BITS;
    let rest = derived & ((1 << 69) - 1);
    // 48 bits, then the version, then 12 bits, then the variant, then 62 bits.
    let twelve = high << 7 | rest >> 62;
    Uuid::from_u128(low << 80 | 8 << 76 | twelve << 64 | 0b10 << 62 | rest & ((1 << 62) - 1))
}

/// The serial of the order that a part's id names, if it is such an id.
pub(in crate::mews) fn serial_of(id: Uuid) -> Option<Serial> {
    let bits = id.as_u128();
    if bits >> 76 & 0xf != 8 || bits >> 62 & 0b11 != 0b10 {
        return None;
    }
    let high = bits >> 71 & 0x1f;
    let serial = i64::try_from(high << LOW_BITS | bits >> 80).ok()?;
    (serial > 0).then_some(Serial(serial))
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::connection::Caller;
    use docket_core::ids::AccountId;
    use docket_core::ledger::{Ledger as _, Outcome, Request, Submission};
    use docket_core::memory::MemoryLedger;
    use docket_core::order::Command;
    use futures_util::FutureExt as _;

    #[test]
    fn an_id_names_its_order() {
        let ledger = MemoryLedger::default();
        let caller = Caller::hub(AccountId(1));
        let submission = Submission::one(Request::create(Command::default()));
        let outcomes = ledger.submit(&caller, submission).now_or_never().unwrap().unwrap();
        let Outcome::Done(done) = &outcomes[0] else { panic!() };
        for serial in [1, 52, (1 << 48) - 1, 1 << 48, (1 << 53) - 1] {
            let order = Order { serial: Serial(serial), ..(*done.order).clone() };
            let id = part_id(&order, "note", "1");
            assert_eq!(serial_of(id), Some(order.serial));
            assert_eq!((id.get_version_num(), id.get_variant()), (8, uuid::Variant::RFC4122));
            assert_ne!(id, part_id(&order, "note", "2"));
            assert_ne!(id, part_id(&order, "item", "1"));
            assert_eq!(id, part_id(&order, "note", "1"));
        }
        assert_eq!(serial_of(Uuid::nil()), None);
        assert_eq!(serial_of(Uuid::max()), None);
        assert_eq!(serial_of(Uuid::now_v7()), None);
    }
}
