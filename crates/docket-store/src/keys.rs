//! What stands in the key index.
//!
//! One index finds orders by the keys that counterparts gave and by the number people see. It holds one 64-bit hash
//! per text: 44 bits from account and text, 20 from whose key it is (0 for the number). So a key and a number of the
//! same text lie side by side, and the second costs nearly nothing; random places in an index are what makes a
//! create slow. What the index finds is always compared with the order itself.

use docket_core::ids::AccountId;
use docket_core::order::ExternalKey;
use sha2::{Digest, Sha256};

const SLOT_BITS: u32 = 20;
const SLOT_MASK: u64 = (1 << SLOT_BITS) - 1;

fn digest(parts: &[&[u8]]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let bytes = hash.finalize();
    bytes.iter().take(8).fold(0, |number, &byte| number << 8 | u64::from(byte))
}

fn place(account: AccountId, text: &str, slot: u64) -> i64 {
    let text = digest(&[&account.0.to_le_bytes(), text.as_bytes()]);
    ((text & !SLOT_MASK) | (slot & SLOT_MASK)) as i64
}

/// Where a counterpart's key stands.
pub(crate) fn key_hash(account: AccountId, connection: i64, namespace: &str, key: &str) -> i64 {
    // Slot 0 is the number's.
    let slot = digest(&[&connection.to_le_bytes(), namespace.as_bytes()]) & SLOT_MASK;
    place(account, key, slot.max(1))
}

/// Where a number stands.
pub(crate) fn number_hash(account: AccountId, number: &str) -> i64 {
    place(account, number, 0)
}

/// Where an order's key stands.
pub(crate) fn hash_of(account: AccountId, key: &ExternalKey) -> i64 {
    key_hash(account, key.connection.0, &key.namespace, &key.key)
}
