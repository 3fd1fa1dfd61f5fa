//! The port through which dialects, producers and faces see the hub.

use crate::authority::Refused;
use crate::catalogue::{Customer, Service, Site, Unit, site_id};
use crate::connection::{Caller, Connection};
use crate::ids::{AccountId, ConnectionId, OrderId, Sequence, Serial, SiteId, UnitId, Uuid};
use crate::order::{Command, Entry, Order, Rejection, State};
use crate::track::{Report, ReportQuery};
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A future of an answer, or of a [`Fault`].
pub type Reply<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Something went wrong on our side. It was logged where it happened; the asker gets a word and an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Too much is queued: nothing was done, try again.
    Busy,
    /// The store failed; whether anything was done is unknown to the asker, and nothing may be promised.
    Store(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Busy => f.write_str("the ledger is busy, try again"),
            Fault::Store(what) => write!(f, "the ledger failed: {what}"),
        }
    }
}

impl std::error::Error for Fault {}

/// One thing a caller knows: `("username", "demo")`, `("api_key", …)`.
#[derive(Clone, Copy)]
pub struct Claim<'a> {
    /// Which credential of the connection.
    pub kind: &'a str,
    /// What the caller presents.
    pub value: &'a str,
}

/// Which order a request is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// None yet: always creates.
    New,
    /// By id.
    Id(OrderId),
    /// By serial.
    Serial(Serial),
    /// By a key of the calling connection: the active order that has it, or none.
    Key {
        /// `number`, …
        namespace: String,
        /// The key.
        key: String,
    },
    /// By a key of any connection the caller may see; for users and the hub.
    KeyOf {
        /// Whose key.
        connection: ConnectionId,
        /// `number`, …
        namespace: String,
        /// The key.
        key: String,
    },
}

/// What a request makes of the order it is about. Pure: it may be called again when somebody else was faster.
///
/// `None` is given where there is no such order (or none the caller may see); then the returned command creates
/// one, unless the answer is a rejection. For [`Target::Id`] and [`Target::Serial`] a missing order with a command
/// that names an identity creates it too (imports).
pub type Propose = Box<dyn Fn(Option<&Order>) -> Result<Command, Rejection> + Send + Sync>;

/// One part of a submission.
pub struct Request {
    /// Which order.
    pub target: Target,
    /// What is asked of it.
    pub propose: Propose,
}

impl Request {
    /// A request.
    pub fn new(
        target: Target,
        propose: impl Fn(Option<&Order>) -> Result<Command, Rejection> + Send + Sync + 'static,
    ) -> Request {
        Request { target, propose: Box::new(propose) }
    }

    /// Creates an order.
    pub fn create(command: Command) -> Request {
        Request::new(Target::New, move |_| Ok(command.clone()))
    }

    /// Changes an order that must exist and be visible.
    pub fn change(
        target: Target,
        propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
    ) -> Request {
        Request::new(target, move |order| propose(order.ok_or(Rejection::NotFound)?))
    }
}

/// Whose a [`Record`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// One connection's.
    Connection(ConnectionId),
    /// The whole account's: routes.
    Account(AccountId),
}

impl From<ConnectionId> for Holder {
    fn from(connection: ConnectionId) -> Holder {
        Holder::Connection(connection)
    }
}

impl From<AccountId> for Holder {
    fn from(account: AccountId) -> Holder {
        Holder::Account(account)
    }
}

/// A small text that is kept for a connection or an account: a push URL, a daily count, an intention, a route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub holder: Holder,
    /// What kind.
    pub namespace: String,
    /// Which.
    pub key: String,
    /// The text; `None` removes it.
    pub value: Option<String>,
    /// The text that must be there now, for the submission to be done: `None` = whatever, `Some(None)` = nothing.
    pub expected: Option<Option<String>>,
}

/// How somebody is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Channel {
    /// By e-mail.
    #[default]
    Email,
    /// By text message.
    Sms,
}

