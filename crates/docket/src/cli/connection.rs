//! `docket connection …`.

use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, pair, say, serve};
use crate::config::Config;
use clap::{Args, Subcommand, ValueEnum};
use docket_app::clock::{Clock, SystemClock};
use docket_app::enroll::{self, Enrolled, Enrollment};
use docket_core::connection::{Connection, Role};
use docket_dialects::dialect::{Dialect, Issue};
use docket_store::{Directory, Store};
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a connection and print its credentials, once
    Add(Add),
    /// List connections
    List(List),
    /// Show a connection and its settings
    Show(Named),
    /// Change settings: scope=own|routed|account and those of its dialect
    Set(Set),
    /// Refuse whoever calls through it
    Disable(Named),
    /// Let it call again
    Enable(Named),
    /// Give it new credentials; the old ones end at once
    Rotate(Rotate),
    /// Remove it; its orders stay
    Remove(Named),
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleWord {
    Serve,
    Connect,
    Both,
}

#[derive(Args)]
pub(super) struct Add {
    /// ppw, pruvan, wialon, mews or planviewer
    dialect: String,
    /// Its name
    name: String,
    #[arg(long, default_value = "main")]
    account: String,
    #[arg(long, value_enum, default_value = "serve")]
    role: RoleWord,
    /// A setting, or a credential that is given rather than made
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

#[derive(Args)]
pub(super) struct List {
    /// Only this account's
    #[arg(long)]
    account: Option<String>,
}

#[derive(Args)]
pub(super) struct Named {
    /// Its name
    name: String,
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its name
    name: String,
    #[arg(required = true, value_name = "KEY=VALUE", value_parser = pair)]
    settings: Vec<(String, String)>,
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    named: Named,
    /// A credential that is given rather than made
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
}

pub(super) async fn run(store: &Store, config: &Config, command: Command, as_json: bool) -> Ended {
    let base_url = serve::base_url(config);
    match command {
        Command::Add(add) => {
            let role = match add.role {
                RoleWord::Serve => Role::Serve,
                RoleWord::Connect => Role::Connect,
                RoleWord::Both => Role::Both,
            };
            let request = Enrollment {
                dialect: &add.dialect,
                name: &add.name,
                account: &add.account,
                role,
                set: &add.set,
                base_url: &base_url,
            };
            let enrolled = enroll::add(store, request, SystemClock.now()).await?;
            if enrolled.connection.dialect == "planviewer" {
                // Who only orders documents should find some.
                enroll::ensure_products(store, enrolled.connection.account, SystemClock.now()).await?;
            }
            print_enrolled(&enrolled, &add.account, &base_url, as_json)
        }
        Command::List(list_command) => list(store, list_command, as_json).await,
        Command::Show(named) => {
            let (connection, _) = find(store, &named).await?;
            show(&connection, &named.account, as_json)
        }
        Command::Set(set) => {
            let named = Named { name: set.name, account: set.account };
            let (connection, _) = find(store, &named).await?;
            let changed = enroll::set(store, &connection, &set.settings).await?;
            show(&changed, &named.account, as_json)
        }
        Command::Disable(named) => enable(store, &named, false, as_json).await,
        Command::Enable(named) => enable(store, &named, true, as_json).await,
        Command::Rotate(rotate) => {
            let (connection, _) = find(store, &rotate.named).await?;
            let enrolled = enroll::rotate(store, &connection, &rotate.set, &base_url).await?;
            print_enrolled(&enrolled, &rotate.named.account, &base_url, as_json)
        }
        Command::Remove(named) => {
            let (connection, _) = find(store, &named).await?;
            store.remove_connection(connection.id).await.map_err(failed)?;
            match as_json {
                true => say(json!({"name": connection.name, "removed": true})),
                false => say(format!("{} is removed; its orders stay.", connection.name)),
            }
        }
    }
}

async fn enable(store: &Store, named: &Named, enabled: bool, as_json: bool) -> Ended {
    let (connection, _) = find(store, named).await?;
    let changed = Connection { enabled, ..(*connection).clone() };
    store.put_connection(changed.clone()).await.map_err(failed)?;
    match as_json {
        true => say(json!({"name": changed.name, "enabled": enabled})),
        false => say(format!("{} is {}.", changed.name, if enabled { "enabled" } else { "disabled" })),
    }
}

async fn find(store: &Store, named: &Named) -> Result<(Arc<Connection>, Directory), Failure> {
    let account = account(store, &named.account).await?;
    let directory = store.directory().await.map_err(failed)?;
    let found = directory
        .connections
        .iter()
        .find(|connection| connection.account == account && connection.name == named.name)
        .cloned();
    let none = || {
        let what = format!("there is no connection `{}` in account `{}`", named.name, named.account);
        Failure::Failed(format!("{what}; `docket connection list` shows those there are"))
    };
    Ok((found.ok_or_else(none)?, directory))
}

/// `name`, `dialect`, `account`, `url` and what was issued, in the dialect's order.
pub(super) fn enrolled_json(enrolled: &Enrolled, account: &str, base_url: &str) -> Map<String, Value> {
    let connection = &enrolled.connection;
    let mut object = Map::new();
    object.insert("name".to_owned(), json!(connection.name));
    object.insert("dialect".to_owned(), json!(connection.dialect));
    object.insert("account".to_owned(), json!(account));
    object.insert("url".to_owned(), json!(base_url));
    let dialect = docket_dialects::dialect(&connection.dialect);
    for (name, value) in &enrolled.printed {
        let is_item = dialect.is_some_and(|dialect| {
            dialect.credentials.iter().any(|known| known.name == name && matches!(known.issue, Issue::Item))
        });
        let number = value.parse::<i64>().ok().filter(|_| is_item);
        object.insert(name.clone(), number.map_or_else(|| json!(value), |number| json!(number)));
    }
    object
}

fn print_enrolled(enrolled: &Enrolled, account: &str, base_url: &str, as_json: bool) -> Ended {
    if as_json {
        return say(Value::Object(enrolled_json(enrolled, account, base_url)));
    }
    let connection = &enrolled.connection;
    let title = title(connection);
    let mut rows = vec![("url".to_owned(), base_url.to_owned())];
    rows.extend(enrolled.printed.iter().cloned());
    say(format!(
        "{title} connection `{}` in account `{account}`. Its credentials are shown only now:\n\n{}\n",
        connection.name,
        pairs(&rows)
    ))
}

fn dialect_of(connection: &Connection) -> Option<&'static Dialect> {
    docket_dialects::dialect(&connection.dialect)
}

