//! What the field sent back: photos, notes, forms with their answers, check-ins, charges, questions, files.

use super::flow::{Color, FAINT, Flow, INK, LEFT, MUTED, PLAIN, STRONG, Style, WIDTH};
use super::ops::Role;
use super::photos::{Photos, grid};
use super::picture::is_picture;
use super::table::{Cell, Column};
use super::text::Weight;
use super::{ReportInput, words};
use docket_core::order::{Charge, ChargeKind, Form, Item, Order};

const DONE: Color = Color(0x15, 0x80, 0x3d);

/// All that was sent back for an order.
pub(super) fn sent_back(flow: &mut Flow<'_>, input: &ReportInput, order: &Order) {
    let photos = Photos::of(order);
    grid(flow, input, &photos);
    forms(flow, input, order, &photos);
    notes(flow, order);
    check_ins(flow, input, order);
    charges(flow, order, &photos);
    questions(flow, order);
    files(flow, order);
}

fn forms(flow: &mut Flow<'_>, input: &ReportInput, order: &Order, photos: &Photos<'_>) {
    for (item, form) in order.forms() {
        form_head(flow, item, form);
        if form.answers.is_empty() {
            let word = if form.required { "Required, and not answered yet." } else { "Not answered." };
            flow.paragraph(word, FAINT);
            flow.space(6.0);
            continue;
        }
        let rows: Vec<Vec<Cell>> = form
            .answers
            .iter()
            .map(|answer| {
                let question = if answer.text.is_empty() { &answer.question } else { &answer.text };
                let values: Vec<String> = answer.values.iter().map(|value| words::plain(value)).collect();
                let (named, blobs) = photos.named(item, &answer.photos);
                let thumbs = blobs.into_iter().filter(|blob| input.pictures.contains_key(blob)).collect();
                let said = if values.is_empty() { "–".to_owned() } else { values.join("\n") };
                // What is long is read better in the plain weight.
                let style = if said.len() > 90 { PLAIN } else { STRONG };
                let said = Cell::new(said, style).with_aside(named).with_thumbs(thumbs);
                vec![Cell::new(words::plain(question), PLAIN), said]
            })
            .collect();
        flow.table(&[Column("Question", 5.0), Column("Answer", 6.0)], &rows);
    }
}

fn form_head(flow: &mut Flow<'_>, item: &Item, form: &Form) {
    let name = if form.name.trim().is_empty() { "Form" } else { form.name.trim() };
    flow.label("Form", 70.0);
    let part = flow.open(Role::Paragraph);
    let style = Style::new(10.5, Weight::Semibold, INK);
    let name = flow.fonts().shorten(&words::plain(name), style.weight, style.size, WIDTH * 0.55);
    let baseline = flow.y() + 9.0;
    flow.line(LEFT, baseline, &name, style);
    let version = Some(&form.version).filter(|version| !version.is_empty()).map(|version| format!("version {version}"));
    let answered = form.submitted_at.map(|at| format!("answered {}", words::short_time(at)));
    let by = Some(&item.author).filter(|by| form.submitted_at.is_some() && !by.is_empty()).map(|by| format!("by {by}"));
    let task = form.task.as_ref().map(|task| format!("for {}", words::plain(task)));
    let parts: Vec<String> = [version, task, answered, by].into_iter().flatten().collect();
    let x = LEFT + flow.fonts().width(&name, style.weight, style.size) + 10.0;
    let faint = Style::new(8.0, Weight::Regular, MUTED);
    let about = flow.fonts().shorten(&parts.join(" · "), faint.weight, faint.size, LEFT + WIDTH - x);
    flow.line(x, baseline, &about, faint);
    flow.close(part);
    flow.space(17.0);
}

fn notes(flow: &mut Flow<'_>, order: &Order) {
    let rows: Vec<Vec<Cell>> = order
        .notes()
        .map(|(item, note)| {
            let text = words::plain(&note.text);
            let text = if note.site_wide { format!("{text} (for the whole site)") } else { text };
            let text = if note.revises.is_some() { format!("{text} (revised)") } else { text };
            vec![
                Cell::new(words::short_time(item.at), FAINT),
                Cell::new(item.author.clone(), PLAIN),
                Cell::new(text, PLAIN),
            ]
        })
        .collect();
    if !rows.is_empty() {
        flow.head("Notes", 46.0);
        flow.table(&[Column("When", 2.5), Column("Who", 2.4), Column("Note", 8.5)], &rows);
    }
}

/// What anybody said about the place itself, in whatever order.
pub(super) fn about_the_place(flow: &mut Flow<'_>, input: &ReportInput) {
    let mut said: Vec<(&Item, String, String)> = Vec::new();
    for (order, _) in input.shown() {
        for (item, note) in order.notes().filter(|(_, note)| note.site_wide) {
            let text = words::plain(&note.text);
            if !said.iter().any(|(known, other, _)| *other == text && known.author == item.author) {
                said.push((item, text, words::number(order)));
            }
        }
    }
    if said.is_empty() {
        return;
    }
    said.sort_by_key(|(item, ..)| std::cmp::Reverse(item.at));
    flow.section("About this place", 60.0);
    let rows: Vec<Vec<Cell>> = said
        .into_iter()
        .map(|(item, text, number)| {
            vec![
                Cell::new(words::short_time(item.at), FAINT),
                Cell::new(item.author.clone(), PLAIN),
                Cell::new(text, PLAIN),
                Cell::new(number, FAINT),
            ]
        })
        .collect();
    let columns = [Column("When", 2.5), Column("Who", 2.4), Column("Note", 6.6), Column("With order", 1.9)];
    flow.table(&columns, &rows);
}

