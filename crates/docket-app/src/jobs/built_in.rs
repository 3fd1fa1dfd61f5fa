//! The hub's own producer: makes reports of a place, step by step, and hands over files that are there already.
//!
//! A job whose address may mean several places waits for the user: the question is one of its items, and it goes on
//! when that is answered, through whatever face.

use super::desk::{ClaimError, Claimed, Wanted, claim, pause_until};
use super::product::{self, BUILT_IN};
use super::work::{Made, Progress, Retry, WorkError, Worker};
use crate::hub::{Hub, fault};
use crate::producer::follow::{self, Standing};
use crate::producer::{self, ReportInput};
use docket_core::catalogue::{Service, Site, site_of};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, SiteId};
use docket_core::ledger::{Fault, Ledger, Target};
use docket_core::order::{Order, State};
use docket_dialects::planviewer::document::{self, SOURCE_DOCUMENT};
use docket_dialects::planviewer::place;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// How many documents are made at once.
const AT_ONCE: usize = 4;
/// How long each sign of life lasts.
const LEASE_MS: i64 = 60_000;
/// How often there is one while a document is rendered.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// The most orders a report shows.
const REPORT_ORDERS: usize = producer::ORDERS_LIMIT;

/// Why a job was left.
enum Left {
    /// The hub stops: somebody else goes on.
    Stopping,
    /// The user was asked.
    Asked,
    /// The order it is about is still worked on.
    Followed,
    /// It is no longer ours.
    Lost(String),
    /// We failed; it is tried again.
    Fault(Fault),
    /// It cannot be done.
    Hopeless(String),
}

impl From<Fault> for Left {
    fn from(fault: Fault) -> Left {
        Left::Fault(fault)
    }
}

impl From<WorkError> for Left {
    fn from(error: WorkError) -> Left {
        match error {
            WorkError::Lost(why) | WorkError::Ended(why) => Left::Lost(why),
            WorkError::NotFound => Left::Lost("the order is gone".to_owned()),
            WorkError::Rejected(rejection) => Left::Hopeless(rejection.to_string()),
            WorkError::Fault(fault) => Left::Fault(fault),
        }
    }
}

/// Makes documents until the hub stops.
pub(super) async fn run(hub: Arc<Hub>, step: Duration) {
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut bell = hub.job_bell();
    while !hub.is_stopping() {
        let Ok(slot) = Arc::clone(&slots).acquire_owned().await else { return };
        bell.mark_unchanged();
        let (mut found, mut soonest) = (None, None);
        for account in hub.accounts() {
            match next(&hub, account).await {
                Ok((claimed, free_at)) => {
                    soonest = [soonest, free_at].into_iter().flatten().min();
                    found = claimed.map(|claimed| (account, claimed));
                }
                Err(fault) => tracing::warn!(%fault, %account, "open jobs could not be looked through"),
            }
            if found.is_some() {
                break;
            }
        }
        let Some((account, claimed)) = found else {
            drop(slot);
            tokio::select! {
                _ = bell.changed() => {}
                going_on = hub.rest(pause_until(&hub, soonest)) => if !going_on { return },
            }
            continue;
        };
        let hub = Arc::clone(&hub);
        tokio::spawn(async move {
            // A fault was logged, and the lease sees to it that the job is tried again.
            let _ = attend(&hub, account, claimed, step).await;
            drop(slot);
        });
    }
}

/// Makes every document that is owed now, one after the other and without pauses.
pub async fn make_open(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    while let (Some(claimed), _) = next(hub, account).await? {
        attend(hub, account, claimed, Duration::ZERO).await?;
    }
    Ok(())
}

async fn next(hub: &Hub, account: AccountId) -> Result<(Option<Claimed>, Option<docket_core::Timestamp>), Fault> {
    let catalogue = hub.catalogue(account).await?;
    let wanted = Wanted {
        producer: BUILT_IN.to_owned(),
        services: product::made_by(&catalogue, BUILT_IN),
        lease_ms: LEASE_MS,
        limit: 1,
        keyed: None,
    };
    match claim(hub, &Caller::hub(account), &wanted).await {
        Ok((mut claimed, soonest)) => Ok((claimed.pop(), soonest)),
        Err(ClaimError::Fault(fault)) => Err(fault),
        Err(ClaimError::KeyReused) => Ok((None, None)),
    }
}

