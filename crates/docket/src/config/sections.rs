//! The sections of the configuration, as its file has them.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// The configuration.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How clients reach it.
    pub public_url: String,
    /// Everything it keeps.
    pub data: PathBuf,
    /// PostgreSQL instead of the embedded database.
    pub database_url: String,
    /// Logs.
    pub log: Log,
    /// Limits.
    pub limits: Limits,
    /// The wire log.
    pub wire_log: WireLog,
    /// Jobs.
    pub jobs: Jobs,
    /// Reports.
    pub reports: Reports,
    /// Units' position histories.
    pub positions: Positions,
    /// The board.
    pub board: Board,
    /// What units' readings do to the orders they work on.
    pub tracking: Tracking,
    /// The mail server.
    pub mail: Mail,
    /// What customers and drivers are told.
    pub notify: Notify,
    /// The gateway of text messages.
    pub sms: Sms,
    /// Calls to addresses that counterparts supplied.
    pub outside: Outside,
    /// What counterparts are called with.
    pub secrets: Secrets,
    /// Orders that travel from connection to connection.
    pub relay: Relay,
    /// People who sign in.
    pub users: Users,
    /// Trackers that speak Wialon IPS.
    pub wialon: Wialon,
    /// Routes.
    pub planning: Planning,
    /// What people look at.
    pub console: Console,
    /// Copies of everything over HTTP.
    pub backup: Backup,
}

/// What people look at.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Console {
    /// A PMTiles archive that is the map's ground; empty is none.
    pub map_file: PathBuf,
    /// Where tiles are instead; empty is nowhere.
    pub map_tiles: String,
    /// Whose work the map is.
    pub map_attribution: String,
}

/// Copies of everything over HTTP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Backup {
    /// Whose administrators may take one; empty is nobody.
    pub account: String,
}

/// Logs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Level or filter.
    pub level: String,
    /// `text`, `json` or `auto`.
    pub format: String,
}

/// Limits of the HTTP server.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// The largest request body.
    pub body_bytes: usize,
    /// How much of large bodies is held at once.
    pub bodies_bytes: usize,
    /// The largest request head.
    pub header_bytes: usize,
    /// The most headers.
    pub headers: usize,
    /// Connections served at once.
    pub connections: usize,
    /// Time for the head of a request.
    pub header_timeout_ms: u64,
    /// Time for its body.
    pub body_timeout_ms: u64,
    /// Time for the answer.
    pub request_timeout_ms: u64,
    /// Time in which a client must take something of the answer.
    pub write_timeout_ms: u64,
    /// Event streams open at once.
    pub streams: usize,
    /// Requests of one caller of the native API, within [`Limits::requests_within_s`]; 0 is no limit.
    pub requests: u32,
    /// Seconds.
    pub requests_within_s: u32,
    /// Time to finish when stopping.
    pub drain_timeout_ms: u64,
    /// Submissions that may wait for the disk.
    pub queue: usize,
}

/// The wire log.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WireLog {
    /// What is kept.
    pub keep: Keep,
    /// How much of each body.
    pub body_bytes: usize,
    /// Whether it keeps what trackers and phones say, too.
    pub trackers: bool,
}

/// What the wire log keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// Nothing.
    Off,
    /// The exchanges of the dialects.
    Dialects,
    /// Those of the native API too.
    All,
}

/// Jobs.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// Whether documents are made here.
    pub producers: u8,
    /// Pause before each step.
    pub step_ms: u64,
    /// After how many attempts that came to nothing a job fails.
    pub attempts: u32,
}

/// Reports.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Folders with fonts, for scripts that those in the binary do not have.
    pub fonts: Vec<PathBuf>,
}

/// Units' position histories.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Positions {
    /// How many days they are kept; 0 is for ever.
    pub keep_days: u32,
}

/// The board: orders found by filters and words.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Whether its index is kept in the background.
    pub index: u8,
}