impl Channel {
    /// All of them.
    pub const ALL: [Channel; 2] = [Channel::Email, Channel::Sms];

    /// A word for people and for what is kept.
    pub const fn word(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
        }
    }

    /// Back from [`Channel::word`].
    pub fn from_word(word: &str) -> Option<Channel> {
        Channel::ALL.into_iter().find(|channel| channel.word() == word)
    }
}

/// A message that is owed. Sent by the hub, kept in the outbox where no server for its channel is configured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mail {
    /// Which connection it concerns.
    pub connection: Option<ConnectionId>,
    /// Which order it is about.
    pub order: Option<Serial>,
    /// How it goes.
    pub channel: Channel,
    /// The recipient: an e-mail address or a phone number; empty when the connection names none.
    pub to: String,
    /// Subject; of an e-mail.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// The same as HTML; of an e-mail.
    pub html: Option<String>,
    /// After this it is of no use to anybody and is not sent any more.
    pub until: Option<Timestamp>,
}

/// A count that goes up with a submission, and a limit it must not pass. Kept as a [`Record`] of decimal text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Whose.
    pub holder: Holder,
    /// What is counted.
    pub namespace: String,
    /// Which count: a calendar day.
    pub key: String,
    /// By how much it goes up.
    pub add: i64,
    /// If it would pass this, nothing of the submission is done: [`Rejection::Limit`].
    pub limit: i64,
    /// When the count reaches or passes this for the first time, this mail is owed.
    pub notice: Option<(i64, Mail)>,
}

impl Counter {
    /// The limit a submission is rejected with.
    pub const LIMIT: &'static str = "count";

    /// The new count and the mail it makes due; `None` when it would pass the limit.
    pub fn count(&self, before: i64) -> Option<(i64, Option<&Mail>)> {
        let after = before.saturating_add(self.add);
        let reached = |at: i64| before < at && after >= at;
        (after <= self.limit)
            .then(|| (after, self.notice.as_ref().filter(|(at, _)| reached(*at)).map(|(_, mail)| mail)))
    }
}

/// Everything one wire request asks of the ledger. Done as one: whole or, on a fault, not at all.
#[derive(Default)]
pub struct Submission {
    /// In order; each sees the effects of those before it.
    pub requests: Vec<Request>,
    /// When one request is rejected nothing is done, and the others answer [`Rejection::Withdrawn`].
    pub atomic: bool,
    /// Texts to keep with it. A record that is not as `expected` withdraws everything: [`Outcome::Outdated`].
    pub records: Vec<Record>,
    /// Counts that go up with it, if anything of it is written.
    pub counters: Vec<Counter>,
    /// Mails owed with it.
    pub mails: Vec<Mail>,
}

impl Submission {
    /// Of one request.
    pub fn one(request: Request) -> Submission {
        Submission { requests: vec![request], ..Submission::default() }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was done (or there was nothing to do).
    Done(Done),
    /// It was not.
    Rejected(Rejection),
    /// A record was not as expected; nothing of the submission was done. Read again and ask anew.
    Outdated,
}

/// What a done request did.
#[derive(Clone, Debug, PartialEq)]
pub struct Done {
    /// The order afterwards. A deleted order is still given here.
    pub order: Arc<Order>,
    /// It was created.
    pub created: bool,
    /// Anything changed.
    pub changed: bool,
    /// Which writes were refused by ownership.
    pub refused: Vec<Refused>,
}

/// A set of states.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StateSet(pub u32);

impl StateSet {
    /// Of some states.
    pub fn of(states: impl IntoIterator<Item = State>) -> StateSet {
        StateSet(states.into_iter().fold(0, |bits, state| bits | 1 << state as u32))
    }

    /// All but deleted.
    pub fn living() -> StateSet {
        StateSet::of(State::ALL.iter().copied().filter(|&state| state != State::Deleted))
    }

    /// Work is still expected.
    pub fn open() -> StateSet {
        StateSet::of(State::ALL.iter().copied().filter(|state| state.is_open()))
    }

