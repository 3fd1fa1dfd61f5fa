//! Configuration: compiled-in defaults, under a file, under `DOCKET_` variables, under the command line.

use docket_app::dispatch::{DispatchOptions, RoadOptions};
use docket_app::jobs::JobOptions;
use docket_app::mail::{MailOptions, PostOptions, SmsOptions};
use docket_app::notify::NotifyOptions;
use docket_app::outside::{Network, OutsideOptions, authorities};
use docket_app::plan::PlanOptions;
use docket_app::relay::RelayOptions;
use docket_app::track::ips::IpsOptions;
use docket_app::users::UserOptions;
use docket_app::vault::KeySource;
use docket_app::{Clock, HubOptions};
use docket_core::completion::Defaults;
use docket_core::engine;
use docket_store::StoreOptions;
use jiff::tz::TimeZone;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const DAY_S: u64 = 86_400;

/// The commented defaults; also the schema by example.
pub const DEFAULT: &str = include_str!("config.default.toml");

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

/// What the command line says over file and environment.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--data`.
    pub data: Option<PathBuf>,
    /// `--database-url`.
    pub database_url: Option<String>,
    /// `--listen`.
    pub listen: Option<SocketAddr>,
}

/// Environment variables that set single values: name and path of the value.
const VARIABLES: &[(&str, &str)] = &[
    ("DOCKET_LISTEN", "listen"),
    ("DOCKET_PUBLIC_URL", "public_url"),
    ("DOCKET_DATA", "data"),
    ("DOCKET_DATABASE_URL", "database_url"),
    ("DOCKET_LOG", "log.level"),
    ("DOCKET_LOG_FORMAT", "log.format"),
    ("DOCKET_LIMITS_BODY_BYTES", "limits.body_bytes"),
    ("DOCKET_LIMITS_STREAMS", "limits.streams"),
    ("DOCKET_LIMITS_REQUESTS", "limits.requests"),
    ("DOCKET_WIRE_LOG", "wire_log.keep"),
    ("DOCKET_WIRE_LOG_TRACKERS", "wire_log.trackers"),
    ("DOCKET_JOBS_PRODUCERS", "jobs.producers"),
    ("DOCKET_JOBS_STEP_MS", "jobs.step_ms"),
    ("DOCKET_JOBS_ATTEMPTS", "jobs.attempts"),
    ("DOCKET_REPORTS_FONTS", "reports.fonts"),
    ("DOCKET_POSITIONS_KEEP_DAYS", "positions.keep_days"),
    ("DOCKET_TRACKING_FOLLOW", "tracking.follow"),
    ("DOCKET_TRACKING_RADIUS_M", "tracking.radius_m"),
    ("DOCKET_TRACKING_COMPLETES", "tracking.completes"),
    ("DOCKET_TRACKING_OSRM_URL", "tracking.osrm_url"),
    ("DOCKET_MAIL_SERVER", "mail.server"),
    ("DOCKET_MAIL_USERNAME", "mail.username"),
    ("DOCKET_MAIL_PASSWORD", "mail.password"),
    ("DOCKET_MAIL_FROM", "mail.from"),
    ("DOCKET_MAIL_CA_FILE", "mail.ca_file"),
    ("DOCKET_NOTIFY_LANGUAGE", "notify.language"),
    ("DOCKET_NOTIFY_TIME_ZONE", "notify.time_zone"),
    ("DOCKET_NOTIFY_DAILY_CAP", "notify.daily_cap"),
    ("DOCKET_NOTIFY_OPERATOR", "notify.operator"),
    ("DOCKET_NOTIFY_LOCATOR_URL", "notify.locator_url"),
    ("DOCKET_SMS_URL", "sms.url"),
    ("DOCKET_SMS_METHOD", "sms.method"),
    ("DOCKET_SMS_BODY", "sms.body"),
    ("DOCKET_SMS_FROM", "sms.from"),
    ("DOCKET_SMS_USERNAME", "sms.username"),
    ("DOCKET_SMS_PASSWORD", "sms.password"),
    ("DOCKET_SMS_TOKEN", "sms.token"),
    ("DOCKET_OUTSIDE_ALLOW", "outside.allow"),
    ("DOCKET_RELAY_RULES", "relay.rules"),
    ("DOCKET_SECRET_KEY_FILE", "secrets.key_file"),
    ("DOCKET_SECRET_KEY", "secrets.key"),
    ("DOCKET_USERS_SESSION_IDLE_MINUTES", "users.session_idle_minutes"),
    ("DOCKET_USERS_SESSION_HOURS", "users.session_hours"),
    ("DOCKET_USERS_PROXIES", "users.proxies"),
    ("DOCKET_WIALON_IPS_LISTEN", "wialon.ips_listen"),
    ("DOCKET_PLANNING_OSRM_URL", "planning.osrm_url"),
    ("DOCKET_CONSOLE_MAP_FILE", "console.map_file"),
    ("DOCKET_CONSOLE_MAP_TILES", "console.map_tiles"),
    ("DOCKET_CONSOLE_MAP_ATTRIBUTION", "console.map_attribution"),
    ("DOCKET_BACKUP_ACCOUNT", "backup.account"),
];

