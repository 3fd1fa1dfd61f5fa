//! Notices to the people an order is about: customers who wait, drivers who are on their way.
//!
//! Following units finds out *that* somebody is to be told ([`Occasion`]) and calls [`owe`], which marks the
//! order as told ([`Field::Notified`]) in the submission that owes the messages; so each is decided on once, and
//! what was decided is on disk.
//!
//! ```text
//! engine ─► owe ─► notices (template or the table of languages) ─► one submission: bit + messages + day's count
//!                                                                         └─► outbox ─► crate::mail
//! ```

mod plain;
mod recipient;
mod tags;
#[cfg(test)]
mod tests;
mod words;
mod write;

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{Counter, Fault, Holder, Ledger, Mail, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, Field, Order, Rejection};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use std::time::Duration;
use words::Language;

pub use tags::TAGS;
pub(crate) use tags::one_line;

/// How long after the arrival, or after it was owed, a notice is still of use.
const USEFUL: SignedDuration = SignedDuration::from_hours(2);

const NAMESPACE: &str = "notice.count";
const PASSED: &str = "passed";

/// How people are told about orders.
#[derive(Clone, Debug)]
pub struct NotifyOptions {
    /// The language of drivers, and of customers who have said none.
    pub language: String,
    /// The zone that times are shown in, and days are counted in.
    pub zone: TimeZone,
    /// How many messages an account may owe in a day; 0 is any number.
    pub daily_cap: i64,
    /// Who is told when that is reached; empty is nobody.
    pub operator: String,
    /// Where a unit can be seen, with `{order}`, `{unit}`, `{latitude}`, `{longitude}`; empty is nowhere.
    pub locator_url: String,
    /// How long messages are kept after they ended.
    pub keep: Duration,
}

impl Default for NotifyOptions {
    fn default() -> NotifyOptions {
        NotifyOptions {
            language: "en".to_owned(),
            zone: TimeZone::UTC,
            daily_cap: 5_000,
            operator: String::new(),
            locator_url: String::new(),
            keep: Duration::from_hours(30 * 24),
        }
    }
}

impl NotifyOptions {
    /// Whether people can be told something in this language.
    pub fn speaks(language: &str) -> bool {
        words::language(language).is_some()
    }

    /// The languages there are.
    pub fn languages() -> Vec<&'static str> {
        words::LANGUAGES.iter().map(|words| words.code).collect()
    }

    fn language(&self, wanted: Option<&str>) -> Language {
        let fallback = Language { words: &words::LANGUAGES[0], twelve_hours: false };
        wanted.and_then(words::language).or_else(|| words::language(&self.language)).unwrap_or(fallback)
    }
}

/// Why somebody is to be told something about an order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Occasion {
    /// The customer: the unit comes within the time that was asked for.
    ArrivalNear {
        /// When it is expected.
        eta: Timestamp,
        /// Metres left.
        left_m: f64,
    },
    /// The customer: the unit is as near as was asked for.
    DistanceNear {
        /// When it is expected.
        eta: Timestamp,
        /// Metres left.
        left_m: f64,
    },
    /// The driver: the unit is off the planned way.
    Deviation {
        /// How far, in metres.
        off_m: f64,
    },
    /// The driver: the unit left the place and the order is not confirmed.
    Unconfirmed,
}

impl Occasion {
    /// Its bit of [`docket_core::order::Field::Notified`].
    pub const fn bit(&self) -> i64 {
        match self {
            Occasion::Deviation { .. } => 0x2,
            Occasion::Unconfirmed => 0x4,
            Occasion::ArrivalNear { .. } => 0x10,
            Occasion::DistanceNear { .. } => 0x20,
        }
    }

    /// Whether it is the driver who is told. Drivers' applications follow the order itself, so a driver is told by the
    /// bit alone; the text message comes on top.
    pub const fn is_for_driver(&self) -> bool {
        matches!(self, Occasion::Deviation { .. } | Occasion::Unconfirmed)
    }

    const fn coming(&self) -> (Option<Timestamp>, Option<f64>) {
        match self {
            Occasion::ArrivalNear { eta, left_m } | Occasion::DistanceNear { eta, left_m } => {
                (Some(*eta), Some(*left_m))
            }
            Occasion::Deviation { .. } | Occasion::Unconfirmed => (None, None),
        }
    }
}

/// What is owed on an occasion: goes into the submission that marks the order.
#[derive(Clone, Debug, Default)]
pub struct Notices {
    /// The messages.
    pub mails: Vec<Mail>,
    /// What they count against.
    pub counters: Vec<Counter>,
}

/// The messages an occasion makes due, in the languages of who gets them; none when nobody wants to be told.
pub async fn notices(hub: &Hub, account: AccountId, order: &Order, occasion: &Occasion) -> Result<Notices, Fault> {
    let mut mails = match occasion.is_for_driver() {
        true => write::for_driver(hub, account, order, occasion).await?,
        false => write::for_customer(hub, account, order, occasion).await?,
    };
    let now = hub.now();
    let useful = occasion.coming().0.map_or(now, |eta| eta.max(now)).checked_add(USEFUL).ok();
    for mail in &mut mails {
        mail.connection = order.origin.connection;
        mail.order = Some(order.serial);
        mail.until = useful;
    }
    let counters = counter(hub, account, mails.len()).into_iter().collect();
    Ok(Notices { mails, counters })
}

