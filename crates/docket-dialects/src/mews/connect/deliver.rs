//! Bringing the counterpart in line with an order: adding it, its notes, its cancellation. Nothing else of an order can
//! be said there.

mod add;

use super::call::{Client, Json, Kind, id, object, text};
use super::mirror::{Intent, Mirror};
use super::notes::{self, Noted};
use super::{estate::Estate, marked};
use crate::connect::{ConnectError, Delivered, wait};
use crate::mews::map::Word;
use crate::mews::wire::{Members, utc};
use docket_core::ids::Uuid;
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State};
use jiff::SignedDuration;
use serde_json::json;

/// So far may the counterpart's clock be from ours.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);
/// The longest interval that is looked through for an order of ours.
const LONGEST: SignedDuration = SignedDuration::from_hours(80 * 24);
/// How many lines are canceled at once.
const CANCELED_AT_ONCE: usize = 10;

/// Brings the counterpart in line with an order.
pub(super) async fn deliver(client: &Client<'_>, order: &Order) -> Result<Delivered, ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(order.serial).await;
    let order = &remote.anew(order).await?;
    let mut mirror = Mirror::of(remote, order.serial).await?;
    if mirror.id.is_none() {
        mirror.id = remote.remote_id(order).and_then(|id| Uuid::try_parse(id).ok());
    }
    let mut said = Vec::new();
    if mirror.id.is_none() && mirror.intent.is_some() {
        look_up(client, order, &mut mirror).await?;
        said.extend(mirror.id.map(|id| format!("found as {id}")));
    }
    if mirror.id.is_none() {
        // What came from there is there; what is called off is not handed over.
        if remote.is_origin_of(order) || super::pull::is_off(order.state) {
            return Ok(Delivered::nothing());
        }
        let id = add::add(client, order, &mut mirror).await?;
        said.push(format!("added as {id}"));
    }
    let Some(there) = mirror.id else { return Ok(Delivered::nothing()) };
    if remote.remote_id(order).is_none() && order.state != State::Deleted {
        name(client, order, there).await?;
    }
    let lines = cancel(client, order, there, &mut mirror).await?;
    said.extend(lines.map(|lines| format!("canceled, {lines} lines")));
    if order.state != State::Deleted {
        said.extend(words(&notes::deliver(client, order, there, &mut mirror).await?));
    }
    if mirror.anew {
        mirror.anew = false;
        mirror.keep(remote, order.serial).await?;
    }
    if said.is_empty() && client.calls() == 0 {
        return Ok(Delivered::nothing());
    }
    let summary = if said.is_empty() { "nothing to say".to_owned() } else { said.join(", ") };
    Ok(Delivered { calls: client.calls(), summary })
}

fn words(noted: &Noted) -> impl Iterator<Item = String> {
    let counts = [(noted.added, "added"), (noted.changed, "changed"), (noted.removed, "removed")];
    let said = counts.into_iter().filter(|(count, _)| *count > 0);
    said.map(|(count, what)| format!("{count} {} {what}", if count == 1 { "note" } else { "notes" }))
}

/// Lets the order be known here by its id there.
async fn name(client: &Client<'_>, order: &Order, there: Uuid) -> Result<(), ConnectError> {
    let key = client.remote.key(&there.to_string());
    let request =
        Request::change(Target::Id(order.id), move |_| Ok(Command { keys: vec![key.clone()], ..Command::default() }));
    match client.remote.submit(None, request, None).await? {
        // Deleted meanwhile: the next delivery calls it off.
        Some(Outcome::Done(_)) | Some(Outcome::Rejected(Rejection::NotFound)) | None => Ok(()),
        Some(Outcome::Rejected(rejection)) => {
            Err(ConnectError::Refused(format!("order {there} there cannot be our order {}: {rejection}", order.serial)))
        }
        Some(Outcome::Outdated) => Err(ConnectError::later("the order changed meanwhile")),
    }
}

