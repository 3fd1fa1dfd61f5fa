//! `create`: making an order there once.

use super::super::call::Client;
use super::super::members::{UNIT, as_said, request};
use super::super::mirror::{Intent, Mirror};
use super::super::pull::listing;
use super::super::take::{history_between, known, uid_of};
use super::super::{MARK, marker};
use super::{UPDATE, members};
use crate::connect::{ConnectError, wait};
use crate::wialon::map::{bag, name};
use crate::wialon::wire::{Json, Object, integer, text};
use docket_core::Timestamp;
use docket_core::order::Order;
use jiff::SignedDuration;
use serde_json::json;

/// So far may the counterpart's clock be from ours.
const CLOCKS_APART: SignedDuration = SignedDuration::from_mins(15);

/// The custom id that an order is created with: the number people know it by, else its id here.
fn custom_id(order: &Order) -> String {
    let given = bag(order).sent.get("p").and_then(|p| p.get("cid")).and_then(text);
    let number = order.fields.number.clone();
    let said = |text: &String| !text.trim().is_empty();
    given.filter(said).or(number.filter(said)).unwrap_or_else(|| order.id.0.hyphenated().to_string())
}

/// Creates an order, and says as which.
pub(super) async fn place(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<String, ConnectError> {
    let (remote, resource) = (client.remote, client.resource().await?);
    let fresh = Mirror { made: mirror.made + 1, ..Mirror::default() };
    let wanted = members(client, order, &fresh).await?;
    let cid = custom_id(order);
    let kept: Object = [("cid".to_owned(), cid.as_str().into())].into_iter().collect();
    let mark = marker(order.id, fresh.made);
    let mut params = Object::new();
    params.insert("itemId".to_owned(), resource.into());
    params.insert("id".to_owned(), 0.into());
    for (member, value) in request(&wanted, &kept) {
        // As the page has them.
        match member.as_str() {
            "tz" => drop(params.insert("ej".to_owned(), json!({MARK: mark.as_str()}))),
            "dp" => drop(params.insert("callMode".to_owned(), "create".into())),
            _ => {}
        }
        params.insert(member, value);
    }
    let before = std::mem::replace(mirror, fresh);
    mirror.intent = Some(Intent { at: remote.now, cid, name: name(order).to_owned(), found: None });
    mirror.keep(remote, order.serial).await?;
    client.session.intend(order.serial, true);
    let sent = params.clone();
    let answer = match client.call(UPDATE, &Json::Object(params)).await {
        Ok(answer) => answer,
        Err(failure) => {
            if !failure.perhaps {
                *mirror = before;
                mirror.keep(remote, order.serial).await?;
                client.session.intend(order.serial, false);
            }
            return Err(failure.into());
        }
    };
    let created = answer.json.as_array().and_then(|parts| Some((parts.first().and_then(integer)?, parts.get(1))));
    // Without an id it was created, and is looked for the next time.
    let (id, shown) = created.filter(|(id, _)| *id > 0).ok_or_else(|| {
        ConnectError::later(format!("{UPDATE}: the answer does not say as which order it was created"))
    })?;
    let there = shown.and_then(Json::as_object).cloned().unwrap_or(sent);
    let uid = uid_of(&there).unwrap_or(id);
    (mirror.id, mirror.uid, mirror.intent) = (Some(id), Some(uid), None);
    mirror.said = as_said(&wanted);
    mirror.said.insert(UNIT.to_owned(), wanted.u.into());
    mirror.there = there;
    mirror.keep(remote, order.serial).await?;
    client.session.intend(order.serial, false);
    Ok(format!("created as {uid}"))
}

/// The mark of an order that a Docket made.
pub(in super::super) fn mark_of(sent: &Object) -> Option<&str> {
    sent.get("ej")?.get(MARK)?.as_str()
}

/// Looks for an order that was created while the answer was lost: in the resource, then in the history; whether it was
/// found there. Without an answer to that nothing is created again.
pub(super) async fn look_up(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<bool, ConnectError> {
    let remote = client.remote;
    let Some(intent) = mirror.intent.clone() else { return Ok(false) };
    if intent.found.is_none() {
        wait(intent.at, remote.now, "the order was sent and no answer came")?;
    }
    let mark = marker(order.id, mirror.made);
    let listed = listing(client).await.map_err(unknown)?.orders;
    let found = match recognised(client, &intent, &mark, listed).await? {
        Some(found) => Some((found, false)),
        None => {
            let (from, to) = (shifted(intent.at, -CLOCKS_APART), shifted(remote.now, CLOCKS_APART));
            let history = history_between(client, from, to).await.map_err(unknown)?;
            recognised(client, &intent, &mark, history).await?.map(|found| (found, true))
        }
    };
    let is_filed = found.as_ref().is_some_and(|(_, is_filed)| *is_filed);
    match found {
        Some((there, _)) => adopt(mirror, there),
        None if intent.found.is_some() => {
            return Err(ConnectError::Unknown(
                "an order of that id is neither listed there nor in the history".to_owned(),
            ));
        }
        None => (mirror.intent, mirror.made) = (None, mirror.made.saturating_sub(1)),
    }
    mirror.keep(remote, order.serial).await?;
    client.session.intend(order.serial, false);
    Ok(is_filed)
}

/// Takes an order there for the one that was created.
pub(in super::super) fn adopt(mirror: &mut Mirror, there: Object) {
    mirror.id = there.get("id").and_then(integer).or(mirror.id);
    (mirror.uid, mirror.intent, mirror.gone) = (uid_of(&there), None, false);
    mirror.said = super::agreed(&there);
    mirror.said.insert(UNIT.to_owned(), there.get(UNIT).and_then(integer).unwrap_or(0).into());
    mirror.there = there;
}

fn shifted(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}

/// That it cannot be looked up leaves it unknown; that it cannot be just now does not.
fn unknown(error: ConnectError) -> ConnectError {
    match error {
        ConnectError::Refused(why) => {
            ConnectError::Unknown(format!("the order may have been created, and cannot be looked up; {why}"))
        }
        other => other,
    }
}

/// The order there that is ours: by our mark, or, where marks do not come back, by custom id and name. What is another
/// order here already is not looked at.
async fn recognised(
    client: &Client<'_>,
    intent: &Intent,
    mark: &str,
    orders: Vec<Object>,
) -> Result<Option<Object>, ConnectError> {
    if let Some(found) = intent.found {
        let is_it = |sent: &Object| uid_of(sent) == Some(found) || sent.get("id").and_then(integer) == Some(found);
        return Ok(orders.into_iter().find(is_it));
    }
    let mut alike = Vec::new();
    for sent in orders {
        let Some(uid) = uid_of(&sent) else { continue };
        match mark_of(&sent) {
            Some(said) if said == mark => return Ok(Some(sent)),
            Some(_) => continue,
            None => {}
        }
        if is_alike(intent, &sent) && known(client, uid).await?.is_none() {
            alike.push(sent);
        }
    }
    if alike.len() > 1 {
        let uids: Vec<String> = alike.iter().filter_map(uid_of).map(|uid| uid.to_string()).collect();
        let why = format!("several orders there may be the one that was created: {}", uids.join(", "));
        return Err(ConnectError::Unknown(why));
    }
    Ok(alike.pop())
}

/// Whether an order says what the one did that was created.
pub(in super::super) fn is_alike(intent: &Intent, sent: &Object) -> bool {
    let said = |value: Option<&Json>| value.and_then(text).unwrap_or_default();
    let p = sent.get("p");
    said(p.and_then(|p| p.get("cid"))) == intent.cid && said(sent.get("n")) == intent.name && mark_of(sent).is_none()
}
