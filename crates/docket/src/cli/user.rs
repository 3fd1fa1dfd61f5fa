//! `docket user …`.

use super::table::table;
use super::{Ended, Failure, failed, say};
use clap::{Args, Subcommand};
use docket_app::clock::{Clock, SystemClock};
use docket_app::enroll::letters;
use docket_app::users::{self, LEAST_PASSWORD, Shown, UserError};
use docket_core::Timestamp;
use docket_core::connection::Access;
use docket_store::{MemberChange, Store};
use serde_json::{Value, json};
use std::io::{IsTerminal, Read};

/// As hard to guess as a key, and short enough to be typed once.
const GENERATED: usize = 20;

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a user. The password is asked for; without a terminal one is made up and printed, once
    Add {
        /// Its name: letters, digits, `-`, `_`, `.`, `@`, `+`
        name: String,
        /// What it may do: viewer, dispatcher, integrator, admin
        #[arg(long, default_value = "admin", value_parser = super::token::access)]
        role: Access,
        /// The account
        #[arg(long, default_value = "main")]
        account: String,
        #[command(flatten)]
        given: Given,
    },
    /// List users: what they may do where
    List {
        /// Only those of this account
        #[arg(long)]
        account: Option<String>,
    },
    /// Change a user's role in an account, or its password
    Set {
        /// Its name
        name: String,
        /// What it may do in the account
        #[arg(long, value_parser = super::token::access)]
        role: Option<Access>,
        /// Whether it may do nothing there for the time being
        #[arg(long, value_name = "BOOL")]
        disabled: Option<bool>,
        /// The account
        #[arg(long, default_value = "main")]
        account: String,
        /// Ask for a new password
        #[arg(long)]
        password: bool,
        #[command(flatten)]
        given: Given,
        /// Ask it for no codes any more: its authenticator app is gone
        #[arg(long)]
        no_totp: bool,
    },
    /// Take a user out of an account, or remove it altogether
    Remove {
        /// Its name
        name: String,
        /// Only out of this account
        #[arg(long)]
        account: Option<String>,
        /// Even if nobody is left who administers the account
        #[arg(long)]
        force: bool,
    },
    /// Let a user into one more account, or give it another role there
    Grant {
        /// Its name
        name: String,
        /// The account; made when new
        #[arg(long)]
        account: String,
        /// What it may do there: viewer, dispatcher, integrator, admin
        #[arg(long, value_parser = super::token::access)]
        role: Access,
    },
}

/// Where a password comes from.
#[derive(Args)]
pub(super) struct Given {
    /// Read it from standard input
    #[arg(long, conflicts_with = "generate_password")]
    password_stdin: bool,
    /// Make one up and print it, once
    #[arg(long)]
    generate_password: bool,
}

impl From<UserError> for Failure {
    fn from(error: UserError) -> Failure {
        match error {
            UserError::Invalid { .. } => Failure::Usage(error.to_string()),
            _ => Failure::Failed(error.to_string()),
        }
    }
}

/// A password, and whether it was made up here.
struct Chosen {
    text: String,
    is_new: bool,
}