fn title(connection: &Connection) -> &str {
    dialect_of(connection).map_or(connection.dialect.as_str(), |dialect| dialect.title)
}

async fn list(store: &Store, command: List, as_json: bool) -> Ended {
    let directory = store.directory().await.map_err(failed)?;
    let account_name = |connection: &Connection| {
        let found = directory.accounts.iter().find(|(id, _)| *id == connection.account);
        found.map_or_else(String::new, |(_, name)| name.clone())
    };
    let mut connections: Vec<(String, Arc<Connection>)> = directory
        .connections
        .iter()
        .map(|connection| (account_name(connection), Arc::clone(connection)))
        .filter(|(account, _)| command.account.as_ref().is_none_or(|wanted| wanted == account))
        .collect();
    connections.sort_by(|a, b| (&a.0, &a.1.name).cmp(&(&b.0, &b.1.name)));
    if as_json {
        let list: Vec<Value> = connections.iter().map(|(account, connection)| object(connection, account)).collect();
        return say(json!({ "connections": list }));
    }
    if connections.is_empty() {
        return say("No connections yet. `docket connection add pruvan acme` makes one.");
    }
    let rows: Vec<Vec<String>> = connections
        .iter()
        .map(|(account, connection)| {
            vec![
                account.clone(),
                connection.name.clone(),
                connection.dialect.clone(),
                connection.role.word().to_owned(),
                connection.scope.word().to_owned(),
                if connection.enabled { "yes" } else { "no" }.to_owned(),
            ]
        })
        .collect();
    say(table(&["ACCOUNT", "NAME", "DIALECT", "ROLE", "SCOPE", "ENABLED"], &rows))
}

fn object(connection: &Connection, account: &str) -> Value {
    json!({
        "id": connection.id.0,
        "name": connection.name,
        "dialect": connection.dialect,
        "account": account,
        "role": connection.role.word(),
        "scope": connection.scope.word(),
        "enabled": connection.enabled,
        "settings": connection.settings,
        "created_at": connection.created_at.to_string(),
    })
}

fn show(connection: &Connection, account: &str, as_json: bool) -> Ended {
    if as_json {
        return say(object(connection, account));
    }
    let enabled = if connection.enabled { "yes" } else { "no" };
    let rows = [
        ("dialect", title(connection)),
        ("account", account),
        ("role", connection.role.word()),
        ("scope", connection.scope.word()),
        ("enabled", enabled),
    ];
    let rows: Vec<(String, String)> =
        rows.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    say(format!("{}\n{}", connection.name, pairs(&rows)))?;
    let Some(dialect) = dialect_of(connection).filter(|dialect| !dialect.settings.is_empty()) else { return Ok(()) };
    let settings: Vec<Vec<String>> = dialect
        .settings
        .iter()
        .map(|setting| {
            let value = connection.setting(setting.name);
            let shown = value.map_or_else(|| format!("{} (default)", setting.default), str::to_owned);
            vec![setting.name.to_owned(), shown, setting.help.to_owned()]
        })
        .collect();
    say(format!("\n{}", table(&["SETTING", "VALUE", "WHAT IT DOES"], &settings)))
}
