//! Following the jobs that are not ended: progress, questions, results.

use super::call::{Client, Failure, RESULT_LIMIT, read};
use super::mirror::{Asked, Mirror, OPEN};
use super::question::{self, done};
use crate::connect::{ConnectError, Incoming, PULL, Pulled};
use crate::planviewer::map::Status;
use docket_core::ids::{ExchangeId, Serial, Uuid};
use docket_core::ledger::{Request, Target};
use docket_core::order::{Body, Choice, Command, Field, Item, ItemKind, ItemRef, Order, Question, State, Transition};
use http::{StatusCode, header};
use jiff::SignedDuration;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// How many jobs are asked for at once.
pub(super) const JOBS_AT_ONCE: usize = 50;
/// For how long a job may go on waiting after it was answered, before it is taken for asking again.
const ANSWER_TAKES: SignedDuration = SignedDuration::from_mins(5);
/// How many problems are told of one round.
const PROBLEMS_LIMIT: usize = 50;

/// A job, as `jobs/status` shows it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct JobStatus {
    pub(super) uuid: Uuid,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) progress: Progress,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    pub(super) current: f64,
    pub(super) total: f64,
}

/// One round over the jobs that are not ended.
pub(super) async fn poll(client: &Client<'_>) -> Result<Pulled, ConnectError> {
    let remote = client.remote;
    let mut pulled = Pulled::default();
    let kept = remote.ledger.records(remote.connection.id.into(), PULL).await?;
    let jobs: Vec<(Serial, Uuid)> = kept.iter().filter_map(|(key, job)| open(key, job)).collect();
    for chunk in jobs.chunks(JOBS_AT_ONCE) {
        let uuids: Vec<Uuid> = chunk.iter().map(|(_, job)| *job).collect();
        let (statuses, exchange) = statuses(client, uuids, &mut pulled.problems).await?;
        for (serial, job) in chunk {
            let Some(status) = statuses.iter().find(|status| status.uuid == *job) else { continue };
            pulled.seen += 1;
            match follow(client, *serial, status, exchange).await {
                Ok(changed) => pulled.changed += usize::from(changed),
                // What is ours, or true of every job, ends the round; what is this job's own does not.
                Err(error @ (ConnectError::Fault(_) | ConnectError::Denied(_) | ConnectError::Setting(_))) => {
                    return Err(error);
                }
                Err(error) => problem(&mut pulled.problems, format!("order {serial}: {error}")),
            }
        }
    }
    Ok(pulled)
}

fn problem(problems: &mut Vec<String>, what: String) {
    if problems.len() < PROBLEMS_LIMIT {
        problems.push(what);
    }
}

fn open(key: &str, job: &str) -> Option<(Serial, Uuid)> {
    let serial = key.strip_prefix(OPEN)?.parse().ok()?;
    Some((Serial(serial), Uuid::try_parse(job).ok()?))
}

/// The states of jobs. One that is not known makes the whole answer a 400, so the set is halved until it is found.
pub(super) async fn statuses(
    client: &Client<'_>,
    jobs: Vec<Uuid>,
    problems: &mut Vec<String>,
) -> Result<(Vec<JobStatus>, Option<ExchangeId>), ConnectError> {
    const OPERATION: &str = "jobs/status";
    let (mut found, mut exchange) = (Vec::with_capacity(jobs.len()), None);
    let mut sets = vec![jobs];
    while let Some(set) = sets.pop() {
        let query: Vec<String> = set.iter().map(|job| format!("uuids%5B%5D={job}")).collect();
        match client.get(OPERATION, &format!("{OPERATION}?{}", query.join("&"))).await {
            Ok(answer) => {
                let statuses: Vec<JobStatus> = read(OPERATION, &answer)?;
                exchange = Some(answer.exchange);
                found.extend(statuses);
            }
            Err(failure) if failure.status == Some(StatusCode::BAD_REQUEST) => match set.as_slice() {
                [] => {}
                [only] => problem(problems, format!("job {only} is not known there: {}", failure.said)),
                several => {
                    let (first, second) = several.split_at(several.len() / 2);
                    sets.extend([first.to_vec(), second.to_vec()]);
                }
            },
            Err(failure) => return Err(failure.into()),
        }
    }
    Ok((found, exchange))
}

