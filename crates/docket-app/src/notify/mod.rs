//! Notices to the people an order is about: customers who wait, drivers who are on their way.
//!
//! Following units finds out *that* somebody is to be told ([`Occasion`]) and calls [`owe`], which marks the order as
//! told ([`Field::Notified`]) in the submission that owes the messages; so each is decided on once, and what was decided
//! is on disk.
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

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Serial};
use docket_core::ledger::{
    Channel, Counter, Fault, Holder, Ledger, Mail, Outcome, Record, Request, Submission, Target,
};
use docket_core::order::{Command, Field, Order, Rejection};
use docket_dialects::notice::Template;
use docket_dialects::routes;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use std::time::Duration;
use tags::{Form, Known};
use words::Language;

pub use tags::TAGS;
pub(crate) use tags::one_line;

/// Bits of [`Field::NoticeChannels`] (Wialon `ntf`): a text message to the first phone, to the second, an e-mail.
const SMS_FIRST: i64 = 0x1;
const SMS_SECOND: i64 = 0x2;
const EMAIL: i64 = 0x10;

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
        true => for_driver(hub, account, order, occasion).await?,
        false => for_customer(hub, account, order, occasion).await?,
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
    let caller = Caller::hub(account);
    let Some(order) = hub.order(&caller, Target::Serial(serial)).await? else { return Ok(false) };
    if !is_to_be_told(&order, &occasion) {
        return Ok(false);
    }
    let owed = notices(hub, account, &order, &occasion).await?;
    if owed.mails.is_empty() && !occasion.is_for_driver() {
        return Ok(false);
    }
    match mark(hub, &caller, serial, occasion, owed).await? {
        Some(Rejection::Limit { limit: Counter::LIMIT }) => {
            cap_passed(hub, account).await?;
            let for_driver = occasion.is_for_driver();
            Ok(for_driver && mark(hub, &caller, serial, occasion, Notices::default()).await?.is_none())
        }
        rejected => Ok(rejected.is_none()),
    }
}

fn is_to_be_told(order: &Order, occasion: &Occasion) -> bool {
    order.state.is_open() && order.fields.notified.unwrap_or_default() & occasion.bit() == 0
}

