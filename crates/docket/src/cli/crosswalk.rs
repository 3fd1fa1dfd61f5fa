//! `docket crosswalk`: how each order API maps to the ledger, from the registry.

use super::table::table;
use super::{Ended, Failure, say};
use clap::Args;
use docket_app::registry;
use docket_dialects::dialect::{Dialect, Served};
use docket_dialects::{DIALECTS, dialect};
use serde_json::{Value, json};

#[derive(Args)]
pub(super) struct Crosswalk {
    /// Only this dialect
    dialect: Option<String>,
}

pub(super) fn run(command: &Crosswalk, as_json: bool) -> Ended {
    let chosen: Vec<&Dialect> = match &command.dialect {
        None => DIALECTS.to_vec(),
        Some(id) => {
            let known: Vec<&str> = DIALECTS.iter().map(|dialect| dialect.id).collect();
            let none = || Failure::Usage(format!("there is no dialect `{id}`; there are {}", known.join(", ")));
            vec![dialect(id).ok_or_else(none)?]
        }
    };
    if as_json {
        let objects: Vec<Value> = chosen.iter().map(|dialect| registry::crosswalk(dialect)).collect();
        return say(json!({ "dialects": objects }));
    }
    for (index, dialect) in chosen.iter().enumerate() {
        if index > 0 {
            say("")?;
        }
        print(dialect)?;
    }
    Ok(())
}

fn print(dialect: &Dialect) -> Ended {
    say(format!("{} ({}), from \"{}\"\n", dialect.title, dialect.id, dialect.page))?;
    let states: Vec<Vec<String>> = dialect
        .statuses
        .iter()
        .map(|row| {
            let read = row.read.join(", ");
            vec![row.state.word().to_owned(), row.shown.to_owned(), read, row.note.to_owned()]
        })
        .collect();
    say(table(&["STATE", "SHOWN AS", "READ FROM", "NOTE"], &states))?;
    let fields: Vec<Vec<String>> = dialect
        .fields
        .iter()
        .map(|row| vec![row.field.to_owned(), row.member.to_owned(), row.note.to_owned()])
        .collect();
    say(format!("\n{}", table(&["FIELD", "MEMBER", "NOTE"], &fields)))?;
    let operations: Vec<Vec<String>> = dialect
        .operations
        .iter()
        .map(|operation| {
            let served = match operation.served {
                Served::Yes => "yes".to_owned(),
                Served::No(reason) => format!("no: {reason}"),
            };
            vec![operation.name.to_owned(), served]
        })
        .collect();
    say(format!("\n{}", table(&["OPERATION", "SERVED"], &operations)))
}