/// Takes over where a job is; whether anything here changed.
async fn follow(
    client: &Client<'_>,
    serial: Serial,
    said: &JobStatus,
    exchange: Option<ExchangeId>,
) -> Result<bool, ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(serial).await;
    let Some(order) = remote.ledger.order(&remote.caller(), Target::Serial(serial)).await? else {
        // Deleted here, or not for this connection to see any more.
        let gone = Mirror { job: None, ..Mirror::default() };
        gone.follow(remote, serial).await?;
        return Ok(false);
    };
    let mut mirror = Mirror::of(remote, serial).await?;
    let before = mirror.clone();
    advance(&mut mirror, &said.progress);
    let mut news = Command::default();
    let word = Status::from_word(&said.status);
    match word {
        Some(Status::Finished) => finish(client, &order, &mut mirror, &mut news, said.uuid).await?,
        Some(Status::Error) => fail(client, &order, &mut mirror, &mut news, said.uuid).await?,
        Some(Status::WaitingForUser) => return waiting(client, &order, mirror, said).await,
        // An unknown word is a job that is on its way.
        Some(Status::Initial | Status::InProgress) | None => {
            let is_new = before.status.as_deref() != Some(&*said.status);
            if is_new && word != Some(Status::Initial) && is_idle(order.state) {
                news = news.moving(Transition::Start);
            }
            if before.question.is_some() && order.state == State::Waiting {
                news = news.moving(Transition::Resume);
            }
        }
    }
    mirror.status = Some(said.status.clone());
    if let Some(asked) = mirror.question.take() {
        // Somebody answered there.
        news.remove.extend(unanswered(client, &order, &asked));
    }
    news = news.with(Field::ProgressCurrent, mirror.current).with(Field::ProgressTotal, mirror.total);
    if mirror == before && says_nothing(&order, &news) {
        return Ok(false);
    }
    let request = Request::change(Target::Id(order.id), move |order| {
        // What was called off or closed meanwhile stays so.
        Ok(Command { to: news.to.filter(|_| order.state.is_open()), ..news.clone() })
    });
    done(remote.submit(exchange, request, Some((serial, mirror.text()))).await?)?;
    mirror.follow(remote, serial).await?;
    Ok(true)
}

/// Nobody has begun.
const fn is_idle(state: State) -> bool {
    matches!(state, State::Received | State::Assigned | State::Accepted | State::Rejected)
}

fn says_nothing(order: &Order, news: &Command) -> bool {
    news.to.is_none()
        && news.remove.is_empty()
        && news.set.iter().all(|(field, value)| order.fields.get(*field) == *value)
}

/// Progress never goes back.
fn advance(mirror: &mut Mirror, said: &Progress) {
    let whole = |number: f64| if number.is_finite() { number.clamp(0.0, 1e9) as i64 } else { 0 };
    mirror.total = whole(said.total).max(1);
    mirror.current = whole(said.current).max(mirror.current).min(mirror.total);
}

/// The question of a job that nobody answered here.
fn unanswered(client: &Client<'_>, order: &Order, asked: &Asked) -> Option<ItemRef> {
    let own = Some(client.remote.connection.id);
    let item = order.item(ItemKind::Question, own, &asked.item)?;
    matches!(&item.body, Body::Question(question) if question.answer.is_none()).then(|| item.reference())
}

/// Fetches the result.
async fn finish(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    news: &mut Command,
    job: Uuid,
) -> Result<(), ConnectError> {
    const OPERATION: &str = "jobs/retrieve";
    let answer = client.download(OPERATION, &format!("{OPERATION}/{job}")).await?;
    check_length(&answer).map_err(|why| ConnectError::later(format!("{OPERATION}: {why}")))?;
    let text = |name| answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let media_type = text(header::CONTENT_TYPE).filter(|text| !text.is_empty()).unwrap_or("application/octet-stream");
    let name = text(header::CONTENT_DISPOSITION).and_then(file_name).unwrap_or_else(|| {
        let number = order.fields.number.clone().unwrap_or_else(|| order.serial.to_string());
        format!("{number}.{}", crate::planviewer::map::extension(media_type))
    });
    let blob = client.remote.ledger.keep_blob(answer.body.clone()).await?;
    mirror.current = mirror.total;
    mirror.ended = true;
    *news = std::mem::take(news)
        .with(Field::ResultBlob, blob)
        .with(Field::ResultName, name)
        .with(Field::ResultType, media_type)
        .moving(Transition::Complete);
    Ok(())
}

/// A file that broke off is not the file.
fn check_length(answer: &Incoming) -> Result<(), String> {
    let said = answer.headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    let came = answer.body.len();
    match said {
        Some(said) if said != came => Err(format!("{came} of {said} bytes came")),
        _ if came == 0 => Err("the file is empty".to_owned()),
        _ if came >= RESULT_LIMIT => Err(format!("the file is larger than {RESULT_LIMIT} bytes")),
        _ => Ok(()),
    }
}

/// The name in `attachment; filename="…"`, without what could be a path.
fn file_name(disposition: &str) -> Option<String> {
    let value = |name: &str| {
        let parts = disposition.split(';').map(str::trim);
        let mut pairs = parts.filter_map(|part| part.split_once('='));
        let (_, value) = pairs.find(|(known, _)| known.trim().eq_ignore_ascii_case(name))?;
        Some(value.trim().trim_matches('"').to_owned())
    };
    let extended = || {
        let value = value("filename*")?;
        let (_, text) = value.split_once("''")?;
        Some(percent_decode_str(text).decode_utf8_lossy().into_owned())
    };
    let name = extended().or_else(|| value("filename"))?;
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(200).collect();
    Some(name.trim().trim_start_matches('.').to_owned()).filter(|name| !name.is_empty())
}

