//! What runs beside the worker: one delivery, one round of pulling, one comparison.

use super::health::Compared;
use super::wire::Sending;
use super::{Line, Purpose, compare};
use crate::hub::{Hub, fault};
use crate::trace::Trace;
use docket_core::ids::{ConnectionId, Sequence};
use docket_core::ledger::{Fault, Ledger};
use docket_core::order::Order;
use docket_dialects::connect::{ConnectError, Delivered, Pulled};
use docket_store::{Delivery, Lookup};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Nothing takes longer than this; what was not done is done the next time.
const LONGEST: Duration = Duration::from_mins(15);

/// Something that ended.
pub(super) struct Ended {
    pub(super) connection: ConnectionId,
    pub(super) line: Arc<Line>,
    pub(super) what: What,
}

/// What ended, and how.
pub(super) enum What {
    Delivered(Delivery, Result<Delivered, ConnectError>),
    Pulled(Result<Pulled, ConnectError>),
    Compared(Compared),
}

/// Ends with whoever started it.
pub(super) struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Task {
    pub(super) fn deliver(line: &Arc<Line>, delivery: Delivery, ended: mpsc::Sender<Ended>) -> Task {
        let sending = Arc::new(Sending::of(delivery.serial));
        let line = Arc::new(line.sending(&sending));
        Task::spawn(Arc::clone(&line), ended, async move {
            let result = within_time(deliver(&line, &delivery)).await;
            let exchange = sending.last().or(delivery.exchange);
            What::Delivered(Delivery { exchange, ..delivery }, result)
        })
    }

    pub(super) fn pull(line: &Arc<Line>, ended: mpsc::Sender<Ended>) -> Task {
        let line = Arc::new(line.meant_to(Purpose::Pull));
        Task::spawn(Arc::clone(&line), ended, async move {
            let remote = line.remote();
            What::Pulled(within_time(line.connect().pull(&remote)).await)
        })
    }

    pub(super) fn compare(line: &Arc<Line>, ended: mpsc::Sender<Ended>) -> Task {
        let line = Arc::new(line.meant_to(Purpose::Reconcile));
        Task::spawn(Arc::clone(&line), ended, async move { What::Compared(compare::round(&line).await) })
    }

    fn spawn(line: Arc<Line>, ended: mpsc::Sender<Ended>, work: impl Future<Output = What> + Send + 'static) -> Task {
        Task(tokio::spawn(async move {
            let what = work.await;
            // Nobody to tell means that the hub stops: the next one does it again.
            let _ = ended.send(Ended { connection: line.connection().id, line, what }).await;
        }))
    }
}

/// What breaks is ours, and no reason to stop the others.
async fn within_time<T>(work: impl Future<Output = Result<T, ConnectError>>) -> Result<T, ConnectError> {
    let work = AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout(LONGEST, work).await {
        Ok(Ok(result)) => result,
        Ok(Err(_)) => {
            tracing::error!("calling a counterpart broke off");
            Err(ConnectError::Fault(Fault::Store("calling the counterpart broke off; the log says where".to_owned())))
        }
        Err(_) => Err(ConnectError::later(format!("it was not done within {} minutes", LONGEST.as_secs() / 60))),
    }
}

/// A delivery is part of the trace of the last change that is delivered, however often it is tried.
async fn trace_of(hub: &Hub, delivery: &Delivery, order: &Order) -> Result<Trace, Fault> {
    let wanted = delivery.wanted;
    let entry = hub.journal(delivery.account, Sequence(wanted.0 - 1), 1).await?.into_iter().next();
    let entry = entry.filter(|entry| entry.sequence == wanted && entry.serial == delivery.serial);
    // What a person has said anew is about no change.
    Ok(entry.map_or_else(|| Trace::of_change(order.id.0, wanted), |entry| Trace::of(&entry)))
}

async fn deliver(line: &Line, delivery: &Delivery) -> Result<Delivered, ConnectError> {
    let lookup = Lookup { serials: vec![delivery.serial], ..Lookup::default() };
    let loaded = line.hub().store().load(delivery.account, lookup).await.map_err(fault)?;
    let Some(order) = loaded.orders.get(&delivery.serial) else {
        return Err(ConnectError::Refused("the order is no longer here".to_owned()));
    };
    let line = line.within(trace_of(line.hub(), delivery, order).await?);
    let remote = line.remote();
    if !line.connect().takes_orders() && !remote.is_origin_of(order) {
        return Err(ConnectError::Refused("such a counterpart gives orders and takes none".to_owned()));
    }
    if delivery.anew {
        remote.renew(line.connect(), order.serial).await?;
    }
    line.connect().deliver(&remote, order).await
}
