//! `docket order import`: orders of a file, one a line.

use super::unit::{open, refused};
use super::{Ended, Failure, account, failed, say};
use crate::config::Config;
use bytes::Bytes;
use clap::Args;
use docket_app::Hub;
use docket_app::native::NativeError;
use docket_app::native::lines::{Line, Lines, TOGETHER, Told, take};
use docket_core::connection::Caller;
use docket_core::ledger::Fault;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// So many lines that were refused are told; the others are only counted.
const TOLD: u64 = 20;
/// How often a group is tried that the ledger was too busy for, and the pause between.
const ATTEMPTS: usize = 200;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Args)]
pub(super) struct Import {
    /// The file: an order a line, as in `POST /v1/orders`; `-` is standard input
    file: PathBuf,
    /// Names the import: with the same name, a line that was imported makes no other order [default: what is in the file]
    #[arg(long)]
    key: Option<String>,
    /// Import lines again that were imported before
    #[arg(long, conflicts_with = "key")]
    again: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Default)]
struct Tally {
    made: u64,
    known: u64,
    refused: u64,
}

pub(super) async fn run(config: &Config, command: Import, as_json: bool) -> Ended {
    let lines = Lines::Orders { key: key(&command)? };
    let (reader, length) = source(&command.file)?;
    let hub = open(config).await?;
    let ended = import(&hub, &command.account, &lines, reader, bar(length, as_json), as_json).await;
    hub.close().await.map_err(failed)?;
    let tally = ended?;
    let Tally { made, known, refused } = tally;
    match as_json {
        true => say(json!({"made": made, "known": known, "refused": refused}))?,
        false => say(format!("{made} orders made, {known} were there already, {refused} refused"))?,
    }
    match refused {
        0 => Ok(()),
        _ => Err(Failure::Failed(format!("{refused} lines were refused; the others are imported"))),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Failed(format!("{} cannot be read: {error}", path.display()))
}

/// What makes it safe to import the same again.
fn key(command: &Import) -> Result<Option<String>, Failure> {
    if command.again || command.key.is_some() || command.file == Path::new("-") {
        return Ok(command.key.as_ref().map(|key| format!("import/{key}")));
    }
    let wrong = |error: std::io::Error| unreadable(&command.file, &error);
    let mut file = File::open(&command.file).map_err(wrong)?;
    let (mut print, mut part) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut part).map_err(wrong)? {
            0 => return Ok(Some(format!("import/{}", hex::encode(print.finalize())))),
            read => print.update(part.get(..read).unwrap_or_default()),
        }
    }
}

fn source(path: &Path) -> Result<(Box<dyn BufRead>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(BufReader::new(std::io::stdin())), None));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    let length = file.metadata().ok().map(|known| known.len());
    Ok((Box::new(BufReader::with_capacity(1 << 20, file)), length))
}

/// A bar for a person who watches, nothing otherwise.
fn bar(length: Option<u64>, as_json: bool) -> ProgressBar {
    let is_watched = !as_json && std::io::stderr().is_terminal();
    let target = if is_watched { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(length, target);
    if let Ok(style) =
        ProgressStyle::with_template("{spinner} importing {bar:30} {bytes} of {total_bytes}, {eta} left  {msg}")
    {
        bar.set_style(style);
    }
    bar
}

async fn import(
    hub: &Hub,
    name: &str,
    lines: &Lines,
    mut reader: Box<dyn BufRead>,
    bar: ProgressBar,
    as_json: bool,
) -> Result<Tally, Failure> {
    let caller = Caller::user(account(hub.store(), name).await?, "command line");
    // Blank lines have no index, but people count them.
    let (mut tally, mut index, mut at) = (Tally::default(), 0, 0);
    loop {
        let (mut group, mut read) = (Vec::with_capacity(TOGETHER), 0);
        let mut places: HashMap<u64, u64> = HashMap::new();
        while group.len() < TOGETHER {
            let mut text = Vec::new();
            match reader.read_until(b'\n', &mut text).map_err(failed)? {
                0 => break,
                length => read += length as u64,
            }
            at += 1;
            if !text.trim_ascii().is_empty() {
                group.push(Line { index, text: Bytes::from(text.trim_ascii_end().to_vec()) });
                places.insert(index, at);
                index += 1;
            }
        }
        if group.is_empty() {
            bar.finish_and_clear();
            return Ok(tally);
        }
        for told in together(hub, &caller, lines, group).await? {
            let at = places.get(&told.index).copied().unwrap_or_default();
            tell(&mut tally, (at, told), &bar, as_json)?;
        }
        bar.inc(read);
        bar.set_message(format!("{} orders", tally.made + tally.known));
    }
}

async fn together(hub: &Hub, caller: &Caller, lines: &Lines, group: Vec<Line>) -> Result<Vec<Told>, Failure> {
    for _ in 1..ATTEMPTS {
        match take(hub, caller, lines, group.clone()).await {
            // Nothing was done.
            Err(Fault::Busy) => tokio::time::sleep(PAUSE).await,
            ended => return ended.map_err(failed),
        }
    }
    Err(failed(Fault::Busy))
}

fn tell(tally: &mut Tally, (at, told): (u64, Told), bar: &ProgressBar, as_json: bool) -> Ended {
    match told.result {
        Ok(became) if became.created => tally.made += 1,
        Ok(_) => tally.known += 1,
        Err(NativeError::Fault(fault)) => return Err(failed(fault)),
        Err(error) => {
            tally.refused += 1;
            if tally.refused <= TOLD {
                // Each line is read alone, so what is said about it is about its first line.
                let what = refused(error).to_string().replace("at line 1 column", "at character");
                let line = format!("line {at}: {what}");
                match as_json {
                    true => drop(writeln!(std::io::stderr(), "{line}")),
                    false => bar.suspend(|| drop(writeln!(std::io::stderr(), "{line}"))),
                }
            }
        }
    }
    Ok(())
}
