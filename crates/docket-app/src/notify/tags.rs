//! Tags in texts, and what is known to stand in their place.
//!
//! A tag is a name of capitals between two percent signs. What Wialon's page on `resource/update_orders_notification`
//! names: `%ORDER_NAME%`, `%ORDER_ARRIVAL_TIME%`, `%ORDER_COST%`, `%ORDER_COMMENT%`, `%LOCATOR_LINK%`; the others are
//! those its customers also write, and our own. A tag that nobody knows stays as it is, one without a value is nothing:
//! no text is ever a failure.

use super::words::{Clock, Language};
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::order::{Fields, Order};
use jiff::tz::TimeZone;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Every tag there is, and what it stands for.
pub const TAGS: &[(&str, &str)] = &[
    ("ORDER_NAME", "name of the order, else its number"),
    ("ORDER_NUMBER", "number of the order"),
    ("ORDER_ID", "id of the order"),
    ("ORDER_UID", "id of the order"),
    ("ORDER_ADDRESS", "address of the order"),
    ("ORDER_ARRIVAL_TIME", "expected time of arrival"),
    ("ORDER_UNLOADING_TIME", "planned time at the place"),
    ("ORDER_COST", "cost and currency"),
    ("ORDER_COMMENT", "description of the order"),
    ("ORDER_WEIGHT", "weight"),
    ("ORDER_VOLUME", "volume"),
    ("CLIENT_NAME", "name of the customer"),
    ("CLIENT_PHONE1", "phone of the customer"),
    ("CLIENT_PHONE2", "second phone of the customer"),
    ("DRIVER_NAME", "person who is on it, else the unit's name"),
    ("DRIVER_PHONE", "phone of the unit"),
    ("UNIT_NAME", "name of the unit"),
    ("ROUTE_ID", "id of the route"),
    ("ROUTE_NAME", "name of the route"),
    ("LOCATOR_LINK", "link to where the unit is"),
    ("DISTANCE_LEFT", "distance left to the place"),
    ("MINUTES_LEFT", "minutes until the arrival"),
    ("DEVIATION", "distance from the planned way"),
    ("CURRENT_UNIXTIME", "the time, in seconds since 1970"),
];

/// Where a text goes, and so how values are put into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As they are.
    Plain,
    /// On one line.
    Line,
    /// Escaped.
    Html,
}

/// What is known when somebody is told.
pub(super) struct Known<'a> {
    pub(super) order: &'a Order,
    pub(super) unit: Option<&'a Unit>,
    pub(super) route_name: Option<String>,
    pub(super) now: Timestamp,
    pub(super) eta: Option<Timestamp>,
    pub(super) left_m: Option<f64>,
    pub(super) off_m: Option<f64>,
    pub(super) language: Language,
    pub(super) zone: &'a TimeZone,
    pub(super) currency: &'a str,
    pub(super) locator: String,
}

