//! Configuration: compiled-in defaults, under a file, under `DOCKET_` variables, under the command line.

mod options;
mod sections;

pub use sections::*;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// The commented defaults; also the schema by example.
pub const DEFAULT: &str = include_str!("config.default.toml");

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
    ("DOCKET_BOARD_INDEX", "board.index"),
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
