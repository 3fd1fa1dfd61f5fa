//! Bringing the counterpart in line with an order: creating it, its parts, who has it, how it ended, its files.

pub(super) mod place;
mod plan;

use super::call::{Client, Failure, Step};
use super::leave;
use super::members::{DEPENDENCIES, PARTS, UNIT, as_said, differing, meant, request, wanted};
use super::mirror::Mirror;
use super::pull::{self, listing};
use super::take::{known, uid_of};
use super::{files, units};
use crate::connect::{ConnectError, Delivered};
use crate::wialon::wire::{Json, Members, Object};
use docket_core::ids::Serial;
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State};
use plan::{Act, Plan};
use std::time::Duration;

/// The service nearly everything goes through.
pub(super) const UPDATE: &str = "order/update";
/// When news were surely heard.
const SOON: Duration = Duration::from_secs(10);
/// So many dependencies of an order are looked at.
const MOST_DEPENDENCIES: usize = 100;

/// Brings the counterpart in line with an order.
pub(super) async fn deliver(client: &Client<'_>, order: &Order) -> Result<Delivered, ConnectError> {
    let remote = client.remote;
    if replaces_parameters(client, order).await? {
        // Whoever changed another of them meanwhile is heard first.
        pull::hear(client).await?;
    }
    let _turn = remote.turn(order.serial).await;
    let order = &remote.anew(order).await?;
    let mut mirror = Mirror::of(remote, order.serial).await?;
    let mut said = Vec::new();
    let done = bring(client, order, &mut mirror, &mut said).await;
    if client.calls() > 0 {
        // Whatever is being read just now may be older than this.
        client.session.say(order.serial);
    }
    done?;
    if said.is_empty() {
        return Ok(Delivered { calls: client.calls(), ..Delivered::nothing() });
    }
    Ok(Delivered { calls: client.calls(), summary: said.join(", ") })
}

/// Whether `p` is going to be said, which replaces it whole.
async fn replaces_parameters(client: &Client<'_>, order: &Order) -> Result<bool, ConnectError> {
    let mirror = Mirror::of(client.remote, order.serial).await?;
    if mirror.uid.is_none() || mirror.gone || matches!(order.state, State::Canceled | State::Deleted) {
        return Ok(false);
    }
    let said = differing(&as_said(&wanted(order)), &mirror.said);
    Ok(mirror.anew || said.iter().any(|part| part.starts_with("p.")))
}

async fn bring(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    if mirror.intent.is_some() {
        let is_filed = place::look_up(client, order, mirror).await?;
        said.extend(mirror.uid.map(|uid| format!("found as {uid}")));
        if is_filed {
            said.push(leave::left(client, order, mirror).await?);
            return Ok(());
        }
    }
    if mirror.uid.is_none() || mirror.gone {
        if !is_to_be_placed(client, order) {
            return Ok(());
        }
        said.push(place::place(client, order, mirror).await?);
    }
    let Some(uid) = mirror.uid else { return Ok(()) };
    if order.state != State::Deleted {
        name(client, order, uid).await?;
    }
    if std::mem::take(&mut mirror.anew) {
        look_anew(client, order, mirror, said).await?;
    }
    if mirror.gone {
        return Ok(());
    }
    let members = members(client, order, mirror).await?;
    let plan = Plan::of(client, order, mirror, &members).await?;
    if plan.is_again {
        return again(client, order, mirror, said).await;
    }
    let (early, late) = (plan.early, plan.late);
    if order.state != State::Deleted && files::has_news(client, order, mirror) {
        run(client, order, mirror, (&members, early), said).await?;
        if !mirror.gone && !files::deliver(client, order, mirror, said).await? {
            return not_there(client, order, mirror, said).await;
        }
        if !mirror.gone {
            run(client, order, mirror, (&members, late), said).await?;
        }
        return Ok(());
    }
    let acts = early.into_iter().chain(late).collect();
    run(client, order, mirror, (&members, acts), said).await
}

/// Whether an order is to be there that is not: one of ours that is still to be done by somebody.
fn is_to_be_placed(client: &Client<'_>, order: &Order) -> bool {
    let is_to_be_done =
        matches!(order.state, State::Received | State::Assigned | State::Accepted | State::Started | State::Waiting);
    is_to_be_done && !client.remote.is_origin_of(order)
}

/// What was done there is to be done again: it goes to the history, and another takes its place.
async fn again(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    let members = members(client, order, mirror).await?;
    run(client, order, mirror, (&members, vec![Act::Register]), said).await?;
    said.push(place::place(client, order, mirror).await?);
    match mirror.uid {
        Some(uid) => name(client, order, uid).await,
        None => Ok(()),
    }
}

/// It seems to be there no more: what became of it is looked up.
async fn not_there(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    if find(client, mirror).await?.is_some() {
        return Err(ConnectError::later("its files cannot be listed there"));
    }
    said.push(leave::left(client, order, mirror).await?);
    Ok(())
}

/// Somebody doubts what is kept: how the order stands there is looked at, and then every part is said.
async fn look_anew(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    match find(client, mirror).await? {
        Some(there) => {
            mirror.there = there;
            mirror.said.retain(|name, _| name == UNIT);
            mirror.files.iter_mut().for_each(files::doubt);
        }
        None => said.push(leave::left(client, order, mirror).await?),
    }
    mirror.keep(client.remote, order.serial).await
}

