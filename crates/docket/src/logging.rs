//! Structured logs: text on a terminal, JSON otherwise.

use crate::config::Log;
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::Subscriber;

/// Starts logging to standard error.
pub fn start(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("log level `{}`: {error}", log.level))?;
    let terminal = std::io::stderr().is_terminal();
    let json = match log.format.as_str() {
        "json" => true,
        "text" => false,
        "auto" => !terminal,
        other => return Err(format!("log format `{other}`: use text, json or auto")),
    };
    let builder = Subscriber::builder().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(terminal);
    let started = if json {
        tracing::subscriber::set_global_default(builder.json().flatten_event(true).finish())
    } else {
        tracing::subscriber::set_global_default(builder.with_target(false).finish())
    };
    started.map_err(|error| error.to_string())
}