impl Config {
    /// Puts the layers together.
    pub fn load(overrides: &Overrides) -> Result<Config, String> {
        Config::layered(overrides, &|name| std::env::var(name).ok())
    }

    fn layered(overrides: &Overrides, variable: &dyn Fn(&str) -> Option<String>) -> Result<Config, String> {
        let mut table: toml::Table = DEFAULT.parse().map_err(|error| format!("the default configuration: {error}"))?;
        let file = overrides.config.clone().or_else(|| variable("DOCKET_CONFIG").map(PathBuf::from));
        if let Some(path) = &file {
            merge(&mut table, read(path)?);
        }
        for (name, path) in VARIABLES {
            if let Some(text) = variable(name) {
                set(&mut table, path, &text).map_err(|error| format!("{name}: {error}"))?;
            }
        }
        let source = file.map_or_else(|| "the configuration".to_owned(), |path| path.display().to_string());
        let mut config: Config = table.try_into().map_err(|error| format!("{source}: {error}"))?;
        if let Some(data) = &overrides.data {
            config.data.clone_from(data);
        }
        if let Some(url) = &overrides.database_url {
            config.database_url.clone_from(url);
        }
        if let Some(listen) = overrides.listen {
            config.listen = listen;
        }
        Ok(config)
    }

    /// The served base, for printed URLs.
    pub fn base_url(&self) -> String {
        match self.public_url.trim_end_matches('/') {
            "" => format!("http://{}", self.listen),
            url => url.to_owned(),
        }
    }

    /// How a hub is opened that serves at an address.
    pub fn hub(&self, served_at: SocketAddr, clock: Arc<dyn Clock>) -> Result<HubOptions, String> {
        Ok(HubOptions {
            store: self.store(),
            clock,
            exchange_body_limit: self.wire_log.body_bytes,
            track_kept: self.track_kept(),
            outside: self.outside()?,
            planning: self.planning()?,
            relay: self.relay(served_at),
            notify: self.notify()?,
            users: self.users()?,
        })
    }

    /// Who is believed about where requests come from.
    pub fn proxies(&self) -> Result<Vec<Network>, String> {
        let read = self.users.proxies.iter().map(|text| text.parse());
        read.collect::<Result<_, String>>().map_err(|error| format!("[users] proxies: {error}"))
    }

    /// How long people stay signed in.
    pub fn users(&self) -> Result<UserOptions, String> {
        let Users { session_idle_minutes, session_hours, .. } = self.users;
        if session_idle_minutes == 0 || session_hours == 0 {
            return Err("[users] session_idle_minutes and session_hours: nobody could stay signed in".to_owned());
        }
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Ok(UserOptions { idle: minutes(session_idle_minutes.into()), lasts: minutes(60 * u64::from(session_hours)) })
    }

    /// How the store is opened.
    pub fn store(&self) -> StoreOptions {
        StoreOptions {
            data: self.data.clone(),
            database_url: Some(self.database_url.clone()).filter(|url| !url.is_empty()),
            queue_limit: self.limits.queue,
        }
    }

    /// How long units' position histories are kept.
    pub fn track_kept(&self) -> Option<Duration> {
        let days = u64::from(self.positions.keep_days);
        (days > 0).then(|| Duration::from_secs(days * DAY_S))
    }

    /// How units are followed, if they are.
    pub fn dispatch(&self) -> Result<Option<DispatchOptions>, String> {
        let tracking = &self.tracking;
        let defaults = Defaults {
            radius_m: tracking.radius_m,
            needs_stop: matches!(tracking.completes, Completes::Stop | Completes::StopAndLeave),
            needs_exit: matches!(tracking.completes, Completes::Leave | Completes::StopAndLeave),
            completes: tracking.completes != Completes::Arrive,
        };
        let authorities = self.outside()?.authorities;
        let road = (!tracking.osrm_url.is_empty()).then(|| RoadOptions {
            url: tracking.osrm_url.clone(),
            profile: tracking.osrm_profile.clone(),
            timeout: Duration::from_millis(tracking.osrm_timeout_ms),
            authorities,
        });
        Ok((tracking.follow > 0).then(|| DispatchOptions {
            engine: engine::Options { defaults, jump_kmh: tracking.jump_kmh },
            estimate_every: Duration::from_secs(tracking.estimate_every_s.max(1)),
            deviation_m: tracking.deviation_m,
            road,
        }))
    }

