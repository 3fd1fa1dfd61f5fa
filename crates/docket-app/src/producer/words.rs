//! How a report says things.

use super::Names;
use docket_core::Timestamp;
use docket_core::catalogue::Site;
use docket_core::ids::Uuid;
use docket_core::order::{Body, Change, Entry, Field, Fields, Item, Order, Point, Value};

/// The longest text a report repeats, in characters.
const TEXT_LIMIT: usize = 6000;

/// A moment.
pub(super) fn time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// A moment, for narrow columns.
pub(super) fn short_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}

/// A measured position.
pub(super) fn point(point: Point) -> String {
    let accuracy = point.accuracy_m.map(|metres| format!(" ±{metres:.0} m")).unwrap_or_default();
    format!("{:.5}, {:.5}{accuracy}", point.latitude, point.longitude)
}

/// How far two places lie apart.
pub(super) fn distance(a: (f64, f64), b: (f64, f64)) -> String {
    let (north, east) = ((b.0 - a.0).to_radians(), (b.1 - a.1).to_radians());
    let half =
        (north / 2.0).sin().powi(2) + a.0.to_radians().cos() * b.0.to_radians().cos() * (east / 2.0).sin().powi(2);
    let metres = 2.0 * 6_371_000.0 * half.sqrt().min(1.0).asin();
    if metres < 10_000.0 { format!("{metres:.0} m away") } else { format!("{:.0} km away", metres / 1000.0) }
}

/// Whether roads are measured in miles there.
pub(super) fn measures_miles(country: &str) -> bool {
    let letters: String = country.chars().filter(|c| c.is_alphabetic()).collect::<String>().to_lowercase();
    matches!(letters.as_str(), "us" | "usa" | "unitedstates" | "unitedstatesofamerica" | "gb" | "uk" | "unitedkingdom")
}

/// How large a file is.
pub(super) fn size(bytes: i64) -> String {
    match bytes {
        ..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

fn join(parts: &[&str], separator: &str) -> String {
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(separator)
}

/// What a place is called.
pub(super) fn site_title(site: &Site) -> String {
    let title = join(&[&site.address1, &site.address2], ", ");
    if title.is_empty() { join(&[&site.postal_code, &site.city], " ") } else { title }
}

/// The line below it.
pub(super) fn site_place(site: &Site) -> String {
    let city = join(&[&site.postal_code, &site.city], " ");
    join(&[&city, &site.region, &site.country], ", ")
}

/// What people call an order.
pub(super) fn number(order: &Order) -> String {
    order.fields.number.clone().unwrap_or_else(|| format!("#{}", order.serial))
}

/// What an order is about, in a few words.
pub(super) fn subject(order: &Order, names: &Names) -> String {
    let fields = &order.fields;
    service(order, names)
        .or_else(|| fields.title.clone())
        .or_else(|| fields.tasks.first().map(|task| task.name.clone()))
        .filter(|text| !text.trim().is_empty())
        .unwrap_or_else(|| "Order".to_owned())
}

/// The name of what was ordered.
pub(super) fn service(order: &Order, names: &Names) -> Option<String> {
    let service = order.fields.service.as_ref()?;
    match names.services.get(service) {
        Some(name) => Some(name.clone()),
        None if Uuid::try_parse(service).is_ok() => None,
        None => Some(service.clone()),
    }
}

/// Who is on it.
pub(super) fn assignee(order: &Order, names: &Names) -> String {
    let fields = &order.fields;
    let unit = fields.unit.map(|id| names.units.get(&id).cloned().unwrap_or_else(|| format!("unit {id}")));
    let parts =
        [unit.unwrap_or_default(), fields.person.clone().unwrap_or_default(), fields.crew.clone().unwrap_or_default()];
    join(&parts.each_ref().map(String::as_str), ", ")
}

/// The longer texts of an order, with what they are.
pub(super) fn texts(fields: &Fields) -> Vec<(&'static str, String)> {
    let texts = [
        ("Description", &fields.description),
        ("Instructions", &fields.instructions),
        ("Client's instructions", &fields.client_instructions),
        ("Work info", &fields.work_info),
        ("Outcome", &fields.outcome),
    ];
    let plain = texts.into_iter().map(|(label, text)| (label, text.as_deref().map(plain).unwrap_or_default()));
    plain.filter(|(_, text)| !text.is_empty()).collect()
}

/// Where it came from.
pub(super) fn origin(order: &Order, names: &Names) -> String {
    let name = order.origin.connection.and_then(|id| names.connections.get(&id.0)).cloned().unwrap_or_default();
    join(&[&order.origin.dialect, &name], " · ")
}

/// A value, for people.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "–".to_owned(),
        Value::Text(text) => plain(text),
        Value::Integer(number) => number.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Value::Time(at) => short_time(*at),
        Value::Texts(texts) => texts.join(", "),
        Value::Integers(numbers) => numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        Value::Tasks(tasks) => {
            let one = |task: &docket_core::order::Task| format!("{} {}", if task.done { "✓" } else { "○" }, task.name);
            tasks.iter().map(one).collect::<Vec<_>>().join(", ")
        }
    }
}

