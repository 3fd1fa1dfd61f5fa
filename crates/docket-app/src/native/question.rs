//! Questions to the user, put and answered through the native API by whoever makes a document or does the work.

use super::{NativeError, invalid, target_of};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ledger::{Done, Ledger, Outcome, Request, Submission};
use docket_core::order::{
    Choice, ChoiceAnswer, Command, Item, ItemKind, Order, Origin, Question, Rejection, State, Transition,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// The longest question, and the longest description of a choice.
const TEXT_LIMIT: usize = 4_096;
/// The longest id, and the longest key of a choice.
const ID_LIMIT: usize = 255;
/// The most choices.
const CHOICES_LIMIT: usize = 1_000;

/// `POST /v1/orders/{id}/questions`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    id: String,
    message: String,
    choices: Vec<GivenChoice>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GivenChoice {
    key: String,
    label: String,
}

/// `POST /v1/orders/{id}/answers`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    question: Option<String>,
    choice: String,
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, NativeError> {
    let json: serde_json::Value =
        serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    serde_json::from_value(json).map_err(|error| invalid("", error.to_string()))
}

fn check(pointer: &str, text: &str, limit: usize) -> Result<(), NativeError> {
    match text.trim().is_empty() {
        true => Err(invalid(pointer, "is missing or blank")),
        false if text.len() > limit => Err(invalid(pointer, format!("is longer than {limit} bytes"))),
        false => Ok(()),
    }
}

fn question_of(body: &[u8], by: &str, now: Timestamp) -> Result<Item, NativeError> {
    let asked: Asked = parse(body)?;
    check("/id", &asked.id, ID_LIMIT)?;
    check("/message", &asked.message, TEXT_LIMIT)?;
    if !(2..=CHOICES_LIMIT).contains(&asked.choices.len()) {
        return Err(invalid("/choices", format!("give 2 to {CHOICES_LIMIT}")));
    }
    let mut choices: Vec<Choice> = Vec::with_capacity(asked.choices.len());
    for (index, GivenChoice { key, label }) in asked.choices.into_iter().enumerate() {
        check(&format!("/choices/{index}/key"), &key, ID_LIMIT)?;
        check(&format!("/choices/{index}/label"), &label, TEXT_LIMIT)?;
        if choices.iter().any(|known| known.key == key) {
            return Err(invalid(format!("/choices/{index}/key"), format!("\"{key}\" is there twice")));
        }
        choices.push(Choice { key, label });
    }
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let question = Question { message: asked.message, choices, answer: None };
    Ok(Item::new(asked.id, origin, now, question).by(by))
}

/// Asks. The same question with the same id again, answered meanwhile or not, changes nothing; another one under that id
/// is refused.
pub async fn ask(hub: &Hub, caller: &Caller, order: &str, body: &[u8]) -> Result<Done, NativeError> {
    let item = question_of(body, &caller.label, hub.now())?;
    change(hub, caller, order, move |order| {
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
    let given: Answered = parse(body)?;
    let (by, at) = (caller.label.clone(), hub.now());
    change(hub, caller, order, move |order| {
        let (item, question) = named(order, given.question.as_deref()).ok_or(Rejection::NotFound)?;
        match &question.answer {
            Some(answer) if answer.choice == given.choice => return Ok(Command::default()),
            Some(_) => {
                let key = format!("the answer to question {}", item.id);
                return Err(Rejection::Taken { key, by: Some(order.id) });
            }
            None => {}
        }
        if !question.choices.iter().any(|choice| choice.key == given.choice) {
            let reason = format!("\"{}\" is none of the choices", given.choice);
            return Err(Rejection::Invalid { member: "choice".to_owned(), reason });
        }
        let answer = Some(ChoiceAnswer { choice: given.choice.clone(), by: by.clone(), at });
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
fn named<'a>(order: &'a Order, id: Option<&str>) -> Option<(&'a Item, &'a Question)> {
    match id {
        Some(id) => order.questions().rfind(|(item, _)| item.id == id),
        None => order.open_question(),
    }
}

async fn change(
    hub: &Hub,
    caller: &Caller,
    order: &str,
    propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
) -> Result<Done, NativeError> {
    let target = target_of(order).ok_or(NativeError::Rejected(Rejection::NotFound))?;
    let submission = Submission::one(Request::change(target, propose));
    match hub.submit(caller, submission).await?.pop() {
        Some(Outcome::Done(done)) => Ok(done),
        Some(Outcome::Rejected(rejection)) => Err(NativeError::Rejected(rejection)),
        Some(Outcome::Outdated) | None => Err(NativeError::Rejected(Rejection::Withdrawn)),
    }
}
