//! Jobs: orders for a document. The built-in producer makes it step by step and the order carries the result.
//!
//! A job is found when its order is committed by this process, and by a look through open orders at start and now
//! and then (jobs of a process that died). A lease keeps two processes from making the same document, and [`InHand`]
//! keeps one process from making it twice at once.
//!
//! A job whose address may mean several places waits for the user: the question is one of its items, and it goes on
//! when that is answered, through whatever face. Nobody answers for [`ANSWER_WITHIN`]: the job fails.

use crate::hub::{Hub, Job};
use crate::producer;
use docket_core::catalogue::{Service, ServiceKind, Site, site_of};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial, SiteId};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Request, StateSet, Submission, Target};
use docket_core::order::{Command, Field, Fields, Order, Rejection, State, Transition};
use docket_dialects::planviewer::document::{self, SOURCE_DOCUMENT};
use docket_dialects::planviewer::place;
use jiff::SignedDuration;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many documents are made at once.
const AT_ONCE: usize = 4;
/// How often open orders are looked through.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// How long a lease lasts; renewed with every step.
const LEASE_MS: i64 = 60_000;
/// How long a job waits for an answer.
pub const ANSWER_WITHIN: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The most orders a report shows.
const REPORT_ORDERS: usize = producer::ORDERS_LIMIT;

/// How jobs are done.
#[derive(Clone, Copy, Debug)]
pub struct JobOptions {
    /// The pause before each step, so that progress can be watched.
    pub step: Duration,
}

/// Why a job was left.
enum Left {
    /// It is somebody else's, or no longer to be done.
    NotOurs,
    /// The user was asked.
    Asked,
    /// We failed; it is tried again at the next look.
    Fault(Fault),
    /// It cannot be done.
    Hopeless(String),
}

impl From<Fault> for Left {
    fn from(fault: Fault) -> Left {
        Left::Fault(fault)
    }
}

/// The jobs this process is at, and whether there was news of one meanwhile.
#[derive(Default)]
struct InHand(Mutex<FxHashMap<Job, bool>>);

impl InHand {
    /// Takes a job; `false` when it is in hand already, and then its news is looked at in the end.
    fn take(&self, job: Job) -> bool {
        let mut jobs = self.0.lock();
        let is_new = !jobs.contains_key(&job);
        jobs.insert(job, !is_new);
        is_new
    }

    /// Puts a job down; `false` when there was news of it, and then it is still in hand.
    fn put_down(&self, job: Job) -> bool {
        let mut jobs = self.0.lock();
        match jobs.get_mut(&job) {
            Some(news) if *news => {
                *news = false;
                false
            }
            _ => {
                jobs.remove(&job);
                true
            }
        }
    }
}

/// What every job draws on.
struct Workshop {
    hub: Arc<Hub>,
    options: JobOptions,
    slots: Semaphore,
    in_hand: InHand,
}

/// Makes documents until the hub stops.
pub async fn run(hub: Arc<Hub>, options: JobOptions) {
    let slots = Semaphore::new(AT_ONCE);
    let workshop = Arc::new(Workshop { hub: Arc::clone(&hub), options, slots, in_hand: InHand::default() });
    let mut commits = hub.follow_documents();
    loop {
        for account in hub.accounts() {
            match open_jobs(&hub, account).await {
                Ok(jobs) => jobs.into_iter().for_each(|job| begin(&workshop, (account, job))),
                Err(fault) => tracing::warn!(%fault, "open jobs could not be looked through"),
            }
            if let Err(fault) = give_up_unanswered(&hub, account).await {
                tracing::warn!(%fault, "waiting jobs could not be looked through");
            }
        }
        let look_again = tokio::time::sleep(LOOK_EVERY);
        tokio::pin!(look_again);
        loop {
            tokio::select! {
                () = &mut look_again => break,
                Some(job) = commits.recv() => begin(&workshop, job),
                going_on = hub.rest(LOOK_EVERY) => if !going_on { return },
            }
        }
    }
}

/// Makes every document that is owed now, one after the other and without pauses.
pub async fn make_open(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let caller = Caller::hub(account);
    for serial in open_jobs(hub, account).await? {
        match make(hub, &caller, JobOptions { step: Duration::ZERO }, serial).await {
            Ok(()) | Err(Left::NotOurs | Left::Asked) => {}
            Err(Left::Fault(fault)) => return Err(fault),
            Err(Left::Hopeless(reason)) => give_up(hub, &caller, serial, reason).await,
        }
    }
    Ok(())
}

/// States in which a producer has something to do.
fn to_do() -> StateSet {
    StateSet::of([State::Received, State::Assigned, State::Accepted, State::Started])
}

async fn open_jobs(hub: &Hub, account: AccountId) -> Result<Vec<Serial>, Fault> {
    Ok(jobs_in(hub, account, to_do()).await?.iter().map(|order| order.serial).collect())
}

