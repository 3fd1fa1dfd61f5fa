//! The demo world: the vendors' sample data, and a few working days of a company around Austin, Texas.
//!
//! Everything is seeded the way life would do it: through the dialects where a counterpart would write, through
//! submissions otherwise, with a clock that is moved through the past. So journal, history and blame are real.

mod calls;
mod city;
mod counterpart;
mod day;
mod drive;
mod field;
mod geometry;
mod office;
mod reports;
mod roads;
mod routes;
mod samples;
pub(crate) mod scene;
mod simulate;
#[cfg(test)]
mod tests;

use crate::clock::{Clock, SystemClock, whole_millis};
use crate::enroll::{self, EnrollError, Enrolled, Enrollment};
use crate::hub::Hub;
use crate::users;
pub use counterpart::{Counterpart, CounterpartOptions, MOST_ORDERS};
use docket_core::Timestamp;
use docket_core::connection::{Access, Caller, Connection, Role};
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;
pub use geometry::{geometry, is_world};
use parking_lot::Mutex;
pub use simulate::{Simulation, run as simulate};
use std::fmt;
use std::sync::Arc;

/// The account of the demo world.
pub const ACCOUNT: &str = "main";
/// The bearer token of the native API in the demo world.
pub const TOKEN: &str = "docket-demo-native-token";
/// Who signs in to the demo world, an administrator.
pub const USER: &str = "admin";
/// With this password.
pub const PASSWORD: &str = "docket-demo";
/// The Wialon token of the sample connection.
pub const WIALON_TOKEN: &str = "d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7d0c0e7";

/// A clock that can be moved into the past, and goes on from there once it is let go.
pub struct DemoClock {
    held: Mutex<Option<Timestamp>>,
    /// What it shows while it is not held.
    real: Arc<dyn Clock>,
}

impl Default for DemoClock {
    fn default() -> DemoClock {
        DemoClock::over(Arc::new(SystemClock))
    }
}

impl DemoClock {
    /// One that shows what another does while it is not held.
    pub fn over(real: Arc<dyn Clock>) -> DemoClock {
        DemoClock { held: Mutex::new(None), real }
    }

    /// Holds it at a moment.
    pub fn hold(&self, at: Timestamp) {
        *self.held.lock() = Some(whole_millis(at));
    }

    /// Lets it show the real time again.
    pub fn release(&self) {
        *self.held.lock() = None;
    }
}

impl Clock for DemoClock {
    fn now(&self) -> Timestamp {
        let held = *self.held.lock();
        held.unwrap_or_else(|| self.real.now())
    }
}

/// Why the demo world could not be made.
#[derive(Debug)]
pub enum DemoError {
    /// A connection was refused.
    Enroll(EnrollError),
    /// The ledger failed.
    Fault(Fault),
    /// A dialect or the ledger answered what it should not.
    Unexpected(String),
}

impl fmt::Display for DemoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DemoError::Enroll(error) => error.fmt(f),
            DemoError::Fault(fault) => fault.fmt(f),
            DemoError::Unexpected(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for DemoError {}

impl From<EnrollError> for DemoError {
    fn from(error: EnrollError) -> DemoError {
        DemoError::Enroll(error)
    }
}

impl From<Fault> for DemoError {
    fn from(fault: Fault) -> DemoError {
        DemoError::Fault(fault)
    }
}

impl From<docket_store::StoreError> for DemoError {
    fn from(error: docket_store::StoreError) -> DemoError {
        DemoError::Fault(crate::hub::fault(error))
    }
}

/// A connection of the demo world and what it is given: nothing is random, so that a restart prints the same.
pub struct DemoConnection {
    /// Its name.
    pub name: &'static str,
    /// Its dialect.
    pub dialect: &'static str,
    /// Settings and credentials.
    pub set: &'static [(&'static str, &'static str)],
}

const fn connection(
    name: &'static str,
    dialect: &'static str,
    set: &'static [(&'static str, &'static str)],
) -> DemoConnection {
    DemoConnection { name, dialect, set }
}

/// The ten connections that are printed.
pub const CONNECTIONS: &[DemoConnection] = &[
    connection(
        "demo-ppw",
        "ppw",
        &[
            ("scope", "routed"),
            ("username", "demo"),
            ("password_hash", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("remote_site_id", "1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4"),
            ("flags", "always"),
        ],
    ),
    connection("all-ppw", "ppw", &[("scope", "account"), ("password", "docket-demo-all")]),
    connection(
        "demo-pruvan",
        "pruvan",
        &[
            ("api_key", "docket-demo-push-key"),
            ("username", "demo"),
            ("password", "docket-demo"),
            ("token", "docket-demo-token"),
        ],
    ),
    connection(
        "all-pruvan",
        "pruvan",
        &[
            ("scope", "account"),
            ("api_key", "docket-demo-all-push-key"),
            ("password", "docket-demo-all"),
            ("token", "docket-demo-all-token"),
        ],
    ),
    connection("demo-wialon", "wialon", &[("token", WIALON_TOKEN), ("resource_name", "Docket Demo")]),
    connection(
        "all-wialon",
        "wialon",
        &[
            ("scope", "account"),
            ("token", "a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11a11"),
            ("resource_name", "All orders"),
        ],
    ),
    connection(
        "demo-mews",
        "mews",
        &[
            ("client_token", "E0D439EE522F44368DC78E1BFB03710C-D24FB11DBE31D4621C4817E028D9E1D"),
            ("access_token", "C66EF7B239D24632943D115EDE9CB810-EA00F8FD8294692C940F6B5A8F9453D"),
        ],
    ),
    connection(
        "all-mews",
        "mews",
        &[
            ("scope", "account"),
            ("client_token", "A11A11A11A11A11A11A11A11A11A11A1-A11A11A11A11A11A11A11A11A11A11A"),
            ("access_token", "A11B0BA11B0BA11B0BA11B0BA11B0BA1-A11B0BA11B0BA11B0BA11B0BA11B0BA"),
        ],
    ),
    connection("demo-planviewer", "planviewer", &[("key", "demo"), ("secret", "docket-demo-secret")]),
    connection(
        "all-planviewer",
        "planviewer",
        &[("scope", "account"), ("secret", "docket-demo-all-secret"), ("soft_cap", "1000")],
    ),
];

/// Where the sample orders of PPW Link come from: two clients, for both have an order of the same number.
const IMPORTS: &[DemoConnection] =
    &[connection("import-north", "pruvan", &[]), connection("import-south", "pruvan", &[])];

/// What is shown of a connection.
pub struct Shown {
    /// The connection with what it was given.
    pub enrolled: Enrolled,
}

/// The demo world, made or found.
pub struct World {
    /// The account.
    pub account: AccountId,
    /// The ten connections with their credentials, in the order of [`CONNECTIONS`].
    pub connections: Vec<Enrolled>,
}

/// What seeding works with.
pub(crate) struct Seeding<'a> {
    hub: &'a Hub,
    clock: &'a DemoClock,
    account: AccountId,
    connections: Vec<Arc<Connection>>,
    base_url: &'a str,
}

impl Seeding<'_> {
    fn connection(&self, name: &str) -> Result<Arc<Connection>, DemoError> {
        let found = self.connections.iter().find(|connection| connection.name == name).cloned();
        found.ok_or_else(|| DemoError::Unexpected(format!("there is no connection {name}")))
    }

    fn caller(&self, name: &str) -> Result<Caller, DemoError> {
        self.connection(name).map(Caller::connection)
    }
}

