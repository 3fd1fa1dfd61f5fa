//! `docket probe`.

use super::connection::from_files;
use super::table::table;
use super::{Ended, Failure, failed, pair, say};
use crate::config::Config;
use clap::Args;
use docket_app::clock::{Clock, SystemClock};
use docket_app::outside::{Outside, OutsideOptions};
use docket_app::probe::{self, Aim, Check, Given};
use docket_dialects::Dialect;
use docket_dialects::transcript::{Does, Transcript};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Args)]
#[command(after_long_help = knobs_help())]
pub(super) struct Probe {
    /// Which order API: ppw, pruvan, wialon, mews or planviewer
    dialect: String,
    /// Where it is, without the vendor's own path: https://host
    #[arg(long, required_unless_present = "list")]
    url: Option<String>,
    /// A credential, or what else a check needs to be told
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// The same, read from this file rather than from the command line
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
    /// Change nothing there
    #[arg(long, conflicts_with = "allow_costs")]
    read_only: bool,
    /// Play checks that cost money too
    #[arg(long)]
    allow_costs: bool,
    /// Only this check, by name
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Say what would be done, and stop
    #[arg(long)]
    dry_run: bool,
    /// List the checks, and stop
    #[arg(long)]
    list: bool,
    /// How long one answer may take
    #[arg(long, value_name = "MS", default_value_t = 30_000)]
    timeout_ms: u64,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Write the report as JSON (`--json` prints it instead)
    #[arg(long, value_name = "FILE")]
    json_file: Option<PathBuf>,
}

pub(super) async fn run(config: &Config, command: Probe, as_json: bool) -> Ended {
    let dialect = dialect(&command.dialect)?;
    if command.list {
        return list(dialect, as_json);
    }
    let aim = aim(dialect, &command)?;
    let now = SystemClock.now();
    let plan = probe::plan(&aim, now, rand::random()).map_err(Failure::Usage)?;
    let widest = plan.checks.iter().map(|check| check.name.len()).max().unwrap_or_default();
    if !as_json || command.dry_run {
        say(probe::plan_text(dialect, &aim.url, &plan))?;
    }
    if command.dry_run {
        for check in &plan.checks {
            let why = check.left_out.as_ref().map(|why| format!("\n    {:widest$}  left out: {why}", ""));
            say(format!("  {:widest$}  {}{}", check.name, check.transcript.title, why.unwrap_or_default()))?;
        }
        return Ok(());
    }
    let authorities = config.outside().map_err(Failure::Usage)?.authorities;
    let outside = Outside::new(OutsideOptions::anywhere(authorities));
    let mut said = Ok(());
    let tell = |check: &Check| {
        if !as_json && said.is_ok() {
            said = say(probe::line(check, widest));
        }
    };
    let report = probe::run(&aim, plan, &outside, now, tell).await;
    said?;
    if let Some(file) = &command.junit {
        write(file, &report.junit())?;
    }
    let pretty = serde_json::to_string_pretty(&report.json()).map_err(failed)?;
    if let Some(file) = &command.json_file {
        write(file, &format!("{pretty}\n"))?;
    }
    if as_json {
        say(pretty)?
    } else {
        say(format!("\n{}", report.summary()))?
    }
    if report.conforms() { Ok(()) } else { Err(Failure::Failed(format!("{} does not conform", aim.url))) }
}

pub(super) fn dialect(name: &str) -> Result<&'static Dialect, Failure> {
    docket_dialects::dialect(name).ok_or_else(|| {
        let known: Vec<&str> = docket_dialects::DIALECTS.iter().map(|dialect| dialect.id).collect();
        Failure::Usage(format!("there is no dialect `{name}`; there are {}", known.join(", ")))
    })
}

fn aim(dialect: &'static Dialect, command: &Probe) -> Result<Aim, Failure> {
    let url = command.url.clone().unwrap_or_default();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(Failure::Usage(format!("--url `{url}`: use https://host, or http://host")));
    }
    let mut set = command.set.clone();
    set.extend(from_files(&command.secret_file)?);
    let reach = match (command.read_only, command.allow_costs) {
        (true, _) => Does::Reads,
        (false, true) => Does::Costs,
        (false, false) => Does::Writes,
    };
    let timeout = Duration::from_millis(command.timeout_ms.max(1));
    let url = url.trim_end_matches('/').to_owned();
    Ok(Aim { dialect, url, given: Given::new(set), reach, only: command.only.clone(), timeout })
}

fn list(dialect: &Dialect, as_json: bool) -> Ended {
    let does = |transcript: &Transcript| match transcript.does {
        Does::Reads => "reads",
        Does::Writes => "writes",
        Does::Costs => "costs",
    };
    let read = dialect.probes.iter().filter_map(|probe| Some((probe.name, Transcript::parse(probe.text).ok()?)));
    if as_json {
        let checks = read.map(|(name, transcript)| {
            json!({"name": name, "title": transcript.title, "page": transcript.page, "does": does(&transcript)})
        });
        return say(json!({"dialect": dialect.id, "checks": checks.collect::<Vec<_>>()}));
    }
    let rows: Vec<Vec<String>> =
        read.map(|(name, transcript)| vec![name.to_owned(), does(&transcript).to_owned(), transcript.title]).collect();
    say(table(&["CHECK", "DOES", "SHOWS THAT"], &rows))
}

fn write(file: &Path, text: &str) -> Ended {
    std::fs::write(file, text).map_err(|error| failed(format!("{}: {error}", file.display())))
}

/// What can be set, for `--help`.
fn knobs_help() -> String {
    let mut text = "What can be set, per order API:\n".to_owned();
    for dialect in docket_dialects::DIALECTS {
        text.push_str(&format!("\n{} ({}):\n", dialect.id, dialect.title));
        for (name, what) in probe::knobs(dialect) {
            text.push_str(&format!("  {name:<14}{what}\n"));
        }
    }
    text
}
