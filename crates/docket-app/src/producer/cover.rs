//! The first page: what the report is called, and everything in numbers.

use super::ReportInput;
use super::flow::{ACCENT, Color, Flow, INK, LABEL, LEFT, MUTED, PAGE_WIDTH, RIGHT, RULE, Style, WASH, WHITE, WIDTH};
use super::ops::Role;
use super::picture::is_picture;
use super::text::Weight;
use docket_core::order::{ChargeKind, Order, State};

const BAND: Color = Color(0x10, 0x1a, 0x2e);
const BAND_TEXT: Color = Color(0xb9, 0xc7, 0xdd);

/// The color of a state.
pub(super) fn tone(state: State) -> Color {
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

/// The band at the top of the first page.
pub(super) fn cover(flow: &mut Flow<'_>, input: &ReportInput, title: &str, place: &str) {
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
pub(super) fn standing(flow: &mut Flow<'_>, order: &Order) {
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
pub(super) fn figures(flow: &mut Flow<'_>, order: &Order) {
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

/// How many orders there are, and how they stand.
pub(super) fn tiles(flow: &mut Flow<'_>, input: &ReportInput) {
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

/// Whether an open order should have been done.
pub(super) fn is_overdue(order: &Order, input: &ReportInput) -> bool {
    order.state.is_open() && order.fields.due.is_some_and(|due| due < input.at)
}

/// A bar of all orders by state, with its legend.
pub(super) fn distribution(flow: &mut Flow<'_>, input: &ReportInput) {
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
pub(super) fn activity(flow: &mut Flow<'_>, input: &ReportInput) {
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