fn check_ins(flow: &mut Flow<'_>, input: &ReportInput, order: &Order) {
    let rows: Vec<Vec<Cell>> = order
        .check_ins()
        .map(|(item, check_in)| {
            let place = check_in.point.map(words::point).unwrap_or_else(|| "–".to_owned());
            let off = check_in.point.zip(input.site.point);
            let off = off.map(|(at, site)| words::distance((at.latitude, at.longitude), site)).unwrap_or_default();
            vec![
                Cell::new(words::short_time(item.at), PLAIN),
                Cell::new(item.author.clone(), PLAIN),
                Cell::new(place, PLAIN),
                Cell::new(off, FAINT),
            ]
        })
        .collect();
    if !rows.is_empty() {
        flow.head("Check-ins", 46.0);
        let columns = [Column("When", 2.5), Column("Who", 2.4), Column("Where", 5.0), Column("From the place", 3.5)];
        flow.table(&columns, &rows);
    }
}

fn charges(flow: &mut Flow<'_>, order: &Order, photos: &Photos<'_>) {
    let money = |amount: Option<f64>| amount.map(|amount| format!("{amount:.2}")).unwrap_or_default();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for kind in [ChargeKind::Bid, ChargeKind::Completion, ChargeKind::Invoice] {
        let lines: Vec<(&Item, &Charge)> = order.charges().filter(|(_, charge)| charge.kind == kind).collect();
        for (item, charge) in &lines {
            let (named, _) = photos.named(item, &charge.photos);
            let flat = if charge.flat_fee { "flat fee" } else { "" };
            let aside = [words::plain(&charge.comment), flat.to_owned(), named];
            let aside: Vec<String> = aside.into_iter().filter(|line| !line.is_empty()).collect();
            rows.push(vec![
                Cell::pill(kind.word(), tone(kind)),
                Cell::new(words::plain(&charge.description), PLAIN).with_aside(aside.join("\n")),
                Cell::new(charge.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(), PLAIN).right(),
                Cell::new(money(charge.unit_price), PLAIN).right(),
                Cell::new(money(charge.total()), PLAIN).right(),
            ]);
        }
        if lines.len() > 1 {
            let priced: Vec<f64> = lines.iter().filter_map(|(_, charge)| charge.total()).collect();
            let without = lines.len() - priced.len();
            let total = money((!priced.is_empty()).then(|| priced.iter().sum()));
            let open = if without > 0 { format!(", {without} without a price") } else { String::new() };
            let empty = || Cell::new("", PLAIN);
            let label = Cell::new(format!("Total of {} {} lines{open}", lines.len(), kind.word()), STRONG);
            rows.push(vec![empty(), label, empty(), empty(), Cell::new(total, STRONG).right()]);
        }
    }
    if rows.is_empty() {
        return;
    }
    flow.head("Charges", 46.0);
    let columns =
        [Column("", 1.6), Column("What", 6.4), Column("Quantity", 1.4), Column("Price", 1.5), Column("Amount", 1.6)];
    flow.table(&columns, &rows);
}

fn tone(kind: ChargeKind) -> Color {
    match kind {
        ChargeKind::Bid => Color(0x4f, 0x46, 0xe5),
        ChargeKind::Completion => DONE,
        ChargeKind::Invoice => Color(0x0e, 0x74, 0x90),
    }
}

fn questions(flow: &mut Flow<'_>, order: &Order) {
    let rows: Vec<Vec<Cell>> = order
        .questions()
        .map(|(item, question)| {
            let label = |key: &str| {
                let choice = question.choices.iter().find(|choice| choice.key == key);
                choice.map_or_else(|| key.to_owned(), |choice| words::plain(&choice.label))
            };
            let answer = match &question.answer {
                Some(answer) => Cell::new(label(&answer.choice), STRONG).with_aside(format!(
                    "by {}, {}",
                    answer.by,
                    words::short_time(answer.at)
                )),
                None => Cell::new("open", FAINT),
            };
            let choices: Vec<String> = question.choices.iter().map(|choice| words::plain(&choice.label)).collect();
            let asked = Cell::new(words::plain(&question.message), PLAIN).with_aside(choices.join(" / "));
            vec![Cell::new(words::short_time(item.at), FAINT), asked, answer]
        })
        .collect();
    if !rows.is_empty() {
        flow.head("Questions", 46.0);
        flow.table(&[Column("When", 2.5), Column("Question", 6.9), Column("Answer", 4.0)], &rows);
    }
}

fn files(flow: &mut Flow<'_>, order: &Order) {
    let rows: Vec<Vec<Cell>> = order
        .attachments()
        .filter(|(_, file)| !is_picture(file))
        .map(|(item, file)| {
            vec![
                Cell::new(words::short_time(item.at), FAINT),
                Cell::new(item.author.clone(), PLAIN),
                Cell::new(file.name.clone(), PLAIN).with_aside(words::plain(&file.caption)),
                Cell::new(format!("{}, {}", file.media_type, words::size(file.size_bytes)), FAINT),
            ]
        })
        .collect();
    if !rows.is_empty() {
        flow.head("Files", 46.0);
        let columns = [Column("When", 2.5), Column("Who", 2.4), Column("File", 4.9), Column("Kind", 3.6)];
        flow.table(&columns, &rows);
    }
}
