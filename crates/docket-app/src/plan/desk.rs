//! Plans that are searched while their askers do something else.
//!
//! Each is a record of its account: what it came to can be read from any hub on the database, for an hour. How far the
//! search is only the hub knows that searches.

use super::accept::{Made, accept};
use super::day::{DayAsk, DayPlan, plan};
use crate::hub::Hub;
use crate::native::NativeError;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Uuid};
use docket_core::ledger::{Fault, Ledger, Record, Submission};
use docket_core::order::Rejection;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// Under this an account keeps its plans.
const NAMESPACE: &str = "plan";
/// How long a plan is kept, in seconds.
const KEPT_S: i64 = 3_600;
/// A search that says nothing for so long beyond its budget is lost: its hub is gone.
const LOST_S: i64 = 120;
/// At most so many plans of one account are kept.
const MOST: usize = 100;

/// How a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is being searched for.
    Searching,
    /// It is there.
    Ready,
    /// It is there, and its routes are made.
    Accepted,
    /// There is none.
    Failed,
    /// Nobody wants it any more.
    Canceled,
}

/// A plan that was asked for. Serialized it is what is kept, and what the native API shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub status: Standing,
    /// How far the search is, 0 to 1.
    pub progress: f64,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// By whom.
    pub asked_by: String,
    /// By when there is an answer.
    pub ready_by: Timestamp,
    /// Why there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The plan.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<DayPlan>,
    /// The routes that were made of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub made: Vec<Made>,
}

/// A search that is running here.
struct Running {
    progress: Arc<Mutex<f64>>,
    task: AbortHandle,
}

/// Searches that are running here.
#[derive(Default)]
pub struct Desk {
    running: Mutex<HashMap<Uuid, Running>>,
}

fn record(account: AccountId, asked: &Asked, expected: Option<Option<String>>) -> Record {
    let value = serde_json::to_string(asked).ok();
    Record { holder: account.into(), namespace: NAMESPACE.to_owned(), key: asked.id.clone(), value, expected }
}

async fn keep(hub: &Hub, caller: &Caller, records: Vec<Record>) -> Result<(), Fault> {
    hub.submit(caller, Submission { records, ..Submission::default() }).await.map(drop)
}

/// Begins a search and answers at once.
///
/// # Errors
/// When there are too many plans, or we fail.
pub async fn begin(hub: &Arc<Hub>, caller: &Caller, ask: DayAsk) -> Result<Asked, NativeError> {
    let (account, now) = (caller.account, hub.now());
    let kept = hub.records(account.into(), NAMESPACE).await?;
    let is_old = |asked: &Asked| asked.asked_at.as_second() + KEPT_S < now.as_second();
    let all = kept.iter().map(|(key, text)| (key, serde_json::from_str::<Asked>(text).ok()));
    let (old, fresh): (Vec<_>, Vec<_>) = all.partition(|(_, asked)| asked.as_ref().is_none_or(is_old));
    if fresh.len() >= MOST {
        return Err(NativeError::Rejected(Rejection::Limit { limit: "plans" }));
    }
    let mut records: Vec<Record> = old.into_iter().map(|(key, _)| forgotten(account, key)).collect();
    let id = hub.new_id();
    let budget = ask.budget.time.min(hub.planning().most_time());
    let budget = jiff::SignedDuration::try_from(budget).unwrap_or_default();
    let asked = Asked {
        id: id.to_string(),
        status: Standing::Searching,
        progress: 0.0,
        asked_at: now,
        asked_by: caller.label.clone(),
        ready_by: now.checked_add(budget).unwrap_or(now),
        error: None,
        plan: None,
        made: Vec::new(),
    };
    records.push(record(account, &asked, None));
    keep(hub, caller, records).await?;
    search(hub, caller, id, asked.clone(), ask);
    Ok(asked)
}

fn forgotten(account: AccountId, key: &str) -> Record {
    let (namespace, key) = (NAMESPACE.to_owned(), key.to_owned());
    Record { holder: account.into(), namespace, key, value: None, expected: None }
}

