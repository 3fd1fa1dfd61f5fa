//! What a report says, from the first page on.

use super::field::{about_the_place, sent_back};
use super::flow::{
    ACCENT, Color, FAINT, Flow, INK, LABEL, LEFT, MUTED, PAGE_WIDTH, PLAIN, RIGHT, RULE, STRONG, Style, WASH, WHITE,
    WIDTH,
};
use super::ops::{Pages, Role};
use super::photos::strip;
use super::picture::is_picture;
use super::sketch::sketch;
use super::table::{Cell, Column};
use super::text::{Fonts, Weight};
use super::{HISTORY_LIMIT, ORDERS_LIMIT, ReportInput, words};
use docket_core::order::{ChargeKind, Entry, Order, State};
use std::sync::Arc;

const BAND: Color = Color(0x10, 0x1a, 0x2e);
const BAND_TEXT: Color = Color(0xb9, 0xc7, 0xdd);

/// The color of a state.
fn tone(state: State) -> Color {
    match state {
        State::Received => Color(0x64, 0x74, 0x8b),
        State::Assigned => Color(0x25, 0x63, 0xeb),
        State::Accepted => Color(0x4f, 0x46, 0xe5),
        State::Started => Color(0xb4, 0x5f, 0x06),
        State::Waiting => Color(0xc2, 0x41, 0x0c),
        State::Completed => Color(0x15, 0x80, 0x3d),
        State::Submitted => Color(0x0f, 0x76, 0x6e),
        State::Invoiced => Color(0x0e, 0x74, 0x90),
        State::Closed => Color(0x33, 0x5c, 0x4a),
        State::Rejected | State::Failed => Color(0xb9, 0x1c, 0x1c),
        State::Canceled | State::Deleted => Color(0x7f, 0x7f, 0x89),
    }
}

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

/// The band at the top of the first page.
fn cover(flow: &mut Flow<'_>, input: &ReportInput, title: &str, place: &str) {
    let style = Style::new(23.0, Weight::Semibold, WHITE);
    let below = Style::new(11.0, Weight::Regular, BAND_TEXT);
    let lines = flow.fonts().wrap(title, style.weight, style.size, WIDTH);
    let mut shown = lines.get(..lines.len().min(3)).unwrap_or_default().to_vec();
    if let (true, Some(last)) = (lines.len() > 3, shown.last_mut()) {
        *last = flow.fonts().shorten(&format!("{last} …"), style.weight, style.size, WIDTH - 30.0);
    }
    let height = 104.0 + shown.len() as f32 * 28.0;
    flow.rect((0.0, 0.0), (PAGE_WIDTH, height), 0.0, BAND);
    flow.rect((0.0, height), (PAGE_WIDTH, 3.0), 0.0, ACCENT);
    let kicker = Style::new(9.0, Weight::Semibold, Color(0x8a, 0xb8, 0xff));
    let product = flow.fonts().shorten(&input.product.to_uppercase(), kicker.weight, kicker.size, WIDTH - 120.0);
    flow.part(Role::Paragraph, |flow| {
        flow.line(LEFT, 50.0, &product, kicker);
        flow.line_right(RIGHT, 50.0, "DOCKET", Style::new(9.0, Weight::Semibold, WHITE));
    });
    let mut y = 84.0;
    flow.part(Role::Heading(1, title.to_owned()), |flow| {
        for line in &shown {
            flow.line(LEFT, y, line, style);
            y += 28.0;
        }
    });
    let place = flow.fonts().shorten(place, below.weight, below.size, WIDTH);
    flow.part(Role::Paragraph, |flow| flow.line(LEFT, y - 6.0, &place, below));
    flow.move_to(height + 22.0);
    flow.mark("Summary", 0);
}

/// The state of the order and its flags, as pills.
fn standing(flow: &mut Flow<'_>, order: &Order) {
    let part = flow.open(Role::Paragraph);
    let mut x = LEFT;
    x += flow.pill_at(x, flow.y(), order.state.word(), tone(order.state)) + 5.0;
    for (flag, word) in [(order.fields.rush, "rush"), (order.fields.rework, "rework"), (order.fields.late, "late")] {
        if flag {
            x += flow.pill_at(x, flow.y(), word, Color(0xc2, 0x41, 0x0c)) + 5.0;
        }
    }
    flow.close(part);
    flow.space(24.0);
}

/// What was sent back, in numbers.
fn figures(flow: &mut Flow<'_>, order: &Order) {
    let tasks = &order.fields.tasks;
    let ticked = tasks.iter().filter(|task| task.done).count();
    let photos = order.attachments().filter(|(_, file)| is_picture(file)).count();
    let answered = order.forms().filter(|(_, form)| !form.answers.is_empty()).count();
    let charge =
        |kind| order.charges().filter(move |(_, charge)| charge.kind == kind).filter_map(|(_, line)| line.total());
    let done: Vec<f64> = charge(ChargeKind::Completion).collect();
    let amount = if done.is_empty() { "–".to_owned() } else { format!("{:.2}", done.iter().sum::<f64>()) };
    let green = Color(0x15, 0x80, 0x3d);
    let share = if tasks.is_empty() { "–".to_owned() } else { format!("{ticked} / {}", tasks.len()) };
    boxes(
        flow,
        &[
            ("Tasks done", share, if ticked > 0 && ticked == tasks.len() { green } else { INK }),
            ("Photos", photos.to_string(), INK),
            ("Forms answered", answered.to_string(), INK),
            ("Notes", order.notes().count().to_string(), INK),
            ("Completed work", amount, INK),
        ],
    );
}

