//! `docket order report`: the same reports that jobs and the native API give.

use super::order::find;
use super::{Ended, Failure, Global, account, failed, say};
use crate::run::runtime;
use clap::{Args, ValueEnum};
use docket_app::producer::{Format, Rendered, direct};
use docket_app::{Hub, SystemClock};
use docket_core::catalogue::site_of;
use docket_core::connection::Caller;
use docket_core::ledger::Ledger;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Report {
    /// Its id, serial or number
    order: String,
    /// Of the order's site and all its orders, rather than of the order
    #[arg(long)]
    site: bool,
    /// How it is written down
    #[arg(long, value_enum, default_value_t = Form::Pdf)]
    format: Form,
    /// Where to; `-` is standard output [default: a name that says what it is, in this folder]
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    Pdf,
    Json,
    Csv,
}

impl Form {
    const fn format(self) -> Format {
        match self {
            Form::Pdf => Format::Pdf,
            Form::Json => Format::Json,
            Form::Csv => Format::Csv,
        }
    }
}

pub(super) fn run(global: &Global, command: &Report) -> Ended {
    let config = global.load(None)?;
    crate::logging::start(&crate::config::Log { level: "warn".to_owned(), ..config.log.clone() }).map_err(failed)?;
    docket_app::producer::use_folders(config.reports.fonts.clone());
    let options = config.hub(config.listen, Arc::new(SystemClock)).map_err(Failure::Usage)?;
    runtime().map_err(failed)?.block_on(async {
        let hub = Hub::open(options).await.map_err(failed)?;
        let made = make(&hub, command).await;
        hub.close().await.map_err(failed)?;
        deliver(made?, command, global.json)
    })
}

async fn make(hub: &Hub, command: &Report) -> Result<Rendered, Failure> {
    let account = account(hub.store(), &command.account).await?;
    let order = find(hub.store(), account, &command.order).await?;
    let (caller, format) = (Caller::hub(account), command.format.format());
    let input = if command.site {
        let none = || Failure::Failed(format!("the order `{}` names no place", command.order));
        let named = site_of(account, &order.fields).ok_or_else(none)?;
        let known = match named.id {
            Some(id) => hub.site(&caller, id).await.map_err(failed)?,
            None => None,
        };
        direct::of_site(hub, &caller, known.unwrap_or(named), format, hub.now()).await
    } else {
        direct::of_order(hub, &caller, order, format, hub.now()).await
    };
    direct::make(input.map_err(failed)?, ()).await.map_err(failed)
}

fn deliver(made: Rendered, command: &Report, as_json: bool) -> Ended {
    let path = command.output.clone().unwrap_or_else(|| PathBuf::from(&made.name));
    if path == Path::new("-") {
        return std::io::stdout().lock().write_all(&made.bytes).map_err(failed);
    }
    std::fs::write(&path, &made.bytes).map_err(|error| {
        Failure::Failed(format!("{} cannot be written: {error}; choose another with --output", path.display()))
    })?;
    let size = made.bytes.len();
    if as_json {
        let file = path.display().to_string();
        return say(
            json!({"file": file, "bytes": size, "media_type": made.media_type, "missing_scripts": made.missing}),
        );
    }
    say(format!("{}, {size} bytes", path.display()))
}
