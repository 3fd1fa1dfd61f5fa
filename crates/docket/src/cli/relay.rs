//! `docket relay …`: what is owed to counterparts, and what people do about it.

use super::table::table;
use super::{Ended, Failure, account, failed, say};
use clap::{Args, Subcommand};
use docket_app::clock::{Clock, SystemClock};
use docket_app::relay::resolve::{self, DeliveryId, Resolved, SettleOutcome};
use docket_app::relay::{show, spoken};
use docket_core::connection::{Connection, Role};
use docket_core::ids::AccountId;
use docket_dialects::connect::Settled;
use docket_store::{DeliveryQuery, DeliveryStatus, Resolve, Store};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// How it goes with each counterpart
    Status(Status),
    /// List deliveries, those that changed last first
    List(List),
    /// Try deliveries again, now
    Retry(Chosen),
    /// Give deliveries up
    Drop(Chosen),
    /// Let deliveries go although they cost money
    Release(Chosen),
    /// Say what became of a call whose outcome was not known
    Settle(Settle),
    /// Look for news now
    Pull(Pull),
}

#[derive(Args)]
pub(super) struct Status {
    /// Only this connection
    connection: Option<String>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct List {
    /// Only to this connection
    #[arg(long)]
    connection: Option<String>,
    /// Only these, with commas between: queued, sending, synced, error, held, dropped
    #[arg(long)]
    status: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Chosen {
    /// Deliveries, as `docket relay list` names them: 3-17
    #[arg(required_unless_present = "connection")]
    deliveries: Vec<String>,
    /// All to this connection that stand so that it can be done
    #[arg(long, conflicts_with = "deliveries")]
    connection: Option<String>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Settle {
    /// The delivery, as `docket relay list` names it: 3-17
    delivery: String,
    /// It was done: the order's id over there
    #[arg(long, value_name = "ID", conflicts_with = "not_done", required_unless_present = "not_done")]
    done: Option<String>,
    /// It was not done, and may be done again
    #[arg(long)]
    not_done: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Pull {
    /// The connection
    connection: String,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

/// How many deliveries are read at once.
const PAGE: usize = 1_000;

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::Status(command) => status(store, command, as_json).await,
        Command::List(command) => list(store, command, as_json).await,
        Command::Retry(command) => resolve_some(store, command, Resolve::Retry, as_json).await,
        Command::Drop(command) => resolve_some(store, command, Resolve::Drop, as_json).await,
        Command::Release(command) => resolve_some(store, command, Resolve::Release, as_json).await,
        Command::Settle(command) => settle(store, command, as_json).await,
        Command::Pull(command) => {
            let connection = calling(store, &command.account, &command.connection).await?;
            resolve::pull(store, &connection, SystemClock.now()).await.map_err(failed)?;
            match as_json {
                true => say(json!({"connection": connection.name, "asked": "pull"})),
                false => say(format!("A running hub looks for news through {} within a second.", connection.name)),
            }
        }
    }
}

/// A connection of an account that calls a counterpart.
pub(super) async fn calling(store: &Store, account_name: &str, name: &str) -> Result<Arc<Connection>, Failure> {
    let account = account(store, account_name).await?;
    let all = show::connections(store, account).await.map_err(failed)?;
    let found = all.into_iter().find(|connection| connection.name == name);
    let none = || Failure::Failed(format!("there is no connection `{name}` in account `{account_name}`"));
    let connection = found.ok_or_else(none)?;
    if connection.role == Role::Serve {
        return Err(Failure::Failed(format!("`{name}` only serves: it calls nobody")));
    }
    Ok(connection)
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn status(store: &Store, command: Status, as_json: bool) -> Ended {
    let account = account(store, &command.account).await?;
    let counts = show::counts(store, account).await.map_err(failed)?;
    let mut list = Vec::new();
    for connection in show::connections(store, account).await.map_err(failed)? {
        let wanted = command.connection.as_ref().is_none_or(|name| *name == connection.name);
        if wanted && connection.role != Role::Serve {
            let shown = show::connection(store, &connection, &counts, SystemClock.now()).await.map_err(failed)?;
            list.push(Value::Object(shown));
        }
    }
    if as_json {
        return say(json!({ "connections": list }));
    }
    if list.is_empty() {
        return say("No connection calls a counterpart. `docket connection add … --role connect` makes one.");
    }
    let row = |one: &Value| {
        let health = &one["health"];
        let counts = one["deliveries"]["counts"].as_object();
        let counts = counts.into_iter().flatten().map(|(name, count)| format!("{count} {name}"));
        let state = match () {
            () if one["enabled"] == false => "disabled".to_owned(),
            () if one["settings"]["paused"] == "true" => "paused".to_owned(),
            () if health["denied"].is_object() => "not let in".to_owned(),
            () if health["failures"] == 0 && health["last_success"].is_null() => "new".to_owned(),
            () if health["failures"] == 0 => "well".to_owned(),
            () => format!("failing {}", health["failures"]),
        };
        let error = if health["failures"] == 0 { String::new() } else { text(&health["last_error"]["text"]) };
        vec![
            text(&one["name"]),
            text(&one["dialect"]),
            state,
            text(&health["last_success"]),
            counts.collect::<Vec<_>>().join(", "),
            error,
        ]
    };
    let rows: Vec<Vec<String>> = list.iter().map(row).collect();
    say(table(&["CONNECTION", "DIALECT", "STATE", "LAST SUCCESS", "DELIVERIES", "ERROR"], &rows))
}

fn statuses(words: Option<&str>) -> Result<Vec<DeliveryStatus>, Failure> {
    let known = || DeliveryStatus::ALL.iter().map(|status| status.word()).collect::<Vec<_>>().join(", ");
    let read = |word: &str| {
        DeliveryStatus::from_word(word.trim())
            .ok_or_else(|| Failure::Usage(format!("--status `{word}`: use {}", known())))
    };
    words.map_or_else(|| Ok(Vec::new()), |words| words.split(',').map(read).collect())
}

async fn list(store: &Store, command: List, as_json: bool) -> Ended {
    let account = account(store, &command.account).await?;
    let connection = match &command.connection {
        Some(name) => Some(calling(store, &command.account, name).await?.id),
        None => None,
    };
    let query = DeliveryQuery {
        connection,
        statuses: statuses(command.status.as_deref())?,
        limit: usize::try_from(command.limit).unwrap_or(PAGE),
        ..DeliveryQuery::default()
    };
    let page = store.deliveries(account, &query).await.map_err(failed)?;
    let list = show::deliveries(store, account, &page).await.map_err(failed)?;
    if as_json {
        return say(json!({ "deliveries": list }));
    }
    if list.is_empty() {
        return say("Nothing is owed to anybody.");
    }
    let row = |one: &Value| {
        let status = match one["held_for"].as_str() {
            Some(why) => format!("{} ({why})", text(&one["status"])),
            None => text(&one["status"]),
        };
        let said = if one["status"] == "synced" { &one["summary"] } else { &one["error"] };
        let order = one["order"]["number"].as_str().map_or_else(|| text(&one["order"]["serial"]), str::to_owned);
        vec![text(&one["id"]), text(&one["connection"]), order, status, text(&one["since"]), text(said)]
    };
    let rows: Vec<Vec<String>> = list.iter().map(row).collect();
    say(table(&["DELIVERY", "CONNECTION", "ORDER", "STATUS", "SINCE", ""], &rows))
}

async fn resolve_some(store: &Store, command: Chosen, what: Resolve, as_json: bool) -> Ended {
    let of = account(store, &command.account).await?;
    let (ids, is_whole) = match &command.connection {
        Some(name) => {
            let connection = calling(store, &command.account, name).await?;
            (all_to(store, of, &connection, what).await?, true)
        }
        None => {
            let read = |text: &String| {
                text.parse().map_err(|()| {
                    Failure::Usage(format!("`{text}` names no delivery; `docket relay list` shows them: 3-17"))
                })
            };
            (command.deliveries.iter().map(read).collect::<Result<Vec<DeliveryId>, _>>()?, false)
        }
    };
    let mut done = 0;
    for id in ids {
        match resolve::delivery(store, of, id, what, SystemClock.now()).await.map_err(failed)? {
            Resolved::Done(_) => done += 1,
            Resolved::NotFound => return Err(Failure::Failed(format!("there is no delivery {id}"))),
            Resolved::Not(_) if is_whole => {}
            Resolved::Not(delivery) => {
                let held = delivery.hold.map_or_else(String::new, |hold| format!(" for {}", hold.word()));
                let what = format!("delivery {id} is {}{held}: that cannot be done with it", delivery.status.word());
                return Err(Failure::Failed(what));
            }
        }
    }
    match as_json {
        true => say(json!({ "done": done })),
        false => say(format!("{done} deliveries; a running hub goes on with them within a second.")),
    }
}

async fn settle(store: &Store, command: Settle, as_json: bool) -> Ended {
    let of = account(store, &command.account).await?;
    let none = || Failure::Failed(format!("there is no delivery {}; `docket relay list` shows them", command.delivery));
    let DeliveryId(connection, serial) = command.delivery.parse().map_err(|()| none())?;
    let all = show::connections(store, of).await.map_err(failed)?;
    let connection = all.into_iter().find(|known| known.id == connection).ok_or_else(none)?;
    let outcome = command.done.map_or(Settled::NotDone, Settled::Done);
    let settled = resolve::settle(store, spoken, &connection, serial, &outcome, SystemClock.now()).await;
    match settled.map_err(failed)? {
        SettleOutcome::NotFound => Err(none()),
        SettleOutcome::Not(why) => Err(Failure::Failed(why)),
        SettleOutcome::Done(delivery) if as_json => {
            say(show::deliveries(store, of, &[*delivery]).await.map_err(failed)?.remove(0))
        }
        SettleOutcome::Done(_) => say("Noted; a running hub goes on with it within a second."),
    }
}

/// The deliveries to a connection with which something can be done.
async fn all_to(
    store: &Store,
    account: AccountId,
    connection: &Connection,
    what: Resolve,
) -> Result<Vec<DeliveryId>, Failure> {
    let statuses = match what {
        Resolve::Release => vec![DeliveryStatus::Held],
        Resolve::Retry | Resolve::Anew => vec![DeliveryStatus::Queued, DeliveryStatus::Error, DeliveryStatus::Held],
        Resolve::Drop => vec![DeliveryStatus::Queued, DeliveryStatus::Error, DeliveryStatus::Held],
    };
    let mut query =
        DeliveryQuery { connection: Some(connection.id), statuses, limit: PAGE, ..DeliveryQuery::default() };
    let mut all = Vec::new();
    loop {
        let page = store.deliveries(account, &query).await.map_err(failed)?;
        all.extend(page.iter().map(DeliveryId::of));
        match page.last().filter(|_| page.len() == PAGE) {
            Some(last) => query.after = Some((last.since_ms, last.connection, last.serial)),
            None => return Ok(all),
        }
    }
}