impl Known<'_> {
    fn value(&self, tag: &str) -> Option<String> {
        let fields = &self.order.fields;
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let unit = |read: fn(&Unit) -> &String| self.unit.map(read).cloned().unwrap_or_default();
        Some(match tag {
            "ORDER_NAME" => order_name(self.order),
            "ORDER_NUMBER" => text(&fields.number),
            "ORDER_ID" | "ORDER_UID" => self.order.serial.0.to_string(),
            "ORDER_ADDRESS" => address(fields),
            "ORDER_ARRIVAL_TIME" => self.eta.map(|eta| self.time(eta)).unwrap_or_default(),
            "ORDER_UNLOADING_TIME" => fields.service_time_s.map(|s| self.minutes(s)).unwrap_or_default(),
            "ORDER_COST" => fields.cost.map(|cost| self.cost(cost)).unwrap_or_default(),
            "ORDER_COMMENT" => text(&fields.description),
            "ORDER_WEIGHT" => fields.weight_kg.map(|kg| self.amount(kg, 3)).unwrap_or_default(),
            "ORDER_VOLUME" => fields.volume.map(|volume| self.decimal(volume)).unwrap_or_default(),
            "CLIENT_NAME" => text(&fields.customer_name),
            "CLIENT_PHONE1" => text(&fields.customer_phone),
            "CLIENT_PHONE2" => text(&fields.customer_phone2),
            "DRIVER_NAME" => fields.person.clone().unwrap_or_else(|| unit(|unit| &unit.name)),
            "DRIVER_PHONE" => unit(|unit| &unit.phone),
            "UNIT_NAME" => unit(|unit| &unit.name),
            "ROUTE_ID" => fields.route_id.map(|id| id.to_string()).unwrap_or_default(),
            "ROUTE_NAME" => text(&self.route_name),
            "LOCATOR_LINK" => self.locator.clone(),
            "DISTANCE_LEFT" => self.left_m.map(|left| self.distance(left)).unwrap_or_default(),
            "MINUTES_LEFT" => self.eta.map(|eta| minutes_between(self.now, eta).to_string()).unwrap_or_default(),
            "DEVIATION" => self.off_m.map(|off| self.distance(off)).unwrap_or_default(),
            "CURRENT_UNIXTIME" => self.now.as_second().to_string(),
            _ => return None,
        })
    }

    /// A moment as people there say it; with the date when it is not today.
    pub(super) fn time(&self, at: Timestamp) -> String {
        let there = at.to_zoned(self.zone.clone());
        let (hour, minute) = (there.hour(), there.minute());
        let words = self.language.words;
        let clock = match words.clock {
            _ if self.language.twelve_hours => {
                let half = if hour < 12 { "AM" } else { "PM" };
                let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
                format!("{hour}:{minute:02}\u{a0}{half}")
            }
            Clock::Plain => format!("{hour:02}:{minute:02}"),
            Clock::Uhr => format!("{hour:02}:{minute:02}\u{a0}Uhr"),
            Clock::Heures => format!("{hour}\u{a0}h\u{a0}{minute:02}"),
        };
        if there.date() == self.now.to_zoned(self.zone.clone()).date() {
            return clock;
        }
        let month = usize::try_from(there.month() - 1).ok().and_then(|at| words.months.get(at)).copied();
        let date = words.date.replace("{day}", &there.day().to_string()).replace("{month}", month.unwrap_or_default());
        format!("{date}, {clock}")
    }

    fn decimal(&self, number: f64) -> String {
        let text = format!("{number:.2}");
        let text = text.trim_end_matches('0').trim_end_matches('.');
        text.replace('.', &self.language.words.decimal.to_string())
    }

    /// A number and one of the language's units.
    fn amount(&self, number: f64, unit: usize) -> String {
        let unit = self.language.words.units.get(unit).copied().unwrap_or_default();
        format!("{}\u{a0}{unit}", self.decimal(number))
    }

    /// To ten metres below a kilometre, to a hundred below ten, to one beyond.
    pub(super) fn distance(&self, metres: f64) -> String {
        let metres = metres.max(0.0);
        if metres < 995.0 {
            return self.amount((metres / 10.0).round() * 10.0, 1);
        }
        let km = metres / 1000.0;
        self.amount(if km < 9.95 { (km * 10.0).round() / 10.0 } else { km.round() }, 2)
    }

    fn minutes(&self, seconds: i64) -> String {
        self.amount((seconds.max(0) as f64 / 60.0).round(), 0)
    }

    fn cost(&self, cost: f64) -> String {
        let number = if cost.fract() == 0.0 { format!("{cost:.0}") } else { format!("{cost:.2}") };
        let number = number.replace('.', &self.language.words.decimal.to_string());
        match self.currency.trim() {
            "" => number,
            currency => format!("{number}\u{a0}{currency}"),
        }
    }

    /// Puts what is known into a text.
    pub(super) fn fill(&self, text: &str, form: Form) -> String {
        let mut out = String::with_capacity(text.len() + 64);
        let mut rest = text;
        while let Some(at) = rest.find('%') {
            let (before, from) = rest.split_at(at);
            out.push_str(before);
            let Some((tag, behind)) = tag_at(from) else {
                out.push('%');
                rest = from.get(1..).unwrap_or_default();
                continue;
            };
            match self.value(tag) {
                Some(value) => out.push_str(&put(&value, form)),
                None => {
                    // Not one of ours: it stays, but its second sign may begin another.
                    let kept = from.len() - behind.len() - 1;
                    out.push_str(from.get(..kept).unwrap_or_default());
                    rest = from.get(kept..).unwrap_or_default();
                    continue;
                }
            }
            rest = behind;
        }
        out.push_str(rest);
        out
    }
}

/// The tag a text begins with, without what stands in parentheses, and what comes behind it.
fn tag_at(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('%')?;
    let (whole, behind) = inner.split_once('%')?;
    let name = whole.split_once('(').filter(|(_, more)| more.ends_with(')')).map_or(whole, |(name, _)| name);
    let is_name = name.len() > 1 && name.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'));
    is_name.then_some((name, behind))
}

fn put(value: &str, form: Form) -> Cow<'_, str> {
    match form {
        Form::Plain => Cow::Borrowed(value),
        Form::Line => Cow::Owned(one_line(value)),
        Form::Html => Cow::Owned(escaped(value)),
    }
}

/// Without line breaks and other control characters.
pub(crate) fn one_line(text: &str) -> String {
    let words = text.split(|character: char| character.is_control()).map(str::trim);
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' => out.push_str("<br>\n"),
            character if character.is_control() => {}
            character => out.push(character),
        }
    }
    out
}

fn order_name(order: &Order) -> String {
    let named = [&order.fields.title, &order.fields.number].into_iter().flatten().map(|text| text.trim());
    named.into_iter().find(|text| !text.is_empty()).map_or_else(|| order.serial.0.to_string(), str::to_owned)
}

fn address(fields: &Fields) -> String {
    let mut whole = String::new();
    let town = [&fields.postal_code, &fields.city].into_iter().flatten().map(|text| text.trim());
    let town = town.filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" ");
    let parts = [fields.address1.as_deref(), fields.address2.as_deref(), Some(&town), fields.region.as_deref()];
    for part in parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()) {
        // Writing to memory does not fail.
        let _ = write!(whole, "{}{part}", if whole.is_empty() { "" } else { ", " });
    }
    whole
}

fn minutes_between(now: Timestamp, eta: Timestamp) -> i64 {
    let seconds = eta.as_second().saturating_sub(now.as_second()).max(0);
    seconds.saturating_add(59) / 60
}
