//! Identities. All are plain numbers or UUIDs in newtypes, so that none is taken for another.

use serde::{Deserialize, Serialize};
use std::fmt;

pub use uuid::Uuid;

macro_rules! integer_ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

integer_ids! {
    /// A tenant. Nothing crosses accounts.
    AccountId;
    /// One configured link to one counterpart in one dialect.
    ConnectionId;
    /// The small number of an order: hub-wide unique, below 2^53, growing with creation, gaps possible.
    Serial;
    /// The place of an entry in its account's journal: 1, 2, 3 … in commit order, without gaps.
    Sequence;
    /// How many entries an order has had: 1 after its creation.
    Revision;
    /// A vehicle, crew or phone; also the number space of Wialon items, so hub-wide unique.
    UnitId;
}

/// The identity of an order (UUIDv7 when minted here).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderId(pub Uuid);

/// The identity of a site: derived from its account and address, so the same address is the same site.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteId(pub Uuid);

/// The identity of a wire exchange (UUIDv7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub Uuid);

macro_rules! display_uuid {
    ($($name:ident)*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )*};
}
display_uuid! { OrderId SiteId ExchangeId }

impl Serial {
    /// Serials stay below 2^53, so that every JSON reader keeps them exact.
    pub const LIMIT: i64 = 1 << 53;
}