    /// Whether a state is in it.
    pub fn contains(self, state: State) -> bool {
        self.0 & (1 << state as u32) != 0
    }

    /// Its states.
    pub fn states(self) -> impl Iterator<Item = State> {
        State::ALL.iter().copied().filter(move |&state| self.contains(state))
    }
}

/// Which orders a listing shows. Visibility is the caller's and needs no saying.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderQuery {
    /// Only these states. Deleted orders only when asked for.
    pub states: StateSet,
    /// Only orders last changed at or after this.
    pub updated_from: Option<Timestamp>,
    /// Only orders last changed before this.
    pub updated_before: Option<Timestamp>,
    /// Only this number, exactly.
    pub number: Option<String>,
    /// Only these ids (at most 1,000).
    pub ids: Option<Vec<OrderId>>,
    /// Only orders with one of these as [`crate::order::Fields::service`].
    pub services: Option<Vec<String>>,
    /// Only orders assigned to this unit.
    pub unit: Option<UnitId>,
    /// Only orders of this site.
    pub site: Option<SiteId>,
    /// Newest first (by serial) rather than oldest first.
    pub newest_first: bool,
    /// Start behind this order, in the direction of the listing.
    pub after: Option<Serial>,
    /// At most this many; at least 1, capped at [`OrderQuery::LIMIT`].
    pub limit: usize,
}

impl OrderQuery {
    /// The largest page.
    pub const LIMIT: usize = 1000;
}

impl Default for OrderQuery {
    fn default() -> OrderQuery {
        OrderQuery {
            states: StateSet::living(),
            updated_from: None,
            updated_before: None,
            number: None,
            ids: None,
            services: None,
            unit: None,
            site: None,
            newest_first: false,
            after: None,
            limit: OrderQuery::LIMIT,
        }
    }
}

impl OrderQuery {
    /// Whether an order is one of those asked for. What every store must agree with.
    pub fn matches(&self, order: &Order) -> bool {
        self.states.contains(order.state)
            && self.updated_from.is_none_or(|from| order.updated_at >= from)
            && self.updated_before.is_none_or(|before| order.updated_at < before)
            && self.number.as_ref().is_none_or(|number| order.fields.number.as_ref() == Some(number))
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&order.id))
            && self
                .services
                .as_ref()
                .is_none_or(|services| order.fields.service.as_ref().is_some_and(|service| services.contains(service)))
            && self.unit.is_none_or(|unit| order.fields.unit == Some(unit.0))
            && self.site.is_none_or(|site| site_id(order.account, &order.fields) == Some(site))
    }
}

/// What was fetched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fetched {
    /// The bytes.
    pub bytes: Bytes,
    /// The media type that was said; empty when none was.
    pub media_type: String,
}

/// A file to be handed out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileLink {
    /// Content address of its bytes.
    pub blob: String,
    /// The name it is saved under.
    pub name: String,
    /// Its media type.
    pub media_type: String,
}

/// One page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The orders.
    pub orders: Vec<Arc<Order>>,
    /// Where to go on: the `after` of the next page; `None` at the end.
    pub next: Option<Serial>,
}

/// Which sites a search looks at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SiteQuery {
    /// Only this postal code; blanks and case do not matter.
    pub postal_code: Option<String>,
    /// Start behind this site.
    pub after: Option<SiteId>,
    /// At most this many.
    pub limit: usize,
}

/// Which customers a listing shows: the newest first, those of one moment by id, downwards.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CustomerQuery {
    /// Companies rather than persons.
    pub companies: bool,
    /// Only these ids (at most 1,000).
    pub ids: Option<Vec<Uuid>>,
    /// Only this e-mail address; case does not matter.
    pub email: Option<String>,
    /// Start behind the customer that came to be then and has this id.
    pub after: Option<(Timestamp, Uuid)>,
    /// At most this many; at least 1, capped at [`OrderQuery::LIMIT`].
    pub limit: usize,
}

