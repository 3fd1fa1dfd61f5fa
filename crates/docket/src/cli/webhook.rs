//! `docket webhook …`: programs that are told what happens.

use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, say};
use crate::config::Config;
use clap::{Args, Subcommand};
use docket_app::clock::{Clock, SystemClock};
use docket_app::outside::Outside;
use docket_app::vault::Vault;
use docket_app::webhooks::{self, Given, KEEP_OLD_S, Settings, WebhookError, show};
use docket_core::Timestamp;
use docket_core::ids::Sequence;
use docket_store::{Store, Webhook};
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a webhook and print its secret, once
    Add(Add),
    /// List webhooks
    List(Of),
    /// Show a webhook
    Show(Named),
    /// Change a webhook
    Set(Set),
    /// Make a new secret and print it, once; the one before stays valid for a while
    Rotate(Rotate),
    /// Send again to a webhook that was paused or disabled
    Enable(Enable),
    /// Send nothing until it is enabled again
    Pause(Named),
    /// Remove a webhook
    Remove(Named),
    /// Send what was sent before again, or what was given up
    Replay(Replay),
    /// Send a message that says it is a test, and print what came of it
    Test(Named),
    /// List the last attempts, newest first
    Attempts(Listed),
    /// List messages that wait or were given up
    Messages(Listed),
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
pub(super) struct Add {
    /// Its name
    name: String,
    /// Where messages are sent
    url: String,
    /// Only messages of this type, such as order.completed; may be given several times
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// Only about what came through this connection
    #[arg(long)]
    connection: Option<String>,
    /// For people
    #[arg(long)]
    description: Option<String>,
    /// Begin with what happened since this moment
    #[arg(long, value_name = "TIME")]
    since: Option<Timestamp>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Set {
    #[command(flatten)]
    named: Named,
    /// Where messages are sent
    #[arg(long)]
    url: Option<String>,
    /// Only messages of this type; `all` for all of them
    #[arg(long = "event", value_name = "TYPE")]
    events: Vec<String>,
    /// Only about what came through this connection; empty for all
    #[arg(long)]
    connection: Option<String>,
    /// For people
    #[arg(long)]
    description: Option<String>,
}

#[derive(Args)]
pub(super) struct Rotate {
    #[command(flatten)]
    named: Named,
    /// How long the secret before stays valid, in seconds
    #[arg(long, default_value_t = KEEP_OLD_S)]
    keep_old_s: i64,
}

#[derive(Args)]
pub(super) struct Enable {
    #[command(flatten)]
    named: Named,
    /// Leave out what happened meanwhile
    #[arg(long)]
    skip: bool,
}

#[derive(Args)]
pub(super) struct Replay {
    #[command(flatten)]
    named: Named,
    /// Everything since this moment
    #[arg(long, value_name = "TIME", required_unless_present = "failed", conflicts_with = "failed")]
    since: Option<Timestamp>,
    /// What was given up
    #[arg(long)]
    failed: bool,
}

#[derive(Args)]
pub(super) struct Listed {
    #[command(flatten)]
    named: Named,
    /// Only those that failed
    #[arg(long)]
    failed: bool,
    /// At most this many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
}

impl From<WebhookError> for Failure {
    fn from(error: WebhookError) -> Failure {
        match error {
            WebhookError::Wrong(_) => Failure::Usage(error.to_string()),
            _ => Failure::Failed(error.to_string()),
        }
    }
}

async fn find(store: &Store, named: &Named) -> Result<Webhook, Failure> {
    Ok(webhooks::find(store, account(store, &named.account).await?, &named.name).await?)
}

async fn shown(store: &Store, webhook: &Webhook) -> Result<Value, Failure> {
    let counts = store.webhook_counts(webhook.id).await.map_err(failed)?;
    Ok(show::webhook(webhook, counts, SystemClock.now()))
}

async fn tell(store: &Store, webhook: &Webhook, as_json: bool) -> Ended {
    let shown = shown(store, webhook).await?;
    if as_json {
        return say(shown);
    }
    let rows: Vec<(String, String)> =
        shown.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), cell(value))).collect();
    say(pairs(&rows))
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

fn rows(list: &[Value], columns: &[&str]) -> Vec<Vec<String>> {
    list.iter().map(|one| columns.iter().map(|column| cell(&one[*column])).collect()).collect()
}

fn tell_list(name: &str, list: Vec<Value>, columns: &[&str], as_json: bool) -> Ended {
    if as_json {
        return say(json!({ name: list }));
    }
    let head: Vec<String> = columns.iter().map(|column| column.to_uppercase().replace('_', " ")).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    say(table(&head, &rows(&list, columns)))
}

async fn tell_secret(store: &Store, webhook: &Webhook, secret: &str, as_json: bool) -> Ended {
    if as_json {
        let mut shown = shown(store, webhook).await?;
        if let Some(members) = shown.as_object_mut() {
            members.insert("secret".to_owned(), secret.into());
        }
        return say(shown);
    }
    let url = webhooks::settings(webhook).url;
    say(format!("Webhook `{}` to {url}. Its secret is shown only now:\n\n  {secret}\n", webhook.name))
}