    /// How messages are sent, as far as they are.
    pub fn post(&self) -> Result<PostOptions, String> {
        let Mail { server, username, password, from, ca_file } = self.mail.clone();
        let mail = (!server.is_empty()).then_some(MailOptions { server, username, password, from, ca_file });
        let sms = match self.sms.url.is_empty() {
            true => None,
            false => Some(self.gateway()?),
        };
        Ok(PostOptions { mail, sms })
    }

    fn gateway(&self) -> Result<SmsOptions, String> {
        let Sms { url, method, headers, body, success_contains, timeout_ms, from, username, password, token } =
            self.sms.clone();
        let (timeout, authorities) = (Duration::from_millis(timeout_ms), self.outside()?.authorities);
        Ok(SmsOptions {
            url,
            method,
            headers,
            body,
            success_contains,
            timeout,
            from,
            username,
            password,
            token,
            authorities,
        })
    }

    /// How people are told about orders.
    pub fn notify(&self) -> Result<NotifyOptions, String> {
        let Notify { language, time_zone, daily_cap, operator, locator_url, keep_days } = self.notify.clone();
        if !NotifyOptions::speaks(&language) {
            let known = NotifyOptions::languages().join(", ");
            return Err(format!("[notify] language: `{language}` is not spoken here; choose one of {known}"));
        }
        let zone = TimeZone::get(&time_zone);
        let unknown = |_| format!("[notify] time_zone: there is no zone `{time_zone}`; write it as Europe/Amsterdam");
        Ok(NotifyOptions {
            language,
            zone: zone.map_err(unknown)?,
            daily_cap: i64::from(daily_cap),
            operator,
            locator_url,
            keep: Duration::from_secs(u64::from(keep_days.max(1)) * DAY_S),
        })
    }

    /// How the outside is called.
    pub fn outside(&self) -> Result<OutsideOptions, String> {
        let Outside { allow, body_bytes, timeout_ms, ca_file } = &self.outside;
        let allow: Result<_, String> = allow.iter().map(|text| text.parse()).collect();
        Ok(OutsideOptions {
            allow: allow.map_err(|error| format!("[outside] allow: {error}"))?,
            body_bytes: *body_bytes,
            timeout: Duration::from_millis(*timeout_ms),
            authorities: match ca_file.as_os_str().is_empty() {
                true => Vec::new(),
                false => authorities(ca_file).map_err(|error| format!("[outside] ca_file: {error}"))?,
            },
        })
    }

    /// How routes are planned.
    pub fn planning(&self) -> Result<PlanOptions, String> {
        let Planning { osrm_url, osrm_profile, osrm_table, osrm_timeout_ms, speed_kmh, most_ms, at_once, attempts } =
            self.planning.clone();
        let is_url = osrm_url.is_empty() || osrm_url.starts_with("http://") || osrm_url.starts_with("https://");
        if !is_url {
            return Err(format!("[planning] osrm_url: `{osrm_url}` is no URL; write it like http://127.0.0.1:5000"));
        }
        if !speed_kmh.is_finite() || speed_kmh < 0.0 {
            return Err(format!("[planning] speed_kmh: {speed_kmh} is no speed"));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(PlanOptions {
            osrm_url,
            osrm_profile,
            osrm_table,
            osrm_timeout: Duration::from_millis(osrm_timeout_ms),
            authorities: self.outside()?.authorities,
            speed_kmh,
            most_time: Duration::from_millis(most_ms.max(1)),
            at_once: if at_once == 0 { cores.saturating_sub(1).max(1) } else { at_once },
            attempts,
        })
    }

    /// Where the key is that secrets are sealed with.
    pub fn key(&self) -> KeySource {
        let beside = KeySource::beside(&self.data);
        KeySource {
            file: if self.secrets.key_file.as_os_str().is_empty() {
                beside.file
            } else {
                self.secrets.key_file.clone()
            },
            given: Some(self.secrets.key.trim().to_owned()).filter(|key| !key.is_empty()),
        }
    }

    /// The file that holds rules, if one does.
    pub fn rules_file(&self) -> Option<PathBuf> {
        Some(self.relay.rules.clone()).filter(|path| !path.as_os_str().is_empty())
    }

    /// How the counterparts of connections are called by a hub that serves at an address.
    pub fn relay(&self, served_at: SocketAddr) -> RelayOptions {
        let origin = match self.public_url.trim_end_matches('/') {
            "" => format!("http://{served_at}"),
            url => url.to_owned(),
        };
        RelayOptions {
            origin,
            log: self.wire_log.keep != Keep::Off,
            key: self.key(),
            rules: self.rules_file(),
            ..RelayOptions::beside(&self.data)
        }
    }

    /// Where trackers are listened for, if they are.
    pub fn ips_listen(&self) -> Result<Option<SocketAddr>, String> {
        let text = self.wialon.ips_listen.trim();
        let read = |_| format!("[wialon] ips_listen: `{text}` is no address and port");
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(read) }
    }

