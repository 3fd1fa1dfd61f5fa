//! Decisions carried out: one submission for many.

use super::desk::{self, Desk, orders_of};
use crate::hub::Hub;
use crate::notify::{self, Occasion};
use docket_core::catalogue::Unit;
use docket_core::engine::{Decision, Event, Witness};
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::{Fault, Ledger, Outcome, Request, Submission, Target};
use docket_core::order::Order;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many decisions are one submission.
const AT_ONCE: usize = 200;

/// Does what was decided, and gives the orders as they are afterwards.
pub(super) async fn carry_out(hub: &Hub, desk: &Desk, decisions: Vec<Decision>) -> Result<Vec<Arc<Order>>, Fault> {
    let (account, caller) = (desk.account, desk::caller(desk.account));
    let witnesses = witnesses(hub, desk, &decisions).await?;
    let nobody = Arc::new(witness(hub, desk, String::new(), None));
    let mut orders = Vec::with_capacity(decisions.len());
    let mut left = Vec::new();
    for decisions in decisions.chunks(AT_ONCE) {
        let mut requests = Vec::with_capacity(decisions.len());
        for decision in decisions {
            let (decision, witness) = (*decision, Arc::clone(witnesses.get(&decision.unit).unwrap_or(&nobody)));
            let target = Target::Serial(decision.order);
            requests.push(Request::change(target, move |order| Ok(decision.command(order, &witness))));
        }
        let outcomes = hub.submit(&caller, Submission { requests, ..Submission::default() }).await?;
        for (decision, outcome) in decisions.iter().zip(outcomes) {
            match outcome {
                Outcome::Done(done) => {
                    if done.changed && matches!(decision.event, Event::Left { .. }) {
                        left.push(Arc::clone(&done.order));
                    }
                    orders.push(done.order);
                }
                refused => {
                    tracing::debug!(order = %decision.order, ?refused, "what a reading decided was not done");
                    orders.extend(orders_of(hub, account, &[decision.order]).await?);
                }
            }
        }
    }
    for order in left {
        if let Some(told) = notify::tell(hub, account, &order, Occasion::Unconfirmed).await? {
            orders.push(told);
        }
    }
    Ok(orders)
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