impl CustomerQuery {
    /// Whether a customer is one of those asked for. What every store must agree with.
    pub fn matches(&self, customer: &Customer) -> bool {
        let squash = |text: &String| text.split_whitespace().collect::<String>().to_lowercase();
        let same = |wanted: &String| {
            let wanted = squash(wanted);
            !wanted.is_empty() && customer.email.as_ref().is_some_and(|known| squash(known) == wanted)
        };
        customer.is_company == self.companies
            && self.ids.as_ref().is_none_or(|ids| ids.contains(&customer.id))
            && self.email.as_ref().is_none_or(same)
            && self
                .after
                .is_none_or(|(at, id)| (customer.created_at.as_microsecond(), customer.id) < (at.as_microsecond(), id))
    }
}

/// One more way in that a connection gave out itself, beside the credentials it was made with. Whoever presents it
/// claims the kind [`Grant::KIND`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Lower-case hexadecimal SHA-256 of what is presented: all that is kept of it.
    pub hash: String,
    /// What the dialect knows about it, as JSON text.
    pub data: String,
}

impl Grant {
    /// The kind under which it is claimed.
    pub const KIND: &'static str = "grant";
}

/// The hub, as dialects see it. Every answer is limited to what the caller may see.
pub trait Ledger: Send + Sync {
    /// Who presents these claims: the one enabled connection of the dialect that all of them belong to.
    /// Compares hashes, in constant time. The first claim must identify (a user name, a token), the rest confirm.
    fn authenticate<'a>(&'a self, dialect: &'a str, claims: &'a [Claim<'a>]) -> Reply<'a, Option<Caller>>;

    /// Does what is asked and answers when it is on disk: one outcome per request, in order.
    fn submit<'a>(&'a self, caller: &'a Caller, submission: Submission) -> Reply<'a, Vec<Outcome>>;

    /// One order, if the caller may see it. Deleted orders are not found.
    fn order<'a>(&'a self, caller: &'a Caller, target: Target) -> Reply<'a, Option<Arc<Order>>>;

    /// A page of orders.
    fn orders<'a>(&'a self, caller: &'a Caller, query: OrderQuery) -> Reply<'a, Page>;

    /// All journal entries of one order, oldest first; empty when the caller may not see it.
    fn history<'a>(&'a self, caller: &'a Caller, serial: Serial) -> Reply<'a, Vec<Arc<Entry>>>;

    /// The account's journal behind a place, oldest first, at most `limit` entries, whatever the caller's scope:
    /// dialects filter by what they show. Never skips; never shows what could still roll back.
    fn journal<'a>(&'a self, account: AccountId, after: Sequence, limit: usize) -> Reply<'a, Vec<Arc<Entry>>>;

    /// The last place in the account's journal.
    fn head(&self, account: AccountId) -> Reply<'_, Sequence>;

    /// The catalogue.
    fn services<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Service>>>;

    /// The units, with their last positions.
    fn units<'a>(&'a self, caller: &'a Caller) -> Reply<'a, Arc<Vec<Unit>>>;

    /// Sites in order of id.
    fn sites<'a>(&'a self, caller: &'a Caller, query: SiteQuery) -> Reply<'a, Vec<Site>>;

    /// One site.
    fn site<'a>(&'a self, caller: &'a Caller, id: SiteId) -> Reply<'a, Option<Site>>;

    /// One customer.
    fn customer<'a>(&'a self, caller: &'a Caller, id: Uuid) -> Reply<'a, Option<Customer>>;

    /// Customers of the account, newest first.
    fn customers<'a>(&'a self, caller: &'a Caller, query: CustomerQuery) -> Reply<'a, Vec<Customer>>;

    /// Adds a customer to the account, or replaces the one with its id. Answers when it is on disk.
    fn put_customer<'a>(&'a self, caller: &'a Caller, customer: Customer) -> Reply<'a, ()>;

