//! What a report says, from the first page on.

use super::cover::{activity, cover, distribution, figures, is_overdue, standing, tiles, tone};
use super::field::{about_the_place, sent_back};
use super::flow::{Color, FAINT, Flow, INK, LEFT, MUTED, PLAIN, RIGHT, STRONG, Style, WIDTH};
use super::ops::{Pages, Role};
use super::photos::strip;
use super::sketch::sketch;
use super::table::{Cell, Column};
use super::text::{Fonts, Weight};
use super::{HISTORY_LIMIT, ORDERS_LIMIT, ReportInput, words};
use docket_core::order::{Entry, Order};
use std::sync::Arc;

/// Lays everything out.
pub(super) fn compose(input: &ReportInput, fonts: &Fonts<'_>) -> Pages {
    let mut flow = Flow::new(fonts, &input.pictures);
    match input.one() {
        Some((order, history)) => of_order(&mut flow, input, order, history),
        None => of_site(&mut flow, input),
    }
    flow.finish()
}

fn of_site(flow: &mut Flow<'_>, input: &ReportInput) {
    cover(flow, input, &words::site_title(&input.site), &words::site_place(&input.site));
    let site = &input.site;
    let point = site.point.map(|(latitude, longitude)| format!("{latitude:.6}, {longitude:.6}"));
    let mut when = ordered(input);
    when.push(("Coordinates", point.unwrap_or_else(|| "not known".to_owned())));
    flow.facts(&when, 4);
    let job = input.order.as_ref().map(|order| order.id.to_string()).unwrap_or_default();
    flow.facts(&filled([("Site", site.id.map(|id| id.to_string()).unwrap_or_default()), ("Job", job)]), 2);
    flow.space(6.0);
    tiles(flow, input);
    distribution(flow, input);
    sketch(flow, input);
    activity(flow, input);
    strip(flow, input);
    about_the_place(flow, input);
    listing(flow, input);
    for (order, history) in input.shown().take(ORDERS_LIMIT) {
        let section = flow.open(Role::Section);
        order_head(flow, input, order);
        flow.facts(&order_facts(input, order), 3);
        one_order(flow, input, order, history);
        flow.close(section);
    }
}

fn of_order(flow: &mut Flow<'_>, input: &ReportInput, order: &Order, history: &[Arc<Entry>]) {
    let subject = words::subject(order, &input.names);
    let place = [words::site_title(&input.site), words::site_place(&input.site)];
    let place: Vec<String> = place.into_iter().filter(|part| !part.is_empty()).collect();
    cover(flow, input, &format!("{} · {subject}", words::number(order)), &place.join(", "));
    standing(flow, order);
    let mut facts = order_facts(input, order);
    facts.extend(ordered(input).into_iter().filter(|(label, _)| *label == "Made"));
    flow.facts(&facts, 3);
    flow.space(2.0);
    figures(flow, order);
    sketch(flow, input);
    flow.make_sections();
    one_order(flow, input, order, history);
}

