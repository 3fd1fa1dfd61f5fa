//! `docket connection …`.

use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, pair, say, serve};
use crate::config::Config;
use clap::{Args, Subcommand, ValueEnum};
use docket_app::clock::{Clock, SystemClock};
use docket_app::enroll::{self, Enrolled, Enrollment};
use docket_app::vault::{self, Vault};
use docket_core::connection::{Connection, Role};
use docket_dialects::connect::settings;
use docket_dialects::dialect::{Dialect, Issue};
use docket_store::{Directory, Store};
use serde_json::{Map, Value, json};
use std::sync::Arc;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a connection and print its credentials, once
    #[command(after_long_help = settings_help())]
    Add(Add),
    /// List connections
    List(List),
    /// Show a connection and its settings
    Show(Named),
    /// Change settings: scope=own|routed|account, those of its dialect, and what it calls with
    #[command(after_long_help = settings_help())]
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
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
    #[arg(long, value_enum, default_value = "serve")]
    role: RoleWord,
    /// A setting, a credential that is given rather than made, or what a counterpart is called with
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    set: Vec<(String, String)>,
    /// What a counterpart is called with, read from this file rather than from the command line
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
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
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its name
    name: String,
    #[arg(value_name = "KEY=VALUE", value_parser = pair, required_unless_present_any = ["secret", "secret_file"])]
    settings: Vec<(String, String)>,
    /// What a counterpart is called with: the old one is forgotten
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    secret: Vec<(String, String)>,
    /// The same, read from this file rather than from the command line
    #[arg(long, value_name = "KEY=FILE", value_parser = pair)]
    secret_file: Vec<(String, String)>,
    /// The account
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
    let vault = Vault::new(config.key());
    match command {
        Command::Add(mut add) => {
            add.set.extend(from_files(&add.secret_file)?);
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
            let enrolled = enroll::add_with(store, Some(&vault), request, SystemClock.now()).await?;
            if enrolled.connection.dialect == "planviewer" {
                // Who only orders documents should find some.
                enroll::ensure_products(store, enrolled.connection.account, SystemClock.now()).await?;
            }
            print_enrolled(&enrolled, &add.account, &base_url, as_json)
        }
        Command::List(list_command) => list(store, list_command, as_json).await,
        Command::Show(named) => {
            let (connection, _) = find(store, &named).await?;
            show(store, &connection, &named.account, as_json).await
        }
        Command::Set(mut set) => {
            set.secret.extend(from_files(&set.secret_file)?);
            let named = Named { name: set.name, account: set.account };
            let (connection, _) = find(store, &named).await?;
            let known = dialect_of(&connection).and_then(|dialect| dialect.connect);
            let known = known.map_or(&[] as &[_], |connect| connect.secrets());
            if let Some((name, _)) = set.secret.iter().find(|(name, _)| known.iter().all(|known| known.name != name)) {
                return Err(Failure::Usage(format!("{} is called with no `{name}`", title(&connection))));
            }
            set.settings.extend(set.secret);
            let changed = enroll::set_with(store, Some(&vault), &connection, &set.settings).await?;
            show(store, &changed, &named.account, as_json).await
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

/// What is read from files: a command line is seen by everybody on the machine.
pub(super) fn from_files(files: &[(String, String)]) -> Result<Vec<(String, String)>, Failure> {
    let read = |(name, path): &(String, String)| {
        let text = std::fs::read_to_string(path).map_err(|error| failed(format!("{path}: {error}")))?;
        Ok((name.clone(), text.trim_end_matches(['\r', '\n']).to_owned()))
    };
    files.iter().map(read).collect()
}

/// Everything that can be set, for `--help`.
fn settings_help() -> String {
    let line = |name: &str, default: &str, help: &str| {
        let default = if default.is_empty() { String::new() } else { format!(" [default: {default}]") };
        format!("  {name:<22}{help}{default}\n")
    };
    let mut text = "Settings of every connection that calls (the role connect or both):\n".to_owned();
    for setting in settings::SETTINGS {
        text.push_str(&line(setting.name, setting.default, setting.help));
    }
    for dialect in docket_dialects::DIALECTS {
        text.push_str(&format!("\nSettings of {} ({}):\n", dialect.title, dialect.id));
        for setting in dialect.settings {
            text.push_str(&line(setting.name, setting.default, setting.help));
        }
        for secret in dialect.connect.map_or(&[] as &[_], |connect| connect.secrets()) {
            text.push_str(&line(secret.name, "", &format!("to call with, kept encrypted: {}", secret.help)));
        }
    }
    text
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
    if connection.role == Role::Connect {
        let url = connection.setting("url").unwrap_or_default();
        return say(format!(
            "{title} connection `{}` in account `{account}` calls {url}. What it calls with is kept encrypted.",
            connection.name
        ));
    }
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

async fn show(store: &Store, connection: &Connection, account: &str, as_json: bool) -> Ended {
    let secrets = vault::names(store, connection.id).await.map_err(failed)?;
    if as_json {
        let mut object = object(connection, account);
        if connection.role != Role::Serve {
            object["secrets"] = json!(secrets);
        }
        return say(object);
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
    let Some(dialect) = dialect_of(connection) else { return Ok(()) };
    let connect = dialect.connect.filter(|_| connection.role != Role::Serve);
    let common = settings::SETTINGS.iter().filter_map(|setting| Some((setting, connect?)));
    let common = common.map(|(setting, connect)| (setting, settings::default_of(setting, connect)));
    let own = dialect.settings.iter().map(|setting| (setting, setting.default.to_owned()));
    let mut rows: Vec<Vec<String>> = own
        .chain(common)
        .map(|(setting, default)| {
            let value = connection.setting(setting.name);
            let shown = value.map_or_else(|| format!("{default} (default)").trim_start().to_owned(), str::to_owned);
            vec![setting.name.to_owned(), shown, setting.help.to_owned()]
        })
        .collect();
    for secret in connect.map_or(&[] as &[_], |connect| connect.secrets()) {
        let is_kept = secrets.iter().any(|name| name == secret.name);
        let shown = if is_kept { "kept" } else { "not given" };
        rows.push(vec![secret.name.to_owned(), shown.to_owned(), secret.help.to_owned()]);
    }
    if rows.is_empty() {
        return Ok(());
    }
    say(format!("\n{}", table(&["SETTING", "VALUE", "WHAT IT DOES"], &rows)))
}
