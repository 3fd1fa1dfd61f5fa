//! `docket backup` and `docket restore`.

use super::{Ended, Failure, Global, failed, say};
use crate::config::Config;
use clap::Args;
use docket_app::backup::{self, BackupError, Contents};
use docket_app::clock::{Clock, SystemClock};
use docket_store::Store;
use serde_json::json;
use std::fs::File;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Backup {
    /// The file to write; it must not be there yet
    file: PathBuf,
}

#[derive(Args)]
pub(super) struct Restore {
    /// The backup
    file: PathBuf,
}

fn failure(error: BackupError) -> Failure {
    match error {
        BackupError::Elsewhere | BackupError::NotEmpty(_) => Failure::Usage(error.to_string()),
        _ => failed(error),
    }
}

fn told(done: &str, place: &str, contents: &Contents, as_json: bool) -> Ended {
    let Contents { ledger, files, bytes } = contents;
    if as_json {
        return say(json!({
            done: place, "orders": ledger.orders, "entries": ledger.entries, "files": files, "bytes": bytes,
        }));
    }
    say(format!("{place}: {} orders, {} journal entries, {files} files, {bytes} bytes.", ledger.orders, ledger.entries))
}

/// Says what is wrong before a store is opened, which would make one.
pub(super) fn check(config: &Config) -> Ended {
    let ledger = config.data.join("docket.db");
    if config.database_url.is_empty() && !ledger.is_file() {
        return Err(failed(format!("{} is not there; name the data directory with --data", ledger.display())));
    }
    Ok(())
}

pub(super) async fn run(store: &Store, config: &Config, command: Backup, as_json: bool) -> Ended {
    let (store, path) = (store.clone(), command.file.clone());
    let written = tokio::task::spawn_blocking(move || backup::to_file(&store, &path, SystemClock.now()));
    let contents = written.await.map_err(failed)?.map_err(failure)?;
    told("backup", &command.file.display().to_string(), &contents, as_json)?;
    if !as_json && config.secrets.key.is_empty() {
        let key = config.key().file;
        if key.is_file() {
            say(format!("The key of counterparts' secrets is not in it: keep {} elsewhere, too.", key.display()))?;
        }
    }
    Ok(())
}

pub(super) fn restore(global: &Global, command: &Restore) -> Ended {
    let config = global.load(None)?;
    if !config.database_url.is_empty() {
        return Err(failure(BackupError::Elsewhere));
    }
    let file = File::open(&command.file).map_err(|error| failed(format!("{}: {error}", command.file.display())))?;
    let contents = backup::restore(file, &config.data).map_err(failure)?;
    told("restored", &config.data.display().to_string(), &contents, global.json)?;
    if !global.json {
        let key = config.key().file;
        say(format!(
            "Where counterparts are called, put the key back as {}, or secrets must be given anew.",
            key.display()
        ))?;
    }
    Ok(())
}
