//! The hub: the ledger over the store.

mod catalogue;
mod documents;
mod in_flight;
mod ledger;
mod names;
mod readings;
mod reports;
mod serials;
mod stripes;
mod submit;
#[cfg(test)]
mod tests;
mod units;

use crate::board::Indexing;
use crate::calls::Calls;
use crate::clock::Clock;
use crate::directory::DirectoryIndex;
use crate::exchange::ExchangeLog;
use crate::files::Signer;
use crate::notify::NotifyOptions;
use crate::outside::{Outside, OutsideOptions};
use crate::plan::{PlanOptions, Planning};
use crate::relay::{Relay, RelayOptions};
use crate::stream::Streams;
use crate::trace::Traces;
use crate::track::Tracking;
use crate::users::{UserOptions, Users};
use crate::webhooks::Webhooks;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Scope};
use docket_core::ids::{AccountId, ExchangeId, Sequence, Uuid};
use docket_core::ledger::Fault;
use docket_dialects::HubMemory;
use docket_store::{Store, StoreError, StoreOptions, Visibility};
use parking_lot::RwLock;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, watch};

pub use readings::{Following, Taken};
pub use units::{Tracker, UnitNames};

/// How often changes of the directory by other processes are looked for.
const DIRECTORY_POLL: Duration = Duration::from_millis(300);
/// How often moved units are written down.
const POSITIONS_EVERY: Duration = Duration::from_secs(2);
/// How often is written down who called.
const CALLS_EVERY: Duration = Duration::from_mins(1);
/// How often reports that are no longer kept are forgotten.
const FORGET_EVERY: Duration = Duration::from_hours(1);

/// How a hub is opened.
pub struct HubOptions {
    /// Where everything is kept.
    pub store: StoreOptions,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// How many bytes of a body the wire log keeps.
    pub exchange_body_limit: usize,
    /// How long what units said is kept; `None` is for ever.
    pub track_kept: Option<Duration>,
    /// How addresses that counterparts supplied are called.
    pub outside: OutsideOptions,
    /// How routes are planned.
    pub planning: PlanOptions,
    /// How the counterparts of connections are called.
    pub relay: RelayOptions,
    /// How people are told about orders.
    pub notify: NotifyOptions,
    /// How long people stay signed in.
    pub users: UserOptions,
}

impl HubOptions {
    /// On an embedded store in a folder, with every other option as it is when nobody says otherwise.
    pub fn embedded(data: &Path, clock: Arc<dyn Clock>) -> HubOptions {
        HubOptions {
            store: StoreOptions { data: data.to_path_buf(), database_url: None, queue_limit: 1024 },
            clock,
            exchange_body_limit: 64 << 10,
            track_kept: None,
            outside: OutsideOptions::default(),
            planning: PlanOptions::default(),
            relay: RelayOptions::beside(data),
            notify: NotifyOptions::default(),
            users: UserOptions::default(),
        }
    }
}

/// The ledger that dialects and the native API talk to.
pub struct Hub {
    store: Store,
    clock: Arc<dyn Clock>,
    /// What the dialects keep in memory.
    pub memory: HubMemory,
    directory: RwLock<Arc<DirectoryIndex>>,
    serials: serials::Serials,
    stripes: stripes::Stripes,
    in_flight: in_flight::InFlight,
    names: names::KnownNames,
    catalogue: catalogue::Catalogues,
    units: units::Units,
    readings: readings::Readings,
    /// Trackers and phones.
    pub tracking: Tracking,
    track_kept: Option<Duration>,
    documents: documents::Documents,
    exchanges: ExchangeLog,
    outside: Outside,
    planning: Planning,
    relay: Relay,
    streams: Streams,
    webhooks: Webhooks,
    indexing: Indexing,
    notify: NotifyOptions,
    users: Users,
    traces: Traces,
    pub(crate) calls: Calls,
    owed: Notify,
    signer: Signer,
    appended: watch::Sender<Sequence>,
    stopping: watch::Sender<bool>,
    holder: Uuid,
}