/// Makes the demo world, or finds it made already. `clock` is the hub's own.
pub async fn seed(hub: &Hub, clock: &DemoClock, base_url: &str) -> Result<World, DemoError> {
    let made = hub.directory().connections().any(|connection| connection.name == CONNECTIONS[0].name);
    if made {
        return found(hub, base_url).await;
    }
    // What serials the samples name lies below whatever is handed out later.
    hub.raise_serials(samples::LAST_SERIAL).await?;
    let mut connections = Vec::new();
    for wanted in CONNECTIONS {
        connections.push(add(hub, wanted, base_url).await?);
    }
    let mut all: Vec<Arc<Connection>> = connections.iter().map(|made| Arc::clone(&made.connection)).collect();
    for wanted in IMPORTS {
        all.push(add(hub, wanted, base_url).await?.connection);
    }
    enroll::add_given_token(hub.store(), ACCOUNT, "demo", TOKEN, clock.now()).await?;
    people(hub).await?;
    hub.refresh_directory().await?;
    let account = connections
        .first()
        .map(|made| made.connection.account)
        .ok_or_else(|| DemoError::Unexpected("no connection was made".to_owned()))?;
    let seeding = Seeding { hub, clock, account, connections: all, base_url };
    let seeded = async {
        samples::seed(&seeding).await?;
        day::seed(&seeding).await?;
        routes::seed(&seeding).await
    };
    let seeded = seeded.await;
    clock.release();
    seeded.map(|()| World { account, connections })
}

/// Who signs in; a world that was made before may have changed the password.
async fn people(hub: &Hub) -> Result<(), DemoError> {
    let now_ms = hub.now().as_millisecond();
    let made = users::ensure(hub.store(), (USER, ACCOUNT), Access::Admin, PASSWORD, now_ms).await;
    made.map_err(|error| DemoError::Unexpected(error.to_string()))?;
    Ok(hub.refresh_people().await?)
}

async fn add(hub: &Hub, wanted: &DemoConnection, base_url: &str) -> Result<Enrolled, DemoError> {
    let set = pairs(wanted);
    let request = Enrollment {
        dialect: wanted.dialect,
        name: wanted.name,
        account: ACCOUNT,
        role: Role::Serve,
        set: &set,
        base_url,
    };
    Ok(enroll::add(hub.store(), request, hub.now()).await?)
}

fn pairs(wanted: &DemoConnection) -> Vec<(String, String)> {
    wanted.set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// A world that was made before: its credentials are given afresh, to what they were.
async fn found(hub: &Hub, base_url: &str) -> Result<World, DemoError> {
    let directory = hub.directory();
    let mut connections = Vec::new();
    for wanted in CONNECTIONS {
        let kept = directory.connections().find(|connection| connection.name == wanted.name);
        let kept = kept.ok_or_else(|| {
            DemoError::Unexpected(format!("this data has no connection `{}`; use another --data", wanted.name))
        })?;
        connections.push(enroll::rotate(hub.store(), kept, &pairs(wanted), base_url).await?);
    }
    people(hub).await?;
    hub.refresh_directory().await?;
    let account = connections.first().map(|made| made.connection.account).unwrap_or_default();
    Ok(World { account, connections })
}
