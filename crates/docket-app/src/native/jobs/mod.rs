//! Jobs through the native API: claimed by producers outside the hub, worked on with the claim, looked at by anybody.

mod view;

use super::items::{self, item_of};
use super::members::Members;
use super::put::Upload;
use super::{NativeError, invalid, target_of};
use crate::hub::Hub;
use crate::jobs::desk::{ClaimError, Claimed, Keyed, Wanted, claim_within};
use crate::jobs::product::{self, BUILT_IN};
use crate::jobs::work::{Made, Progress, Retry, Told, WorkError, Worker};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ledger::{Ledger, Target};
use docket_core::order::{Attachment, ItemKind, Rejection};
use docket_store::record::whole_document;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use std::time::Duration;
pub use view::{Listed, is_state, list, result, show, states};
use view::{attempts, view};

/// The lease of who names none.
const LEASE_S: i64 = 60;
/// The longest lease.
const LEASE_LIMIT_S: i64 = 3_600;
/// The longest wait that can be asked for; how long it is, the server decides.
pub const WAIT_LIMIT_S: i64 = 60;
/// The most jobs of one claim.
const CLAIM_LIMIT: i64 = 100;
/// The most steps.
const STEPS_LIMIT: i64 = 1_000_000_000;
/// The longest pause before another attempt.
const RETRY_LIMIT_S: i64 = 7 * 86_400;
/// The longest message or reason.
const TEXT_LIMIT: usize = 4_096;
/// The longest name or claim.
const SHORT_LIMIT: usize = 255;

/// What a producer can say about a job, apart from finishing it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// I am still there.
    Heartbeat,
    /// So many steps are done.
    Progress,
    /// The user must choose.
    Ask,
    /// It cannot be done, or not now.
    Fail,
    /// Somebody else may do it.
    Release,
}

impl Verb {
    /// From the last segment of a path.
    pub fn from_word(word: &str) -> Option<Verb> {
        Some(match word {
            "heartbeat" => Verb::Heartbeat,
            "progress" => Verb::Progress,
            "ask" => Verb::Ask,
            "fail" => Verb::Fail,
            "release" => Verb::Release,
            _ => return None,
        })
    }
}

impl From<ClaimError> for NativeError {
    fn from(error: ClaimError) -> NativeError {
        match error {
            ClaimError::KeyReused => NativeError::KeyReused,
            ClaimError::Fault(fault) => NativeError::Fault(fault),
        }
    }
}

impl From<WorkError> for NativeError {
    fn from(error: WorkError) -> NativeError {
        match error {
            WorkError::NotFound => NativeError::Rejected(Rejection::NotFound),
            WorkError::Lost(why) => NativeError::ClaimLost(why),
            WorkError::Ended(what) => NativeError::Rejected(Rejection::Taken { key: what, by: None }),
            WorkError::Rejected(rejection) => NativeError::Rejected(rejection),
            WorkError::Fault(fault) => NativeError::Fault(fault),
        }
    }
}

fn members_of(body: &[u8]) -> Result<Members, NativeError> {
    let json = match body.is_empty() {
        true => Json::Object(Map::new()),
        false => serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?,
    };
    Members::of("", json)
}

/// `POST /v1/jobs/claim`. Waits no longer than `most`, and gives nothing out once whoever asked has `left`.
pub async fn claim(
    hub: &Hub,
    caller: &Caller,
    body: &[u8],
    key: Option<&str>,
    most: Duration,
    left: impl Future<Output = ()>,
) -> Result<Json, NativeError> {
    let mut members = members_of(body)?;
    let producer = members.said("producer")?;
    let slugs = members.texts("products")?;
    let lease_s = members.whole("lease_s", 1, LEASE_LIMIT_S)?.unwrap_or(LEASE_S);
    let wait_s = members.whole("wait_s", 0, WAIT_LIMIT_S)?.unwrap_or_default();
    let limit = members.whole("limit", 1, CLAIM_LIMIT)?.unwrap_or(1);
    members.end("a claim")?;
    product::check_word(&producer).map_err(|reason| invalid("/producer", reason))?;
    if producer == BUILT_IN {
        return Err(invalid("/producer", "is the hub's own; name another for the product first"));
    }
    let wanted = Wanted {
        services: wanted_services(hub, caller, &producer, &slugs).await?,
        producer,
        lease_ms: lease_s * 1000,
        limit: usize::try_from(limit).unwrap_or(1),
        keyed: key.map(|key| Keyed { key: key.to_owned(), body: body.to_vec() }),
    };
    let wait = Duration::from_secs(u64::try_from(wait_s).unwrap_or_default()).min(most);
    let claimed = claim_within(hub, caller, &wanted, wait, left).await?;
    let now = hub.now();
    let jobs: Vec<Json> = claimed.iter().map(|claimed| given(hub, claimed, now)).collect();
    Ok(json!({ "jobs": jobs }))
}

