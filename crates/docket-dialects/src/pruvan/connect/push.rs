//! Pushing to an account: the whole order first, then what changed.
//!
//! One integration has one set of numbers, and our orders come from several systems: a number that another order of ours
//! has there gets our serial behind it, for a push under it would change that other order.

use super::SEND_ASSIGNEE;
use super::call::{Client, NotTaken};
use super::deliver::names;
use super::mirror::Mirror;
use crate::connect::ConnectError;
use crate::pruvan::map::outbound::{self, ASSIGNED_TO, CLIENT_STATUS, NUMBER, STATUS};
use crate::pruvan::map::status::Word;
use crate::pruvan::map::{face, read_status};
use crate::pruvan::wire::{Members, Object, quoted};
use docket_core::connection::Mode;
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Brings the account in line with an order; what was done, for people.
pub(super) async fn deliver(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
) -> Result<Vec<String>, ConnectError> {
    let remote = client.remote;
    if mirror.number.is_none() {
        mirror.number = remote.remote_id(order).map(str::to_owned);
    }
    let is_known = mirror.said.is_some() || !mirror.sending.is_empty() || has_worked(client, order);
    // What is over is not handed over.
    if !is_known && !order.state.is_open() {
        return Ok(Vec::new());
    }
    if mirror.number.is_none() {
        mirror.number = claim(client, order).await?;
    }
    let Some(number) = mirror.number.clone() else { return Ok(Vec::new()) };
    let is_off = matches!(order.state, State::Canceled | State::Deleted);
    if mirror.said.is_none() && is_off {
        return call_off(client, order, &number, mirror).await;
    }
    let push = Push::of(client, order, &number, mirror).await?;
    let Some(object) = push.object(mirror) else { return Ok(Vec::new()) };
    mirror.sending.extend(push.changed.iter().cloned());
    mirror.keep(remote, order.serial).await?;
    let is_whole = push.is_whole;
    match client.push(&object).await {
        Ok(taken) => {
            push.taken(mirror);
            mirror.keep(remote, order.serial).await?;
            forget_report(client, order, &push).await?;
            let said = match (is_off, is_whole && taken.created > 0, is_whole) {
                (true, ..) => format!("called off {number}"),
                (_, true, _) => format!("pushed as {number}"),
                (_, _, true) => format!("pushed {number} again"),
                _ => format!("updated {number}"),
            };
            Ok(vec![said])
        }
        Err(NotTaken::Refused(why)) if is_whole => Err(ConnectError::Refused(why)),
        Err(NotTaken::Refused(why)) => {
            Err(ConnectError::Refused(format!("{why}. If the project was deleted there, a repush makes it anew")))
        }
        Err(NotTaken::Failed(error)) => Err(error),
    }
}

/// Whether the account brought results of an order: then it has it, were it that it asked for it.
fn has_worked(client: &Client<'_>, order: &Order) -> bool {
    let own = client.remote.connection.id;
    // Of several that it was handed to, nobody knows which reported.
    let has_reported = order.routed_to == [own] && outbound::has_report(order);
    let has_published = order.items.iter().any(|item| item.origin.connection == Some(own));
    order.state != State::Deleted && (has_reported || has_published)
}

/// Lets the order be known by a number that no other order of ours has there; `None` when it was deleted meanwhile.
async fn claim(client: &Client<'_>, order: &Order) -> Result<Option<String>, ConnectError> {
    let remote = client.remote;
    let number = face::number(order);
    for number in [number.clone(), format!("{number}-{}", order.serial)] {
        let key = remote.key(&number);
        let request = Request::change(Target::Id(order.id), move |_| {
            Ok(Command { keys: vec![key.clone()], ..Command::default() })
        });
        match remote.submit(None, request, None).await? {
            Some(Outcome::Done(_)) => return Ok(Some(number)),
            Some(Outcome::Rejected(Rejection::Taken { .. })) => {}
            Some(Outcome::Rejected(Rejection::NotFound)) | None => return Ok(None),
            Some(Outcome::Rejected(rejection)) => {
                return Err(ConnectError::Refused(format!("the order cannot have the number {number}: {rejection}")));
            }
            Some(Outcome::Outdated) => return Err(ConnectError::later("the order changed meanwhile")),
        }
    }
    Err(ConnectError::Refused(format!("the numbers {number} and {number}-{} are taken there", order.serial)))
}

/// Calls off an order that was pushed while the answer was lost. An update of an order that is not there is refused, so
/// nothing is made by this.
async fn call_off(
    client: &Client<'_>,
    order: &Order,
    number: &str,
    mirror: &mut Mirror,
) -> Result<Vec<String>, ConnectError> {
    let mut object = Object::default();
    object.text(NUMBER, number);
    object.text(STATUS, Word::Canceled.word());
    object.text(CLIENT_STATUS, &outbound::client_status(order));
    let object = object.finish();
    let said = match client.push(&object).await {
        Ok(_) => {
            mirror.said = Some(object);
            format!("called off {number}")
        }
        Err(NotTaken::Refused(_)) => "it never arrived there".to_owned(),
        Err(NotTaken::Failed(error)) => return Err(error),
    };
    mirror.sending.clear();
    mirror.keep(client.remote, order.serial).await?;
    Ok(vec![said])
}