/// Looks for an order that was added while the answer was lost: among the items created since, by what we called its
/// lines. Without an answer to that nothing is added again.
async fn look_up(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<(), ConnectError> {
    let remote = client.remote;
    let Some(Intent { at, service, told }) = mirror.intent.clone() else { return Ok(()) };
    wait(at, remote.now, "the order was sent and no answer came")?;
    let from = at.checked_sub(CLOCKS_APART).unwrap_or(at);
    let latest = from.checked_add(LONGEST).unwrap_or(remote.now);
    let to = remote.now.checked_add(CLOCKS_APART).unwrap_or(remote.now).min(latest);
    let created = json!({"StartUtc": utc(from), "EndUtc": utc(to)});
    let body = object(json!({"ServiceIds": [service], "CreatedUtc": created}));
    let items = match client.all("orderItems/getAll", &body, "OrderItems").await {
        Ok(items) => items,
        Err(failure) if matches!(failure.kind, Kind::NotAllowed | Kind::Invalid) => {
            let why = format!("the order may have been added, and cannot be looked up; {}", failure.error);
            return Err(ConnectError::Unknown(why));
        }
        Err(failure) => return Err(failure.into()),
    };
    let is_ours = |item: &&Json| {
        text(Members::from(*item), "ExternalIdentifier").and_then(marked).is_some_and(|mark| mark == order.id)
    };
    let mut found: Vec<Uuid> =
        items.iter().filter(is_ours).filter_map(|item| id(Members::from(item), "ServiceOrderId")).collect();
    found.sort_unstable();
    found.dedup();
    mirror.intent = None;
    mirror.id = found.first().copied();
    if mirror.id.is_some() {
        mirror.told = told;
    }
    mirror.keep(remote, order.serial).await?;
    match found.as_slice() {
        [] | [_] => Ok(()),
        [kept, ..] => Err(ConnectError::Refused(format!(
            "the order is there {} times; {kept} is taken for it, cancel the others there: {}",
            found.len(),
            found.iter().skip(1).map(Uuid::to_string).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// Cancels the lines of an order that was called off here; there is no operation that cancels an order as such. `None`
/// when there was nothing to call off.
async fn cancel(
    client: &Client<'_>,
    order: &Order,
    there: Uuid,
    mirror: &mut Mirror,
) -> Result<Option<usize>, ConnectError> {
    let remote = client.remote;
    let is_off = match order.state {
        State::Canceled => true,
        // To delete what came from there is to forget it here.
        State::Deleted => !remote.is_origin_of(order),
        _ => false,
    };
    let off_there = mirror.seen.as_ref().and_then(|seen| seen.word()) == Some(Word::Canceled);
    if !is_off {
        if mirror.canceled && off_there && !remote.is_origin_of(order) && order.state.is_open() {
            return Err(ConnectError::Refused(
                "it was canceled there, and there is no way to bring it back".to_owned(),
            ));
        }
        return Ok(None);
    }
    if !mirror.anew && (mirror.canceled || off_there) {
        return Ok(None);
    }
    let body = object(json!({"ServiceOrderIds": [there]}));
    let items = client.all("orderItems/getAll", &body, "OrderItems").await?;
    let is_open = |item: &&Json| {
        let members = Members::from(*item);
        text(members, "AccountingState") != Some("Canceled") && text(members, "CanceledUtc").is_none()
    };
    let open: Vec<Uuid> = items.iter().filter(is_open).filter_map(|item| id(Members::from(item), "Id")).collect();
    for chunk in open.chunks(CANCELED_AT_ONCE) {
        match client.write("orderItems/cancel", object(json!({"OrderItemIds": chunk}))).await {
            Ok(_) => {}
            Err(failure) if failure.kind == Kind::NotAllowed => {
                let why = format!("it was called off here, and may not be there: {}", failure.error);
                return Err(ConnectError::Refused(why));
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    mirror.canceled = true;
    mirror.keep(remote, order.serial).await?;
    Ok(Some(open.len()))
}

/// What can be ordered there, for whoever adds.
async fn estate(client: &Client<'_>) -> Result<Estate, ConnectError> {
    Estate::of(client).await
}
