//! People who sign in: passwords, codes, sessions, who may do what in which account.
//!
//! ```text
//! sign_in ─► guard (how often?) ─► password (argon2, off the async threads) ─► code, once ─► session (only its hash is kept)
//! request ─► index (in memory): session ─► person ─► membership ─► Signed { account, access }
//! ```
//!
//! People belong to the hub, what they may do is said per account. Whoever administers an account sees and changes only
//! what is of that account: a password, or a second factor, of somebody who is in other accounts too is not theirs.

mod account;
mod guard;
mod index;
mod manage;
mod password;
mod session;
mod setup;
#[cfg(test)]
mod tests;
mod totp;

use crate::enroll::letters;
use crate::hub::{Hub, fault};
use crate::vault::VaultError;
pub use account::{Offer, change_password, confirm_totp, offer_totp, preferences, put_preferences, remove_totp};
use docket_core::ledger::Fault;
use docket_store::{StoreError, Touched};
use guard::Guard;
pub use guard::network;
pub use index::{Index, Signed};
pub use manage::{
    Added, Change, NAME_LIMIT, Shown, User, add, change, change_member, check_name, ensure, find, grant, list,
    list_account, remove, remove_member, set_password,
};
use parking_lot::RwLock;
use password::Passwords;
pub use password::{LEAST_PASSWORD, hash_now};
pub use session::{Held, Opened, Origin, Proof, end, end_one, sessions, sign_in, switch};
pub use setup::{is_needed, set_up};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The largest preferences, in bytes.
pub const PREFERENCES_LIMIT: usize = 64 * 1024;
/// How often it is written down which sessions were used.
const TEND_EVERY: Duration = Duration::from_secs(20);
/// A session's use is worth writing down after so long.
const WORTH_NOTING_MS: i64 = 20_000;
/// Of the code that is printed for setting up.
const SETUP_LETTERS: usize = 24;

/// How long sessions last.
#[derive(Clone, Copy, Debug)]
pub struct UserOptions {
    /// One that is not used ends after so long.
    pub idle: Duration,
    /// Every one ends after so long.
    pub lasts: Duration,
}

impl Default for UserOptions {
    fn default() -> UserOptions {
        UserOptions { idle: Duration::from_hours(12), lasts: Duration::from_hours(7 * 24) }
    }
}

/// Everything about people that a process keeps in memory.
pub struct Users {
    options: UserOptions,
    index: RwLock<Arc<Index>>,
    guard: Guard,
    passwords: Passwords,
    setup_code: String,
}

/// Why something was not done.
#[derive(Debug)]
pub enum UserError {
    /// The name, the password or the code is wrong; which, nobody is told.
    Credentials,
    /// Who has signed in gave another password than its own.
    OwnPassword {
        /// Which member.
        member: &'static str,
    },
    /// The password is right, and a code is needed, too.
    TotpNeeded,
    /// Too many tries; again after so many seconds.
    Throttled(i64),
    /// The code for setting up is wrong.
    SetupCode,
    /// There is somebody already.
    SetUp,
    /// The account would be left without an administrator.
    LastAdmin,
    /// There is nobody, or nothing, of that name.
    NotFound(&'static str),
    /// The name is taken.
    Taken(String),
    /// What is asked for does not go with how things stand.
    Stands(&'static str),
    /// It is not theirs to do.
    Forbidden(&'static str),
    /// A member makes no sense.
    Invalid {
        /// Which.
        member: &'static str,
        /// Why.
        detail: String,
    },
    /// Secrets cannot be kept or read.
    Vault(VaultError),
    /// We failed.
    Fault(Fault),
}

impl fmt::Display for UserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UserError::Credentials => f.write_str("the name, the password or the code is wrong"),
            UserError::OwnPassword { .. } => f.write_str("this is not your password"),
            UserError::TotpNeeded => f.write_str("a code of the authenticator app, or a recovery code, is needed, too"),
            UserError::Throttled(after_s) => write!(f, "too many wrong tries; try again in {after_s} seconds"),
            UserError::SetupCode => f.write_str("this is not the code that `docket serve` printed when it started"),
            UserError::SetUp => f.write_str("the first user was made already; sign in"),
            UserError::LastAdmin => {
                f.write_str("this is the last administrator of the account; make another one first")
            }
            UserError::NotFound(what) | UserError::Stands(what) | UserError::Forbidden(what) => f.write_str(what),
            UserError::Taken(name) => write!(f, "the name `{name}` is taken on this hub; choose another"),
            UserError::Invalid { member, detail } => write!(f, "{member}: {detail}"),
            UserError::Vault(error) => error.fmt(f),
            UserError::Fault(fault) => fault.fmt(f),
        }
    }
}