fn filled<const N: usize>(facts: [(&'static str, String); N]) -> Vec<(&'static str, String)> {
    facts.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect()
}

/// Who the report was made for, and when.
fn ordered(input: &ReportInput) -> Vec<(&'static str, String)> {
    let job = input.order.as_ref();
    filled([
        ("Made for", job.map(|job| words::origin(job, &input.names)).unwrap_or_default()),
        ("Ordered", job.map(|job| words::time(job.created_at)).unwrap_or_default()),
        ("Made", words::time(input.at)),
    ])
}

fn listing(flow: &mut Flow<'_>, input: &ReportInput) {
    flow.section("Orders", 60.0);
    let total = input.shown().count();
    if total == 0 {
        flow.paragraph("There are no orders at this site.", FAINT);
        return;
    }
    let columns = [
        Column("Number", 2.0),
        Column("What", 3.0),
        Column("Status", 1.9),
        Column("Due", 2.5),
        Column("Assigned to", 1.7),
        Column("Last change", 2.5),
    ];
    let overdue = Style::new(PLAIN.size, Weight::Semibold, Color(0xc2, 0x41, 0x0c));
    let rows: Vec<Vec<Cell>> = input
        .shown()
        .take(ORDERS_LIMIT)
        .map(|(order, _)| {
            let due = order.fields.due.map(words::short_time).unwrap_or_else(|| "–".to_owned());
            vec![
                Cell::new(words::number(order), STRONG),
                Cell::new(words::subject(order, &input.names), PLAIN),
                Cell::pill(order.state.word(), tone(order.state)),
                Cell::new(due, if is_overdue(order, input) { overdue } else { PLAIN }),
                Cell::new(words::assignee(order, &input.names), PLAIN),
                Cell::new(words::short_time(order.updated_at), FAINT),
            ]
        })
        .collect();
    flow.table(&columns, &rows);
    if total > ORDERS_LIMIT {
        flow.paragraph(&format!("And {} more, which are counted above and not shown.", total - ORDERS_LIMIT), FAINT);
    }
}

/// What was to be done and what was sent back.
fn one_order(flow: &mut Flow<'_>, input: &ReportInput, order: &Order, history: &[Arc<Entry>]) {
    for (label, text) in words::texts(&order.fields) {
        flow.head(label, 26.0);
        flow.paragraph(&text, PLAIN);
        flow.space(6.0);
    }
    tasks(flow, order);
    sent_back(flow, input, order);
    entries(flow, history);
}

fn order_head(flow: &mut Flow<'_>, input: &ReportInput, order: &Order) {
    flow.need(110.0);
    flow.space(14.0);
    let top = flow.y();
    flow.rect((LEFT, top), (WIDTH, 0.9), 0.0, INK);
    flow.space(8.0);
    let subject = words::subject(order, &input.names);
    let title = format!("{} {subject}", words::number(order));
    flow.mark(&title, 1);
    let part = flow.open(Role::Heading(2, title));
    let style = Style::new(12.5, Weight::Semibold, INK);
    let number = flow.fonts().shorten(&words::number(order), style.weight, style.size, WIDTH * 0.45);
    let baseline = top + 22.0;
    flow.line(LEFT, baseline, &number, style);
    let mut x = LEFT + flow.fonts().width(&number, style.weight, style.size) + 10.0;
    x += flow.pill_at(x, baseline - 10.0, order.state.word(), tone(order.state)) + 5.0;
    for (flag, word) in [(order.fields.rush, "rush"), (order.fields.rework, "rework"), (order.fields.late, "late")] {
        if flag {
            x += flow.pill_at(x, baseline - 10.0, word, Color(0xc2, 0x41, 0x0c)) + 5.0;
        }
    }
    let style = Style::new(10.0, Weight::Regular, MUTED);
    let subject = flow.fonts().shorten(&subject, style.weight, style.size, RIGHT - x - 6.0);
    flow.line_right(RIGHT, baseline, &subject, style);
    flow.close(part);
    flow.move_to(top + 36.0);
}

fn order_facts(input: &ReportInput, order: &Order) -> Vec<(&'static str, String)> {
    let fields = &order.fields;
    let when = |at: Option<docket_core::Timestamp>| at.map(words::time).unwrap_or_default();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let progress = fields.progress_total.map(|total| format!("{} of {total}", fields.progress_current.unwrap_or(0)));
    let window = match (fields.window_from, fields.window_to) {
        (None, None) => String::new(),
        (from, to) => format!(
            "{} to {}",
            from.map(words::short_time).unwrap_or_default(),
            to.map(words::short_time).unwrap_or_default()
        ),
    };
    [
        ("From", words::origin(order, &input.names)),
        ("Created", words::time(order.created_at)),
        ("Last change", format!("{} by {}", words::time(order.updated_at), order.updated_by)),
        ("Service", words::service(order, &input.names).unwrap_or_default()),
        ("Due", when(fields.due)),
        ("Window", window),
        ("Assigned to", words::assignee(order, &input.names)),
        ("Customer", text(&fields.customer_name)),
        ("Client company", text(&fields.client_company)),
        ("Client's status", text(&fields.client_status)),
        ("Reference", text(&fields.reference)),
        ("Arrived", when(fields.arrived_at)),
        ("Departed", when(fields.departed_at)),
        ("Completed", when(fields.completed_at)),
        ("Canceled", when(fields.canceled_at)),
        ("Progress", progress.unwrap_or_default()),
        ("Tags", fields.tags.join(", ")),
    ]
    .into_iter()
    .filter(|(_, value)| !value.trim().is_empty())
    .collect()
}

fn tasks(flow: &mut Flow<'_>, order: &Order) {
    if order.fields.tasks.is_empty() {
        return;
    }
    flow.head("Tasks", 46.0);
    let columns =
        [Column("", 0.5), Column("Task", 4.0), Column("How", 6.0), Column("Quantity", 1.4), Column("Price", 1.4)];
    let done = Style::new(PLAIN.size, Weight::Regular, Color(0x15, 0x80, 0x3d));
    let rows: Vec<Vec<Cell>> = order
        .fields
        .tasks
        .iter()
        .map(|task| {
            vec![
                if task.done { Cell::new("✓", done) } else { Cell::new("○", FAINT) },
                Cell::new(words::plain(&task.name), STRONG),
                Cell::new(task.instructions.as_deref().map(words::plain).unwrap_or_default(), PLAIN),
                Cell::new(task.quantity.map(|quantity| quantity.to_string()).unwrap_or_default(), PLAIN).right(),
                Cell::new(task.unit_price.map(|price| format!("{price:.2}")).unwrap_or_default(), PLAIN).right(),
            ]
        })
        .collect();
    flow.table(&columns, &rows);
}

fn entries(flow: &mut Flow<'_>, history: &[Arc<Entry>]) {
    let skipped = history.len().saturating_sub(HISTORY_LIMIT);
    let rows: Vec<Vec<Cell>> = history
        .iter()
        .skip(skipped)
        .filter_map(|entry| {
            let lines = words::happened(entry);
            (!lines.is_empty()).then(|| {
                vec![
                    Cell::new(words::short_time(entry.at), FAINT),
                    Cell::new(entry.actor.clone(), PLAIN),
                    Cell::new(lines.join("\n"), PLAIN),
                ]
            })
        })
        .collect();
    if rows.is_empty() {
        return;
    }
    flow.head("Timeline", 46.0);
    flow.table(&[Column("When", 2.5), Column("Who", 2.4), Column("What happened", 8.5)], &rows);
    if skipped > 0 {
        flow.paragraph(&format!("{skipped} earlier entries are not shown."), FAINT);
    }
}
