//! `docket outbox …`: messages to customers, drivers and operators.

use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, say};
use clap::{Args, Subcommand};
use docket_app::clock::{Clock, SystemClock};
use docket_app::mail::document;
use docket_core::ids::AccountId;
use docket_store::{MailStatus, OutboxMail, OutboxQuery, Store};
use serde_json::{Value, json};

/// How much of a recipient or an error a line shows.
const SHOWN: usize = 60;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List messages, newest first
    List(List),
    /// Show one message and what it says
    Show(One),
    /// Send a message that was not sent, at once
    Retry(Retry),
    /// Give a message up
    Drop(One),
}

#[derive(Args)]
pub(super) struct List {
    /// Only those that are queued, sent, failed or dropped
    #[arg(long, value_parser = status)]
    status: Option<MailStatus>,
    /// At most this many
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=1000))]
    limit: u32,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct One {
    /// Its number
    id: i64,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Retry {
    /// Its number
    #[arg(required_unless_present = "failed", conflicts_with = "failed")]
    id: Option<i64>,
    /// All that failed
    #[arg(long)]
    failed: bool,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

fn status(text: &str) -> Result<MailStatus, String> {
    MailStatus::from_word(text)
        .ok_or_else(|| format!("use one of {}", MailStatus::ALL.map(MailStatus::word).join(", ")))
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::List(command) => list(store, command, as_json).await,
        Command::Show(one) => {
            let account = account(store, &one.account).await?;
            show(&find(store, account, one.id).await?, as_json)
        }
        Command::Retry(retry) => again(store, retry, as_json).await,
        Command::Drop(one) => {
            let account = account(store, &one.account).await?;
            let found = find(store, account, one.id).await?;
            if !store.drop_mail(account, one.id, SystemClock.now()).await.map_err(failed)? {
                return Err(ended(&found));
            }
            done(store, account, one.id, "is given up", as_json).await
        }
    }
}

async fn find(store: &Store, account: AccountId, id: i64) -> Result<OutboxMail, Failure> {
    let query = OutboxQuery { account: Some(account), before: id.checked_add(1), limit: 1, ..OutboxQuery::default() };
    let found = store.outbox(query).await.map_err(failed)?;
    let none = || Failure::Failed(format!("there is no message {id}; `docket outbox list` shows those there are"));
    found.into_iter().find(|message| message.id == id).ok_or_else(none)
}

fn ended(message: &OutboxMail) -> Failure {
    Failure::Failed(format!("message {} is {} and stays so", message.id, message.status.word()))
}

async fn again(store: &Store, retry: Retry, as_json: bool) -> Ended {
    let account = account(store, &retry.account).await?;
    let Some(id) = retry.id else {
        let queued = store.retry_failed_mails(account, SystemClock.now()).await.map_err(failed)?;
        return match as_json {
            true => say(json!({ "queued": queued })),
            false => say(format!("{queued} messages are queued again.")),
        };
    };
    let found = find(store, account, id).await?;
    if !store.retry_mail(account, id, SystemClock.now()).await.map_err(failed)? {
        return Err(ended(&found));
    }
    done(store, account, id, "is queued again", as_json).await
}

async fn done(store: &Store, account: AccountId, id: i64, what: &str, as_json: bool) -> Ended {
    match as_json {
        true => say(document(&find(store, account, id).await?)),
        false => say(format!("Message {id} {what}.")),
    }
}

async fn list(store: &Store, command: List, as_json: bool) -> Ended {
    let query = OutboxQuery {
        account: Some(account(store, &command.account).await?),
        status: command.status,
        before: None,
        limit: usize::try_from(command.limit).unwrap_or(usize::MAX),
    };
    let messages = store.outbox(query).await.map_err(failed)?;
    if as_json {
        let messages: Vec<Value> = messages.iter().map(document).collect();
        return say(json!({ "messages": messages }));
    }
    if messages.is_empty() {
        return say("No messages.");
    }
    let rows: Vec<Vec<String>> = messages
        .iter()
        .map(|owed| {
            vec![
                owed.id.to_string(),
                owed.status.word().to_owned(),
                owed.mail.channel.word().to_owned(),
                cut(&owed.mail.to),
                owed.mail.order.map(|serial| serial.0.to_string()).unwrap_or_default(),
                owed.at.to_string(),
                owed.attempts.to_string(),
                cut(owed.error.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    say(table(&["ID", "STATUS", "CHANNEL", "TO", "ORDER", "OWED", "ATTEMPTS", "LAST ERROR"], &rows))
}

/// One line, not too long.
fn cut(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", line.get(..at).unwrap_or_default()),
        None => line.to_owned(),
    }
}

fn show(owed: &OutboxMail, as_json: bool) -> Ended {
    if as_json {
        return say(document(owed));
    }
    let time = |at: Option<docket_core::Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let waits = owed.due_at.filter(|_| owed.status == MailStatus::Queued);
    let rows = [
        ("status", owed.status.word().to_owned()),
        ("channel", owed.mail.channel.word().to_owned()),
        ("to", owed.mail.to.clone()),
        ("order", owed.mail.order.map(|serial| serial.0.to_string()).unwrap_or_default()),
        ("owed", owed.at.to_string()),
        ("attempts", owed.attempts.to_string()),
        ("last error", owed.error.clone().unwrap_or_default()),
        ("next attempt", time(waits)),
        ("useful until", time(owed.mail.until)),
        ("ended", time(owed.ended_at)),
        ("subject", owed.mail.subject.clone()),
    ];
    let rows: Vec<(String, String)> =
        rows.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.to_owned(), value)).collect();
    say(format!("Message {}\n{}\n\n{}", owed.id, pairs(&rows), owed.mail.text.trim_end()))
}