/// Marks and owes; answers why nothing was done, if so.
async fn mark(
    hub: &Hub,
    caller: &Caller,
    serial: Serial,
    occasion: Occasion,
    owed: Notices,
) -> Result<Option<Rejection>, Fault> {
    let request = Request::change(Target::Serial(serial), move |order| {
        if !is_to_be_told(order, &occasion) {
            return Err(Rejection::Forbidden { what: "telling somebody twice".to_owned() });
        }
        let told = order.fields.notified.unwrap_or_default() | occasion.bit();
        Ok(Command::default().with(Field::Notified, told))
    });
    let Notices { mails, counters } = owed;
    let submission = Submission { atomic: true, mails, counters, ..Submission::one(request) };
    let outcome = hub.submit(caller, submission).await?.pop();
    Ok(match outcome {
        Some(Outcome::Done(_)) => None,
        Some(Outcome::Rejected(rejection)) => Some(rejection),
        Some(Outcome::Outdated) | None => Some(Rejection::Withdrawn),
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

/// The template of the connection the order came through.
async fn template(hub: &Hub, order: &Order) -> Result<Template, Fault> {
    match order.origin.connection {
        Some(connection) => Ok(Template::of(hub, connection).await?.unwrap_or_default()),
        None => Ok(Template::default()),
    }
}

async fn unit(hub: &Hub, account: AccountId, order: &Order) -> Result<Option<Unit>, Fault> {
    let Some(id) = order.fields.unit else { return Ok(None) };
    let units = hub.units(&Caller::hub(account)).await?;
    Ok(units.iter().find(|unit| unit.id.0 == id).cloned())
}

/// The route's name, if some text wants it.
async fn route_name(hub: &Hub, account: AccountId, order: &Order, texts: &[&str]) -> Result<Option<String>, Fault> {
    let Some(id) = order.fields.route_id.filter(|_| texts.iter().any(|text| text.contains("%ROUTE_NAME"))) else {
        return Ok(None);
    };
    Ok(routes::find(hub, account, id).await?.map(|kept| kept.route.name))
}

/// Where the unit can be seen: as configured, else on the host that the template names.
fn locator(options: &NotifyOptions, template: &Template, order: &Order, unit: Option<&Unit>) -> String {
    let position = unit.and_then(|unit| unit.position.as_ref());
    let url = options.locator_url.as_str();
    if url.is_empty() {
        let host = template.locator.trim().trim_end_matches('/');
        return if host.is_empty() { String::new() } else { format!("http://{host}/?order={}", order.serial.0) };
    }
    if position.is_none() && url.contains("{latitude}") {
        return String::new();
    }
    let (latitude, longitude) = position.map_or((0.0, 0.0), |position| (position.latitude, position.longitude));
    url.replace("{order}", &order.serial.0.to_string())
        .replace("{unit}", &order.fields.unit.unwrap_or_default().to_string())
        .replace("{latitude}", &format!("{latitude:.5}"))
        .replace("{longitude}", &format!("{longitude:.5}"))
}

async fn for_customer(hub: &Hub, account: AccountId, order: &Order, occasion: &Occasion) -> Result<Vec<Mail>, Fault> {
    let fields = &order.fields;
    let channels = fields.notice_channels.unwrap_or_default();
    let wants = |bit: i64| channels & bit != 0;
    let phones = [(SMS_FIRST, &fields.customer_phone), (SMS_SECOND, &fields.customer_phone2)];
    let phones = phones.into_iter().filter(|(bit, _)| wants(*bit)).filter_map(|(_, phone)| phone.as_deref());
    let phones = recipient::phones(phones);
    let addresses = fields.customer_email.as_deref().filter(|_| wants(EMAIL)).map(recipient::addresses);
    let addresses = addresses.unwrap_or_default();
    if phones.is_empty() && addresses.is_empty() {
        return Ok(Vec::new());
    }
    let options = hub.notify_options();
    let template = template(hub, order).await?;
    let unit = unit(hub, account, order).await?;
    let texts = [template.sms.as_str(), &template.subject, &template.text];
    let (eta, left_m) = occasion.coming();
    let known = Known {
        order,
        route_name: route_name(hub, account, order, &texts).await?,
        now: hub.now(),
        eta,
        left_m,
        off_m: None,
        language: options.language(fields.customer_language.as_deref()),
        zone: &options.zone,
        currency: &template.currency,
        locator: locator(options, &template, order, unit.as_ref()),
        unit: unit.as_ref(),
    };
    let sentence = match occasion {
        Occasion::DistanceNear { .. } => known.language.words.distance,
        _ => known.language.words.arrival,
    };
    let sms = || known.fill(or(&template.sms, sentence), Form::Plain);
    let texts = phones.into_iter().map(|to| Mail { channel: Channel::Sms, to, text: sms(), ..Mail::default() });
    let letter = letter(&known, &template, sentence);
    let letters = addresses.into_iter().map(|to| Mail { to, ..letter.clone() });
    Ok(texts.chain(letters).collect())
}

/// The first text, unless it was not set.
fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn letter(known: &Known<'_>, template: &Template, sentence: &str) -> Mail {
    let words = known.language.words;
    let subject = known.fill(or(&template.subject, words.subject), Form::Line);
    if template.text.trim().is_empty() {
        let is_named = known.order.fields.customer_name.as_deref().is_some_and(|name| !name.trim().is_empty());
        let hello = if is_named { words.hello_name } else { words.hello };
        let mut text = format!("{hello}\n\n{sentence}\n");
        if !known.fill("%ORDER_ADDRESS%", Form::Line).is_empty() {
            text.push_str(words.address);
            text.push('\n');
        }
        text.push_str(&format!("\n{}\n", words.automatic));
        return Mail { subject, text: known.fill(&text, Form::Plain), ..Mail::default() };
    }
    if !template.html {
        return Mail { subject, text: known.fill(&template.text, Form::Plain), ..Mail::default() };
    }
    let html = known.fill(&template.text, Form::Html);
    Mail { subject, text: plain::plain(&html), html: Some(html), ..Mail::default() }
}

async fn for_driver(hub: &Hub, account: AccountId, order: &Order, occasion: &Occasion) -> Result<Vec<Mail>, Fault> {
    let Some(unit) = unit(hub, account, order).await? else { return Ok(Vec::new()) };
    let Some(to) = recipient::phones([unit.phone.as_str()]).pop() else { return Ok(Vec::new()) };
    let options = hub.notify_options();
    let template = template(hub, order).await?;
    let language = options.language(None);
    let (own, ours, off_m) = match occasion {
        Occasion::Deviation { off_m } => (&template.deviation, language.words.deviation, Some(*off_m)),
        _ => (&template.unconfirmed, language.words.unconfirmed, None),
    };
    let text = or(own, ours);
    let known = Known {
        order,
        route_name: route_name(hub, account, order, &[text]).await?,
        now: hub.now(),
        eta: order.fields.eta,
        left_m: order.fields.distance_left_m,
        off_m,
        language,
        zone: &options.zone,
        currency: &template.currency,
        locator: locator(options, &template, order, Some(&unit)),
        unit: Some(&unit),
    };
    Ok(vec![Mail { channel: Channel::Sms, to, text: known.fill(text, Form::Plain), ..Mail::default() }])
}

impl Hub {
    /// Forgets messages that ended long ago, and those that nobody could ever send.
    pub(crate) async fn forget_mails(&self) {
        let keep = i64::try_from(self.notify_options().keep.as_secs()).unwrap_or(i64::MAX);
        let Ok(before) = self.now().checked_sub(keep.seconds()) else { return };
        match self.store().forget_mails(before).await {
            Ok((_, 0)) => {}
            Ok((_, owed)) => tracing::warn!(owed, "messages that nobody could send for so long are forgotten"),
            Err(error) => tracing::warn!(%error, "old messages could not be forgotten; trying again"),
        }
    }
}