pub(super) async fn run(store: &Store, config: &Config, command: Command, as_json: bool) -> Ended {
    let (vault, now) = (Vault::new(config.key()), SystemClock.now());
    let changed = match command {
        Command::Add(add) => {
            let owner = docket_app::enroll::account_of(store, &add.account).await?;
            let settings = Settings {
                url: add.url,
                events: add.events,
                connection: add.connection,
                description: add.description,
                created_at: now,
            };
            let given = Given { name: add.name, settings, secret: None, since: add.since };
            let (webhook, secret) = webhooks::add(store, &vault, owner, given, now).await?;
            return tell_secret(store, &webhook, &secret, as_json).await;
        }
        Command::List(of) => {
            let mut list = Vec::new();
            for webhook in store.webhooks(Some(account(store, &of.account).await?)).await.map_err(failed)? {
                list.push(shown(store, &webhook).await?);
            }
            return tell_list(
                "webhooks",
                list,
                &["name", "status", "waiting", "failed", "last_success", "url"],
                as_json,
            );
        }
        Command::Show(named) => find(store, &named).await?,
        Command::Set(set) => {
            let webhook = find(store, &set.named).await?;
            webhooks::set(store, &webhook, changed_settings(webhooks::settings(&webhook), set), now).await?
        }
        Command::Rotate(rotate) => {
            let webhook = find(store, &rotate.named).await?;
            let (webhook, secret) = webhooks::rotate(store, &vault, &webhook, None, rotate.keep_old_s, now).await?;
            return tell_secret(store, &webhook, &secret, as_json).await;
        }
        Command::Enable(enable) => {
            webhooks::enable(store, &find(store, &enable.named).await?, enable.skip, now).await?
        }
        Command::Pause(named) => webhooks::pause(store, &find(store, &named).await?, now).await?,
        Command::Remove(named) => {
            let webhook = find(store, &named).await?;
            store.remove_webhook(webhook.id).await.map_err(failed)?;
            return match as_json {
                true => say(json!({"name": webhook.name, "removed": true})),
                false => say(format!("{} is removed.", webhook.name)),
            };
        }
        Command::Replay(replay) => {
            let webhook = find(store, &replay.named).await?;
            match replay.since {
                Some(since) => webhooks::replay(store, &webhook, since, now).await?,
                None => webhooks::retry(store, &webhook, None, now).await?,
            }
        }
        Command::Test(named) => return test(store, config, &vault, &find(store, &named).await?, as_json).await,
        Command::Attempts(listed) => return attempts(store, listed, as_json).await,
        Command::Messages(listed) => return messages(store, listed, as_json).await,
    };
    tell(store, &changed, as_json).await
}

fn changed_settings(mut settings: Settings, set: Set) -> Settings {
    settings.url = set.url.unwrap_or(settings.url);
    settings.events = match set.events.first().map(String::as_str) {
        None => settings.events,
        Some("all") => Vec::new(),
        Some(_) => set.events,
    };
    let given = |given: Option<String>, known: Option<String>| match given {
        Some(text) => Some(text).filter(|text| !text.is_empty()),
        None => known,
    };
    settings.connection = given(set.connection, settings.connection);
    settings.description = given(set.description, settings.description);
    settings
}

async fn test(store: &Store, config: &Config, vault: &Vault, webhook: &Webhook, as_json: bool) -> Ended {
    let outside = Outside::new(config.outside().map_err(Failure::Usage)?);
    let attempt = webhooks::test(store, vault, &outside, webhook, SystemClock.now()).await?;
    let shown = show::attempt(webhook.account, &attempt);
    if as_json {
        say(&shown)?;
    }
    match attempt.error {
        Some(error) => Err(Failure::Failed(format!("`{}` did not take the test: {error}", webhook.name))),
        None if as_json => Ok(()),
        None => say(format!(
            "{} took the test in {} ms: {}.",
            webhook.name,
            attempt.took_ms,
            attempt.status.unwrap_or_default()
        )),
    }
}

async fn attempts(store: &Store, listed: Listed, as_json: bool) -> Ended {
    let webhook = find(store, &listed.named).await?;
    let limit = usize::try_from(listed.limit).unwrap_or_default();
    let found = store.webhook_attempts(webhook.id, None, listed.failed, None, limit).await.map_err(failed)?;
    let list = found.iter().map(|attempt| show::attempt(webhook.account, attempt)).collect();
    tell_list("attempts", list, &["at", "message", "attempt", "status", "took_ms", "error"], as_json)
}

async fn messages(store: &Store, listed: Listed, as_json: bool) -> Ended {
    let webhook = find(store, &listed.named).await?;
    let (limit, only) = (usize::try_from(listed.limit).unwrap_or_default(), listed.failed.then_some(true));
    let found = store.webhook_messages(webhook.id, only, Sequence(0), limit).await.map_err(failed)?;
    let list = found.iter().map(|message| show::message(webhook.account, message)).collect();
    tell_list("messages", list, &["id", "status", "attempts", "first_attempt", "next_attempt", "error"], as_json)
}
