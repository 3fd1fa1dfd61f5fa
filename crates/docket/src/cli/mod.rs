//! The command line. Every command works on the store itself, whether or not a hub is running on it.

mod backup;
mod connection;
mod crosswalk;
mod demo;
mod exchange;
mod explain;
mod import;
mod items;
mod order;
mod outbox;
mod plan;
mod probe;
mod product;
mod reconcile;
mod relay;
mod report;
mod rule;
mod serve;
mod simulate;
mod table;
mod token;
mod unit;
mod user;
mod webhook;

use crate::config::{Config, DEFAULT, Overrides};
use crate::run::runtime;
use clap::{Args, Parser, Subcommand};
use docket_core::ids::AccountId;
use docket_store::Store;
use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

/// One ledger for every order system.
#[derive(Parser)]
#[command(name = "docket", version, about, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// How the options of every command are headed in help.
const EVERYWHERE: &str = "Options of every command";

/// What every command takes.
#[derive(Args, Clone)]
struct Global {
    /// Configuration file [env: DOCKET_CONFIG]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory [env: DOCKET_DATA]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Keep the ledger in PostgreSQL [env: DOCKET_DATABASE_URL]
    #[arg(long, global = true, help_heading = EVERYWHERE, value_name = "URL")]
    database_url: Option<String>,
    /// Answer in JSON
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the order APIs and the native API
    Serve(serve::Serve),
    /// Serve the demo world with simulated units
    Demo(demo::Demo),
    /// Connections: links to the systems that call
    #[command(subcommand)]
    Connection(connection::Command),
    /// Bearer tokens of the native API
    #[command(subcommand)]
    Token(token::Command),
    /// Users: who signs in to the console, and what they may do in which account
    #[command(subcommand)]
    User(user::Command),
    /// Orders in the ledger
    #[command(subcommand)]
    Order(order::Command),
    /// Messages to customers, drivers and operators: owed, sent, failed
    #[command(subcommand)]
    Outbox(outbox::Command),
    /// Products: documents that can be ordered, and who makes them
    #[command(subcommand)]
    Product(product::Command),
    /// Units: who can be sent, and what they carry
    #[command(subcommand)]
    Unit(unit::Command),
    /// Plan a day: which unit visits which order when
    Plan(Box<plan::Plan>),
    /// The journal: every change, in order
    Journal(order::Journal),
    /// Deliveries to the systems that are called
    #[command(subcommand)]
    Relay(relay::Command),
    /// Rules: which orders go to which connection
    #[command(subcommand)]
    Rule(rule::Command),
    /// What differs between the ledger and a system that is called
    Reconcile(reconcile::Reconcile),
    /// Webhooks: programs that are told what happens to orders
    #[command(subcommand)]
    Webhook(webhook::Command),
    /// How each order API maps to the ledger: states, fields, operations
    Crosswalk(crosswalk::Crosswalk),
    /// Run a request of an order API dry: what it would be answered, change and be refused
    Explain(explain::Explain),
    /// The wire log: what was said, and what it would come to today
    #[command(subcommand)]
    Exchange(exchange::Command),
    /// Find out whether another implementation of an order API conforms
    ///
    /// Its checks are played over HTTP. What is made there is named after the run and taken away again; what costs money
    /// is left out unless asked for. Exit status: 0 all that was played conforms, 1 something differs, 2 wrong use.
    Probe(Box<probe::Probe>),
    /// Serve a counterpart of one order API, with orders and chosen faults, to build integrations against
    ///
    /// It is a hub of its own in a temporary folder, with one connection and orders of the last days, some of which go on.
    /// Which requests meet a fault follows from the seed and the number of the request: the same every time.
    Simulate(simulate::Simulate),
    /// Print the OpenAPI document of the native API
    Openapi,
    /// Copy ledger and files into one file while the hub works
    Backup(backup::Backup),
    /// Make a new data directory (--data) from a backup
    Restore(backup::Restore),
    /// Print the commented default configuration
    Config,
}

/// Why a command did not do what was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It could not: exit status 1.
    Failed(String),
    /// It was used wrongly: exit status 2.
    Usage(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Failed(what) | Failure::Usage(what) => f.write_str(what),
        }
    }
}

impl From<docket_app::enroll::EnrollError> for Failure {
    fn from(error: docket_app::enroll::EnrollError) -> Failure {
        use docket_app::enroll::EnrollError;
        match error {
            EnrollError::Dialect(_)
            | EnrollError::Invalid(_)
            | EnrollError::Setting { .. }
            | EnrollError::Missing { .. }
            | EnrollError::Role(_) => Failure::Usage(error.to_string()),
            _ => Failure::Failed(error.to_string()),
        }
    }
}

pub(crate) fn failed(error: impl fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}

