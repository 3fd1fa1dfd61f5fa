//! What the counterpart has, for reconciling. The API has no list of jobs, so the jobs that were ordered are asked for;
//! one that is not known there any more is left out.

use super::call::Client;
use super::mirror::Mirror;
use super::poll::{JOBS_AT_ONCE, statuses};
use crate::connect::{ConnectError, Held, Inventory, MIRROR};
use crate::planviewer::map::{Status, status_of};
use docket_core::ids::Serial;
use docket_core::ledger::Target;
use docket_core::order::{Order, State};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A page of the jobs that were ordered.
pub(super) async fn inventory(client: &Client<'_>, after: Option<String>) -> Result<Inventory, ConnectError> {
    let remote = client.remote;
    let kept = remote.ledger.records(remote.connection.id.into(), MIRROR).await?;
    let behind = |key: &str| after.as_deref().is_none_or(|after| key > after);
    let mut jobs = Vec::with_capacity(JOBS_AT_ONCE);
    let mut inventory = Inventory::default();
    for (key, text) in kept.iter().filter(|(key, _)| behind(key)) {
        let Ok(serial) = key.parse().map(Serial) else { continue };
        let mirror = Mirror::read(serial, text)?;
        jobs.extend(mirror.job.map(|job| (serial, job, mirror)));
        if jobs.len() == JOBS_AT_ONCE {
            inventory.next = Some(key.clone());
            break;
        }
    }
    if jobs.is_empty() {
        return Ok(inventory);
    }
    let uuids = jobs.iter().map(|(_, job, _)| *job).collect();
    let (statuses, _) = statuses(client, uuids, &mut Vec::new()).await?;
    for (serial, job, mirror) in &jobs {
        let Some(status) = statuses.iter().find(|status| status.uuid == *job) else { continue };
        let order = remote.ledger.order(&remote.caller(), Target::Serial(*serial)).await?;
        inventory.orders.push(Held {
            remote: job.to_string(),
            number: order.as_ref().and_then(|order| order.fields.number.clone()).unwrap_or_else(|| serial.to_string()),
            says: BTreeMap::from([("status".to_owned(), status.status.clone())]),
            expected: order.as_ref().map(|order| BTreeMap::from([("status".to_owned(), expected(order, mirror))])),
            serial: order.map(|order: Arc<Order>| order.serial),
            updated_at: None,
        });
    }
    Ok(inventory)
}

/// The word the job should be in. Of what happens to an order here nothing but answers can be said there, so what was
/// last said there holds, unless the order here came to another end.
fn expected(order: &Order, mirror: &Mirror) -> String {
    let last = mirror.status.as_deref();
    let fits = match last.and_then(Status::from_word) {
        Some(Status::Finished) => order.state.is_done() || order.state == State::Canceled,
        Some(Status::Error) => matches!(order.state, State::Failed | State::Canceled),
        Some(Status::Initial | Status::InProgress | Status::WaitingForUser) | None => {
            order.state.is_open() || order.state == State::Canceled
        }
    };
    match last {
        Some(last) if fits => last.to_owned(),
        None if fits => Status::Initial.word().to_owned(),
        _ => status_of(order.state).word().to_owned(),
    }
}