    /// A connection of the caller's account (to name an order's origin); `None` when there is none.
    fn connection<'a>(&'a self, caller: &'a Caller, id: ConnectionId) -> Reply<'a, Option<Arc<Connection>>>;

    /// A text kept for a connection or account.
    fn record<'a>(&'a self, holder: Holder, namespace: &'a str, key: &'a str) -> Reply<'a, Option<String>>;

    /// All texts of a namespace: key and value, in the order of their keys' bytes.
    fn records<'a>(&'a self, holder: Holder, namespace: &'a str) -> Reply<'a, Vec<(String, String)>>;

    /// The bytes of a blob by content address (hex SHA-256).
    fn blob<'a>(&'a self, address: &'a str) -> Reply<'a, Option<Vec<u8>>>;

    /// Adds a unit (then its id is 0, and assigned here) or replaces one of the account, all but its position. A unique
    /// id that another unit has, in whatever account, is [`Rejection::Taken`].
    fn put_unit<'a>(&'a self, caller: &'a Caller, unit: Unit) -> Reply<'a, Result<Unit, Rejection>>;

    /// Removes a unit and its reports; `false` when there is no such unit. Orders keep its id.
    fn remove_unit<'a>(&'a self, caller: &'a Caller, unit: UnitId) -> Reply<'a, bool>;

    /// What a unit said, as far back as it is kept. What another hub on the same database took in is seen soon after.
    fn reports<'a>(&'a self, caller: &'a Caller, query: ReportQuery) -> Reply<'a, Vec<Report>>;

    /// Takes in what units of the account say, as their own trackers' readings are taken in; they are on disk when this
    /// answers. Those of units that are not there are left out.
    fn put_reports<'a>(&'a self, caller: &'a Caller, reports: Vec<(UnitId, Report)>) -> Reply<'a, ()>;

    /// Removes one report that is equal to this one; `false` when there is none.
    fn remove_report<'a>(&'a self, caller: &'a Caller, unit: UnitId, report: Report) -> Reply<'a, bool>;

    /// The enabled connections of a dialect, of all accounts: to find one by name, and how they are set.
    fn connections<'a>(&'a self, dialect: &'a str) -> Reply<'a, Vec<Arc<Connection>>>;

    /// The ways in that a connection gave out, in order of their hashes.
    fn grants(&self, connection: ConnectionId) -> Reply<'_, Vec<Grant>>;

    /// One of them.
    fn grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, Option<Grant>>;

    /// Gives one out, or replaces what is known about it.
    fn put_grant(&self, connection: ConnectionId, grant: Grant) -> Reply<'_, ()>;

    /// Takes one back; `false` when there is none.
    fn remove_grant<'a>(&'a self, connection: ConnectionId, hash: &'a str) -> Reply<'a, bool>;

    /// What calls to a connection's counterpart are made with, of this name: sealed where it is kept.
    fn secret<'a>(&'a self, connection: ConnectionId, name: &'a str) -> Reply<'a, Option<String>>;

    /// Keeps it, in place of the one before: a counterpart said where it is to be called from now on.
    fn keep_secret<'a>(&'a self, connection: ConnectionId, name: &'a str, value: &'a str) -> Reply<'a, ()>;

    /// Keeps bytes as a blob and answers its content address when they are on disk. A blob that nothing names is
    /// harmless, so it is kept before the submission that names it.
    fn keep_blob(&self, bytes: Bytes) -> Reply<'_, String>;

    /// Fetches what lies at a URL that a counterpart supplied. The inner error says for people why it could not be had:
    /// a private network, too large, too slow, not found.
    fn fetch<'a>(&'a self, url: &'a str) -> Reply<'a, Result<Fetched, String>>;

    /// Where a file can be had without credentials until a moment: path and query, below the hub's own origin.
    fn file_url(&self, file: &FileLink, until: Timestamp) -> String;

    /// A counterpart says that there is news to fetch through a connection: it is looked for soon. Nothing is promised.
    fn nudge(&self, _connection: ConnectionId) {}
}
