//! `docket token …`.

use super::{Ended, say};
use clap::Subcommand;
use docket_app::clock::{Clock, SystemClock};
use docket_app::enroll;
use docket_store::Store;
use serde_json::json;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a bearer token and print it, once
    Create {
        /// Its name
        name: String,
        #[arg(long, default_value = "main")]
        account: String,
    },
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    let Command::Create { name, account } = command;
    let token = enroll::add_token(store, &account, &name, SystemClock.now()).await?;
    match as_json {
        true => say(json!({"name": name, "account": account, "token": token})),
        false => say(format!("Token `{name}` of account `{account}`. It is shown only now:\n\n  {token}\n")),
    }
}
