//! Decisions carried out: one submission for many.

use super::desk::{self, Desk, orders_of};
use crate::hub::Hub;
use crate::notify::{self, Occasion};
use docket_core::catalogue::Unit;
use docket_core::engine::{Decision, Event, Witness};
use docket_core::ids::UnitId;
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission, Target};
use docket_core::order::Order;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

/// How many decisions are one submission.
const AT_ONCE: usize = 200;
/// How long to wait while the ledger is busy.
const BUSY: Duration = Duration::from_millis(20);

/// Does what was decided, and gives the orders as they are afterwards.
pub(super) async fn carry_out(hub: &Hub, desk: &Desk, decisions: Vec<Decision>) -> Result<Vec<Arc<Order>>, Fault> {
    let (account, caller) = (desk.account, desk::caller(desk.account));
    let witnesses = witnesses(hub, desk, &decisions).await?;
    let nobody = Arc::new(witness(hub, desk, String::new(), None));
    // Of an order that several readings moved, the last word counts.
    let mut orders = HashMap::with_capacity(decisions.len());
    let mut left = Vec::new();
    for decisions in decisions.chunks(AT_ONCE) {
        let outcomes = loop {
            let mut requests = Vec::with_capacity(decisions.len());
            for decision in decisions {
                let (decision, witness) = (*decision, Arc::clone(witnesses.get(&decision.unit).unwrap_or(&nobody)));
                let target = Target::Serial(decision.order);
                requests.push(Request::change(target, move |order| Ok(decision.command(order, &witness))));
            }
            match hub.submit(&caller, Submission { requests, ..Submission::default() }).await {
                // Everybody waits in one queue; it is shorter in a moment.
                Err(Fault::Busy) if hub.rest(BUSY).await => {}
                done => break done?,
            }
        };
        for (decision, outcome) in decisions.iter().zip(outcomes) {
            match outcome {
                Outcome::Done(done) => {
                    if done.changed && matches!(decision.event, Event::Left { .. }) {
                        left.push(done.order.serial);
                    }
                    orders.insert(done.order.serial, done.order);
                }
                refused => {
                    tracing::debug!(order = %decision.order, ?refused, "what a reading decided was not done");
                    let found = orders_of(hub, account, &[decision.order]).await?;
                    orders.extend(found.into_iter().map(|order| (order.serial, order)));
                }
            }
        }
    }
    for order in left {
        notify::owe(hub, account, order, Occasion::Unconfirmed).await?;
    }
    Ok(orders.into_values().collect())
}

fn witness(hub: &Hub, desk: &Desk, author: String, odometer_km: Option<f64>) -> Witness {
    Witness { author, odometer_km, defaults: desk.engine.options().defaults, now: hub.now() }
}

/// The units that decisions are about, by name.
async fn witnesses(hub: &Hub, desk: &Desk, decisions: &[Decision]) -> Result<HashMap<UnitId, Arc<Witness>>, Fault> {
    let wanted: HashSet<UnitId> = decisions.iter().map(|decision| decision.unit).collect();
    let units = hub.units_of(desk.account).await?;
    let units = units.iter().filter(|unit| wanted.contains(&unit.id));
    let of = |unit: &Unit| (unit.id, Arc::new(witness(hub, desk, unit.name.clone(), unit.odometer_km)));
    Ok(units.map(of).collect())
}