type Ended = Result<(), Failure>;

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, everything else is wrong use.
            let wrong = error.use_stderr();
            let _ = error.print();
            return if wrong { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(std::io::stderr(), "docket: {failure}");
            ExitCode::from(if matches!(failure, Failure::Usage(_)) { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli) -> Ended {
    let Cli { global, command } = cli;
    match command {
        Command::Config => say(DEFAULT.trim_end()),
        Command::Openapi => say(format!("{:#}", crate::http::openapi::document().map_err(Failure::Failed)?)),
        Command::Crosswalk(command) => crosswalk::run(&command, global.json),
        Command::Serve(command) => serve::run(&global, &command),
        Command::Restore(command) => backup::restore(&global, &command),
        Command::Order(order::Command::Report(command)) => report::run(&global, &command),
        Command::Order(order::Command::Import(command)) => {
            on_hub(&global, async |config| import::run(config, command, global.json).await)
        }
        Command::Demo(command) => demo::run(&global, &command),
        Command::Simulate(command) => simulate::run(&global, command),
        Command::Exchange(exchange::Command::Replay(command)) => {
            on_hub(&global, async |config| exchange::replay(config, command, global.json).await)
        }
        Command::Explain(command) => on_hub(&global, async |config| explain::run(config, command, global.json).await),
        Command::Probe(command) => on_hub(&global, async |config| probe::run(config, *command, global.json).await),
        Command::Unit(command) => on_hub(&global, async |config| unit::run(config, command, global.json).await),
        Command::Plan(command) => on_hub(&global, async |config| plan::run(config, *command, global.json).await),
        other => {
            let config = global.load(None)?;
            if matches!(other, Command::Backup(_)) {
                backup::check(&config)?;
            }
            crate::logging::start(&crate::config::Log { level: "warn".to_owned(), ..config.log.clone() })
                .map_err(failed)?;
            tell_if_new(&config);
            let runtime = runtime().map_err(failed)?;
            runtime.block_on(async {
                let store = Store::open(config.store()).await.map_err(|error| {
                    let place = if config.database_url.is_empty() {
                        config.data.display().to_string()
                    } else {
                        "the database of --database-url".to_owned()
                    };
                    Failure::Failed(format!("the store in {place} cannot be opened: {error}"))
                })?;
                let ended = on_store(&store, &config, &global, other).await;
                store.close().await.map_err(failed)?;
                ended
            })
        }
    }
}

/// Says that there was nothing where a command looks: mostly it was meant for another folder.
fn tell_if_new(config: &Config) {
    if config.database_url.is_empty() && !config.data.join("docket.db").exists() {
        let place = config.data.display();
        let _ = writeln!(
            std::io::stderr(),
            "docket: there was no ledger in {place}, so a new one is made; --data says where"
        );
    }
}

/// Runs what needs a hub of its own over the store.
fn on_hub(global: &Global, run: impl AsyncFnOnce(&Config) -> Ended) -> Ended {
    let config = global.load(None)?;
    crate::logging::start(&crate::config::Log { level: "warn".to_owned(), ..config.log.clone() }).map_err(failed)?;
    tell_if_new(&config);
    runtime().map_err(failed)?.block_on(run(&config))
}

async fn on_store(store: &Store, config: &Config, global: &Global, command: Command) -> Ended {
    match command {
        Command::Connection(command) => connection::run(store, config, command, global.json).await,
        Command::Token(command) => token::run(store, command, global.json).await,
        Command::User(command) => user::run(store, command, global.json).await,
        Command::Order(command) => order::run(store, command, global.json).await,
        Command::Exchange(command) => exchange::run(store, command, global.json).await,
        Command::Outbox(command) => outbox::run(store, command, global.json).await,
        Command::Product(command) => product::run(store, command, global.json).await,
        Command::Journal(command) => order::journal(store, command, global.json).await,
        Command::Relay(command) => relay::run(store, command, global.json).await,
        Command::Rule(command) => rule::run(store, config, command, global.json).await,
        Command::Reconcile(command) => reconcile::run(store, command, global.json).await,
        Command::Webhook(command) => webhook::run(store, config, command, global.json).await,
        Command::Backup(command) => backup::run(store, config, command, global.json).await,
        Command::Serve(_)
        | Command::Demo(_)
        | Command::Unit(_)
        | Command::Plan(_)
        | Command::Explain(_)
        | Command::Probe(_)
        | Command::Simulate(_)
        | Command::Crosswalk(_)
        | Command::Openapi
        | Command::Restore(_)
        | Command::Config => Ok(()),
    }
}

impl Global {
    fn load(&self, listen: Option<SocketAddr>) -> Result<Config, Failure> {
        let overrides = Overrides {
            config: self.config.clone(),
            data: self.data.clone(),
            database_url: self.database_url.clone(),
            listen,
        };
        Config::load(&overrides).map_err(Failure::Usage)
    }
}

/// Prints a line (or several). A reader that went away is no failure of ours.
pub(crate) fn say(text: impl fmt::Display) -> Ended {
    match writeln!(std::io::stdout().lock(), "{}", harmless(&text.to_string())) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(failed(error)),
        _ => Ok(()),
    }
}

/// Text in which control characters show instead of doing something to the terminal, since much of it was sent by
/// strangers. They are written as JSON writes them, so that JSON says the same as before.
fn harmless(text: &str) -> Cow<'_, str> {
    let acts = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if acts(character) {
            shown.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The account of a name, which must exist.
async fn account(store: &Store, name: &str) -> Result<AccountId, Failure> {
    let found = store.account(name, false).await.map_err(failed)?;
    found.ok_or_else(|| Failure::Failed(format!("there is no account `{name}` yet; adding a connection makes one")))
}

/// `KEY=VALUE`.
fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_owned(), value.to_owned())),
        _ => Err("use KEY=VALUE".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn what_strangers_sent_does_nothing_to_the_terminal() {
        assert_eq!(harmless("Elm Ct\n\tAustin é"), "Elm Ct\n\tAustin é");
        assert_eq!(harmless("a\u{1b}[2Jb\0\u{9b}"), "a\\u001b[2Jb\\u0000\\u009b");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