/// Numbers in boxes beside each other.
fn boxes(flow: &mut Flow<'_>, tiles: &[(&str, String, Color)]) {
    let gap = 8.0;
    let width = (WIDTH - gap * (tiles.len() as f32 - 1.0)) / tiles.len().max(1) as f32;
    flow.need(60.0);
    let top = flow.y();
    for (index, (label, number, color)) in tiles.iter().enumerate() {
        let x = LEFT + index as f32 * (width + gap);
        let color = if matches!(number.as_str(), "0" | "–") { MUTED } else { *color };
        flow.rect((x, top), (width, 50.0), 5.0, WASH);
        flow.rect((x, top), (3.0, 50.0), 1.5, color);
        let size = if flow.fonts().width(number, Weight::Semibold, 19.0) > width - 18.0 { 12.0 } else { 19.0 };
        let part = flow.open(Role::Paragraph);
        let number = flow.fonts().shorten(number, Weight::Semibold, size, width - 18.0);
        flow.line(x + 12.0, top + 27.0, &number, Style::new(size, Weight::Semibold, color));
        flow.line(x + 12.0, top + 40.5, label, Style::new(7.4, Weight::Regular, MUTED));
        flow.close(part);
    }
    flow.space(50.0 + 18.0);
}

fn tiles(flow: &mut Flow<'_>, input: &ReportInput) {
    let count = |wanted: &dyn Fn(State) -> bool| input.shown().filter(|(order, _)| wanted(order.state)).count();
    let done = count(&State::is_done);
    let lost = count(&|state| matches!(state, State::Canceled | State::Failed | State::Rejected));
    let open = count(&|state| state.is_open() && !matches!(state, State::Failed | State::Rejected));
    let late = input.shown().filter(|(order, _)| is_overdue(order, input)).count();
    let tiles = [
        ("Orders at this site", input.shown().count(), INK),
        ("Open", open, Color(0x25, 0x63, 0xeb)),
        ("Done", done, Color(0x15, 0x80, 0x3d)),
        ("Called off or failed", lost, Color(0xb9, 0x1c, 0x1c)),
        ("Overdue", late, Color(0xc2, 0x41, 0x0c)),
    ];
    boxes(flow, &tiles.map(|(label, number, color)| (label, number.to_string(), color)));
}

fn is_overdue(order: &Order, input: &ReportInput) -> bool {
    order.state.is_open() && order.fields.due.is_some_and(|due| due < input.at)
}

/// A bar of all orders by state, with its legend.
fn distribution(flow: &mut Flow<'_>, input: &ReportInput) {
    let total = input.shown().count();
    if total == 0 {
        return;
    }
    let counts: Vec<(State, usize)> = State::ALL
        .iter()
        .map(|&state| (state, input.shown().filter(|(order, _)| order.state == state).count()))
        .filter(|(_, count)| *count > 0)
        .collect();
    flow.label("Where the orders stand", 40.0);
    let (mut x, top) = (LEFT, flow.y());
    for (state, count) in &counts {
        let width = WIDTH * *count as f32 / total as f32;
        flow.rect((x, top), ((width - 1.5).max(1.0), 11.0), 2.0, tone(*state));
        x += width;
    }
    flow.space(19.0);
    let style = Style::new(8.0, Weight::Regular, MUTED);
    let mut x = LEFT;
    for (state, count) in &counts {
        let text = format!("{state} {count}");
        let width = flow.fonts().width(&text, style.weight, style.size) + 24.0;
        if x + width > RIGHT {
            x = LEFT;
            flow.space(13.0);
        }
        let y = flow.y();
        flow.rect((x, y), (7.0, 7.0), 3.5, tone(*state));
        flow.line(x + 11.0, y + 6.6, &text, style);
        x += width;
    }
    flow.space(22.0);
}

/// Journal entries a week, over the last half year.
fn activity(flow: &mut Flow<'_>, input: &ReportInput) {
    const WEEKS: usize = 26;
    const WEEK_S: i64 = 7 * 86_400;
    let mut weeks = [0_usize; WEEKS];
    for entry in input.shown().flat_map(|(_, history)| history) {
        let age = (input.at.as_second() - entry.at.as_second()).div_euclid(WEEK_S);
        let slot = usize::try_from(age).ok().and_then(|age| weeks.len().checked_sub(age + 1));
        if let Some(week) = slot.and_then(|slot| weeks.get_mut(slot)) {
            *week += 1;
        }
    }
    let most = weeks.iter().copied().max().unwrap_or(0);
    if most == 0 {
        return;
    }
    flow.label("Activity, entries a week", 60.0);
    let (top, height) = (flow.y(), 40.0);
    let step = WIDTH / WEEKS as f32;
    for (index, count) in weeks.iter().enumerate() {
        let tall = (height * *count as f32 / most as f32).max(if *count > 0 { 1.5 } else { 0.0 });
        let x = LEFT + index as f32 * step;
        flow.rect((x, top + height), (step - 3.0, 0.8), 0.0, RULE);
        if *count > 0 {
            flow.rect((x, top + height - tall), (step - 3.0, tall), 1.5, ACCENT);
            if *count == most {
                let label = count.to_string();
                let width = flow.fonts().width(&label, Weight::Semibold, 7.2);
                flow.line(x + (step - 3.0 - width) / 2.0, top + height - tall - 2.5, &label, LABEL);
            }
        }
    }
    let style = Style::new(7.4, Weight::Regular, MUTED);
    flow.line(LEFT, top + height + 11.0, "26 weeks ago", style);
    flow.line_right(RIGHT, top + height + 11.0, "this week", style);
    flow.space(height + 20.0);
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