impl std::error::Error for UserError {}

impl From<Fault> for UserError {
    fn from(fault: Fault) -> UserError {
        UserError::Fault(fault)
    }
}

impl From<StoreError> for UserError {
    fn from(error: StoreError) -> UserError {
        UserError::Fault(fault(error))
    }
}

impl From<VaultError> for UserError {
    fn from(error: VaultError) -> UserError {
        UserError::Vault(error)
    }
}

fn invalid(member: &'static str, detail: impl Into<String>) -> UserError {
    UserError::Invalid { member, detail: detail.into() }
}

impl Users {
    /// With nobody known yet.
    pub fn new(options: UserOptions) -> Users {
        Users {
            options,
            index: RwLock::default(),
            guard: Guard::default(),
            passwords: Passwords::default(),
            setup_code: letters(SETUP_LETTERS),
        }
    }

    /// Who there is, as known now.
    pub fn index(&self) -> Arc<Index> {
        Arc::clone(&self.index.read())
    }

    /// How long sessions last.
    pub fn options(&self) -> UserOptions {
        self.options
    }

    /// What whoever sets up must know: only who sees how this process started does.
    pub fn setup_code(&self) -> &str {
        &self.setup_code
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

impl Hub {
    /// Reads who may sign in and who has again, if that changed.
    pub async fn refresh_people(&self) -> Result<(), Fault> {
        let version = self.store().people_version().await.map_err(fault)?;
        if version <= self.users().index().version() {
            return Ok(());
        }
        let people = self.store().people().await.map_err(fault)?;
        let mut index = self.users().index.write();
        // Somebody may have read more meanwhile.
        if version > index.version() {
            let next = Index::new(version, people, &index);
            *index = Arc::new(next);
        }
        Ok(())
    }

    /// Writes down which sessions were used here, learns which were used elsewhere, and forgets those that are over.
    pub(crate) async fn tend_sessions(&self) {
        let (now_ms, options) = (self.now().as_millisecond(), self.users().options);
        let index = self.users().index();
        let touched: Vec<Touched> = index.touched(WORTH_NOTING_MS);
        let tended = async {
            self.store().touch_sessions(&touched).await?;
            let since_ms = now_ms.saturating_sub(4 * millis(TEND_EVERY));
            index.seen(&self.store().sessions_seen(since_ms).await?);
            // A while later, when it is written down everywhere that one was used after all.
            let over_ms = now_ms.saturating_sub(4 * millis(TEND_EVERY));
            if index.has_ended(over_ms, millis(options.idle)) {
                self.store().forget_sessions(over_ms, over_ms.saturating_sub(millis(options.idle))).await?;
            }
            Ok::<(), StoreError>(())
        };
        match tended.await {
            Ok(()) => index.noted(&touched),
            Err(error) => tracing::warn!(%error, "which sessions were used could not be written down"),
        }
    }

    /// Tends sessions until the hub stops, and once more then.
    pub(crate) async fn keep_sessions(&self) {
        while self.rest(TEND_EVERY).await {
            self.tend_sessions().await;
        }
    }
}