/// The order as it is listed there.
async fn find(client: &Client<'_>, mirror: &Mirror) -> Result<Option<Object>, ConnectError> {
    let listing = listing(client).await?;
    Ok(listing.orders.into_iter().find(|sent| uid_of(sent) == mirror.uid))
}

/// Lets the order be known here by its unique id there.
async fn name(client: &Client<'_>, order: &Order, uid: i64) -> Result<(), ConnectError> {
    let key = client.remote.key(&uid.to_string());
    if order.keys.contains(&key) {
        return Ok(());
    }
    let request =
        Request::change(Target::Id(order.id), move |_| Ok(Command { keys: vec![key.clone()], ..Command::default() }));
    match client.remote.submit(None, request, None).await? {
        // Deleted meanwhile: the next delivery calls it off.
        Some(Outcome::Done(_)) | Some(Outcome::Rejected(Rejection::NotFound)) | None => Ok(()),
        Some(Outcome::Rejected(rejection)) => {
            Err(ConnectError::Refused(format!("order {uid} there cannot be our order {}: {rejection}", order.serial)))
        }
        Some(Outcome::Outdated) => Err(ConnectError::later("the order changed meanwhile")),
    }
}

/// What an order is to say there, in the counterpart's numbers. A unit that is none there leaves who has it as it is.
async fn members(client: &Client<'_>, order: &Order, mirror: &Mirror) -> Result<Members, ConnectError> {
    let mut members = wanted(order);
    members.u = match order.fields.unit {
        None => 0,
        Some(unit) => match units::unit_there(client, unit).await? {
            Some(there) => there,
            None => mirror.said.get(UNIT).and_then(Json::as_i64).unwrap_or(0),
        },
    };
    for serial in order.fields.dependencies.iter().take(MOST_DEPENDENCIES) {
        let uid = Mirror::of(client.remote, Serial(*serial)).await?.uid;
        members.dp.extend(uid);
    }
    Ok(members)
}

/// Serials here of the orders there that another one depends on; those that are not here are left out.
pub(super) async fn dependencies_here(client: &Client<'_>, uids: &[i64]) -> Result<Vec<i64>, ConnectError> {
    let mut serials = Vec::new();
    for uid in uids.iter().take(MOST_DEPENDENCIES) {
        serials.extend(known(client, *uid).await?.map(|order| order.serial.0));
    }
    Ok(serials)
}

/// Does what is to be done, in one call, and keeps what came of it. Each act may be repeated.
async fn run(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    (members, acts): (&Members, Vec<Act>),
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    let (remote, resource) = (client.remote, client.resource().await?);
    let Some(id) = mirror.id.filter(|_| !acts.is_empty()) else { return Ok(()) };
    let parts = as_said(members);
    if acts.iter().any(|act| matches!(act, Act::Update(_))) {
        mirror.saying.clone_from(&parts);
        mirror.keep(remote, order.serial).await?;
    }
    let steps = acts.iter().map(|act| Step { svc: UPDATE, params: act.params(resource, id) }).collect();
    let results = client.steps(steps, true).await?;
    for (act, result) in acts.into_iter().zip(results) {
        match result {
            Ok(_) => said.push(act.note(mirror, &parts)),
            Err(failure) => {
                mirror.keep(remote, order.serial).await?;
                return failed(client, order, mirror, &act, failure, said).await;
            }
        }
    }
    mirror.keep(remote, order.serial).await
}

/// What is not taken: because the order is not there any more, or as it is said.
async fn failed(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    act: &Act,
    failure: Failure,
    said: &mut Vec<String>,
) -> Result<(), ConnectError> {
    let (Some(4 | 7), ConnectError::Refused(why)) = (failure.code, &failure.error) else { return Err(failure.error) };
    if let Some(there) = find(client, mirror).await? {
        // It stands otherwise there than is known here: that is heard first.
        let now = Mirror { there, ..Mirror::default() };
        let is_other = (now.s(), now.u()) != (mirror.s(), mirror.u());
        return Err(match is_other {
            true => ConnectError::Waiting { why: format!("{why}: it changed there meanwhile"), after: SOON },
            false => ConnectError::Refused(act.hint(why, mirror)),
        });
    }
    if act.removes() {
        // The answer to an earlier call was lost.
        mirror.gone = true;
        said.push("it is no longer listed there".to_owned());
    } else {
        said.push(leave::left(client, order, mirror).await?);
    }
    mirror.keep(client.remote, order.serial).await
}

/// The members of an update: those parts that differ from what was said, `p` whole.
fn changed(mirror: &Mirror, members: &Members) -> Option<Object> {
    let names = differing(&as_said(members), &mirror.said);
    let is_changed = |member: &str| {
        let prefix = format!("{member}.");
        // A place is two parts and one thing.
        let also = match member {
            "y" => "x",
            "x" => "y",
            other => other,
        };
        names.iter().any(|name| *name == member || *name == also || name.starts_with(&prefix))
    };
    let kept = mirror.there.get("p").and_then(Json::as_object).cloned().unwrap_or_default();
    let mut update = request(members, &kept);
    update.retain(|member, _| member != UNIT && is_changed(member));
    (!update.is_empty()).then_some(update)
}

/// What both sides have when an order was just taken over or created.
pub(super) fn agreed(sent: &Object) -> Object {
    as_said(&meant(sent))
}

/// Whether a part is one that both sides may write.
pub(super) fn is_part(name: &str) -> bool {
    name == DEPENDENCIES || PARTS.iter().any(|part| part.name == name)
}
