//! Turns: what is done about one order at one counterpart is done by one at a time. A delivery and a round of pulling
//! may run beside each other; both read the mirror, call, and write it.

use super::{Connect, ConnectError, Remote};
use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Fault, Target};
use docket_core::order::{Order, State};
use futures_util::lock::{Mutex as Turns, OwnedMutexGuard};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// So many are remembered before those nobody waits for are forgotten.
const REMEMBERED: usize = 1024;

/// One order at one counterpart.
type Subject = (ConnectionId, Serial);

/// Who has whose turn.
#[derive(Default)]
struct Known(Mutex<HashMap<Subject, Arc<Turns<()>>>>);

/// A turn; it ends when this is dropped.
pub struct Turn(#[expect(dead_code, reason = "what counts is that it is held")] OwnedMutexGuard<()>);

impl Remote<'_> {
    /// Waits for the turn with an order. Serial 0 stands for the counterpart as a whole.
    pub async fn turn(&self, order: Serial) -> Turn {
        let turns = {
            let known = self.memory.get::<Known>();
            let mut known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() > REMEMBERED {
                known.retain(|_, turns| Arc::strong_count(turns) > 1);
            }
            Arc::clone(known.entry((self.connection.id, order)).or_default())
        };
        Turn(turns.lock_owned().await)
    }

    /// Lets the next delivery of an order say everything again, as far as its dialect can ([`Connect::renew`]).
    pub async fn renew(&self, connect: &dyn Connect, order: Serial) -> Result<(), Fault> {
        let _turn = self.turn(order).await;
        match self.mirror(order).await?.and_then(|mirror| connect.renew(&mirror)) {
            Some(renewed) => self.keep(order, Some(renewed)).await,
            None => Ok(()),
        }
    }

    /// An order that is delivered, as it is by now. Asked in its turn: what a pull brought in meanwhile is in it.
    pub async fn anew(&self, order: &Order) -> Result<Order, ConnectError> {
        match self.ledger.order(&self.caller(), Target::Id(order.id)).await? {
            Some(order) => Ok((*order).clone()),
            None if order.state == State::Deleted => Ok(order.clone()),
            None => Err(ConnectError::later(format!(
                "order {} cannot be seen by the connection: it was deleted meanwhile, or the connection's scope is not \
                 `routed`",
                order.serial
            ))),
        }
    }
}
