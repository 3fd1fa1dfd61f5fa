//! Who may write what (design: authority). Pruvan's page names the rules; they hold for every dialect alike.

use crate::connection::{Caller, Mode};
use crate::order::{Order, Owner, Value};
use std::fmt;

/// How a caller stands to one order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The system that created it.
    Originator {
        /// Remote writes to shared fields win, also over user edits.
        auto_admin: bool,
        /// Internal originators assign; external ones never do.
        mode: Mode,
        /// The originator's dialect also executes orders (Wialon, the native API): it writes results itself.
        executes: bool,
    },
    /// Another system that sees the order.
    Counterpart,
    /// A local user, through the native API, console or CLI.
    User,
    /// Docket itself.
    Hub,
}

/// The rule that refused a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rule {
    /// The field belongs to the originating system.
    OriginatorOwned,
    /// Auto-Admin is off: the originator no longer writes shared fields.
    AutoAdminOff,
    /// An external integration never assigns.
    ExternalMode,
    /// The field belongs to who does the work.
    ExecutorOwned,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Rule] =
        &[Rule::OriginatorOwned, Rule::AutoAdminOff, Rule::ExternalMode, Rule::ExecutorOwned];

    /// The word in the journal.
    pub const fn word(self) -> &'static str {
        match self {
            Rule::OriginatorOwned => "originator_owned",
            Rule::AutoAdminOff => "auto_admin_off",
            Rule::ExternalMode => "external_mode",
            Rule::ExecutorOwned => "executor_owned",
        }
    }

    /// From the word in the journal.
    pub fn from_word(word: &str) -> Option<Rule> {
        Rule::ALL.iter().copied().find(|rule| rule.word() == word)
    }
}

/// A write that an ownership rule refused. It is kept in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The canonical field name, or `status`.
    pub field: String,
    /// What was offered.
    pub offered: Value,
    /// Why it was not taken.
    pub rule: Rule,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = match self.rule {
            Rule::OriginatorOwned => "belongs to the system that the order came from",
            Rule::AutoAdminOff => "is not written by the system the order came from while auto admin is off",
            Rule::ExternalMode => "is not assigned by an external integration",
            Rule::ExecutorOwned => "belongs to whoever does the work",
        };
        write!(f, "{} {why}", self.field)
    }
}

impl Standing {
    /// How a caller stands to an order.
    pub fn of(caller: &Caller, order: &Order) -> Standing {
        match &caller.connection {
            None if caller.is_hub => Standing::Hub,
            None => Standing::User,
            Some(connection) if order.origin.connection == Some(connection.id) => connection.as_originator(),
            Some(_) => Standing::Counterpart,
        }
    }

    /// Whether a field of this owner may be written after creation, or by which rule not.
    ///
    /// On creation the originator writes everything but what [`Rule::ExternalMode`] forbids.
    pub fn may_write(self, owner: Owner, creating: bool) -> Result<(), Rule> {
        match (owner, self) {
            (Owner::Open, _) | (_, Standing::Hub) => Ok(()),
            (Owner::Assignment, Standing::Originator { mode: Mode::External, .. }) => Err(Rule::ExternalMode),
            _ if creating => Ok(()),
            (Owner::Assignment, _) => Ok(()),
            (Owner::Originator, Standing::Originator { .. }) => Ok(()),
            (Owner::Originator, Standing::Counterpart | Standing::User) => Err(Rule::OriginatorOwned),
            (Owner::Shared, Standing::Originator { auto_admin: false, .. }) => Err(Rule::AutoAdminOff),
            (Owner::Shared, _) => Ok(()),
            (Owner::Executor, Standing::Originator { executes: false, .. }) => Err(Rule::ExecutorOwned),
            (Owner::Executor, _) => Ok(()),
        }
    }
}