/// After the account was told to do the work again, or not at all, what it reported before does not count any more.
async fn forget_report(client: &Client<'_>, order: &Order, push: &Push) -> Result<(), ConnectError> {
    if !push.changed.contains(STATUS) || !outbound::is_reported_done(order) || order.state == State::Deleted {
        return Ok(());
    }
    let request = Request::change(Target::Id(order.id), |order| {
        let wire = outbound::unreported(order).map(|bag| ("pruvan".to_owned(), bag));
        Ok(Command { wire, ..Command::default() })
    });
    client.remote.submit(None, request, None).await?;
    Ok(())
}

/// What there is to push.
struct Push {
    /// Everything, in order.
    all: Vec<(String, String)>,
    /// The members to be sent, by name.
    changed: BTreeSet<String>,
    /// Members that were said and are no more: they are cleared.
    cleared: Vec<String>,
    /// It is the whole order.
    is_whole: bool,
}

impl Push {
    async fn of(client: &Client<'_>, order: &Order, number: &str, mirror: &Mirror) -> Result<Push, ConnectError> {
        let connection = client.remote.connection;
        let mode = connection.setting("mode").and_then(Mode::from_word).unwrap_or_default();
        let assigns = mode == Mode::Internal && connection.flag(SEND_ASSIGNEE, false);
        let names = names(client).await?;
        let mut all = outbound::members(order, &names, number, connection, assigns);
        let said = mirror.said.as_deref().map(Members::read).unwrap_or_default();
        let last = said.get(STATUS).and_then(|value| read_status(value).ok().flatten());
        let word = outbound::wanted_status(order, last, mode).map_err(ConnectError::Refused)?;
        if let Some(word) = word {
            let after = all.iter().position(|(name, _)| name == CLIENT_STATUS).unwrap_or(all.len());
            all.insert(after, (STATUS.to_owned(), quoted(word.word())));
        }
        let is_off = matches!(order.state, State::Canceled | State::Deleted);
        if is_off {
            // Nothing else of it matters any more.
            all.retain(|(name, _)| matches!(name.as_str(), NUMBER | STATUS | CLIENT_STATUS));
        }
        let is_whole = mirror.said.is_none() || mirror.anew;
        let is_new = |name: &str, value: &str| match said.get(name) {
            _ if is_whole || mirror.sending.contains(name) => true,
            None => true,
            Some(known) if name == STATUS => {
                known != value || (word == Some(Word::Rework) && outbound::is_reported_done(order))
            }
            Some(known) if name == "services" => !outbound::same_services(known, value),
            Some(known) => known != value,
        };
        let mut changed: BTreeSet<String> =
            all.iter().filter(|(name, value)| is_new(name, value)).map(|(name, _)| name.clone()).collect();
        let is_gone =
            |name: &&str| !is_off && !matches!(*name, STATUS | NUMBER) && !all.iter().any(|(known, _)| known == name);
        let unsaid = mirror.sending.iter().map(String::as_str).filter(|name| said.get(name).is_none());
        let cleared: Vec<String> =
            said.iter().map(|(name, _)| name).chain(unsaid).filter(is_gone).map(str::to_owned).collect();
        changed.extend(cleared.iter().cloned());
        Ok(Push { all, changed, cleared, is_whole })
    }

    /// The order object to push; `None` when there is nothing new. It always has its number and the client status.
    fn object(&self, mirror: &Mirror) -> Option<String> {
        if self.changed.iter().all(|name| name == NUMBER) && !self.is_whole && !mirror.anew {
            return None;
        }
        let mut object = Object::default();
        for (name, value) in &self.all {
            if self.changed.contains(name) || matches!(name.as_str(), NUMBER | CLIENT_STATUS) {
                object.raw(name, value);
            }
        }
        for name in &self.cleared {
            object.raw(name, if name == ASSIGNED_TO { "null" } else { r#""""# });
        }
        Some(object.finish())
    }

    /// It was taken.
    fn taken(&self, mirror: &mut Mirror) {
        let mut known = mirror.said.take().unwrap_or_default();
        {
            let mut said = if known.is_empty() { Members::default() } else { Members::read(&known) };
            for (name, value) in &self.all {
                said.put(Cow::Borrowed(name), Cow::Borrowed(value));
            }
            let mut text = said.text();
            for name in &self.cleared {
                text = Members::read(&text).without(name);
            }
            known = text;
        }
        mirror.said = Some(known);
        mirror.sending.clear();
    }
}