/// Searches beside the request, and keeps what comes of it.
fn search(hub: &Arc<Hub>, caller: &Caller, id: Uuid, asked: Asked, ask: DayAsk) {
    let progress = Arc::new(Mutex::new(0.0));
    let (told, caller, own) = (Arc::clone(&progress), caller.clone(), Arc::clone(hub));
    let before = serde_json::to_string(&asked).ok();
    // Held until it is entered, so that it is not struck off before.
    let mut running = hub.planning().desk.running.lock();
    let task = tokio::spawn(async move {
        let watcher = Box::new(move |now: &docket_planner::Progress| *told.lock() = now.fraction);
        let found = plan(own.planning(), &ask, Some(watcher)).await;
        let (status, plan, error) = match found {
            Ok(plan) => (Standing::Ready, Some(plan), None),
            Err(error) => (Standing::Failed, None, Some(error.to_string())),
        };
        let progress = if plan.is_some() { 1.0 } else { 0.0 };
        let asked = Asked { status, plan, error, progress, ..asked };
        // Somebody may have called it off meanwhile.
        let kept = keep(&own, &caller, vec![record(caller.account, &asked, Some(before))]).await;
        if let Err(fault) = kept {
            tracing::error!(plan = asked.id, %fault, "a plan could not be kept");
        }
        own.planning().desk.running.lock().remove(&id);
    });
    running.insert(id, Running { progress, task: task.abort_handle() });
}

async fn read(hub: &Hub, account: AccountId, id: &str) -> Result<Option<(Asked, String)>, Fault> {
    let Ok(id) = Uuid::try_parse(id) else { return Ok(None) };
    let text = hub.record(account.into(), NAMESPACE, &id.to_string()).await?;
    Ok(text.and_then(|text| Some((serde_json::from_str(&text).ok()?, text))))
}

/// How a plan stands.
///
/// # Errors
/// When we fail.
pub async fn find(hub: &Hub, caller: &Caller, id: &str) -> Result<Option<Asked>, Fault> {
    let Some((mut asked, _)) = read(hub, caller.account, id).await? else { return Ok(None) };
    if asked.status == Standing::Searching {
        let running = hub.planning().desk.running.lock();
        let here = Uuid::try_parse(&asked.id).ok().and_then(|id| running.get(&id));
        match here {
            Some(running) => asked.progress = *running.progress.lock(),
            None if asked.ready_by.as_second() + LOST_S < hub.now().as_second() => {
                asked.status = Standing::Failed;
                asked.error = Some("the hub that searched for it is gone; ask again".to_owned());
            }
            None => {}
        }
    }
    Ok(Some(asked))
}

/// Makes a plan's routes: once, however often it is asked.
///
/// # Errors
/// When it is not ready, orders moved on meanwhile, or we fail.
pub async fn make(hub: &Hub, caller: &Caller, id: &str) -> Result<Option<Asked>, NativeError> {
    let Some((asked, text)) = read(hub, caller.account, id).await? else { return Ok(None) };
    let Some(plan) = asked.plan.as_ref().filter(|_| asked.status == Standing::Ready) else {
        if asked.status == Standing::Accepted {
            return Ok(Some(asked));
        }
        return Err(NativeError::NotReady(match asked.status {
            Standing::Searching => "the plan is still searched for; wait until its status is ready",
            Standing::Failed => "the search failed; there is no plan",
            _ => "the plan was called off",
        }));
    };
    let after = |made: &[Made]| Asked { status: Standing::Accepted, made: made.to_vec(), ..asked.clone() };
    let expected = Some(Some(text));
    let made = accept(hub, caller, plan, |made| Some(record(caller.account, &after(made), expected.clone()))).await;
    match made {
        Ok(made) => Ok(Some(after(&made))),
        Err(error) => match read(hub, caller.account, id).await? {
            // Somebody else asked at the same time.
            Some((asked, _)) if asked.status == Standing::Accepted => Ok(Some(asked)),
            _ => Err(error),
        },
    }
}

/// Calls a search off; a plan that is there is forgotten.
///
/// # Errors
/// When we fail.
pub async fn cancel(hub: &Hub, caller: &Caller, id: &str) -> Result<Option<Asked>, Fault> {
    let Some((asked, _)) = read(hub, caller.account, id).await? else { return Ok(None) };
    let asked = Asked { status: Standing::Canceled, plan: None, ..asked };
    keep(hub, caller, vec![record(caller.account, &asked, None)]).await?;
    let running = Uuid::try_parse(&asked.id).ok().and_then(|id| hub.planning().desk.running.lock().remove(&id));
    if let Some(running) = running {
        running.task.abort();
    }
    Ok(Some(asked))
}
