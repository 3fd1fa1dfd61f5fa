//! The same content as a table for spreadsheets: RFC 4180, with a mark that tells them it is UTF-8.
//!
//! A site's report has a row for every order. An order's has a row for everything that is said about it or was sent back
//! for it, in sections. Times are UTC, written so that spreadsheets take them for times.

use super::picture::is_picture;
use super::{ReportInput, words};
use docket_core::Timestamp;
use docket_core::order::{Body, ChargeKind, Entry, Item, Order, Point};
use std::sync::Arc;

/// What tells spreadsheets that a file is UTF-8.
const MARK: &str = "\u{feff}";
/// The longest text of a cell, in characters: spreadsheets take no more.
const CELL_LIMIT: usize = 32_000;

/// A cell.
enum Cell {
    Empty,
    Text(String),
    Number(f64),
    Count(i64),
    Time(Timestamp),
    Flag(bool),
}

impl Cell {
    fn text(text: impl AsRef<str>) -> Cell {
        Cell::Text(words::plain(text.as_ref()))
    }

    fn of(text: &Option<String>) -> Cell {
        text.as_deref().map_or(Cell::Empty, Cell::text)
    }

    fn number(number: Option<f64>) -> Cell {
        number.filter(|number| number.is_finite()).map_or(Cell::Empty, Cell::Number)
    }

    fn time(at: Option<Timestamp>) -> Cell {
        at.map_or(Cell::Empty, Cell::Time)
    }

    fn count(count: usize) -> Cell {
        Cell::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }

    fn write(&self, out: &mut String) {
        match self {
            Cell::Empty => {}
            Cell::Text(text) => write_text(text, out),
            // Sums of prices and differences of degrees are not to end in …0000004.
            Cell::Number(number) if number.abs() < 1e8 => out.push_str(&((number * 1e7).round() / 1e7).to_string()),
            Cell::Number(number) => out.push_str(&number.to_string()),
            Cell::Count(number) => out.push_str(&number.to_string()),
            Cell::Time(at) => out.push_str(&at.strftime("%Y-%m-%d %H:%M:%S").to_string()),
            Cell::Flag(flag) => out.push_str(if *flag { "yes" } else { "no" }),
        }
    }
}

/// Text that a spreadsheet would take for a formula begins with `'`, which makes it text there.
fn write_text(text: &str, out: &mut String) {
    let kept: String = text
        .chars()
        .filter(|&c| c == '\n' || c == '\t' || !c.is_control())
        .map(|c| if c == '\t' { ' ' } else { c })
        .take(CELL_LIMIT)
        .collect();
    let formula = kept.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if !formula && !kept.contains(['"', ',', ';', '\n']) && kept.trim() == kept {
        out.push_str(&kept);
        return;
    }
    out.push('"');
    if formula {
        out.push('\'');
    }
    out.push_str(&kept.replace('"', "\"\"").replace('\n', "\r\n"));
    out.push('"');
}

/// Writes the table.
pub(super) fn write(input: &ReportInput) -> Vec<u8> {
    let mut out = MARK.to_owned();
    match input.one() {
        Some((order, history)) => {
            row(&mut out, ORDER_COLUMNS.iter().copied().map(Cell::text));
            order_rows(input, order, history).into_iter().for_each(|cells| row(&mut out, cells));
        }
        None => {
            row(&mut out, site_columns().iter().map(|(name, _)| Cell::text(name)));
            for (order, _) in input.shown() {
                row(&mut out, site_columns().iter().map(|(_, cell)| cell(input, order)));
            }
        }
    }
    out.into_bytes()
}

fn row(out: &mut String, cells: impl IntoIterator<Item = Cell>) {
    for (index, cell) in cells.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        cell.write(out);
    }
    out.push_str("\r\n");
}

