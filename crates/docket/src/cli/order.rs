//! `docket order …` and `docket journal`.

use super::items::{sections, told as told_item};
use super::table::{pairs, table};
use super::{Ended, Failure, account, failed, say};
use clap::{Args, Subcommand};
use docket_app::native::target_of;
use docket_core::ids::{AccountId, Sequence};
use docket_core::ledger::{OrderQuery, StateSet, Target};
use docket_core::order::{Change, Entry, Order, State, Value};
use docket_store::record::{entry_document, whole_document};
use docket_store::{Store, Visibility};
use std::sync::Arc;
use std::time::Duration;

#[derive(Subcommand)]
pub(super) enum Command {
    /// List orders, newest first
    List(List),
    /// Show one order
    Show(One),
    /// Show all that happened to one order
    History(One),
    /// Write a report of one order, or of its site
    Report(super::report::Report),
    /// Import orders of a file, one a line
    Import(super::import::Import),
}

#[derive(Args)]
pub(super) struct List {
    /// Only this number
    #[arg(long)]
    number: Option<String>,
    /// Only these states, with commas between
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
pub(super) struct One {
    /// Its id, serial or number
    order: String,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Journal {
    /// Go on as entries come
    #[arg(long)]
    follow: bool,
    /// Start behind this place
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

const BATCH: usize = 500;
const LOOK_EVERY: Duration = Duration::from_millis(300);

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::List(command) => list(store, command, as_json).await,
        Command::Show(one) => {
            let account = account(store, &one.account).await?;
            let order = find(store, account, &one.order).await?;
            if as_json { say(whole_document(&order)) } else { say(card(&order)) }
        }
        // These are done by a hub of their own.
        Command::Report(_) | Command::Import(_) => Ok(()),
        Command::History(one) => {
            let account = account(store, &one.account).await?;
            let order = find(store, account, &one.order).await?;
            let entries = store.history(account, order.serial).await.map_err(failed)?;
            if as_json {
                let documents: Vec<String> = entries.iter().map(|entry| entry_document(entry)).collect();
                return say(format!("{{\"entries\":[{}]}}", documents.join(",")));
            }
            entries.iter().try_for_each(|entry| say(told(entry)))
        }
    }
}

pub(super) async fn find(store: &Store, account: AccountId, name: &str) -> Result<Arc<Order>, Failure> {
    let found = match target_of(name) {
        Some(Target::Serial(serial)) => store.order(account, serial).await.map_err(failed)?,
        Some(Target::Id(id)) => store.order_by_id(account, id).await.map_err(failed)?,
        _ => None,
    };
    if let Some(order) = found {
        return Ok(order);
    }
    let query = OrderQuery { number: Some(name.to_owned()), newest_first: true, limit: 2, ..OrderQuery::default() };
    let mut page = store.page(account, Visibility::Account, query).await.map_err(failed)?;
    match page.orders.len() {
        0 => Err(Failure::Failed(format!("there is no order `{name}`; give its id, serial or number"))),
        1 => Ok(page.orders.remove(0)),
        _ => Err(Failure::Failed(format!("several orders have the number `{name}`; give an id or serial"))),
    }
}

fn states(text: &str) -> Result<StateSet, Failure> {
    let state = |word: &str| {
        let known = || State::ALL.iter().map(|state| state.word()).collect::<Vec<_>>().join(", ");
        State::from_word(word.trim()).ok_or_else(|| Failure::Usage(format!("--status `{word}`: use {}", known())))
    };
    Ok(StateSet::of(text.split(',').map(state).collect::<Result<Vec<_>, _>>()?))
}

async fn list(store: &Store, command: List, as_json: bool) -> Ended {
    let query = OrderQuery {
        states: command.status.as_deref().map_or_else(|| Ok(StateSet::living()), states)?,
        number: command.number,
        newest_first: true,
        limit: usize::try_from(command.limit).unwrap_or(OrderQuery::LIMIT),
        ..OrderQuery::default()
    };
    let account = account(store, &command.account).await?;
    if as_json {
        let (documents, next) = store.page_documents(account, Visibility::Account, query).await.map_err(failed)?;
        let next = next.map_or_else(|| "null".to_owned(), |serial| format!("\"{serial}\""));
        return say(format!("{{\"orders\":[{}],\"next_cursor\":{next}}}", documents.join(",")));
    }
    let page = store.page(account, Visibility::Account, query).await.map_err(failed)?;
    if page.orders.is_empty() {
        return say("No such orders.");
    }
    let rows: Vec<Vec<String>> = page.orders.iter().map(|order| row(order)).collect();
    say(table(&["SERIAL", "NUMBER", "STATUS", "ORIGIN", "PLACE", "DUE", "UPDATED"], &rows))?;
    match page.next {
        Some(_) => say("… and more; --limit shows more of them, --json gives a cursor"),
        None => Ok(()),
    }
}

fn place(order: &Order) -> String {
    let fields = &order.fields;
    let parts = [fields.address1.as_deref(), fields.city.as_deref()];
    parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn row(order: &Order) -> Vec<String> {
    vec![
        order.serial.to_string(),
        clipped(order.fields.number.as_deref().unwrap_or_default()),
        order.state.to_string(),
        order.origin.dialect.clone(),
        clipped(&place(order)),
        order.fields.due.map(|due| due.to_string()).unwrap_or_default(),
        order.updated_at.to_string(),
    ]
}

/// One line that leaves room for the other columns.
fn clipped(text: &str) -> String {
    const WIDTH: usize = 40;
    let text = text.replace(['\r', '\n', '\t'], " ");
    match text.char_indices().nth(WIDTH) {
        Some(_) => text.chars().take(WIDTH - 1).chain(['…']).collect(),
        None => text,
    }
}

fn card(order: &Order) -> String {
    use docket_core::order::Field;
    let mut rows = vec![
        ("id".to_owned(), order.id.to_string()),
        ("serial".to_owned(), order.serial.to_string()),
        ("status".to_owned(), format!("{} since {}", order.state, order.state_since)),
        ("origin".to_owned(), order.origin.dialect.clone()),
        ("created".to_owned(), order.created_at.to_string()),
        ("updated".to_owned(), format!("{} by {}", order.updated_at, order.updated_by)),
    ];
    for &field in Field::ALL {
        let value = order.fields.get(field);
        if value != Value::Null {
            rows.push((field.name().to_owned(), shown(&value)));
        }
    }
    format!("{}{}", pairs(&rows).trim_end(), sections(order))
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "—".to_owned(),
        Value::Text(text) => text.replace('\n', " ⏎ "),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Time(moment) => moment.to_string(),
        Value::Texts(texts) => texts.join(", "),
        Value::Integers(numbers) => numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        Value::Tasks(tasks) => {
            let task = |task: &docket_core::order::Task| format!("{}{}", if task.done { "✓ " } else { "" }, task.name);
            tasks.iter().map(task).collect::<Vec<_>>().join("; ")
        }
    }
}

/// An entry in a few lines.
fn told(entry: &Entry) -> String {
    let mut text =
        format!("{:>6}  {}  {:<12} {}  by {}", entry.sequence, entry.at, entry.verb(), entry.serial, entry.actor);
    for change in &entry.changes {
        let line = match change {
            Change::Created(order) => format!("created, {}", order.state),
            Change::Set { field, from, to } => format!("{}: {} → {}", field.name(), shown(from), shown(to)),
            Change::Moved { from, to } => format!("status: {from} → {to}"),
            Change::Wire { dialect, .. } => format!("what {dialect} keeps with it"),
            Change::Keyed(key) => format!("known as {} {}", key.namespace, key.key),
            Change::Unkeyed(key) => format!("no longer known as {} {}", key.namespace, key.key),
            Change::Routed(connection) => format!("routed to connection {connection}"),
            Change::Imported(connection) => format!("imported by connection {connection}"),
            Change::Acknowledged(said) => {
                let word = if said.success { "taken" } else { "refused" };
                format!("{word} by connection {}: {}", said.connection, said.reason.clone().unwrap_or_default())
            }
            Change::Put { from, to } => {
                let again = if from.is_some() { " (replaced)" } else { "" };
                format!("{}{again}: {}", to.kind().word().replace('_', "-"), told_item(to))
            }
            Change::Removed(item) => {
                format!("{} taken away: {}", item.kind().word().replace('_', "-"), told_item(item))
            }
        };
        text.push_str(&format!("\n          {line}"));
    }
    for refused in &entry.refused {
        let (field, offered, rule) = (&refused.field, shown(&refused.offered), refused.rule.word());
        text.push_str(&format!("\n          refused: {field} = {offered} ({rule})"));
    }
    for advisory in &entry.advisories {
        text.push_str(&format!("\n          advisory: {advisory}"));
    }
    text
}

pub(super) async fn journal(store: &Store, command: Journal, as_json: bool) -> Ended {
    let account = account(store, &command.account).await?;
    let mut after = Sequence(command.after);
    loop {
        let entries = store.journal(account, after, BATCH).await.map_err(failed)?;
        for entry in &entries {
            after = entry.sequence;
            if as_json { say(entry_document(entry))? } else { say(told(entry))? }
        }
        if entries.len() == BATCH {
            continue;
        }
        if !command.follow {
            return Ok(());
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = crate::run::asked_to_stop() => return Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_leave_room_for_the_other_columns() {
        assert_eq!(clipped("a\nb"), "a b");
        assert_eq!(clipped(&"é".repeat(40)), "é".repeat(40));
        assert_eq!(clipped(&"é".repeat(41)), format!("{}…", "é".repeat(39)));
    }
}
