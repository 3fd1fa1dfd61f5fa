//! Connections out, and the relay between connections.
//!
//! A connection with the role `connect` or `both` has a counterpart that is called: its dialect's connecting half is
//! lent a [`Line`]: the secrets, and a transport that waits for its turn within what the counterpart allows
//! ([`governor`]), checks addresses, and keeps the wire log.
//!
//! ```text
//! journal ─► desk: which order is owed to which connection ─► delivery rows ─► Connect::deliver ─► Wire ─► counterpart
//! clock, nudge ─────────────────────────────────────────────► Connect::pull ───► Wire ─► counterpart
//! ```

mod compare;
mod desk;
pub mod figures;
pub mod governor;
mod health;
mod lane;
pub mod resolve;
pub mod rules;
pub mod show;
mod task;
#[cfg(test)]
mod tests;
mod wire;
mod worker;

use crate::clock::Clock;
use crate::hub::Hub;
use crate::trace::Trace;
use crate::vault::{KeySource, Vault, VaultError};
use docket_core::connection::{Connection, Role};
use docket_core::ids::{AccountId, ConnectionId};
use docket_core::ledger::Fault;
use docket_dialects::connect::{Connect, Remote};
use docket_dialects::{Dialect, dialect};
use governor::{Governor, Limits, Purpose};
pub use health::{Compared, Denied, Health, Problem, Round};
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;
use wire::{Hidden, Sending, Wire};
pub use worker::{Relayer, run};

/// How a dialect connects, if it does.
pub type Speaks = fn(&str) -> Option<(&'static Dialect, &'static dyn Connect)>;

/// How counterparts are called.
#[derive(Clone, Debug)]
pub struct RelayOptions {
    /// How this hub is reached from outside, without a slash at the end.
    pub origin: String,
    /// Whether calls are kept in the wire log.
    pub log: bool,
    /// Where the key is that secrets are sealed with.
    pub key: KeySource,
    /// The dialects.
    pub speaks: Speaks,
    /// The file that holds rules, if one does.
    pub rules: Option<PathBuf>,
}

impl RelayOptions {
    /// With the key beside the data.
    pub fn beside(data: &Path) -> RelayOptions {
        RelayOptions { origin: String::new(), log: true, key: KeySource::beside(data), speaks: spoken, rules: None }
    }
}

/// The dialects that connect.
pub fn spoken(id: &str) -> Option<(&'static Dialect, &'static dyn Connect)> {
    let dialect = dialect(id)?;
    Some((dialect, dialect.connect?))
}

/// What the hub keeps in memory of the counterparts it calls.
pub struct Relay {
    options: RelayOptions,
    vault: Vault,
    clock: Arc<dyn Clock>,
    /// By what stands for the counterpart: connections that call it with the same credentials share its limits.
    governors: Mutex<FxHashMap<[u8; 32], Arc<Governor>>>,
    nudged: Mutex<BTreeSet<ConnectionId>>,
    /// Rings when there is something to do before the next beat.
    bell: Notify,
    rings: AtomicU64,
    figures: figures::Figures,
}

/// Why a counterpart cannot be called at all.
#[derive(Clone, Debug)]
pub enum NoLine {
    /// The connection does not call, or its dialect has no connecting half.
    NotConnecting(String),
    /// The secrets cannot be read.
    Vault(VaultError),
    /// Ours.
    Fault(Fault),
}

impl fmt::Display for NoLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoLine::NotConnecting(what) => f.write_str(what),
            NoLine::Vault(error) => error.fmt(f),
            NoLine::Fault(fault) => fault.fmt(f),
        }
    }
}

impl Relay {
    pub(crate) fn new(options: RelayOptions, clock: Arc<dyn Clock>) -> Relay {
        Relay {
            vault: Vault::new(options.key.clone()),
            options,
            clock,
            governors: Mutex::default(),
            nudged: Mutex::default(),
            bell: Notify::new(),
            rings: AtomicU64::new(0),
            figures: figures::Figures::default(),
        }
    }

    /// How counterparts are called.
    pub fn options(&self) -> &RelayOptions {
        &self.options
    }

    /// How many calls to counterparts went out since this process began.
    pub fn calls(&self) -> u64 {
        self.figures.made()
    }

    /// Where secrets are.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// There is news to fetch through a connection.
    pub fn nudge(&self, connection: ConnectionId) {
        self.nudged.lock().insert(connection);
        self.ring();
    }

    /// There is something to do before the next beat.
    pub fn ring(&self) {
        self.rings.fetch_add(1, Ordering::Relaxed);
        self.bell.notify_one();
    }

    /// How often it rang.
    fn rings(&self) -> u64 {
        self.rings.load(Ordering::Relaxed)
    }

    /// Waits until there is something to do before the next beat.
    async fn rung(&self) {
        self.bell.notified().await;
    }

    /// Of these connections, those with news to fetch; they are not told again.
    fn take_nudged(&self, of: impl Iterator<Item = ConnectionId>) -> Vec<ConnectionId> {
        let mut nudged = self.nudged.lock();
        of.filter(|id| nudged.remove(id)).collect()
    }

