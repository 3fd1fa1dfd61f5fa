//! `docket token …`.

use super::table::table;
use super::{Ended, Failure, account, failed, say};
use clap::Subcommand;
use docket_app::clock::{Clock, SystemClock};
use docket_app::enroll;
use docket_core::Timestamp;
use docket_core::connection::Access;
use docket_store::Store;
use jiff::SignedDuration;
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a bearer token and print it, once
    Create {
        /// Its name
        name: String,
        /// What it may do: viewer, dispatcher, integrator, admin
        #[arg(long, default_value = "admin", value_parser = access)]
        role: Access,
        /// After how many days it is worth nothing
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u16).range(1..))]
        expires_in_days: Option<u16>,
        /// The account
        #[arg(long, default_value = "main")]
        account: String,
    },
    /// List tokens
    List {
        /// The account
        #[arg(long, default_value = "main")]
        account: String,
    },
    /// Take a token back: it is worth nothing within a second
    Revoke {
        /// Its name
        name: String,
        /// The account
        #[arg(long, default_value = "main")]
        account: String,
    },
}

pub(super) fn access(text: &str) -> Result<Access, String> {
    let known = || Access::ALL.map(Access::word).join(", ");
    Access::from_word(text).ok_or_else(|| format!("use one of {}", known()))
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::Create { name, role, expires_in_days, account } => {
            let now = SystemClock.now();
            let owner = enroll::account_of(store, &account).await?;
            let until =
                expires_in_days.and_then(|days| now.checked_add(SignedDuration::from_hours(24 * i64::from(days))).ok());
            let token = enroll::add_limited_token(store, owner, &name, role, until, now).await?;
            let until_text = until.map(|until| until.to_string());
            match as_json {
                true => say(
                    json!({"name": name, "account": account, "role": role.word(), "expires_at": until_text, "token": token}),
                ),
                false => say(format!(
                    "Token `{name}` of account `{account}`, {}. It is shown only now:\n\n  {token}\n",
                    role.word()
                )),
            }
        }
        Command::List { account: of } => {
            let of = account(store, &of).await?;
            let tokens =
                store.directory().await.map_err(failed)?.tokens.into_iter().filter(|token| token.account == of);
            let until =
                |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok()).map(|at| at.to_string());
            if as_json {
                let list: Vec<Value> = tokens
                    .map(|token| {
                        json!({"name": token.name, "role": token.access.word(), "created_at": token.created_at.to_string(),
                            "expires_at": until(token.until_ms)})
                    })
                    .collect();
                return say(json!({ "tokens": list }));
            }
            let row = |token: docket_store::Token| {
                let until = until(token.until_ms).unwrap_or_default();
                vec![token.name, token.access.word().to_owned(), token.created_at.to_string(), until]
            };
            say(table(&["NAME", "ROLE", "CREATED", "EXPIRES"], &tokens.map(row).collect::<Vec<_>>()))
        }
        Command::Revoke { name, account: of } => {
            let of = account(store, &of).await?;
            if !store.remove_token(of, &name).await.map_err(failed)? {
                return Err(Failure::Failed(format!("there is no token `{name}` in this account")));
            }
            match as_json {
                true => say(json!({"name": name, "revoked": true})),
                false => say(format!("{name} is worth nothing any more.")),
            }
        }
    }
}