/// The products a producer wants: those named, each of them its own, or all it makes.
async fn wanted_services(
    hub: &Hub,
    caller: &Caller,
    producer: &str,
    slugs: &[String],
) -> Result<Vec<String>, NativeError> {
    let catalogue = hub.catalogue(caller.account).await?;
    if slugs.is_empty() {
        return Ok(product::made_by(&catalogue, producer));
    }
    let mut services = Vec::with_capacity(slugs.len());
    for (index, slug) in slugs.iter().enumerate() {
        let found = product::all(&catalogue).into_iter().find(|known| known.slug == *slug);
        let found = found.filter(|known| product::producer_of(known) == producer);
        let none = || invalid(format!("/products/{index}"), format!("{producer} makes no product \"{slug}\""));
        services.push(found.ok_or_else(none)?.id.to_string());
    }
    Ok(services)
}

fn given(hub: &Hub, claimed: &Claimed, now: Timestamp) -> Json {
    let mut shown = view(hub, &claimed.order, &claimed.ticket, Some(&claimed.product), now);
    shown.insert("claim".to_owned(), json!(claimed.claim));
    shown.insert("order".to_owned(), serde_json::from_str(&whole_document(&claimed.order)).unwrap_or_default());
    Json::Object(shown)
}

/// Who has a claim, from the header or the member of that name.
fn claimed(header: Option<&str>, members: &mut Members) -> Result<String, NativeError> {
    let member = members.short("claim", SHORT_LIMIT)?;
    match member.or_else(|| header.map(str::to_owned)) {
        Some(claim) => Ok(claim),
        None => Err(invalid("/claim", "is missing; it came with the job")),
    }
}

fn job_target(job: &str) -> Result<Target, NativeError> {
    target_of(job).ok_or(NativeError::Rejected(Rejection::NotFound))
}

/// A job as it is shown, and whether the same had been said before.
pub type Answered = (Json, bool);

/// `POST /v1/jobs/{id}/heartbeat`, `…/progress`, `…/ask`, `…/fail`, `…/release`
pub async fn say(
    hub: &Hub,
    caller: &Caller,
    (job, verb): (&str, Verb),
    header: Option<&str>,
    body: &[u8],
) -> Result<Answered, NativeError> {
    let mut members = members_of(body)?;
    let claim = claimed(header, &mut members)?;
    let target = job_target(job)?;
    let worker = Worker { hub, caller, claim: &claim };
    let told = match verb {
        Verb::Heartbeat => {
            members.end("a heartbeat")?;
            worker.heartbeat(&target).await?
        }
        Verb::Progress => worker.progress(&target, &progress_of(members)?).await?,
        Verb::Ask => ask(worker, &target, members).await?,
        Verb::Fail => {
            let reason = members.said("reason")?;
            if reason.len() > TEXT_LIMIT {
                return Err(invalid("/reason", format!("must be at most {TEXT_LIMIT} bytes long")));
            }
            let after_s = members.whole("retry_after_s", 0, RETRY_LIMIT_S)?;
            let retry = match (members.flag("retry")?.unwrap_or(after_s.is_some()), after_s) {
                (false, _) => Retry::No,
                (true, None) => Retry::Later,
                (true, Some(after_s)) => Retry::After(after_s * 1000),
            };
            members.end("a failure")?;
            worker.fail(&target, &reason, retry).await?
        }
        Verb::Release => {
            members.end("a release")?;
            worker.release(&target).await?
        }
    };
    answered(hub, caller, told).await
}