    /// Tells the process that relays an account what this one was told.
    async fn pass_nudges_on(&self, hub: &Hub, account: AccountId) -> Result<(), Fault> {
        let directory = hub.directory();
        let own = directory.connections().filter(|connection| connection.account == account);
        for connection in self.take_nudged(own.map(|connection| connection.id)) {
            resolve::ask(hub.store(), account, connection, health::PULL_NOW, hub.now()).await?;
        }
        Ok(())
    }

    /// The connecting half of a connection's dialect, if the connection calls.
    pub fn connect_of(&self, connection: &Connection) -> Option<(&'static Dialect, &'static dyn Connect)> {
        (connection.role != Role::Serve).then(|| (self.options.speaks)(&connection.dialect)).flatten()
    }

    /// The one governor of a counterpart.
    async fn governor(
        &self,
        hub: &Hub,
        connection: &Connection,
        connect: &dyn Connect,
        secrets: &BTreeMap<String, String>,
    ) -> Result<Arc<Governor>, Fault> {
        let key = fingerprint(connection, secrets);
        let limits = Limits::of(connection, connect.budget());
        if let Some(governor) = self.governors.lock().get(&key).cloned() {
            governor.limit(limits);
            return Ok(governor);
        }
        let made = Governor::new(Arc::clone(&self.clock), limits);
        wire::recall(hub, connection, &made).await?;
        let mut governors = self.governors.lock();
        Ok(Arc::clone(governors.entry(key).or_insert(made)))
    }
}

/// What stands for a counterpart as it is called by somebody: changes when credentials or address do.
pub(crate) fn fingerprint(connection: &Connection, secrets: &BTreeMap<String, String>) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    };
    add(&connection.dialect);
    add(connection.setting("url").unwrap_or_default().trim_end_matches('/'));
    secrets.iter().for_each(|(name, value)| [name, value].iter().for_each(|text| add(text)));
    hash.finalize().into()
}

/// A counterpart that can be called.
pub struct Line {
    connect: &'static dyn Connect,
    secrets: BTreeMap<String, String>,
    wire: Wire,
}

impl Line {
    /// To the counterpart of a connection.
    pub async fn open(hub: &Arc<Hub>, connection: &Arc<Connection>, purpose: Purpose) -> Result<Line, NoLine> {
        let relay = hub.relay();
        let (dialect, connect) = relay.connect_of(connection).ok_or_else(|| {
            let (name, dialect) = (&connection.name, &connection.dialect);
            NoLine::NotConnecting(match connection.role {
                Role::Serve => format!("`{name}` only serves: a connection with the role connect or both calls"),
                Role::Connect | Role::Both => format!("the dialect {dialect} does not call counterparts yet"),
            })
        })?;
        let secrets = relay.vault.secrets(hub.store(), connection.id).await.map_err(NoLine::Vault)?;
        let governor = relay.governor(hub, connection, connect, &secrets).await.map_err(NoLine::Fault)?;
        let wire = Wire {
            hub: Arc::clone(hub),
            connection: Arc::clone(connection),
            dialect,
            governor,
            purpose,
            hidden: Hidden::of(&secrets),
            trace: None,
            sending: None,
        };
        Ok(Line { connect, secrets, wire })
    }

    /// The counterpart, as the connecting half sees it.
    pub fn remote(&self) -> Remote<'_> {
        let hub = &self.wire.hub;
        Remote {
            connection: &self.wire.connection,
            secrets: &self.secrets,
            transport: &self.wire,
            ledger: hub.as_ref(),
            origin: &hub.relay().options.origin,
            now: hub.now(),
            memory: &hub.memory,
            random: &rand::random::<u128>,
        }
    }

    /// The connecting half.
    pub fn connect(&self) -> &'static dyn Connect {
        self.connect
    }

    /// The hub.
    fn hub(&self) -> &Arc<Hub> {
        &self.wire.hub
    }

    /// The connection.
    fn connection(&self) -> &Arc<Connection> {
        &self.wire.connection
    }

    /// The same line for something else.
    fn meant_to(&self, purpose: Purpose) -> Line {
        Line { connect: self.connect, secrets: self.secrets.clone(), wire: Wire { purpose, ..self.wire.clone() } }
    }

    /// The same line, for a delivery.
    fn sending(&self, sending: &Arc<Sending>) -> Line {
        let wire = Wire { sending: Some(Arc::clone(sending)), ..self.wire.clone() };
        Line { connect: self.connect, secrets: self.secrets.clone(), wire }
    }

    /// The same line within a trace.
    fn within(&self, trace: Trace) -> Line {
        let wire = Wire { trace: Some(trace), ..self.wire.clone() };
        Line { connect: self.connect, secrets: self.secrets.clone(), wire }
    }

    /// What stands for the credentials and the address.
    fn credentials(&self) -> String {
        let print = fingerprint(&self.wire.connection, &self.secrets);
        hex::encode(print.get(..8).unwrap_or_default())
    }

    /// What shares out the counterpart's limits.
    pub fn governor(&self) -> &Arc<Governor> {
        &self.wire.governor
    }

    /// Words without the secrets that calls are made with.
    pub fn hide(&self, text: &str) -> String {
        self.wire.hidden.text(text)
    }
}