/// Says why a job failed, as far as the counterpart does.
async fn fail(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    news: &mut Command,
    job: Uuid,
) -> Result<(), ConnectError> {
    const OPERATION: &str = "jobs/retrieve";
    let said = match client.download(OPERATION, &format!("{OPERATION}/{job}")).await {
        Err(Failure { status: Some(StatusCode::NOT_FOUND), said, .. }) => Some(said).filter(|said| !said.is_empty()),
        _ => None,
    };
    mirror.ended = true;
    let why = said.unwrap_or_else(|| "the job ended in error".to_owned());
    if order.state.is_open() {
        *news = std::mem::take(news).with(Field::Outcome, why).moving(Transition::Fail);
    }
    Ok(())
}

#[derive(Deserialize)]
struct Waiting {
    #[serde(default)]
    locaties: Map<String, Value>,
    #[serde(default)]
    message: String,
}

impl Waiting {
    fn question(self) -> Question {
        let label = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let choices = self.locaties.iter().map(|(key, value)| Choice { key: key.clone(), label: label(value) });
        let mut choices: Vec<Choice> = choices.collect();
        choices.sort_by_key(|choice| (choice.key.parse::<u32>().unwrap_or(u32::MAX), choice.key.clone()));
        let message = Some(self.message.trim().to_owned()).filter(|message| !message.is_empty());
        Question { message: message.unwrap_or_else(|| "Which is meant?".to_owned()), choices, answer: None }
    }
}

/// Puts what a job asks on our order; whether anything here changed.
async fn waiting(
    client: &Client<'_>,
    order: &Arc<Order>,
    mut mirror: Mirror,
    said: &JobStatus,
) -> Result<bool, ConnectError> {
    const OPERATION: &str = "kik/waiting";
    let remote = client.remote;
    mirror.status = Some(said.status.clone());
    if answer(client, order, &mut mirror).await?.is_some() {
        return Ok(false);
    }
    let given = mirror.question.as_ref().and_then(|asked| asked.selected.as_ref());
    if given.is_some_and(|(_, at)| remote.now.duration_since(*at) < ANSWER_TAKES) {
        return Ok(false);
    }
    let asked = match client.get(OPERATION, &format!("{OPERATION}/{}", said.uuid)).await {
        Ok(asked) => asked,
        // It went on meanwhile.
        Err(failure) if failure.status == Some(StatusCode::NOT_FOUND) => return Ok(false),
        Err(failure) => return Err(failure.into()),
    };
    let question = read::<Waiting>(OPERATION, &asked)?.question();
    if question.choices.is_empty() {
        return Err(ConnectError::later(format!("{OPERATION}: the job waits, and offers nothing to choose")));
    }
    let known = mirror.question.as_ref().filter(|asked| asked.selected.is_none());
    let known = known.and_then(|asked| order.item(ItemKind::Question, Some(remote.connection.id), &asked.item));
    if let Some(Item { body: Body::Question(known), .. }) = known
        && known.message == question.message
        && known.choices == question.choices
    {
        return Ok(false);
    }
    mirror.asked += 1;
    let id = format!("job-{}", mirror.asked);
    mirror.question = Some(Asked { item: id.clone(), selected: None });
    let item = question::item(client, &id, question);
    question::put(client, order, item, Some(asked.exchange), Some(&mirror)).await?;
    Ok(true)
}

/// Gives the job the answer that was given here; `None` when there is none to give.
pub(super) async fn answer(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
) -> Result<Option<String>, ConnectError> {
    const OPERATION: &str = "kik/select";
    let remote = client.remote;
    let (Some(job), Some(asked)) = (mirror.job, mirror.question.clone()) else { return Ok(None) };
    let item = order.item(ItemKind::Question, Some(remote.connection.id), &asked.item);
    let Some(Item { body: Body::Question(Question { answer: Some(answer), .. }), .. }) = item else { return Ok(None) };
    if asked.selected.is_some() {
        return Ok(None);
    }
    let index = answer.choice.parse::<u32>().map_or_else(|_| json!(answer.choice), |index| json!(index));
    match client.post(OPERATION, &format!("{OPERATION}/{job}"), &json!({"select": [index]}), &[]).await {
        Ok(_) => {}
        // It waits no more: it was answered there, or by a call whose answer was lost.
        Err(failure) if failure.status == Some(StatusCode::NOT_FOUND) => {}
        Err(failure) => return Err(failure.into()),
    }
    mirror.question = Some(Asked { selected: Some((answer.choice.clone(), remote.now)), ..asked });
    mirror.keep(remote, order.serial).await?;
    Ok(Some(format!("answered {}", answer.choice)))
}