/// A column of a site's report: its name and what is in it.
type Column = (&'static str, fn(&ReportInput, &Order) -> Cell);

fn site_columns() -> &'static [Column] {
    &[
        ("number", |_, order| Cell::text(words::number(order))),
        ("status", |_, order| Cell::text(order.state.word())),
        ("what", |input, order| Cell::text(words::subject(order, &input.names))),
        ("customer", |_, order| Cell::of(&order.fields.customer_name)),
        ("client_company", |_, order| Cell::of(&order.fields.client_company)),
        ("assigned_to", |input, order| Cell::text(words::assignee(order, &input.names))),
        ("address", |_, order| Cell::of(&order.fields.address1)),
        ("address2", |_, order| Cell::of(&order.fields.address2)),
        ("postal_code", |_, order| Cell::of(&order.fields.postal_code)),
        ("city", |_, order| Cell::of(&order.fields.city)),
        ("region", |_, order| Cell::of(&order.fields.region)),
        ("country", |_, order| Cell::of(&order.fields.country)),
        ("latitude", |_, order| Cell::number(order.fields.latitude)),
        ("longitude", |_, order| Cell::number(order.fields.longitude)),
        ("created_utc", |_, order| Cell::Time(order.created_at)),
        ("due_utc", |_, order| Cell::time(order.fields.due)),
        ("window_from_utc", |_, order| Cell::time(order.fields.window_from)),
        ("window_to_utc", |_, order| Cell::time(order.fields.window_to)),
        ("arrived_utc", |_, order| Cell::time(order.fields.arrived_at)),
        ("departed_utc", |_, order| Cell::time(order.fields.departed_at)),
        ("completed_utc", |_, order| Cell::time(order.fields.completed_at)),
        ("late", |_, order| Cell::Flag(order.fields.late)),
        ("rush", |_, order| Cell::Flag(order.fields.rush)),
        ("rework", |_, order| Cell::Flag(order.fields.rework)),
        ("tasks", |_, order| Cell::count(order.fields.tasks.len())),
        ("tasks_done", |_, order| Cell::count(order.fields.tasks.iter().filter(|task| task.done).count())),
        ("photos", |_, order| Cell::count(order.attachments().filter(|(_, file)| is_picture(file)).count())),
        ("notes", |_, order| Cell::count(order.notes().count())),
        ("forms_answered", |_, order| {
            Cell::count(order.forms().filter(|(_, form)| form.submitted_at.is_some()).count())
        }),
        ("bid", |_, order| total(order, ChargeKind::Bid)),
        ("completion", |_, order| total(order, ChargeKind::Completion)),
        ("invoice", |_, order| total(order, ChargeKind::Invoice)),
        ("outcome", |_, order| Cell::of(&order.fields.outcome)),
        ("from", |input, order| Cell::text(words::origin(order, &input.names))),
        ("updated_utc", |_, order| Cell::Time(order.updated_at)),
        ("serial", |_, order| Cell::Count(order.serial.0)),
        ("id", |_, order| Cell::text(order.id.to_string())),
    ]
}

/// What the lines of a kind come to; nothing where none has a price.
fn total(order: &Order, kind: ChargeKind) -> Cell {
    let lines = order.charges().filter(|(_, charge)| charge.kind == kind);
    let totals: Vec<f64> = lines.filter_map(|(_, charge)| charge.total()).collect();
    Cell::number((!totals.is_empty()).then(|| totals.iter().sum()))
}

/// The columns of an order's report.
const ORDER_COLUMNS: &[&str] = &[
    "section",
    "when_utc",
    "who",
    "what",
    "text",
    "task",
    "state",
    "quantity",
    "unit_price",
    "amount",
    "latitude",
    "longitude",
];

/// A row of an order's report.
#[derive(Default)]
struct Line {
    section: &'static str,
    when: Option<Timestamp>,
    who: String,
    what: String,
    text: String,
    task: Option<String>,
    state: String,
    quantity: Option<f64>,
    unit_price: Option<f64>,
    amount: Option<f64>,
    point: Option<Point>,
}

impl Line {
    fn of(section: &'static str, what: impl Into<String>) -> Line {
        Line { section, what: what.into(), ..Line::default() }
    }

    fn cells(self) -> Vec<Cell> {
        vec![
            Cell::text(self.section),
            Cell::time(self.when),
            Cell::text(self.who),
            Cell::text(self.what),
            Cell::text(self.text),
            Cell::of(&self.task),
            Cell::text(self.state),
            Cell::number(self.quantity),
            Cell::number(self.unit_price),
            Cell::number(self.amount),
            Cell::number(self.point.map(|point| point.latitude)),
            Cell::number(self.point.map(|point| point.longitude)),
        ]
    }
}

