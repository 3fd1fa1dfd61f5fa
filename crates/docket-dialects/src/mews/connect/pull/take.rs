//! Taking over one order that was listed.

use super::super::call::Client;
use super::super::estate::Estate;
use super::super::mirror::Mirror;
use super::super::notes::{self, SeenNote};
use super::details::Details;
use super::{Listed, problem};
use crate::connect::{ConnectError, Pulled};
use crate::mews::map::{Seen, Word, change_from_remote, creation_from_remote, order_id};
use docket_core::ids::{ExchangeId, Uuid};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, ExternalKey, Order, Rejection};

/// Takes over one order; gives it back when a delivery changed what is kept of it while it was being read.
pub(super) async fn take(
    client: &Client<'_>,
    estate: &Estate,
    details: &Details,
    listed: Listed,
    exchange: ExchangeId,
    pulled: &mut Pulled,
) -> Result<Option<Listed>, ConnectError> {
    let seen = details.seen(client, estate, &listed);
    let notes = details.notes.as_ref().map(|notes| notes.get(&listed.id).map_or(&[][..], Vec::as_slice));
    let order = match &listed.here {
        Some(order) => Some(order.clone()),
        None => marked_order(client, details, listed.id).await?,
    };
    let Some(order) = order else {
        create(client, estate, (listed.id, seen), notes, exchange, pulled).await?;
        return Ok(None);
    };
    let _turn = client.remote.turn(order.serial).await;
    let order = client.remote.ledger.order(&client.remote.caller(), Target::Id(order.id)).await?;
    // Deleted meanwhile.
    let Some(order) = order else { return Ok(None) };
    let mirror = Mirror::of(client.remote, order.serial).await?;
    if listed.here.is_some() && mirror != listed.mirror {
        return Ok(Some(Listed { here: Some(order), mirror, ..listed }));
    }
    if let Some(known) = mirror.id.filter(|known| *known != listed.id) {
        let number = seen.number();
        problem(
            pulled,
            format!("order {number} there is a second copy of our order {}, which is {known}", order.serial),
        );
        return Ok(None);
    }
    // Of one that was known by its lines only, the answer of the call that added it was lost.
    let keys = if listed.here.is_some() { Vec::new() } else { vec![client.remote.key(&listed.id.to_string())] };
    let mirror = Mirror { id: Some(listed.id), ..mirror };
    update(client, estate, &order, mirror, Change { seen, keys, notes, exchange }, pulled).await?;
    Ok(None)
}

/// The order here that an order there says to be, by what its lines are called: one that was handed over, or is being.
async fn marked_order(
    client: &Client<'_>,
    details: &Details,
    there: Uuid,
) -> Result<Option<std::sync::Arc<Order>>, ConnectError> {
    let Some(mark) = details.marks.get(&there) else { return Ok(None) };
    let Some(order) = client.remote.ledger.order(&client.remote.caller(), Target::Id(*mark)).await? else {
        return Ok(None);
    };
    let mirror = Mirror::of(client.remote, order.serial).await?;
    Ok(Some(order).filter(|_| mirror.id.is_some() || mirror.intent.is_some()))
}

/// What became of an order there.
struct Change<'a> {
    seen: Seen,
    keys: Vec<ExternalKey>,
    notes: Option<&'a [SeenNote]>,
    exchange: ExchangeId,
}

async fn update(
    client: &Client<'_>,
    estate: &Estate,
    order: &Order,
    mut mirror: Mirror,
    change: Change<'_>,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let is_theirs = remote.is_origin_of(order);
    if let Some(intent) = mirror.intent.take() {
        mirror.told = intent.told;
    }
    let told = match change.notes {
        Some(notes) => notes::compare(remote, order, &mut mirror, notes),
        None => Command::default(),
    };
    let before = mirror.seen.replace(change.seen.clone());
    let was_off = before.as_ref().and_then(Seen::word) == Some(Word::Canceled);
    if was_off && change.seen.word() != Some(Word::Canceled) {
        mirror.canceled = false;
    }
    let (seen, keys, prices) = (change.seen, change.keys, estate.prices.clone());
    let number = seen.number().to_owned();
    let request = Request::change(Target::Id(order.id), move |order| {
        let mut command = change_from_remote(order, before.as_ref(), &seen, &prices, is_theirs);
        command.keys.clone_from(&keys);
        command.put.clone_from(&told.put);
        command.remove.clone_from(&told.remove);
        Ok(command)
    });
    let outcome = remote.submit(Some(change.exchange), request, Some((order.serial, mirror.text()))).await?;
    settle(outcome, &number, pulled);
    Ok(())
}

async fn create(
    client: &Client<'_>,
    estate: &Estate,
    (id, seen): (Uuid, Seen),
    notes: Option<&[SeenNote]>,
    exchange: ExchangeId,
    pulled: &mut Pulled,
) -> Result<(), ConnectError> {
    let remote = client.remote;
    let key = remote.key(&id.to_string());
    let number = seen.number().to_owned();
    let mut mirror = Mirror { id: Some(id), ..Mirror::default() };
    let mut command = creation_from_remote(order_id(remote.connection.id, id), &seen, &estate.prices);
    command.put = notes::first(remote, &mut mirror, notes.unwrap_or_default());
    command.keys.push(key.clone());
    mirror.seen = Some(seen);
    let target = Target::Key { namespace: key.namespace, key: key.key };
    let request = Request::new(target, move |order| match order {
        // Somebody was faster; the next round compares.
        Some(_) => Ok(Command::default()),
        None => Ok(command.clone()),
    });
    let outcome = remote.submit(Some(exchange), request, None).await?;
    if let Some(Outcome::Done(done)) = &outcome
        && done.created
    {
        mirror.keep(remote, done.order.serial).await?;
    }
    settle(outcome, &number, pulled);
    Ok(())
}

fn settle(outcome: Option<Outcome>, number: &str, pulled: &mut Pulled) {
    match outcome {
        Some(Outcome::Done(done)) => pulled.changed += usize::from(done.changed),
        // It was deleted here, and stays so.
        Some(Outcome::Rejected(Rejection::Taken { .. })) | None => {}
        Some(Outcome::Rejected(rejection)) => problem(pulled, format!("order {number}: {rejection}")),
        Some(Outcome::Outdated) => problem(pulled, format!("order {number} changed meanwhile")),
    }
}