    /// How many trackers there may be, and for how long.
    pub fn ips(&self) -> IpsOptions {
        IpsOptions {
            connections: self.wialon.ips_connections,
            idle: Duration::from_millis(self.wialon.ips_idle_ms),
            log: self.wire_log.trackers,
        }
    }

    /// How jobs are done.
    pub fn jobs(&self) -> JobOptions {
        JobOptions {
            produces: self.jobs.producers > 0,
            step: Duration::from_millis(self.jobs.step_ms),
            attempts: self.jobs.attempts,
        }
    }
}

fn read(path: &Path) -> Result<toml::Table, String> {
    let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    text.parse().map_err(|error| format!("{}: {error}", path.display()))
}

fn merge(under: &mut toml::Table, over: toml::Table) {
    for (name, value) in over {
        match (under.get_mut(&name), value) {
            (Some(toml::Value::Table(under)), toml::Value::Table(over)) => merge(under, over),
            (_, value) => {
                under.insert(name, value);
            }
        }
    }
}

/// Sets a value from text, as the kind that the default has.
fn set(table: &mut toml::Table, path: &str, text: &str) -> Result<(), String> {
    match path.split_once('.') {
        Some((group, rest)) => match table.get_mut(group) {
            Some(toml::Value::Table(inner)) => set(inner, rest, text),
            _ => Err(format!("[{group}] must be a table")),
        },
        None => {
            let value = match table.get(path) {
                Some(toml::Value::Integer(_)) => {
                    toml::Value::Integer(text.parse().map_err(|_| format!("`{text}` is no whole number"))?)
                }
                Some(toml::Value::Array(_)) => {
                    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
                    toml::Value::Array(items.map(|item| toml::Value::String(item.to_owned())).collect())
                }
                _ => toml::Value::String(text.to_owned()),
            };
            table.insert(path.to_owned(), value);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_go_over_each_other() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.toml");
        std::fs::write(&path, "public_url = \"https://orders.example\"\n[limits]\nbody_bytes = 10\nqueue = 7\n")
            .unwrap();
        let overrides = Overrides { config: Some(path), data: Some("here".into()), ..Overrides::default() };
        let variable = |name: &str| match name {
            "DOCKET_LIMITS_BODY_BYTES" => Some("20".to_owned()),
            "DOCKET_DATA" => Some("there".to_owned()),
            "DOCKET_OUTSIDE_ALLOW" => Some("127.0.0.1, 10.0.0.0/8".to_owned()),
            _ => None,
        };
        let config = Config::layered(&overrides, &variable).unwrap();
        assert_eq!((config.limits.body_bytes, config.limits.queue), (20, 7));
        assert_eq!(config.data, PathBuf::from("here"));
        assert_eq!(config.base_url(), "https://orders.example");
        assert_eq!(config.limits.headers, 100);
        let allowed = config.outside().unwrap().allow;
        assert_eq!(allowed.iter().map(ToString::to_string).collect::<Vec<_>>(), ["127.0.0.1/32", "10.0.0.0/8"]);
    }

    #[test]
    fn mistakes_say_where_they_are() {
        let nothing = |_: &str| None;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docket.toml");
        std::fs::write(&path, "lisen = \"x\"\n").unwrap();
        let overrides = Overrides { config: Some(path), ..Overrides::default() };
        let error = Config::layered(&overrides, &nothing).unwrap_err();
        assert!(error.contains("docket.toml") && error.contains("lisen"), "{error}");
        let variable = |name: &str| (name == "DOCKET_JOBS_STEP_MS").then(|| "soon".to_owned());
        let error = Config::layered(&Overrides::default(), &variable).unwrap_err();
        assert!(error.contains("DOCKET_JOBS_STEP_MS"), "{error}");
        let variable = |name: &str| (name == "DOCKET_OUTSIDE_ALLOW").then(|| "here".to_owned());
        let config = Config::layered(&Overrides::default(), &variable).unwrap();
        let error = config.outside().unwrap_err();
        assert!(error.contains("[outside] allow") && error.contains("here"), "{error}");
    }
}