fn progress_of(mut members: Members) -> Result<Progress, NativeError> {
    let current = members.whole("current", 0, STEPS_LIMIT)?;
    let total = members.whole("total", 1, STEPS_LIMIT)?;
    let message = members.short("message", TEXT_LIMIT)?;
    members.end("progress")?;
    let current = current.ok_or_else(|| invalid("/current", "is missing: steps done"))?;
    let total = total.ok_or_else(|| invalid("/total", "is missing: steps in all"))?;
    match current <= total {
        true => Ok(Progress { current, total, message }),
        false => Err(invalid("/current", "is more than the total")),
    }
}

/// A question: as the items of an order are given. Without an id, its words are its id; choices that are texts are
/// numbered from 1.
async fn ask(worker: Worker<'_>, target: &Target, mut members: Members) -> Result<Told, NativeError> {
    let give_back = members.flag("release")?.unwrap_or_default();
    let mut json = members.rest();
    if let Some(choices) = json.get_mut("choices").and_then(Json::as_array_mut) {
        let keyed = |(place, choice): (usize, &mut Json)| {
            if let Json::String(label) = choice {
                *choice = json!({"key": (place + 1).to_string(), "label": label});
            }
        };
        choices.iter_mut().enumerate().for_each(keyed);
    }
    let mut item = item_of(ItemKind::Question, "", json, worker.hub.now())?.item;
    if item.id.is_empty() {
        let body = serde_json::to_string(&item.body).unwrap_or_default();
        let digest = hex::encode(Sha256::digest(body.as_bytes()));
        item.id = format!("ask-{}", digest.get(..16).unwrap_or_default());
    }
    if item.author.is_empty() {
        item.author.clone_from(&worker.caller.label);
    }
    Ok(worker.ask(target, &item, give_back).await?)
}

/// `POST /v1/jobs/{id}/finish`, `PUT /v1/jobs/{id}/result`. The file comes beside the body, or in it as `content`.
pub async fn finish(
    hub: &Hub,
    caller: &Caller,
    job: &str,
    header: Option<&str>,
    body: &[u8],
    upload: Option<Upload>,
) -> Result<Answered, NativeError> {
    let mut members = members_of(body)?;
    let claim = claimed(header, &mut members)?;
    let name = members.short("name", SHORT_LIMIT)?;
    let media_type = members.short("media_type", SHORT_LIMIT)?;
    let content = match members.text("content")? {
        None => None,
        Some(text) => Some(STANDARD.decode(text).map_err(|_| invalid("/content", "must be a file in base64"))?),
    };
    members.end("what finishes a job")?;
    let upload = match (upload, content) {
        (Some(_), Some(_)) => return Err(invalid("/content", "comes twice: here and as the file")),
        (Some(upload), None) => upload,
        (None, Some(content)) => Upload { bytes: content.into(), name: None, media_type: None },
        (None, None) => return Err(invalid("/content", "is missing; send the file beside it, or here in base64")),
    };
    if upload.bytes.is_empty() {
        return Err(invalid("/content", "is an empty file"));
    }
    let name = name.or(upload.name).unwrap_or_default();
    let mut file = Attachment {
        name: name.clone(),
        media_type: media_type.or(upload.media_type).unwrap_or_default(),
        ..Attachment::default()
    };
    items::fill(&mut file, &upload.bytes, None);
    // Who gives no name leaves it to each face to find one in its vendor's manner.
    let name = if name.trim().is_empty() { String::new() } else { file.name };
    let made = Made { blob: file.blob, name, media_type: file.media_type };
    let (target, worker) = (job_target(job)?, Worker { hub, caller, claim: &claim });
    if worker.holds(&target).await? {
        Ledger::keep_blob(hub, upload.bytes).await?;
    }
    answered(hub, caller, worker.finish(&target, &made).await?).await
}

async fn answered(hub: &Hub, caller: &Caller, told: Told) -> Result<Answered, NativeError> {
    let catalogue = hub.catalogue(caller.account).await?;
    let product = product::of_order(&told.order, &catalogue);
    let mut shown = view(hub, &told.order, &told.ticket, product, hub.now());
    shown.insert("attempts".to_owned(), attempts(&told.ticket));
    Ok((Json::Object(shown), told.again))
}