/// Gives up the jobs whose question was open for too long.
pub async fn give_up_unanswered(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let asked_until = hub.now().checked_sub(ANSWER_WITHIN).unwrap_or(jiff::Timestamp::MIN);
    let is_stale = move |order: &Order| {
        order.state == State::Waiting && order.state_since <= asked_until && order.open_question().is_some()
    };
    let caller = Caller::hub(account);
    for job in jobs_in(hub, account, StateSet::of([State::Waiting])).await? {
        if !is_stale(&job) {
            continue;
        }
        let request = Request::change(Target::Serial(job.serial), move |order| match is_stale(order) {
            true => Ok(Command::default()
                .with(Field::Outcome, "nobody answered the question within seven days")
                .moving(Transition::Fail)),
            false => Err(Rejection::Withdrawn),
        });
        hub.submit(&caller, Submission::one(request)).await?;
    }
    Ok(())
}

/// The document orders in some states.
async fn jobs_in(hub: &Hub, account: AccountId, states: StateSet) -> Result<Vec<Arc<Order>>, Fault> {
    let catalogue = hub.catalogue(account).await?;
    let documents: Vec<String> =
        catalogue.iter().filter(|service| is_ours(service)).map(|service| service.id.to_string()).collect();
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let caller = Caller::hub(account);
    let mut jobs = Vec::new();
    let mut after = None;
    loop {
        let services = Some(documents.clone());
        let page = hub.orders(&caller, OrderQuery { states, services, after, ..OrderQuery::default() }).await?;
        jobs.extend(page.orders);
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(jobs),
        }
    }
}

/// Whether the built-in producer makes it: a document that names no other.
fn is_ours(service: &Service) -> bool {
    let producer = |data: &str| {
        let data: serde_json::Value = serde_json::from_str(data).ok()?;
        data.get("producer")?.as_str().map(str::to_owned)
    };
    let named = service.data.as_deref().and_then(producer);
    service.kind == ServiceKind::Document && named.is_none_or(|name| name == "built-in")
}

fn begin(workshop: &Arc<Workshop>, job: Job) {
    if !workshop.in_hand.take(job) {
        return;
    }
    let workshop = Arc::clone(workshop);
    tokio::spawn(async move {
        let Ok(_slot) = workshop.slots.acquire().await else { return };
        while !workshop.hub.is_stopping() {
            attempt(&workshop, job).await;
            if workshop.in_hand.put_down(job) {
                return;
            }
        }
    });
}

async fn attempt(workshop: &Workshop, (account, serial): Job) {
    let (hub, caller) = (&workshop.hub, Caller::hub(account));
    match make(hub, &caller, workshop.options, serial).await {
        Ok(()) => tracing::info!(%serial, "document made"),
        Err(Left::Asked) => tracing::info!(%serial, "a document waits for an answer"),
        Err(Left::NotOurs) => {}
        Err(Left::Fault(fault)) => tracing::warn!(%serial, %fault, "a document was left; it is tried again later"),
        Err(Left::Hopeless(reason)) => give_up(hub, &caller, serial, reason).await,
    }
}

async fn give_up(hub: &Hub, caller: &Caller, serial: Serial, reason: String) {
    tracing::warn!(%serial, %reason, "a document could not be made");
    let command = move || Command::default().with(Field::Outcome, reason.clone()).moving(Transition::Fail);
    if let Err(Left::Fault(fault)) = tell(hub, caller, serial, command).await {
        tracing::warn!(%serial, %fault, "that a document could not be made could not be noted");
    }
}

async fn make(hub: &Hub, caller: &Caller, options: JobOptions, serial: Serial) -> Result<(), Left> {
    hold(hub, serial).await?;
    let job = hub.order(caller, Target::Serial(serial)).await?.ok_or(Left::NotOurs)?;
    if !to_do().contains(job.state) {
        return Err(Left::NotOurs);
    }
    let catalogue = hub.catalogue(caller.account).await?;
    let product = catalogue.iter().find(|service| {
        is_ours(service) && job.fields.service.as_deref().is_some_and(|id| id == service.id.to_string())
    });
    let product = product.cloned().ok_or(Left::NotOurs)?;
    if product.slug == SOURCE_DOCUMENT {
        return hand_over(hub, caller, options, &job).await;
    }
    let total = i64::try_from(producer::STEPS.len()).unwrap_or(1);
    start(hub, caller, serial, total).await?;
    let sites = sites_of(hub, caller, &job).await?;
    let orders = orders_at(hub, caller, &job, &sites).await?;
    let site = chosen_site(hub, caller, &job, &sites).await?;
    let mut input = producer::gather(hub, caller, job, &product, orders, hub.now()).await?;
    input.site = site.unwrap_or(input.site);
    for step in 1..total {
        pause(hub, options).await?;
        hold(hub, serial).await?;
        tell(hub, caller, serial, move || Command::default().with(Field::ProgressCurrent, step)).await?;
    }
    let rendered = tokio::task::spawn_blocking(move || producer::render(&input))
        .await
        .map_err(|error| Left::Hopeless(format!("the producer broke down: {error}")))?
        .map_err(|error| Left::Hopeless(error.to_string()))?;
    let blob = hub.keep_blob(rendered.bytes).await?;
    pause(hub, options).await?;
    tell(hub, caller, serial, move || {
        let fields = Fields {
            progress_current: Some(total),
            result_blob: Some(blob.clone()),
            result_name: Some(rendered.name.clone()),
            result_type: Some(rendered.media_type.clone()),
            ..Fields::default()
        };
        Command::default().with_fields(&fields).moving(Transition::Complete)
    })
    .await
}