/// Makes one document, and says what became of it.
async fn attend(hub: &Hub, account: AccountId, claimed: Claimed, step: Duration) -> Result<(), Fault> {
    let caller = Caller::hub(account);
    let serial = claimed.order.serial;
    let bench =
        Bench { worker: Worker { hub, caller: &caller, claim: &claimed.claim }, job: Target::Serial(serial), step };
    let told = match bench.make(claimed.order, &claimed.product).await {
        Ok(()) => {
            tracing::info!(%serial, "document made");
            return Ok(());
        }
        Err(Left::Asked) => {
            tracing::info!(%serial, "a document waits for an answer");
            return Ok(());
        }
        Err(Left::Followed) => {
            tracing::debug!(%serial, "a document waits for the work to be done");
            return Ok(());
        }
        Err(Left::Lost(why)) => {
            tracing::info!(%serial, %why, "a document was left");
            return Ok(());
        }
        Err(Left::Stopping) => bench.worker.release(&bench.job).await,
        Err(Left::Fault(fault)) => {
            tracing::warn!(%serial, %fault, "a document was left; it is tried again");
            bench.worker.fail(&bench.job, &fault.to_string(), Retry::Later).await
        }
        Err(Left::Hopeless(reason)) => {
            tracing::warn!(%serial, %reason, "a document could not be made");
            bench.worker.fail(&bench.job, &reason, Retry::No).await
        }
    };
    match told {
        Err(WorkError::Fault(fault)) => {
            tracing::warn!(%serial, %fault, "what became of a document could not be noted");
            Err(fault)
        }
        _ => Ok(()),
    }
}

/// Where one document is made.
struct Bench<'a> {
    worker: Worker<'a>,
    job: Target,
    step: Duration,
}

