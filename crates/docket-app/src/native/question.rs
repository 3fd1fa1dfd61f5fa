//! Questions to the user, put and answered through the native API by whoever makes a document or does the work.

use super::items::item_of;
use super::{NativeError, decide, escape, invalid};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ledger::Done;
use docket_core::order::{ChoiceAnswer, Command, Item, ItemKind, Order, Question, Rejection, State, Transition};

/// Which question of an order.
enum Which {
    Named(Option<String>),
    At(i64),
}

/// The members of an answer: texts, of which `choice` has to be there.
fn parse(body: &[u8], known: &[&str]) -> Result<(Option<String>, String), NativeError> {
    let json: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    let members = json.as_object().ok_or_else(|| invalid("", "must be an object"))?;
    let (mut question, mut choice) = (None, None);
    for (name, value) in members {
        let pointer = format!("/{}", escape(name));
        if !known.contains(&name.as_str()) {
            return Err(invalid(pointer, format!("is not a member of an answer; there is {}", known.join(", "))));
        }
        let text = match value {
            serde_json::Value::String(text) => Some(text.clone()),
            serde_json::Value::Null if name == "question" => None,
            _ => return Err(invalid(pointer, "must be a text")),
        };
        match name.as_str() {
            "question" => question = text,
            _ => choice = text,
        }
    }
    Ok((question, choice.ok_or_else(|| invalid("/choice", "is missing: the key of a choice"))?))
}

fn question_of(body: &[u8], by: &str, now: Timestamp) -> Result<Item, NativeError> {
    let json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    let mut item = item_of(ItemKind::Question, "", json, now)?.item;
    if item.id.is_empty() {
        return Err(invalid("/id", "is missing or blank"));
    }
    if item.author.is_empty() {
        item.author = by.to_owned();
    }
    Ok(item)
}

/// Asks. The same question with the same id again, answered meanwhile or not, changes nothing; another one under that id
/// is refused.
pub async fn ask(hub: &Hub, caller: &Caller, order: &str, body: &[u8]) -> Result<Done, NativeError> {
    let item = question_of(body, &caller.label, hub.now())?;
    decide(hub, caller, order, move |order| {
        let known = order.item(ItemKind::Question, None, &item.id);
        match known.map(|known| is_asked_again(known, &item)) {
            Some(true) => Ok(Command::default()),
            Some(false) => Err(Rejection::Taken { key: format!("question {}", item.id), by: Some(order.id) }),
            None => Ok(Command { put: vec![item.clone()], ..Command::default() }.moving(Transition::Ask)),
        }
    })
    .await
}

fn is_asked_again(known: &Item, item: &Item) -> bool {
    let of = |item: &Item| match &item.body {
        docket_core::order::Body::Question(question) => Some((question.message.clone(), question.choices.clone())),
        _ => None,
    };
    of(known) == of(item)
}

/// Answers the named question, or the one that is open, and lets the order go on. The first answer counts: the same
/// again changes nothing, another is refused.
pub async fn answer(hub: &Hub, caller: &Caller, order: &str, body: &[u8]) -> Result<Done, NativeError> {
    let (question, choice) = parse(body, &["question", "choice"])?;
    answer_to(hub, caller, order, Which::Named(question), choice).await
}

/// Answers the question at a place of the order.
pub async fn answer_at(hub: &Hub, caller: &Caller, order: &str, place: &str, body: &[u8]) -> Result<Done, NativeError> {
    let place = place.parse().map_err(|_| NativeError::Rejected(Rejection::NotFound))?;
    let (_, choice) = parse(body, &["choice"])?;
    answer_to(hub, caller, order, Which::At(place), choice).await
}

async fn answer_to(hub: &Hub, caller: &Caller, order: &str, which: Which, choice: String) -> Result<Done, NativeError> {
    let (by, at) = (caller.label.clone(), hub.now());
    decide(hub, caller, order, move |order| {
        let (item, question) = named(order, &which).ok_or(Rejection::NotFound)?;
        match &question.answer {
            Some(answer) if answer.choice == choice => return Ok(Command::default()),
            Some(_) => {
                let key = format!("the answer to question {}", item.id);
                return Err(Rejection::Taken { key, by: Some(order.id) });
            }
            None => {}
        }
        if !question.choices.iter().any(|known| known.key == choice) {
            let reason = format!("\"{}\" is none of the choices", choice);
            return Err(Rejection::Invalid { member: "choice".to_owned(), reason });
        }
        let answer = Some(ChoiceAnswer { choice: choice.clone(), by: by.clone(), at });
        let answered = Item { body: Question { answer, ..question.clone() }.into(), ..item.clone() };
        let command = Command { put: vec![answered], ..Command::default() };
        // An order that was ended meanwhile stays ended; one with another open question goes on waiting for that.
        let goes_on = order.state == State::Waiting && open_questions(order) == 1;
        Ok(if goes_on { command.moving(Transition::Resume) } else { command })
    })
    .await
}

fn open_questions(order: &Order) -> usize {
    order.questions().filter(|(_, question)| question.answer.is_none()).count()
}

/// The question of that id (the last, where several systems asked under the same), or the open one.
fn named<'a>(order: &'a Order, which: &Which) -> Option<(&'a Item, &'a Question)> {
    match which {
        Which::Named(Some(id)) => order.questions().rfind(|(item, _)| item.id == *id),
        Which::Named(None) => order.open_question(),
        Which::At(place) => order.questions().find(|(item, _)| item.place == *place),
    }
}
