//! Who is told, and the message each gets.

use super::tags::{Form, Known};
use super::{NotifyOptions, Occasion, plain, recipient};
use crate::hub::Hub;
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::AccountId;
use docket_core::ledger::{Channel, Fault, Ledger, Mail};
use docket_core::order::Order;
use docket_dialects::notice::Template;
use docket_dialects::routes;

/// Bits of [`docket_core::order::Field::NoticeChannels`] (Wialon `ntf`): a text message to the first phone, to the second,
/// an e-mail.
pub(super) const SMS_FIRST: i64 = 0x1;
pub(super) const SMS_SECOND: i64 = 0x2;
pub(super) const EMAIL: i64 = 0x10;

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

pub(super) async fn for_customer(
    hub: &Hub,
    account: AccountId,
    order: &Order,
    occasion: &Occasion,
) -> Result<Vec<Mail>, Fault> {
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

pub(super) async fn for_driver(
    hub: &Hub,
    account: AccountId,
    order: &Order,
    occasion: &Occasion,
) -> Result<Vec<Mail>, Fault> {
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