fn order_rows(input: &ReportInput, order: &Order, history: &[Arc<Entry>]) -> Vec<Vec<Cell>> {
    let mut lines: Vec<Line> = Vec::new();
    for (name, cell) in site_columns() {
        let text = match cell(input, order) {
            Cell::Text(text) => text,
            other => {
                let mut text = String::new();
                other.write(&mut text);
                text
            }
        };
        if !text.is_empty() {
            lines.push(Line { text, ..Line::of("order", *name) });
        }
    }
    for (name, text) in words::texts(&order.fields) {
        lines.push(Line { text, ..Line::of("order", name.to_lowercase()) });
    }
    for task in &order.fields.tasks {
        lines.push(Line {
            text: task.instructions.clone().unwrap_or_default(),
            state: if task.done { "done" } else { "open" }.to_owned(),
            quantity: task.quantity,
            unit_price: task.unit_price,
            amount: task.unit_price.map(|price| price * task.quantity.unwrap_or(1.0)),
            ..Line::of("task", task.name.clone())
        });
    }
    let mut items: Vec<&Item> = order.items.iter().collect();
    items.sort_by_key(|item| (item.kind(), item.place));
    items.into_iter().for_each(|item| lines.extend(item_lines(item)));
    for entry in history {
        let said = words::happened(entry);
        if !said.is_empty() {
            let text = said.join("\n");
            let line = Line::of("timeline", entry.verb());
            lines.push(Line { when: Some(entry.at), who: entry.actor.clone(), text, ..line });
        }
    }
    lines.into_iter().map(Line::cells).collect()
}

fn item_lines(item: &Item) -> Vec<Line> {
    let line = |section, what: &str| Line { when: Some(item.at), who: item.author.clone(), ..Line::of(section, what) };
    match &item.body {
        Body::Note(note) => {
            let about = if note.site_wide { "for the whole site" } else { "" };
            vec![Line { text: note.text.clone(), ..line("note", about) }]
        }
        Body::Attachment(file) => vec![Line {
            when: Some(file.taken_at.unwrap_or(item.at)),
            text: file.caption.clone(),
            task: file.task.clone(),
            state: file.stage.map(|stage| stage.word().to_owned()).unwrap_or_default(),
            point: file.point,
            ..line(if is_picture(file) { "photo" } else { "file" }, &file.name)
        }],
        Body::Form(form) if form.answers.is_empty() => {
            vec![Line { task: form.task.clone(), state: "not answered".to_owned(), ..line("form", &form.name) }]
        }
        Body::Form(form) => {
            let answers = form.answers.iter().map(|answer| {
                let question = if answer.text.is_empty() { &answer.question } else { &answer.text };
                Line {
                    when: form.submitted_at,
                    text: answer.values.join("; "),
                    task: form.task.clone(),
                    state: form.name.clone(),
                    ..line("answer", question)
                }
            });
            answers.collect()
        }
        Body::CheckIn(check_in) => vec![Line { point: check_in.point, ..line("check-in", "") }],
        Body::Charge(charge) => vec![Line {
            text: charge.comment.clone(),
            state: charge.kind.word().to_owned(),
            quantity: charge.quantity,
            unit_price: charge.unit_price,
            amount: charge.total(),
            ..line("charge", &charge.description)
        }],
        Body::Question(question) => {
            let answer = question.answer.as_ref().map(|answer| {
                let choice = question.choices.iter().find(|choice| choice.key == answer.choice);
                choice.map_or(answer.choice.clone(), |choice| choice.label.clone())
            });
            let state = if answer.is_some() { "answered" } else { "open" }.to_owned();
            vec![Line { text: answer.unwrap_or_default(), state, ..line("question", &question.message) }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        write_text(text, &mut out);
        out
    }

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        assert_eq!(written("plain text"), "plain text");
        assert_eq!(written("a, \"b\"\nc"), "\"a, \"\"b\"\"\r\nc\"");
        assert_eq!(written("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for formula in ["=1", "+1", "-1+2", "@SUM(A1)", "\t=1", "  =1", "\r=1", "＝1", "\u{0}=1"] {
            let cell = written(formula);
            assert!(cell.trim_start_matches(['"', ' ']).starts_with('\''), "{formula:?} → {cell}");
        }
        assert_eq!(written("a\u{0}\u{7}b"), "ab");
    }

    #[test]
    fn numbers_stay_numbers() {
        let mut out = String::new();
        row(
            &mut out,
            [Cell::Number(-97.74), Cell::Count(-3), Cell::Empty, Cell::Flag(true), Cell::number(Some(f64::NAN))],
        );
        assert_eq!(out, "-97.74,-3,,yes,\r\n");
    }
}
