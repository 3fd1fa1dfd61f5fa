//! What the field sent back, for people: one line an item, the answers of a form below it.

use super::table::table;
use docket_core::order::{Body, ChargeKind, Item, ItemKind, Order, Point};

/// The sections below an order's card; empty when nothing was sent.
pub(super) fn sections(order: &Order) -> String {
    let mut text = String::new();
    for &kind in ItemKind::ALL {
        let items: Vec<&Item> = order.items.iter().filter(|item| item.kind() == kind).collect();
        if items.is_empty() {
            continue;
        }
        let rows: Vec<Vec<String>> = items.iter().flat_map(|item| rows(item)).collect();
        text.push_str(&format!("\n\n{}\n", table(&heads(kind), &rows)));
        text.truncate(text.trim_end().len());
    }
    let totals: Vec<String> = [ChargeKind::Bid, ChargeKind::Completion, ChargeKind::Invoice]
        .into_iter()
        .filter_map(|kind| {
            let mut totals = order.charges().filter(|(_, charge)| charge.kind == kind).peekable();
            totals.peek()?;
            let total: f64 = totals.filter_map(|(_, charge)| charge.total()).sum();
            Some(format!("{} {total:.2}", kind.word()))
        })
        .collect();
    if !totals.is_empty() {
        text.push_str(&format!("\n      totals: {}", totals.join(", ")));
    }
    text
}

fn heads(kind: ItemKind) -> [&'static str; 4] {
    match kind {
        ItemKind::Note => ["NOTES", "WHEN", "BY", "TEXT"],
        ItemKind::Attachment => ["FILES", "WHEN", "BY", "FILE"],
        ItemKind::Form => ["FORMS", "WHEN", "BY", "FORM"],
        ItemKind::CheckIn => ["CHECK-INS", "WHEN", "BY", "WHERE"],
        ItemKind::Charge => ["CHARGES", "WHEN", "BY", "WHAT"],
        ItemKind::Question => ["QUESTIONS", "WHEN", "BY", "QUESTION"],
    }
}

fn rows(item: &Item) -> Vec<Vec<String>> {
    let first = vec![format!("{:>5}", item.place), item.at.to_string(), item.author.clone(), told(item)];
    let below = |text: String| vec![String::new(), String::new(), String::new(), text];
    let mut rows = vec![first];
    match &item.body {
        Body::Form(form) => rows.extend(form.answers.iter().map(|answer| {
            let question = if answer.text.is_empty() { &answer.question } else { &answer.text };
            let photos = match answer.photos.len() {
                0 => String::new(),
                _ => format!("  (photos {})", answer.photos.join(", ")),
            };
            below(format!("  {}: {}{photos}", flat(question), flat(&answer.values.join(", "))))
        })),
        Body::Question(question) => {
            rows.extend(question.choices.iter().map(|choice| below(format!("  {}: {}", choice.key, choice.label))));
        }
        _ => {}
    }
    rows
}

/// An item in one line, without who and when.
pub(super) fn told(item: &Item) -> String {
    match &item.body {
        Body::Note(note) => {
            let whole_site = if note.site_wide { " (for the whole site)" } else { "" };
            format!("{}{whole_site}", flat(&note.text))
        }
        Body::Attachment(file) => {
            let stage = file.stage.map(|stage| format!("{} ", stage.word())).unwrap_or_default();
            let caption = if file.caption.is_empty() { String::new() } else { format!(" — {}", flat(&file.caption)) };
            let place = file.point.map(|point| format!("  at {}", place(point))).unwrap_or_default();
            format!("{stage}{} ({}, {}){caption}{place}", file.name, file.media_type, size(file.size_bytes))
        }
        Body::Form(form) => {
            let state = match form.submitted_at {
                Some(at) => format!("answered {at}"),
                None if form.required => "required, not answered yet".to_owned(),
                None => "not answered".to_owned(),
            };
            let version = if form.version.is_empty() { String::new() } else { format!(" v{}", form.version) };
            format!("{}{version}, {state}", flat(&form.name))
        }
        Body::CheckIn(check_in) => match (check_in.point, &check_in.data) {
            (Some(point), _) => place(point),
            (None, Some(data)) => flat(data),
            (None, None) => "somewhere".to_owned(),
        },
        Body::Charge(charge) => {
            let amount = match (charge.quantity, charge.unit_price, charge.total()) {
                (Some(quantity), Some(price), Some(total)) => format!(": {quantity} × {price:.2} = {total:.2}"),
                (_, Some(price), _) => format!(": {price:.2}"),
                (Some(quantity), None, _) => format!(": {quantity}"),
                _ => String::new(),
            };
            let comment =
                if charge.comment.is_empty() { String::new() } else { format!(" — {}", flat(&charge.comment)) };
            format!("{} {}{amount}{comment}", charge.kind.word(), flat(&charge.description))
        }
        Body::Question(question) => {
            let answer = match &question.answer {
                Some(answer) => format!("answered {} by {}", answer.choice, answer.by),
                None => "open".to_owned(),
            };
            format!("{} ({answer})", flat(&question.message))
        }
    }
}

fn flat(text: &str) -> String {
    text.trim().replace("\r\n", " ⏎ ").replace('\n', " ⏎ ")
}

fn place(point: Point) -> String {
    let accuracy = point.accuracy_m.map(|metres| format!(" ±{metres} m")).unwrap_or_default();
    format!("{:.6}, {:.6}{accuracy}", point.latitude, point.longitude)
}

fn size(bytes: i64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} KB", bytes / 1000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::Timestamp;
    use docket_core::order::{Attachment, Charge, Note, Origin, Stage};

    fn told_of(body: impl Into<Body>) -> String {
        told(&Item::new("1", Origin::default(), Timestamp::UNIX_EPOCH, body))
    }

    #[test]
    fn items_in_one_line() {
        let note = Note { text: "Dog.\nBites.".to_owned(), site_wide: true, revises: None };
        assert_eq!(told_of(note), "Dog. ⏎ Bites. (for the whole site)");
        let file = Attachment {
            name: "a.jpg".to_owned(),
            media_type: "image/jpeg".to_owned(),
            size_bytes: 123_456,
            stage: Some(Stage::Before),
            caption: "Front".to_owned(),
            point: Some(Point { latitude: 30.0, longitude: -97.5, accuracy_m: Some(4.0) }),
            ..Attachment::default()
        };
        assert_eq!(told_of(file), "before a.jpg (image/jpeg, 123 KB) — Front  at 30.000000, -97.500000 ±4 m");
        let charge = Charge {
            description: "Board up".to_owned(),
            quantity: Some(2.0),
            unit_price: Some(40.0),
            ..Charge::default()
        };
        assert_eq!(told_of(charge), "completion Board up: 2 × 40.00 = 80.00");
    }
}
