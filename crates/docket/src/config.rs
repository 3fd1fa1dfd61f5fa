//! Configuration: compiled-in defaults, under a file, under `DOCKET_` variables, under the command line.

use docket_app::jobs::JobOptions;
use docket_app::mail::MailOptions;
use docket_app::outside::{OutsideOptions, authorities};
use docket_app::track::ips::IpsOptions;
use docket_store::StoreOptions;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

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
    /// The mail server.
    pub mail: Mail,
    /// Calls to addresses that counterparts supplied.
    pub outside: Outside,
    /// Trackers that speak Wialon IPS.
    pub wialon: Wialon,
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
    ("DOCKET_WIRE_LOG", "wire_log.keep"),
    ("DOCKET_JOBS_PRODUCERS", "jobs.producers"),
    ("DOCKET_JOBS_STEP_MS", "jobs.step_ms"),
    ("DOCKET_REPORTS_FONTS", "reports.fonts"),
    ("DOCKET_POSITIONS_KEEP_DAYS", "positions.keep_days"),
    ("DOCKET_MAIL_SERVER", "mail.server"),
    ("DOCKET_MAIL_USERNAME", "mail.username"),
    ("DOCKET_MAIL_PASSWORD", "mail.password"),
    ("DOCKET_MAIL_FROM", "mail.from"),
    ("DOCKET_OUTSIDE_ALLOW", "outside.allow"),
    ("DOCKET_WIALON_IPS_LISTEN", "wialon.ips_listen"),
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
        const DAY_S: u64 = 86_400;
        let days = u64::from(self.positions.keep_days);
        (days > 0).then(|| Duration::from_secs(days * DAY_S))
    }

    /// How mails are sent, if they are.
    pub fn mail(&self) -> Option<MailOptions> {
        let Mail { server, username, password, from } = self.mail.clone();
        (!server.is_empty()).then_some(MailOptions { server, username, password, from })
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

    /// Where trackers are listened for, if they are.
    pub fn ips_listen(&self) -> Result<Option<SocketAddr>, String> {
        let text = self.wialon.ips_listen.trim();
        let read = |_| format!("[wialon] ips_listen: `{text}` is no address and port");
        if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(read) }
    }

    /// How many trackers there may be, and for how long.
    pub fn ips(&self) -> IpsOptions {
        IpsOptions { connections: self.wialon.ips_connections, idle: Duration::from_millis(self.wialon.ips_idle_ms) }
    }

    /// How documents are made, if they are.
    pub fn jobs(&self) -> Option<JobOptions> {
        (self.jobs.producers > 0).then_some(JobOptions { step: Duration::from_millis(self.jobs.step_ms) })
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