impl Hub {
    /// Opens the store and starts what runs beside requests.
    pub async fn open(options: HubOptions) -> Result<Arc<Hub>, StoreError> {
        let store = Store::open(options.store).await?;
        let version = store.directory_version().await?;
        let directory = DirectoryIndex::new(version, store.directory().await?);
        let signer = Signer::of(&store).await?;
        let stopping = watch::Sender::new(false);
        let hub = Arc::new(Hub {
            exchanges: ExchangeLog::start(store.clone(), options.exchange_body_limit),
            holder: uuid_v7(options.clock.now()),
            relay: Relay::new(options.relay, Arc::clone(&options.clock)),
            store,
            clock: options.clock,
            memory: HubMemory::default(),
            directory: RwLock::new(Arc::new(directory)),
            serials: serials::Serials::default(),
            stripes: stripes::Stripes::default(),
            in_flight: in_flight::InFlight::default(),
            names: names::KnownNames::default(),
            catalogue: catalogue::Catalogues::default(),
            units: units::Units::default(),
            readings: readings::Readings::default(),
            tracking: Tracking::default(),
            track_kept: options.track_kept,
            documents: documents::Documents::default(),
            webhooks: Webhooks::new(options.outside.clone()),
            indexing: Indexing::default(),
            outside: Outside::new(options.outside),
            planning: Planning::new(options.planning, stopping.subscribe()),
            notify: options.notify,
            users: Users::new(options.users),
            traces: Traces::default(),
            calls: Calls::default(),
            streams: Streams::default(),
            owed: Notify::new(),
            signer,
            appended: watch::Sender::new(Sequence(0)),
            stopping,
        });
        hub.units.remember(hub.store.recent_positions().await?);
        hub.refresh_people().await.map_err(|fault| StoreError::Failed(fault.to_string()))?;
        hub.spawn_upkeep();
        Ok(hub)
    }