/// Owes what an occasion makes due and marks the order as told, in one submission. `true` when it did; `false` when the
/// order is gone, done or told already, or when nobody can be told.
pub async fn owe(hub: &Hub, account: AccountId, serial: Serial, occasion: Occasion) -> Result<bool, Fault> {
    match hub.order(&Caller::hub(account), Target::Serial(serial)).await? {
        Some(order) => tell(hub, account, &order, occasion).await,
        None => Ok(false),
    }
}

/// The same for an order that is at hand.
async fn tell(hub: &Hub, account: AccountId, order: &Order, occasion: Occasion) -> Result<bool, Fault> {
    if !is_to_be_told(order, &occasion) {
        return Ok(false);
    }
    let owed = notices(hub, account, order, &occasion).await?;
    if owed.mails.is_empty() && !occasion.is_for_driver() {
        return Ok(false);
    }
    match mark(hub, account, order, occasion, owed).await? {
        Marked::Told => Ok(true),
        Marked::Not => Ok(false),
        Marked::Full => {
            cap_passed(hub, account).await?;
            // A driver is told by the mark, and a mark costs nothing.
            let marks = occasion.is_for_driver();
            Ok(marks && matches!(mark(hub, account, order, occasion, Notices::default()).await?, Marked::Told))
        }
    }
}

fn is_to_be_told(order: &Order, occasion: &Occasion) -> bool {
    order.state.is_open() && order.fields.notified.unwrap_or_default() & occasion.bit() == 0
}

/// What became of marking an order.
enum Marked {
    /// It is marked, and what goes with it is owed.
    Told,
    /// It was marked already, or is not to be told any more.
    Not,
    /// The day's cap is reached.
    Full,
}

/// Marks and owes.
async fn mark(
    hub: &Hub,
    account: AccountId,
    order: &Order,
    occasion: Occasion,
    owed: Notices,
) -> Result<Marked, Fault> {
    let unit = order.fields.unit;
    let request = Request::change(Target::Serial(order.serial), move |order| {
        // Somebody was faster, or it is another's by now: then nothing is owed.
        if !is_to_be_told(order, &occasion) || order.fields.unit != unit {
            return Err(Rejection::Withdrawn);
        }
        let told = order.fields.notified.unwrap_or_default() | occasion.bit();
        Ok(Command::default().with(Field::Notified, told))
    });
    let Notices { mails, counters } = owed;
    let submission = Submission { atomic: true, mails, counters, ..Submission::one(request) };
    Ok(match hub.submit(&Caller::hub(account), submission).await?.pop() {
        Some(Outcome::Done(_)) => Marked::Told,
        Some(Outcome::Rejected(Rejection::Limit { limit: Counter::LIMIT })) => Marked::Full,
        Some(Outcome::Rejected(_) | Outcome::Outdated) | None => Marked::Not,
    })
}

fn day(hub: &Hub) -> String {
    hub.now().to_zoned(hub.notify_options().zone.clone()).date().to_string()
}

/// The day's count of an account, if it has a limit.
fn counter(hub: &Hub, account: AccountId, add: usize) -> Option<Counter> {
    let limit = hub.notify_options().daily_cap;
    (limit > 0 && add > 0).then(|| Counter {
        holder: account.into(),
        namespace: NAMESPACE.to_owned(),
        key: day(hub),
        add: i64::try_from(add).unwrap_or(i64::MAX),
        limit,
        notice: None,
    })
}

/// Says once a day that no more is owed: in the log, and to the operator.
async fn cap_passed(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let day = day(hub);
    let said = hub.record(account.into(), NAMESPACE, PASSED).await?;
    if said.as_deref() == Some(&day) {
        return Ok(());
    }
    let NotifyOptions { daily_cap, operator, .. } = hub.notify_options();
    let directory = hub.directory();
    let name = directory.accounts().iter().find(|(id, _)| *id == account).map(|(_, name)| name.clone());
    let name = name.unwrap_or_else(|| account.to_string());
    tracing::warn!(account = name, daily_cap, day, "the day's cap on notices is reached; no more are sent today");
    let mail = Mail {
        to: operator.clone(),
        subject: format!("Account {name} has reached its daily cap of {daily_cap} notices"),
        text: format!(
            "Account \"{name}\" has owed {daily_cap} messages to customers and drivers on {day}. No more are sent to \
             them today.\n\nIf this is expected, raise [notify] daily_cap in the configuration.\n"
        ),
        ..Mail::default()
    };
    let (namespace, key, value) = (NAMESPACE.to_owned(), PASSED.to_owned(), Some(day));
    let record = Record { holder: Holder::Account(account), namespace, key, value, expected: Some(said) };
    let mails = if operator.is_empty() { Vec::new() } else { vec![mail] };
    // Where another node says it at the same moment, the record is not as expected, and that one's mail is enough.
    let submission = Submission { records: vec![record], mails, ..Submission::default() };
    hub.submit(&Caller::hub(account), submission).await.map(drop)
}

impl Hub {
    /// Forgets messages that ended long ago, and those that nobody could ever send.
    pub(crate) async fn forget_mails(&self) {
        let keep = SignedDuration::try_from(self.notify_options().keep).unwrap_or(SignedDuration::MAX);
        let Ok(before) = self.now().checked_sub(keep) else { return };
        match self.store().forget_mails(before).await {
            Ok((_, 0)) => {}
            Ok((_, owed)) => tracing::warn!(owed, "messages that nobody could send for so long are forgotten"),
            Err(error) => tracing::warn!(%error, "old messages could not be forgotten; trying again"),
        }
    }
}