impl Bench<'_> {
    async fn make(&self, job: Arc<Order>, product: &Service) -> Result<(), Left> {
        let Worker { hub, caller, .. } = self.worker;
        if product.slug == SOURCE_DOCUMENT {
            return self.hand_over(&job).await;
        }
        if follow::follows(product) {
            return self.report_order(job, product).await;
        }
        let total = i64::try_from(producer::STEPS.len()).unwrap_or(1);
        self.show(0, total).await?;
        let sites = self.sites(&job).await?;
        let orders = orders_at(hub, caller, &job, &sites).await?;
        let site = chosen_site(hub, caller, &job, &sites).await?;
        let mut input = producer::gather(hub, caller, job, product, orders, hub.now()).await?;
        input.site = site.unwrap_or(input.site);
        for step in 1..total {
            self.pause().await?;
            self.show(step, total).await?;
        }
        self.deliver(input, (total - 1, total)).await
    }

    /// A report of one order. While that is worked on its tasks are the steps, and the job waits for it to change.
    async fn report_order(&self, job: Arc<Order>, product: &Service) -> Result<(), Left> {
        let Worker { hub, caller, .. } = self.worker;
        match follow::look(hub, caller, &job, product, hub.now()).await? {
            Standing::Nothing(reason) => Err(Left::Hopeless(reason)),
            Standing::Working(order) => {
                let (current, total) = follow::tasks_done(&order);
                let progress = Progress { current, total, message: Some("the order is worked on".to_owned()) };
                self.worker.follow(&self.job, &order, &progress).await?;
                Err(Left::Followed)
            }
            Standing::Done(order) => {
                // Its tasks are the steps still, also for who orders the report only now.
                let (current, total) = follow::tasks_done(&order);
                self.worker.progress(&self.job, &Progress { current, total, message: None }).await?;
                let input = producer::gather(hub, caller, job, product, vec![order], hub.now()).await?;
                self.deliver(input, (current, total)).await
            }
        }
    }

    /// Renders and hands over what is so far.
    async fn deliver(&self, input: ReportInput, (current, total): (i64, i64)) -> Result<(), Left> {
        let rendered = self
            .alive(tokio::task::spawn_blocking(move || producer::render(&input)))
            .await?
            .map_err(|error| Left::Hopeless(format!("the producer broke down: {error}")))?
            .map_err(|error| Left::Hopeless(error.to_string()))?;
        if !rendered.missing.is_empty() {
            let message = format!("no font here has {}: that shows as boxes", rendered.missing.join(", "));
            let progress = Progress { current, total, message: Some(message) };
            self.worker.progress(&self.job, &progress).await?;
        }
        let blob = self.worker.hub.keep_blob(rendered.bytes).await?;
        self.pause().await?;
        let made = Made { blob, name: rendered.name, media_type: rendered.media_type };
        Ok(self.worker.finish(&self.job, &made).await.map(drop)?)
    }

    async fn show(&self, current: i64, total: i64) -> Result<(), Left> {
        let message = usize::try_from(current).ok().and_then(|step| producer::STEPS.get(step));
        let message = message.filter(|_| total > 1).map(|&step| step.to_owned());
        let progress = Progress { current, total, message };
        Ok(self.worker.progress(&self.job, &progress).await.map(drop)?)
    }

    /// Waits for what takes long and shows that we are still there.
    async fn alive<T>(&self, work: impl Future<Output = T>) -> Result<T, Left> {
        tokio::pin!(work);
        loop {
            match tokio::time::timeout(SIGN_OF_LIFE, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) => self.worker.heartbeat(&self.job).await.map(drop)?,
            }
        }
    }

    async fn pause(&self) -> Result<(), Left> {
        let hub = self.worker.hub;
        if self.step.is_zero() || hub.rest(self.step).await { Ok(()) } else { Err(Left::Stopping) }
    }

    /// A source document is there already: the job's result is the file itself.
    async fn hand_over(&self, job: &Order) -> Result<(), Left> {
        let Worker { hub, caller, .. } = self.worker;
        self.show(0, 1).await?;
        let document = document::ordered(hub, caller, job).await?;
        let file = document.ok_or_else(|| Left::Hopeless("the document is no longer there".to_owned()))?.file;
        self.pause().await?;
        let made = Made { blob: file.blob, name: file.name, media_type: file.media_type };
        Ok(self.worker.finish(&self.job, &made).await.map(drop)?)
    }

    /// The sites the document is about. Where the address may mean several places and nobody was asked yet, the user
    /// is, and the job waits.
    async fn sites(&self, job: &Order) -> Result<Vec<SiteId>, Left> {
        let Worker { hub, caller, .. } = self.worker;
        if let Some(sites) = place::chosen(job) {
            return Ok(sites);
        }
        let Some(site) = site_of(caller.account, &job.fields) else { return Ok(Vec::new()) };
        let places = place::places(hub, caller, &site).await?;
        if let [] | [_] = places.as_slice() {
            return Ok(places.into_iter().flat_map(|place| place.sites).collect());
        }
        let question = place::question(&site, &places, hub.now());
        self.worker.ask(&self.job, &question, true).await?;
        Err(Left::Asked)
    }
}

/// The site the document is titled with, if it is not the one the job names.
async fn chosen_site(hub: &Hub, caller: &Caller, job: &Order, sites: &[SiteId]) -> Result<Option<Site>, Left> {
    let own = site_of(caller.account, &job.fields).and_then(|site| site.id);
    match sites.first() {
        Some(&first) if own.is_none_or(|own| !sites.contains(&own)) => Ok(hub.site(caller, first).await?),
        _ => Ok(None),
    }
}

/// The orders a report is about: those at its sites, the job itself left out.
async fn orders_at(hub: &Hub, caller: &Caller, job: &Order, sites: &[SiteId]) -> Result<Vec<Arc<Order>>, Left> {
    let mut orders: Vec<Arc<Order>> = Vec::new();
    for &site in sites {
        let found = hub.store().orders_at(caller.account, site, REPORT_ORDERS + 1).await;
        orders.extend(found.map_err(|error| Left::Fault(fault(error)))?);
    }
    orders.retain(|order| order.serial != job.serial && order.state != State::Deleted);
    if sites.len() > 1 {
        orders.sort_by_key(|order| std::cmp::Reverse(order.serial));
    }
    orders.truncate(REPORT_ORDERS);
    Ok(orders)
}