    fn spawn_upkeep(self: &Arc<Hub>) {
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            while hub.rest(DIRECTORY_POLL).await {
                if let Err(fault) = hub.refresh_directory().await {
                    tracing::error!(%fault, "who may call could not be read again");
                }
                if let Err(fault) = hub.refresh_people().await {
                    tracing::error!(%fault, "who may sign in could not be read again");
                }
            }
        });
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            while hub.rest(POSITIONS_EVERY).await {
                hub.tend_reports().await;
            }
        });
        let hub = Arc::clone(self);
        tokio::spawn(async move { hub.write_reports().await });
        let hub = Arc::clone(self);
        tokio::spawn(async move { hub.keep_sessions().await });
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            while hub.rest(CALLS_EVERY).await {
                hub.tend_calls().await;
            }
        });
        let hub = Arc::clone(self);
        tokio::spawn(async move {
            while hub.rest(FORGET_EVERY).await {
                hub.forget_reports().await;
                hub.forget_mails().await;
            }
        });
    }

    /// Waits so long, or less when the hub stops: then the answer is `false`.
    pub async fn rest(&self, pause: Duration) -> bool {
        let mut stopping = self.stopping.subscribe();
        if *stopping.borrow() {
            return false;
        }
        tokio::time::timeout(pause, stopping.changed()).await.is_err()
    }

    /// Whether the hub is being closed.
    pub fn is_stopping(&self) -> bool {
        *self.stopping.borrow()
    }

    /// Waits until the hub is being closed.
    pub async fn stopped(&self) {
        // The sender lives as long as the hub.
        let _ = self.stopping.subscribe().wait_for(|is_stopping| *is_stopping).await;
    }

    /// Tells what runs beside requests, and whoever waits for events, to come to an end.
    pub fn begin_stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Stops what runs beside requests, writes down what is in memory and waits until everything is on disk.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.begin_stop();
        self.close_reports().await;
        self.tend_sessions().await;
        self.tend_calls().await;
        self.exchanges.close().await;
        self.store.close().await
    }

    /// The store, for what has no rule of its own: listings, the command line.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A new identity that grows with time.
    pub fn new_id(&self) -> Uuid {
        uuid_v7(self.now())
    }

    /// A new identity for an exchange.
    pub fn new_exchange(&self) -> ExchangeId {
        ExchangeId(self.new_id())
    }

    /// Which process this is, for leases.
    pub fn holder(&self) -> Uuid {
        self.holder
    }

    /// The wire log.
    pub fn exchanges(&self) -> &ExchangeLog {
        &self.exchanges
    }

    /// The way to addresses that counterparts supplied.
    pub fn outside(&self) -> &Outside {
        &self.outside
    }

    /// What plans routes.
    pub fn planning(&self) -> &Planning {
        &self.planning
    }

    /// The counterparts of connections.
    pub fn relay(&self) -> &Relay {
        &self.relay
    }

    /// Exchanges that are part of somebody else's trace.
    pub fn traces(&self) -> &Traces {
        &self.traces
    }

    /// Who follows events.
    pub fn streams(&self) -> &Streams {
        &self.streams
    }

    /// Who is told what happens by webhook.
    pub fn webhooks(&self) -> &Webhooks {
        &self.webhooks
    }

    /// Whose turn it is with the board's index.
    pub(crate) fn indexing(&self) -> &Indexing {
        &self.indexing
    }

    /// Waits until every submission that set out before is on disk, or failed.
    pub(crate) async fn settled(&self) {
        self.in_flight.settle().await;
    }

    /// Whether submissions are on their way at this moment.
    pub(crate) fn is_writing(&self) -> bool {
        self.in_flight.is_any()
    }

    /// How people are told about orders.
    pub fn notify_options(&self) -> &NotifyOptions {
        &self.notify
    }

    /// People who sign in.
    pub fn users(&self) -> &Users {
        &self.users
    }

    /// Moves on with every change of who may call, in whatever way.
    pub fn permits_version(&self) -> (i64, i64) {
        (self.directory().version, self.users.index().version())
    }

    /// Waits until this process owes a message to somebody.
    pub async fn owed(&self) {
        self.owed.notified().await;
    }

    /// Has the outbox looked at now.
    pub fn ring_post(&self) {
        self.owed.notify_one();
    }

    /// What signs links to files.
    pub fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Rings after every commit of this process with the last place written.
    pub fn follow(&self) -> watch::Receiver<Sequence> {
        self.appended.subscribe()
    }

    /// Who may call, as known now.
    pub fn directory(&self) -> Arc<DirectoryIndex> {
        Arc::clone(&self.directory.read())
    }

    /// Reads who may call again if it changed.
    pub async fn refresh_directory(&self) -> Result<(), Fault> {
        let version = self.store.directory_version().await.map_err(fault)?;
        if version != self.directory().version {
            let directory = self.store.directory().await.map_err(fault)?;
            *self.directory.write() = Arc::new(DirectoryIndex::new(version, directory));
        }
        Ok(())
    }

    /// Keeps a file; answers its content address when it is on disk.
    pub async fn keep_blob(&self, bytes: Vec<u8>) -> Result<String, Fault> {
        self.store.put_blob(bytes).await.map_err(fault)
    }

    /// Every account there is.
    pub fn accounts(&self) -> Vec<AccountId> {
        self.directory().accounts().iter().map(|(id, _)| *id).collect()
    }
}

/// A UUIDv7 of a moment.
pub fn uuid_v7(now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &rand::random()).into_uuid()
}

/// Whose orders a caller's listing may show.
pub fn visibility(caller: &Caller) -> Visibility {
    match &caller.connection {
        None => Visibility::Account,
        Some(connection) => match connection.scope {
            Scope::Account => Visibility::Account,
            Scope::Own => Visibility::Origin(connection.id),
            Scope::Routed => Visibility::Routed(connection.id),
        },
    }
}

/// Our failure, logged where it stops being an error of the store.
pub fn fault(error: StoreError) -> Fault {
    match error {
        StoreError::Busy => Fault::Busy,
        other => {
            tracing::error!(error = %other, "the store failed");
            Fault::Store(other.to_string())
        }
    }
}
