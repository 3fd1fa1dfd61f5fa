//! `docket reconcile …`: what differs between both sides of a connection.

use super::relay::calling;
use super::table::table;
use super::{Ended, Failure, account, failed, say};
use clap::Args;
use docket_app::clock::{Clock, SystemClock};
use docket_app::relay::{resolve, show};
use docket_core::connection::Connection;
use docket_core::ids::Serial;
use docket_store::Store;
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Args)]
pub(super) struct Reconcile {
    /// The connection
    connection: String,
    /// Compare now, and wait for it; a hub must run on the same data
    #[arg(long)]
    now: bool,
    /// How many seconds to wait for that
    #[arg(long, default_value_t = 120, requires = "now")]
    wait_s: u64,
    /// Say orders anew: all of the report, or these serials with commas between
    #[arg(long, value_name = "all|SERIALS")]
    repush: Option<String>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

const PAGE: usize = 1_000;
const LOOK_EVERY: Duration = Duration::from_millis(300);

pub(super) async fn run(store: &Store, command: Reconcile, as_json: bool) -> Ended {
    account(store, &command.account).await?;
    let connection = calling(store, &command.account, &command.connection).await?;
    if command.now {
        compare(store, &connection, Duration::from_secs(command.wait_s)).await?;
    }
    if let Some(which) = &command.repush {
        return repush(store, &connection, which, as_json).await;
    }
    report(store, &connection, as_json).await
}

async fn compare(store: &Store, connection: &Connection, longest: Duration) -> Ended {
    let before = resolve::health(store, connection.id).await.map_err(failed)?.compared;
    resolve::compare(store, connection, SystemClock.now()).await.map_err(failed)?;
    let waited = tokio::time::timeout(longest, async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let now = resolve::health(store, connection.id).await.map_err(failed)?.compared;
            if now != before {
                return Ok(now);
            }
        }
    });
    match waited.await {
        Ok(Ok(Some(compared))) => match compared.error {
            Some(error) => Err(Failure::Failed(format!("both sides could not be compared: {error}"))),
            None => Ok(()),
        },
        Ok(Ok(None)) => Ok(()),
        Ok(Err(failure)) => Err(failure),
        Err(_) => Err(Failure::Failed(format!(
            "nothing was compared within {} s; does a hub run on this data, and is the connection enabled?",
            longest.as_secs()
        ))),
    }
}

async fn repush(store: &Store, connection: &Connection, which: &str, as_json: bool) -> Ended {
    let now = SystemClock.now();
    let owed = if which == "all" {
        resolve::repush_all(store, connection, now).await.map_err(failed)?
    } else {
        let read = |text: &str| {
            let serial = text.trim().parse().map(Serial);
            serial.map_err(|_| Failure::Usage(format!("--repush `{text}`: use all, or serials with commas between")))
        };
        let serials = which.split(',').map(read).collect::<Result<Vec<Serial>, _>>()?;
        resolve::repush(store, connection, &serials, now).await.map_err(failed)?
    };
    match as_json {
        true => say(json!({"connection": connection.name, "owed": owed})),
        false => say(format!("{owed} orders are owed to {} again; a running hub sends them.", connection.name)),
    }
}

async fn report(store: &Store, connection: &Connection, as_json: bool) -> Ended {
    let (mut after, mut list) = (None, Vec::new());
    let head = loop {
        let page = show::report(store, connection, after.take(), PAGE, SystemClock.now()).await.map_err(failed)?;
        list.extend(page["differences"].as_array().cloned().unwrap_or_default());
        let next = page["next_cursor"].as_str().and_then(show::place);
        match next {
            Some(next) => after = Some(next),
            None => break page,
        }
    };
    if as_json {
        return say(json!({
            "connection": connection.name,
            "compared": head["compared"],
            "counts": head["counts"],
            "differences": list,
        }));
    }
    let compared = match (head["compared"]["ended"].as_str(), head["compared"]["error"].as_str()) {
        (_, Some(error)) => format!("the last comparison broke off: {error}"),
        (Some(at), None) => format!("compared at {at}, {} orders seen there", head["compared"]["seen"]),
        (None, None) => "never compared yet; --now does".to_owned(),
    };
    say(format!("{}: {} differences; {compared}", connection.name, list.len()))?;
    if list.is_empty() {
        return Ok(());
    }
    let row = |one: &Value| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let maybe = |value: &Value| if value.is_null() { String::new() } else { text(value) };
        let fields = one["fields"].as_array().into_iter().flatten().map(|field| {
            format!("{} here {} there {}", text(&field["field"]), maybe(&field["here"]), maybe(&field["there"]))
        });
        let fields: Vec<String> = fields.collect();
        let what = if fields.is_empty() { maybe(&one["error"]) } else { fields.join("; ") };
        vec![
            text(&one["kind"]),
            maybe(&one["order"]),
            maybe(&one["number"]),
            maybe(&one["remote"]),
            text(&one["since"]),
            what,
        ]
    };
    let rows: Vec<Vec<String>> = list.iter().map(row).collect();
    say(format!("\n{}", table(&["KIND", "ORDER", "NUMBER", "THERE", "SINCE", "WHAT"], &rows)))
}