impl Given {
    fn choose(&self, name: &str) -> Result<Chosen, Failure> {
        if self.password_stdin {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).map_err(failed)?;
            let text = text.strip_suffix('\n').unwrap_or(&text);
            return Ok(Chosen { text: text.strip_suffix('\r').unwrap_or(text).to_owned(), is_new: false });
        }
        if self.generate_password || !std::io::stdin().is_terminal() {
            return Ok(Chosen { text: letters(GENERATED), is_new: true });
        }
        let terminal = console::Term::stderr();
        let ask = |what: &str| {
            terminal.write_str(what).map_err(failed)?;
            terminal.read_secure_line().map_err(failed)
        };
        let text = ask(&format!("Password for {name} (at least {LEAST_PASSWORD} characters; empty makes one up): "))?;
        if text.is_empty() {
            return Ok(Chosen { text: letters(GENERATED), is_new: true });
        }
        if text != ask("The same again: ")? {
            return Err(Failure::Failed("these were two different ones; nothing was changed".to_owned()));
        }
        Ok(Chosen { text, is_new: false })
    }
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::Add { name, role, account, given } => add(store, (&name, &account), role, &given, as_json).await,
        Command::List { account } => list(store, account.as_deref(), as_json).await,
        Command::Set { name, role, disabled, account, password, given, no_totp } => {
            let change = MemberChange { access: role, disabled, forced: false };
            let asks = password || given.password_stdin || given.generate_password;
            if role.is_none() && disabled.is_none() && !asks && !no_totp {
                let what = "there is nothing to change; give --role, --disabled, --password or --no-totp";
                return Err(Failure::Usage(what.to_owned()));
            }
            users::find(store, &name).await?;
            let chosen = if asks { Some(given.choose(&name)?) } else { None };
            if role.is_some() || disabled.is_some() {
                users::change_member(store, &name, &account, change).await?;
            }
            let text = chosen.as_ref().map(|chosen| chosen.text.as_str());
            users::set_password(store, &name, text, no_totp).await?;
            let shown = chosen.filter(|chosen| chosen.is_new).map(|chosen| chosen.text);
            match as_json {
                true => say(json!({"name": name.to_lowercase(), "changed": true, "password": shown})),
                false => say(format!("{name} is changed.{}", once(shown.as_deref()))),
            }
        }
        Command::Remove { name, account, force } => {
            users::remove_member(store, &name, account.as_deref(), force).await?;
            match as_json {
                true => say(json!({"name": name.to_lowercase(), "account": account, "removed": true})),
                false => say(format!("{name} is removed, and signed out.")),
            }
        }
        Command::Grant { name, account, role } => {
            let now_ms = SystemClock.now().as_millisecond();
            users::grant(store, (&name, &account), role, None, now_ms).await?;
            match as_json {
                true => say(json!({"name": name.to_lowercase(), "account": account, "role": role.word()})),
                false => say(format!("{name} is {} of the account `{account}` now.", article(role))),
            }
        }
    }
}

fn article(role: Access) -> String {
    let word = role.word();
    format!("{} {word}", if word.starts_with(['a', 'i']) { "an" } else { "a" })
}

fn once(password: Option<&str>) -> String {
    password.map_or_else(String::new, |password| format!(" Its password is shown only now:\n\n  {password}\n"))
}

async fn add(store: &Store, (name, account): (&str, &str), role: Access, given: &Given, as_json: bool) -> Ended {
    // Before somebody thinks of a password.
    let name = users::check_name(name)?;
    if store.person(&name).await.map_err(failed)?.is_some() {
        return Err(UserError::Taken(name).into());
    }
    let chosen = given.choose(&name)?;
    let now_ms = SystemClock.now().as_millisecond();
    users::grant(store, (&name, account), role, Some(&chosen.text), now_ms).await?;
    let shown = chosen.is_new.then_some(chosen.text);
    match as_json {
        true => say(json!({"name": name, "account": account, "role": role.word(), "password": shown})),
        false => say(format!("{name} is {} of the account `{account}`.{}", article(role), once(shown.as_deref()))),
    }
}

fn moment(ms: i64) -> String {
    Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

async fn list(store: &Store, account: Option<&str>, as_json: bool) -> Ended {
    let users = users::list_account(store, account).await?;
    if as_json {
        let of = |(account, shown): &(String, Shown)| {
            json!({"account": account, "role": shown.access.word(), "disabled": shown.disabled,
                "created_at": moment(shown.created_ms), "last_seen_at": shown.seen_ms.map(moment)})
        };
        let list: Vec<Value> = users
            .iter()
            .map(|user| {
                let accounts: Vec<Value> = user.accounts.iter().map(of).collect();
                json!({"name": user.name, "totp": user.totp, "accounts": accounts})
            })
            .collect();
        return say(json!({ "users": list }));
    }
    let row = |user: &users::User, (account, shown): &(String, Shown)| {
        let state = if shown.disabled { "disabled" } else { "" };
        let (codes, seen) = (if user.totp { "yes" } else { "no" }, shown.seen_ms.map(moment).unwrap_or_default());
        let cells = [&user.name, account, shown.access.word(), codes, state, &seen];
        cells.map(str::to_owned).to_vec()
    };
    let rows: Vec<Vec<String>> =
        users.iter().flat_map(|user| user.accounts.iter().map(move |at| row(user, at))).collect();
    say(table(&["NAME", "ACCOUNT", "ROLE", "CODES", "", "LAST SEEN"], &rows))
}
