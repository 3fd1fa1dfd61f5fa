//! `docket rule …`: which orders go to which connection.

use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, pair, say};
use crate::config::Config;
use clap::{Args, Subcommand};
use docket_app::relay::rules::{self, PutError, Rule, Source};
use docket_app::relay::show;
use docket_core::ids::AccountId;
use docket_store::Store;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a rule
    Add(Add),
    /// List rules, in the order they are looked at
    List(Of),
    /// Show a rule
    Show(Named),
    /// Look at a rule from now on
    Enable(Named),
    /// Look at it no more
    Disable(Named),
    /// Remove a rule
    Remove(Named),
    /// Say which orders a rule would hand over now; nothing is done
    Test(Test),
    /// Read a file of rules and say whether it makes sense; nothing is done
    Check {
        /// The file
        file: PathBuf,
    },
    /// Print what an expression can be told about an order
    Variables,
}

#[derive(Args)]
pub(super) struct Add {
    /// Its name
    name: String,
    /// The connection that orders are handed to
    #[arg(long)]
    to: String,
    /// Only orders that came through this connection
    #[arg(long)]
    from: Option<String>,
    /// The condition, such as 'order.site.region == "TX" && order.rush'
    #[arg(long, default_value = "true")]
    when: String,
    /// What is written on the order, each an expression: --with priority=5
    #[arg(long, value_name = "FIELD=EXPRESSION", value_parser = pair)]
    with: Vec<(String, String)>,
    /// Rules are looked at in this order, and then by name
    #[arg(long, default_value_t = 0)]
    order: i64,
    /// Not looked at until it is enabled
    #[arg(long)]
    disabled: bool,
    /// Take the place of the rule of this name
    #[arg(long)]
    replace: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Of {
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
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
pub(super) struct Test {
    #[command(flatten)]
    named: Named,
    /// Show at most this many orders
    #[arg(long, default_value_t = 20)]
    limit: usize,
}

pub(super) async fn run(store: &Store, config: &Config, command: Command, as_json: bool) -> Ended {
    match command {
        Command::Add(command) => add(store, command, as_json).await,
        Command::List(of) => list(store, &of, as_json).await,
        Command::Show(named) => {
            let (_, rule) = find(store, &named).await?;
            print(&rule, as_json)
        }
        Command::Enable(named) => enable(store, &named, true, as_json).await,
        Command::Disable(named) => enable(store, &named, false, as_json).await,
        Command::Remove(named) => {
            let (account, rule) = find(store, &named).await?;
            editable(&rule)?;
            rules::remove(store, account, &named.name).await.map_err(failed)?;
            match as_json {
                true => say(json!({"name": named.name, "removed": true})),
                false => say(format!("{} is removed; orders it handed over stay where they are.", named.name)),
            }
        }
        Command::Test(test) => try_out(store, config, &test, as_json).await,
        Command::Check { file } => check(&file, as_json),
        Command::Variables => variables(as_json),
    }
}

fn wrong(error: PutError) -> Failure {
    match error {
        PutError::Rule(error) => Failure::Usage(error.to_string()),
        PutError::Fault(fault) => failed(fault),
    }
}

fn editable(rule: &Rule) -> Result<(), Failure> {
    match rule.source {
        Source::Here => Ok(()),
        Source::File => {
            let what = format!("rule `{}` is edited in the file that [relay] rules names", rule.name);
            Err(Failure::Failed(what))
        }
    }
}

async fn find(store: &Store, named: &Named) -> Result<(AccountId, Rule), Failure> {
    let account = account(store, &named.account).await?;
    let found = rules::list_of(store, account).await.map_err(failed)?.into_iter().find(|rule| rule.name == named.name);
    let none =
        || Failure::Failed(format!("there is no rule `{}`; `docket rule list` shows those there are", named.name));
    Ok((account, found.ok_or_else(none)?))
}

async fn add(store: &Store, command: Add, as_json: bool) -> Ended {
    let of = account(store, &command.account).await?;
    let known = rules::list_of(store, of).await.map_err(failed)?.into_iter().find(|rule| rule.name == command.name);
    match known {
        Some(_) if !command.replace => {
            let what = format!("there is a rule `{}` already; --replace takes its place", command.name);
            return Err(Failure::Failed(what));
        }
        Some(known) => editable(&known)?,
        None => {}
    }
    let rule = Rule {
        name: command.name,
        from: command.from,
        when: command.when,
        to: command.to,
        with: command.with.into_iter().collect::<BTreeMap<_, _>>(),
        enabled: !command.disabled,
        order: command.order,
        source: Source::Here,
    };
    rules::put(store, of, &rule).await.map_err(wrong)?;
    print(&rule, as_json)
}

async fn enable(store: &Store, named: &Named, enabled: bool, as_json: bool) -> Ended {
    let (account, rule) = find(store, named).await?;
    editable(&rule)?;
    let rule = Rule { enabled, ..rule };
    rules::put(store, account, &rule).await.map_err(wrong)?;
    print(&rule, as_json)
}

fn print(rule: &Rule, as_json: bool) -> Ended {
    if as_json {
        return say(show::rule(rule));
    }
    let mut rows = vec![
        ("from".to_owned(), rule.from.clone().unwrap_or_else(|| "any connection".to_owned())),
        ("when".to_owned(), rule.when.clone()),
        ("to".to_owned(), rule.to.clone()),
    ];
    rows.extend(rule.with.iter().map(|(name, text)| (format!("with {name}"), text.clone())));
    rows.push(("enabled".to_owned(), if rule.enabled { "yes" } else { "no" }.to_owned()));
    rows.push(("order".to_owned(), rule.order.to_string()));
    if rule.source == Source::File {
        rows.push(("edited in".to_owned(), "the file of [relay] rules".to_owned()));
    }
    say(format!("{}\n{}", rule.name, pairs(&rows)))
}

async fn list(store: &Store, of: &Of, as_json: bool) -> Ended {
    let account = account(store, &of.account).await?;
    let list = rules::list_of(store, account).await.map_err(failed)?;
    if as_json {
        let list: Vec<_> = list.iter().map(show::rule).collect();
        return say(json!({ "rules": list }));
    }
    if list.is_empty() {
        return say("No rules yet. `docket rule add NAME --to CONNECTION --when '…'` makes one.");
    }
    let row = |rule: &Rule| {
        vec![
            rule.name.clone(),
            rule.from.clone().unwrap_or_else(|| "any".to_owned()),
            rule.to.clone(),
            if rule.enabled { "yes" } else { "no" }.to_owned(),
            rule.when.clone(),
        ]
    };
    say(table(&["NAME", "FROM", "TO", "ENABLED", "WHEN"], &list.iter().map(row).collect::<Vec<_>>()))
}

/// With a hub of its own that serves nobody and does nothing: only it looks at orders as the relay does.
async fn try_out(store: &Store, config: &Config, test: &Test, as_json: bool) -> Ended {
    let (account, rule) = find(store, &test.named).await?;
    let hub = super::unit::open(config).await?;
    let run = rules::dry_run(&hub, account, &rule, test.limit).await.map_err(wrong);
    hub.close().await.map_err(failed)?;
    let run = run?;
    if as_json {
        return say(show::dry_run(&run));
    }
    say(format!("Of {} orders {} would go to {}.", run.looked_at, run.would_go, rule.to))?;
    let row = |order: &docket_core::order::Order| {
        vec![
            order.serial.to_string(),
            order.fields.number.clone().unwrap_or_default(),
            order.state.word().to_owned(),
            order.fields.address1.clone().unwrap_or_default(),
            order.fields.city.clone().unwrap_or_default(),
        ]
    };
    let rows: Vec<Vec<String>> = run.orders.iter().map(|(order, _)| row(order)).collect();
    if !rows.is_empty() {
        say(format!("\n{}", table(&["SERIAL", "NUMBER", "STATUS", "ADDRESS", "CITY"], &rows)))?;
    }
    let never = run.never.iter().map(|(why, count)| format!("{count} not looked at: {why}"));
    let errors = run.errors.iter().map(|(what, count)| format!("{count} cannot be judged: {what}"));
    never.chain(errors).try_for_each(say)
}

fn check(file: &std::path::Path, as_json: bool) -> Ended {
    let rules = rules::read_file(file).map_err(Failure::Usage)?;
    match as_json {
        true => say(json!({"rules": rules.iter().map(|(_, rule)| show::rule(rule)).collect::<Vec<_>>()})),
        false => say(format!("{}: {} rules, and all make sense", file.display(), rules.len())),
    }
}

fn variables(as_json: bool) -> Ended {
    let variables = rules::variables();
    match as_json {
        true => say(json!(variables.into_iter().collect::<BTreeMap<_, _>>())),
        false => say(pairs(&variables)),
    }
}