async fn start(hub: &Hub, caller: &Caller, serial: Serial, total: i64) -> Result<(), Left> {
    tell(hub, caller, serial, move || {
        let fields = Fields { progress_current: Some(0), progress_total: Some(total), ..Fields::default() };
        Command::default().with_fields(&fields).moving(Transition::Start)
    })
    .await
}

/// A source document is there already: the job's result is the file itself.
async fn hand_over(hub: &Hub, caller: &Caller, options: JobOptions, job: &Order) -> Result<(), Left> {
    start(hub, caller, job.serial, 1).await?;
    let document = document::ordered(hub, caller, job).await?;
    let file = document.ok_or_else(|| Left::Hopeless("the document is no longer there".to_owned()))?.file;
    pause(hub, options).await?;
    tell(hub, caller, job.serial, move || {
        let said = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let fields = Fields {
            progress_current: Some(1),
            result_blob: Some(file.blob.clone()),
            result_name: said(&file.name),
            result_type: said(&file.media_type),
            ..Fields::default()
        };
        Command::default().with_fields(&fields).moving(Transition::Complete)
    })
    .await
}

/// The sites the document is about. Where the address may mean several places and nobody was asked yet, the user is,
/// and the job waits.
async fn sites_of(hub: &Hub, caller: &Caller, job: &Order) -> Result<Vec<SiteId>, Left> {
    if let Some(sites) = place::chosen(job) {
        return Ok(sites);
    }
    let Some(site) = site_of(caller.account, &job.fields) else { return Ok(Vec::new()) };
    let places = place::places(hub, caller, &site).await?;
    if let [] | [_] = places.as_slice() {
        return Ok(places.into_iter().flat_map(|place| place.sites).collect());
    }
    let question = place::question(&site, &places, hub.now());
    tell(hub, caller, job.serial, move || {
        Command { put: vec![question.clone()], ..Command::default() }.moving(Transition::Ask)
    })
    .await?;
    Err(Left::Asked)
}

/// The site the document is titled with, if it is not the one the job names.
async fn chosen_site(hub: &Hub, caller: &Caller, job: &Order, sites: &[SiteId]) -> Result<Option<Site>, Left> {
    let own = site_of(caller.account, &job.fields).and_then(|site| site.id);
    match sites.first() {
        Some(&first) if own.is_none_or(|own| !sites.contains(&own)) => Ok(hub.site(caller, first).await?),
        _ => Ok(None),
    }
}

async fn pause(hub: &Hub, options: JobOptions) -> Result<(), Left> {
    // A job that is interrupted is found again at the next start.
    if options.step.is_zero() || hub.rest(options.step).await { Ok(()) } else { Err(Left::NotOurs) }
}

async fn hold(hub: &Hub, serial: Serial) -> Result<(), Left> {
    let name = format!("job/{serial}");
    match hub.store().lease(&name, hub.holder(), hub.now(), LEASE_MS).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(Left::NotOurs),
        Err(error) => Err(Left::Fault(crate::hub::fault(error))),
    }
}

/// The orders a report is about: those at its sites, the job itself left out.
async fn orders_at(hub: &Hub, caller: &Caller, job: &Order, sites: &[SiteId]) -> Result<Vec<Arc<Order>>, Left> {
    let mut orders: Vec<Arc<Order>> = Vec::new();
    for &site in sites {
        let found = hub.store().orders_at(caller.account, site, REPORT_ORDERS + 1).await;
        orders.extend(found.map_err(|error| Left::Fault(crate::hub::fault(error)))?);
    }
    orders.retain(|order| order.serial != job.serial && order.state != State::Deleted);
    if sites.len() > 1 {
        orders.sort_by_key(|order| std::cmp::Reverse(order.serial));
    }
    orders.truncate(REPORT_ORDERS);
    Ok(orders)
}

/// Writes to the job, unless somebody ended it meanwhile.
async fn tell(
    hub: &Hub,
    caller: &Caller,
    serial: Serial,
    command: impl Fn() -> Command + Send + Sync + 'static,
) -> Result<(), Left> {
    let request = Request::change(Target::Serial(serial), move |order: &Order| match to_do().contains(order.state) {
        true => Ok(command()),
        false => Err(Rejection::Withdrawn),
    });
    match hub.submit(caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(_)) => Ok(()),
        _ => Err(Left::NotOurs),
    }
}
