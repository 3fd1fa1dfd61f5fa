//! `docket unit …`.

use super::table::table;
use super::{Ended, Failure, account, failed, pair, say};
use crate::config::Config;
use clap::{Args, Subcommand};
use docket_app::native::NativeError;
use docket_app::native::units::{self, Removed};
use docket_app::{Clock, Hub, SystemClock};
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ledger::Ledger;
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// List units: what they carry, where they are
    List(List),
    /// Make a unit
    Add(Set),
    /// Set what is known of a unit: name, unique_id, phone, password, capacity_kg, capacity_volume, odometer_km
    Set(Set),
    /// Remove a unit and where it was, unless open orders are assigned to it
    Remove(Named),
}

#[derive(Args)]
pub(super) struct Named {
    /// Its id or name
    name: String,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct List {
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its id or name
    name: String,
    /// What is to be known of it; an empty value takes it back
    #[arg(value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

/// Why something native was refused, for people.
pub(super) fn refused(error: NativeError) -> Failure {
    match error {
        NativeError::Syntax(what) => Failure::Usage(what),
        NativeError::Invalid { pointer, detail } => Failure::Usage(
            format!("{}: {detail}", pointer.trim_start_matches('/').replace('/', " ")).replace(": is", " is"),
        ),
        NativeError::KeyReused => failed("an idempotency key belongs to one body"),
        NativeError::Outdated => failed("it was changed meanwhile"),
        NativeError::ClaimLost(why) => failed(why),
        NativeError::NotReady(why) => failed(why),
        NativeError::Rejected(rejection) => failed(rejection),
        NativeError::Fault(fault) => failed(fault),
    }
}

/// A hub over the store, beside whichever serves it.
pub(super) async fn open(config: &Config) -> Result<std::sync::Arc<Hub>, Failure> {
    let options = config.hub(config.listen, std::sync::Arc::new(SystemClock)).map_err(Failure::Usage)?;
    Hub::open(options).await.map_err(|error| failed(format!("the store cannot be opened: {error}")))
}

pub(super) async fn run(config: &Config, command: Command, as_json: bool) -> Ended {
    let hub = open(config).await?;
    let ended = on_hub(&hub, command, as_json).await;
    hub.close().await.map_err(failed)?;
    ended
}

async fn on_hub(hub: &Hub, command: Command, as_json: bool) -> Ended {
    match command {
        Command::List(command) => {
            let caller = caller(hub, &command.account).await?;
            let listed: Vec<Value> =
                hub.units_of(caller.account).await.map_err(failed)?.iter().map(units::shown).collect();
            if as_json { say(json!({ "units": listed })) } else { list(&listed) }
        }
        Command::Add(command) => {
            let caller = caller(hub, &command.account).await?;
            if units::find(hub, &caller, &command.name).await.map_err(failed)?.is_some() {
                return Err(failed(format!(
                    "there is a unit `{}` already; `docket unit set` changes it",
                    command.name
                )));
            }
            let mut unit = Unit { created_at: SystemClock.now(), ..Unit::default() };
            units::set(&mut unit, "name", command.name.clone().into()).map_err(refused)?;
            put(hub, &caller, unit, &command.set, as_json).await
        }
        Command::Set(command) => {
            let caller = caller(hub, &command.account).await?;
            let unit = units::find(hub, &caller, &command.name).await.map_err(failed)?;
            put(hub, &caller, unit.ok_or_else(|| unknown(&command.name))?, &command.set, as_json).await
        }
        Command::Remove(Named { name, account }) => {
            let caller = caller(hub, &account).await?;
            match units::remove(hub, &caller, &name).await.map_err(failed)? {
                Removed::Gone if as_json => say(json!({ "removed": name })),
                Removed::Gone => say(format!("{name} is removed")),
                Removed::Unknown => Err(unknown(&name)),
                Removed::InUse => Err(failed(format!(
                    "open orders are assigned to `{name}`; assign them to another unit first (`docket order list` shows them)"
                ))),
            }
        }
    }
}

fn unknown(name: &str) -> Failure {
    failed(format!("there is no unit `{name}`; `docket unit list` shows them"))
}

async fn caller(hub: &Hub, name: &str) -> Result<Caller, Failure> {
    Ok(Caller::user(account(hub.store(), name).await?, "command line"))
}

async fn put(hub: &Hub, caller: &Caller, mut unit: Unit, set: &[(String, String)], as_json: bool) -> Ended {
    for (key, text) in set {
        // Amounts come as numbers, the rest as texts; nothing takes back what was said.
        let value = match text.trim() {
            "" => Value::Null,
            text if key.starts_with("capacity_") || key == "odometer_km" => {
                text.parse::<f64>().map_or_else(|_| Value::from(text), Value::from)
            }
            text => Value::from(text),
        };
        units::set(&mut unit, key, value).map_err(refused)?;
    }
    let unit = Ledger::put_unit(hub, caller, unit).await.map_err(failed)?.map_err(failed)?;
    let shown = units::find(hub, caller, &unit.id.0.to_string()).await.map_err(failed)?.unwrap_or(unit);
    if as_json { say(units::shown(&shown)) } else { list(&[units::shown(&shown)]) }
}

fn list(units: &[Value]) -> Ended {
    if units.is_empty() {
        return say("No units yet; `docket unit add NAME` makes one.");
    }
    let text = |unit: &Value, name: &str| match &unit[name] {
        Value::Null => "—".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |unit: &Value| {
        let place = match &unit["position"] {
            Value::Null => "—".to_owned(),
            at => format!("{:.5}, {:.5}  {}", at["latitude"], at["longitude"], text(at, "at")),
        };
        let mut row: Vec<String> =
            ["id", "name", "unique_id", "capacity_kg", "capacity_volume"].map(|name| text(unit, name)).to_vec();
        row.push(place);
        row
    };
    let rows: Vec<Vec<String>> = units.iter().map(row).collect();
    say(table(&["ID", "NAME", "TRACKER", "CARRIES KG", "VOLUME", "LAST SEEN"], &rows))
}