/// What units' readings do to the orders they work on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracking {
    /// Whether units are followed here.
    pub follow: u8,
    /// The radius of orders that say none.
    pub radius_m: i64,
    /// What completes orders that do not say it.
    pub completes: Completes,
    /// Faster than this nothing goes.
    pub jump_kmh: f64,
    /// How often arrivals are estimated.
    pub estimate_every_s: u64,
    /// So far off the way a driver is told.
    pub deviation_m: f64,
    /// Who is asked for ways by road; empty is nobody.
    pub osrm_url: String,
    /// What for.
    pub osrm_profile: String,
    /// How long that may take.
    pub osrm_timeout_ms: u64,
}

/// What completes an order that does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Completes {
    /// The unit comes in.
    Enter,
    /// It stands still there.
    Stop,
    /// It goes out again.
    Leave,
    /// It stands still there and goes out again.
    StopAndLeave,
    /// Nothing.
    Arrive,
}

/// The mail server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Its URL.
    pub server: String,
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
    /// Sender.
    pub from: String,
    /// A PEM file of certificate authorities that are trusted beside the public ones.
    pub ca_file: PathBuf,
}

/// What customers and drivers are told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notify {
    /// In this language, where a customer has said none.
    pub language: String,
    /// The zone of times and days.
    pub time_zone: String,
    /// How many messages an account may owe in a day; 0 is any number.
    pub daily_cap: u32,
    /// Who is told when that is reached.
    pub operator: String,
    /// Where a unit can be seen.
    pub locator_url: String,
    /// How many days messages are kept after they ended.
    pub keep_days: u32,
}

/// The gateway of text messages.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// Where it is called.
    pub url: String,
    /// How.
    pub method: String,
    /// With what headers.
    pub headers: BTreeMap<String, String>,
    /// With what body.
    pub body: String,
    /// What its answer holds when it took the message; empty is anything.
    pub success_contains: String,
    /// How long it may take.
    pub timeout_ms: u64,
    /// `{from}`: who messages are from.
    pub from: String,
    /// `{username}`.
    pub username: String,
    /// `{password}`.
    pub password: String,
    /// `{token}`.
    pub token: String,
}

/// Calls to addresses that counterparts supplied.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outside {
    /// Networks that may be called although they are not public.
    pub allow: Vec<String>,
    /// The largest file that is fetched.
    pub body_bytes: usize,
    /// How long fetching one may take.
    pub timeout_ms: u64,
    /// A PEM file of certificate authorities that are trusted beside the public ones.
    pub ca_file: PathBuf,
}

/// What counterparts are called with.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Where the key lies that secrets are sealed with; empty is `secret.key` with the data.
    pub key_file: PathBuf,
    /// The key itself, instead of a file.
    pub key: String,
}

/// Orders that travel from connection to connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relay {
    /// The file that holds rules; empty is none.
    pub rules: PathBuf,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Secrets").field("key_file", &self.key_file).finish_non_exhaustive()
    }
}

/// People who sign in.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// After so long without a request a session ends.
    pub session_idle_minutes: u32,
    /// After so long every session ends.
    pub session_hours: u32,
    /// Who says in `X-Forwarded-For` where requests really come from.
    pub proxies: Vec<String>,
}

/// Trackers that speak Wialon IPS.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wialon {
    /// Where they are listened for, over TCP and UDP; empty is nowhere.
    pub ips_listen: String,
    /// The most of them at once, over TCP.
    pub ips_connections: usize,
    /// How long one may say nothing.
    pub ips_idle_ms: u64,
}

/// How routes are planned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Planning {
    /// A table service as OSRM serves it; empty is straight lines.
    pub osrm_url: String,
    /// The profile of ways it is asked for.
    pub osrm_profile: String,
    /// The most places it is asked about at once.
    pub osrm_table: usize,
    /// How long asking it may take for one plan.
    pub osrm_timeout_ms: u64,
    /// How fast straight lines are driven; 0 is a car's day.
    pub speed_kmh: f64,
    /// The longest search.
    pub most_ms: u64,
    /// How many searches run at once; 0 is one fewer than there are processors.
    pub at_once: usize,
    /// So many attempts for each plan, whatever the clock says; 0 is by the clock.
    pub attempts: u64,
}
