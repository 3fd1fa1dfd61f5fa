//! `docket exchange …`.

use super::table::table;
use super::{Ended, Failure, account, failed, say};
use crate::config::Config;
use clap::{Args, Subcommand};
use docket_app::replay::{self, ReplayError};
use docket_app::{Hub, SystemClock};
use docket_core::ids::{AccountId, ExchangeId, Uuid};
use docket_store::{Directory, Exchange, Store};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List exchanges, newest first
    List(List),
    /// Show one: its request and its answer, secrets masked
    Show(One),
    /// Do one again: dry, unless it is really wanted
    ///
    /// What came in is served again, as the connection that it came through: what it would change now, and how its answer
    /// differs from the one that was logged. What went out is shown as it would be called.
    Replay(Replay),
}

#[derive(Args)]
pub(super) struct List {
    /// Only this connection's
    #[arg(long)]
    connection: Option<String>,
    /// At most this many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct One {
    /// Its id
    id: Uuid,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Replay {
    /// Its id
    id: Uuid,
    /// Do it, rather than say what would be done
    #[arg(long)]
    really: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::List(command) => list(store, command, as_json).await,
        Command::Show(One { id, account: name }) => {
            let account = account(store, &name).await?;
            let found = store.exchange(account, ExchangeId(id)).await.map_err(failed)?;
            let exchange = found.ok_or_else(|| failed(ReplayError::Unknown))?;
            let directory = store.directory().await.map_err(failed)?;
            if as_json { say(document(&exchange, &directory)) } else { say(page(&exchange, &directory)) }
        }
        Command::Replay(_) => Ok(()),
    }
}

/// Replaying needs a hub over the store.
pub(super) async fn replay(config: &Config, command: Replay, as_json: bool) -> Ended {
    let options = config.hub(config.listen, Arc::new(SystemClock)).map_err(Failure::Usage)?;
    let hub = Hub::open(options).await.map_err(failed)?;
    let told = replayed(&hub, &command).await;
    hub.close().await.map_err(failed)?;
    let told = told?;
    if as_json { say(told) } else { say(card(&told)) }
}

async fn replayed(hub: &Arc<Hub>, command: &Replay) -> Result<Json, Failure> {
    let account: AccountId = account(hub.store(), &command.account).await?;
    replay::replay(hub, account, ExchangeId(command.id), command.really).await.map_err(failed)
}

fn name_of(exchange: &Exchange, directory: &Directory) -> String {
    let of = |id| directory.connections.iter().find(|known| known.id == id).map(|known| known.name.clone());
    exchange.connection.and_then(of).unwrap_or_default()
}

async fn list(store: &Store, command: List, as_json: bool) -> Ended {
    let account = account(store, &command.account).await?;
    let directory = store.directory().await.map_err(failed)?;
    let connection = match &command.connection {
        None => None,
        Some(name) => {
            let mut known = directory.connections.iter().filter(|known| known.account == account);
            let found = known.find(|known| known.name == *name).map(|known| known.id);
            Some(found.ok_or_else(|| Failure::Failed(format!("there is no connection `{name}`")))?)
        }
    };
    let most = usize::try_from(command.limit).unwrap_or(usize::MAX);
    let found = store.exchanges(account, connection, None, most).await.map_err(failed)?;
    if as_json {
        let list: Vec<Json> = found.iter().map(|exchange| outline(exchange, &directory)).collect();
        return say(json!({"exchanges": list}));
    }
    let rows: Vec<Vec<String>> = found
        .iter()
        .map(|exchange| {
            let status = if exchange.status == 0 { "none".to_owned() } else { exchange.status.to_string() };
            let operation = match exchange.operation.as_str() {
                "" => exchange.request_line.clone(),
                operation => operation.to_owned(),
            };
            let id = exchange.id.map(|id| id.to_string()).unwrap_or_default();
            let at = exchange.at.strftime("%Y-%m-%d %H:%M:%S").to_string();
            vec![id, at, direction(exchange).to_owned(), name_of(exchange, &directory), status, operation]
        })
        .collect();
    say(table(&["ID", "AT", "WAY", "CONNECTION", "STATUS", "OPERATION"], &rows))
}

fn direction(exchange: &Exchange) -> &'static str {
    let target = exchange.request_line.split(' ').nth(1).unwrap_or_default();
    if target.starts_with("http") { "out" } else { "in" }
}

fn outline(exchange: &Exchange, directory: &Directory) -> Json {
    json!({
        "id": exchange.id.map(|id| id.to_string()),
        "at": exchange.at.to_string(),
        "took_us": exchange.took_us,
        "direction": direction(exchange),
        "dialect": exchange.dialect,
        "operation": exchange.operation,
        "connection": name_of(exchange, directory),
        "request_line": exchange.request_line,
        "status": exchange.status,
    })
}

fn document(exchange: &Exchange, directory: &Directory) -> Json {
    let mut shown = outline(exchange, directory);
    if let Some(members) = shown.as_object_mut() {
        let request = json!({"headers": exchange.request_headers, "body": exchange.request_body});
        let response = json!({"headers": exchange.response_headers, "body": exchange.response_body});
        members.insert("request".to_owned(), request);
        members.insert("response".to_owned(), response);
    }
    shown
}

fn page(exchange: &Exchange, directory: &Directory) -> String {
    let status = if exchange.status == 0 { "no answer".to_owned() } else { exchange.status.to_string() };
    format!(
        "{} through {} at {}, {} ms\n\n{}\n{}\n{}\n\n{status}\n{}\n{}",
        exchange.operation,
        name_of(exchange, directory),
        exchange.at,
        exchange.took_us / 1000,
        exchange.request_line,
        exchange.request_headers.trim_end(),
        exchange.request_body,
        exchange.response_headers.trim_end(),
        exchange.response_body
    )
}

fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// For people.
fn card(told: &Json) -> String {
    let really = told["really"] == true;
    let mut out = format!(
        "{} {} through {}, logged at {}",
        text(&told["dialect"]),
        text(&told["operation"]),
        text(&told["connection"]),
        text(&told["at"])
    );
    let _ = write!(out, "\n{}", text(&told["request"]["line"]));
    if told["direction"] == "out" && !really {
        let body = text(&told["would_call"]["body"]);
        if !body.is_empty() {
            let _ = write!(out, "\n\n{body}");
        }
        out.push_str(
            "\n\nThis would be called, with the credentials of the connection. Nothing was; --really calls it.",
        );
        return out;
    }
    let is = if really { "is" } else { "would be" };
    let _ = write!(out, "\n\nwas answered {}: {}", text(&told["was"]["status"]), text(&told["was"]["body"]));
    let _ = write!(out, "\n{is} answered {}: {}", text(&told["answer"]["status"]), text(&told["answer"]["body"]));
    let differs: Vec<String> = told["differs"].as_array().into_iter().flatten().map(text).collect();
    match differs.is_empty() {
        true => out.push_str("\n\nNothing differs."),
        false => {
            for differs in &differs {
                let _ = write!(out, "\n  {differs}");
            }
        }
    }
    if !really {
        out.push_str(&super::explain::changes(told));
        out.push_str("\n\nNothing of this was done; --really does it.");
    } else if let Some(id) = told["replayed_as"].as_str() {
        let _ = write!(out, "\n\nIt was done, and is logged as {id}.");
    }
    out
}
