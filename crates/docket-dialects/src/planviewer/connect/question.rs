//! Questions on our own order: which place, which intention, and whatever a job asks.

use super::call::Client;
use super::mirror::Mirror;
use crate::connect::ConnectError;
use docket_core::ids::{ConnectionId, ExchangeId};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Choice, Command, Item, ItemKind, Order, Origin, Question, Transition};
use std::collections::BTreeMap;

/// The question which place is meant.
pub(super) const PLACE: &str = "location";
/// The question which intention is meant.
pub(super) const INTENTION: &str = "intention";

/// What was answered to a question.
#[derive(Debug, PartialEq)]
pub(super) enum Answered {
    /// It was never asked.
    No,
    /// It is open.
    Open,
    /// This: what the choice stands for.
    So(String),
    /// None of what was offered.
    None,
}

/// What was answered to a question of ours.
pub(super) fn answered(order: &Order, connection: ConnectionId, id: &str) -> Answered {
    let Some(item) = order.item(ItemKind::Question, Some(connection), id) else { return Answered::No };
    let docket_core::order::Body::Question(question) = &item.body else { return Answered::No };
    let Some(answer) = &question.answer else { return Answered::Open };
    let meant = item.wire.as_deref().and_then(|text| serde_json::from_str::<BTreeMap<String, String>>(text).ok());
    match meant.and_then(|mut meant| meant.remove(&answer.choice)) {
        Some(meant) => Answered::So(meant),
        None => Answered::None,
    }
}

/// Asks which of several things is meant; `offers` are what each stands for and what it is called.
pub(super) async fn ask(
    client: &Client<'_>,
    order: &Order,
    id: &str,
    message: &str,
    offers: &[(String, String)],
) -> Result<(), ConnectError> {
    let mut choices = Vec::with_capacity(offers.len() + 1);
    let mut meant = BTreeMap::new();
    for (stands_for, label) in offers {
        let key = (choices.len() + 1).to_string();
        meant.insert(key.clone(), stands_for.clone());
        choices.push(Choice { key, label: label.clone() });
    }
    choices.push(Choice { key: "0".to_owned(), label: "None of these".to_owned() });
    let question = Question { message: message.to_owned(), choices, answer: None };
    let item = item(client, id, question).with_wire(serde_json::to_string(&meant).unwrap_or_default());
    put(client, order, item, None, None).await
}

/// A question as an item.
pub(super) fn item(client: &Client<'_>, id: &str, question: Question) -> Item {
    let remote = client.remote;
    let origin = Origin { connection: Some(remote.connection.id), dialect: "planviewer".to_owned() };
    Item::new(id, origin, remote.now, question).by(remote.caller().label)
}

/// Puts a question on the order, which waits from then on, with the mirror that goes with it.
pub(super) async fn put(
    client: &Client<'_>,
    order: &Order,
    item: Item,
    exchange: Option<ExchangeId>,
    mirror: Option<&Mirror>,
) -> Result<(), ConnectError> {
    let request = Request::change(Target::Id(order.id), move |order| {
        let command = Command { put: vec![item.clone()], ..Command::default() };
        Ok(if order.state.is_open() { command.moving(Transition::Ask) } else { command })
    });
    let mirror = mirror.map(|mirror| (order.serial, mirror.text()));
    done(client.remote.submit(exchange, request, mirror).await?)
}

/// What an outcome means to whoever tells the ledger.
pub(super) fn done(outcome: Option<Outcome>) -> Result<(), ConnectError> {
    match outcome {
        Some(Outcome::Done(_)) | None => Ok(()),
        Some(Outcome::Rejected(rejection)) => Err(ConnectError::Refused(rejection.to_string())),
        Some(Outcome::Outdated) => Err(ConnectError::later("the order changed meanwhile")),
    }
}
