//! Connections and callers.

use crate::authority::Standing;
use crate::ids::{AccountId, ConnectionId, ExchangeId};
use crate::order::Order;
use crate::trace::Trace;
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Which sides of a dialect a connection uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Role {
    /// We answer.
    #[default]
    Serve,
    /// We call.
    Connect,
    /// Both.
    Both,
}

/// Which orders of its account a connection sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Those it created.
    #[default]
    Own,
    /// Those routed to it (and those it created).
    Routed,
    /// All of the account.
    Account,
}

/// Whether the originator controls the executing account (Pruvan: internal and external integrations).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// It does: it assigns.
    #[default]
    Internal,
    /// It does not: assignments it sends are ignored.
    External,
}

/// What somebody may do through the native API. Each may do all that those before it may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// Looks.
    Viewer,
    /// Works on orders, units, plans and jobs.
    Dispatcher,
    /// Sees to what is connected: the wire log, rules, webhooks, products.
    Integrator,
    /// Does everything, tokens included.
    #[default]
    Admin,
}

impl Access {
    /// All there are, from the least to the most.
    pub const ALL: [Access; 4] = [Access::Viewer, Access::Dispatcher, Access::Integrator, Access::Admin];
}

macro_rules! setting_words {
    ($($name:ident { $($variant:ident = $word:literal),* })*) => {$(
        impl $name {
            /// The word in settings and configuration.
            pub const fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )* }
            }

            /// From the word.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $( $word => Some($name::$variant), )* _ => None }
            }
        }
    )*};
}
setting_words! {
    Role { Serve = "serve", Connect = "connect", Both = "both" }
    Scope { Own = "own", Routed = "routed", Account = "account" }
    Mode { Internal = "internal", External = "external" }
    Access { Viewer = "viewer", Dispatcher = "dispatcher", Integrator = "integrator", Admin = "admin" }
}

/// One configured link to one counterpart in one dialect.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Identity.
    pub id: ConnectionId,
    /// The tenant.
    pub account: AccountId,
    /// Unique within the account.
    pub name: String,
    /// `ppw`, `pruvan`, `wialon`, `mews` or `planviewer`.
    pub dialect: String,
    /// Which sides it uses.
    pub role: Role,
    /// Which orders it sees.
    pub scope: Scope,
    /// A disabled connection authenticates nobody.
    pub enabled: bool,
    /// Settings by name; a missing one has the dialect's default.
    pub settings: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Connection {
    /// A setting's text, if it was given.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// A yes-or-no setting.
    pub fn flag(&self, name: &str, default: bool) -> bool {
        match self.setting(name) {
            Some("true" | "1" | "on" | "yes") => true,
            Some("false" | "0" | "off" | "no") => false,
            _ => default,
        }
    }

    /// A whole-number setting.
    pub fn integer(&self, name: &str, default: i64) -> i64 {
        self.setting(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    }

    /// How it stands to orders it created.
    pub fn as_originator(&self) -> Standing {
        Standing::Originator {
            auto_admin: self.flag("auto_admin", true),
            mode: self.setting("mode").and_then(Mode::from_word).unwrap_or_default(),
            // Pruvan and PPW originators hand orders over and get results back; the others work on them too.
            executes: !matches!(self.dialect.as_str(), "pruvan" | "ppw"),
        }
    }

    /// Whether it may see an order of its account.
    pub fn sees(&self, order: &Order) -> bool {
        self.account == order.account
            && match self.scope {
                Scope::Account => true,
                Scope::Own => order.origin.connection == Some(self.id),
                Scope::Routed => order.origin.connection == Some(self.id) || order.routed_to.contains(&self.id),
            }
    }
}

/// Somebody who was authenticated. Without one, no ledger.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The tenant.
    pub account: AccountId,
    /// The connection; `None` for native tokens, the CLI and the hub itself.
    pub connection: Option<Arc<Connection>>,
    /// The hub itself (producers, completion engine, seeding).
    pub is_hub: bool,
    /// For people: `pruvan acme`, `token ci`, `hub`.
    pub label: String,
    /// The exchange being answered.
    pub exchange: Option<ExchangeId>,
    /// The trace that it does something in, where that is not the exchange's own.
    pub trace: Option<Trace>,
}

impl Caller {
    /// The hub itself, in an account.
    pub fn hub(account: AccountId) -> Caller {
        Caller { account, connection: None, is_hub: true, label: "hub".to_owned(), exchange: None, trace: None }
    }

    /// A local user, through a token or the CLI.
    pub fn user(account: AccountId, label: impl Into<String>) -> Caller {
        Caller { account, connection: None, is_hub: false, label: label.into(), exchange: None, trace: None }
    }

    /// Through a connection.
    pub fn connection(connection: Arc<Connection>) -> Caller {
        Caller {
            account: connection.account,
            label: format!("{} {}", connection.dialect, connection.name),
            connection: Some(connection),
            is_hub: false,
            exchange: None,
            trace: None,
        }
    }

    /// The same caller, within an exchange.
    #[must_use]
    pub fn within(mut self, exchange: Option<ExchangeId>) -> Caller {
        self.exchange = exchange;
        self
    }

    /// The same caller, within a trace.
    #[must_use]
    pub fn tracing(mut self, trace: Trace) -> Caller {
        self.trace = Some(trace);
        self
    }

    /// Id of the connection, if there is one.
    pub fn connection_id(&self) -> Option<ConnectionId> {
        self.connection.as_ref().map(|connection| connection.id)
    }

    /// Whether it may see an order.
    pub fn sees(&self, order: &Order) -> bool {
        match &self.connection {
            Some(connection) => connection.sees(order),
            None => self.account == order.account,
        }
    }
}