/// What an entry did, one thing a line. Empty when there is nothing a person would want to read.
pub(super) fn happened(entry: &Entry) -> Vec<String> {
    let mut lines: Vec<String> = entry.changes.iter().filter_map(change).collect();
    for refused in &entry.refused {
        let rule = refused.rule.word().replace('_', " ");
        lines.push(format!("refused: {} = {} ({rule})", label(&refused.field), value(&refused.offered)));
    }
    lines.extend(entry.advisories.iter().map(|advisory| format!("not advised: {advisory}")));
    lines
}

fn change(change: &Change) -> Option<String> {
    Some(match change {
        Change::Created(order) => format!("created as {}", order.state),
        // Said by the file itself.
        Change::Set { field: Field::ResultBlob | Field::ResultType, .. } => return None,
        Change::Set { field, from, to } => match (from, to) {
            (Value::Null, to) => format!("{}: {}", label(field.name()), value(to)),
            (from, to) => format!("{}: {} → {}", label(field.name()), value(from), value(to)),
        },
        Change::Moved { from, to } => format!("{from} → {to}"),
        Change::Imported(_) => "imported".to_owned(),
        Change::Routed(_) => "passed on".to_owned(),
        Change::Acknowledged(acknowledgement) => {
            let how = if acknowledgement.success { "accepted" } else { "refused" };
            let reason = acknowledgement.reason.as_deref().map(|reason| format!(": {}", plain(reason)));
            format!("import {how}{}", reason.unwrap_or_default())
        }
        Change::Put { to, .. } => item(to),
        Change::Removed(gone) => format!("{} taken away", gone.kind().word().replace('_', "-")),
        Change::Wire { .. } | Change::Keyed(_) | Change::Unkeyed(_) => return None,
    })
}

/// What came, in one line.
fn item(item: &Item) -> String {
    match &item.body {
        Body::Note(note) => format!("note: {}", plain(&note.text)),
        Body::Attachment(attachment) if attachment.photo => format!("photo: {}", attachment.name),
        Body::Attachment(attachment) => format!("file: {}", attachment.name),
        Body::Form(form) => {
            let answers = form.answers.len();
            format!("form: {}, {answers} {}", form.name, if answers == 1 { "answer" } else { "answers" })
        }
        Body::CheckIn(_) => "checked in at the place".to_owned(),
        Body::Charge(charge) => format!("{}: {}", charge.kind.word(), charge.description),
        Body::Question(question) => match &question.answer {
            None => format!("question: {}", plain(&question.message)),
            Some(answer) => format!("question answered by {}: {}", answer.by, answer.choice),
        },
    }
}

/// A field's name, for people.
pub(super) fn label(name: &str) -> String {
    name.trim_start_matches("site.").replace(['.', '_'], " ")
}

/// Text without the HTML that some systems put into it, and not without end.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let (taken, shown) = markup(tail);
        out.push_str(shown);
        rest = tail.get(taken..).unwrap_or_default();
    }
    out.push_str(rest);
    let out = out.trim();
    match out.char_indices().nth(TEXT_LIMIT) {
        Some((end, _)) => format!("{}…", out.get(..end).unwrap_or_default()),
        None => out.to_owned(),
    }
}

/// How much of a text that starts with `<` or `&` is markup, and what is shown for it.
fn markup(text: &str) -> (usize, &'static str) {
    const ENTITIES: &[(&str, &str)] =
        &[("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " ")];
    if let Some((entity, shown)) = ENTITIES.iter().find(|(entity, _)| text.starts_with(entity)) {
        return (entity.len(), shown);
    }
    let tag = text.strip_prefix('<').map(|tag| tag.trim_start_matches('/'));
    let is_tag = tag.is_some_and(|tag| tag.starts_with(|c: char| c.is_ascii_alphabetic()));
    match text.find('>').filter(|_| is_tag) {
        None => (1, if text.starts_with('<') { "<" } else { "&" }),
        Some(end) => {
            let name: String = tag.unwrap_or_default().chars().take_while(char::is_ascii_alphanumeric).collect();
            let breaks = matches!(name.to_ascii_lowercase().as_str(), "br" | "p" | "div" | "li" | "tr");
            let breaks = breaks && (name.eq_ignore_ascii_case("br") || text.starts_with("</"));
            (end + 1, if breaks { "\n" } else { "" })
        }
    }
}
