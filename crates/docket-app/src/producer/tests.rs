//! Reports of orders that went through the reference ledger.

mod field;
mod maps;
mod scripts;

use super::flow::{PAGE_HEIGHT, PAGE_WIDTH};
use super::ops::{Drawn, Op, Step};
use super::text::{Fonts, Library, Weight};
use super::*;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::memory::MemoryLedger;
use docket_core::order::{
    Answer, Attachment, Body, Charge, Command, Field, Fields, Form, Item, Note, Origin, Question, Task, Transition,
    Value,
};
use futures_util::FutureExt;
use proptest::prelude::*;

const ACCOUNT: AccountId = AccountId(1);

fn moment(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn submit(ledger: &MemoryLedger, request: Request) -> Arc<Order> {
    let hub = Caller { label: "pruvan acme".to_owned(), ..Caller::hub(ACCOUNT) };
    let outcomes = ledger.submit(&hub, Submission::one(request)).now_or_never().expect("at once").expect("no fault");
    match outcomes.into_iter().next() {
        Some(Outcome::Done(done)) => done.order,
        other => panic!("{other:?}"),
    }
}

fn change(ledger: &MemoryLedger, id: OrderId, command: Command) -> Arc<Order> {
    submit(ledger, Request::change(Target::Id(id), move |_| Ok(command.clone())))
}

fn address() -> Fields {
    Fields {
        address1: Some("Utrechtsestraat 61".to_owned()),
        city: Some("Arnhem".to_owned()),
        region: Some("Gelderland".to_owned()),
        postal_code: Some("6811 LW".to_owned()),
        country: Some("Netherlands".to_owned()),
        latitude: Some(51.984_3),
        longitude: Some(5.902_1),
        ..Fields::default()
    }
}

const LONG: &str = "Mow the lawn front and back, edge the walk and blow clippings off every hard surface. \
    <b>Take photos</b> before, during &amp; after from the same spots.<br>Gate code 4711. If the dog is out, call \
    first: the neighbour at number 63 keeps the key. Übergrößenträger, façade, Łódź, Ελλάδα, Москва, 東京, שלום, \
    ✓ done – naïve “quotes” and €1 250,50. Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamten\
    gesellschaftsrechtsschutzversicherungsangelegenheiten.";

/// Orders in many states, each with a history.
fn sample(count: usize) -> ReportInput {
    let ledger = MemoryLedger::new(moment("2026-01-02T08:00:00Z"));
    let services = ["Grass cut", "Winterization", "Initial inspection", "Debris removal", "Lock change"];
    let steps = [
        vec![],
        vec![Transition::Assign],
        vec![Transition::Assign, Transition::Accept, Transition::Start],
        vec![Transition::Start, Transition::Complete],
        vec![Transition::Start, Transition::Complete, Transition::Submit, Transition::Invoice, Transition::Close],
        vec![Transition::Cancel],
        vec![Transition::Start, Transition::Fail],
    ];
    let mut orders = Vec::new();
    for index in 0..count {
        let start = moment("2026-01-02T08:00:00Z") + jiff::SignedDuration::from_hours(51 * index as i64 % 3000);
        ledger.set_now(start);
        let task = |name: &str, done| Task {
            name: name.to_owned(),
            instructions: Some(LONG.chars().take(40 + 60 * (index % 7)).collect()),
            quantity: Some(1.0 + index as f64),
            unit_price: Some(42.5),
            done,
            ..Task::default()
        };
        let command = Command::default()
            .with_fields(&address())
            .with(Field::Number, format!("WO-{:05}", 1200 + index))
            .with(Field::Service, services[index % services.len()])
            .with(Field::Due, start + jiff::SignedDuration::from_hours(72))
            .with(Field::Instructions, LONG)
            .with(Field::CustomerName, "Ann Lee & Söhne")
            .with(Field::Tasks, Value::Tasks(vec![task("Mow", index % 2 == 0), task("Trim hedges", false)]))
            .with(Field::Rush, index % 4 == 1);
        let id = submit(&ledger, Request::create(command)).id;
        for (step, transition) in steps[index % steps.len()].iter().enumerate() {
            ledger.set_now(start + jiff::SignedDuration::from_hours(5 + 7 * step as i64));
            let text = "Gate was locked, went around the back.".to_owned();
            let note = Note { site_wide: step == 0, text, revises: None };
            let note = Item::new(format!("n{step}"), Origin::default(), ledger.now(), note).by("Crew 7");
            let command = Command { put: vec![note], ..Command::default() };
            change(&ledger, id, command.with(Field::Person, "jdoe").moving(*transition));
        }
        orders.push(id);
    }
    ledger.set_now(moment("2026-03-01T08:00:00Z"));
    let job = submit(&ledger, Request::create(Command::default().with_fields(&address())));
    let (hub, now) = (Caller::hub(ACCOUNT), moment("2026-03-01T08:00:05Z"));
    let product = product();
    let input = gather(&ledger, &hub, job, &product, ledger.all_orders(), now);
    input.now_or_never().expect("at once").expect("no fault")
}

fn product() -> Service {
    Service {
        id: Uuid::nil(),
        slug: "site-report".to_owned(),
        name: "Site report".to_owned(),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: moment("2026-01-01T00:00:00Z"),
        updated_at: moment("2026-01-01T00:00:00Z"),
    }
}

fn texts(laid: &Laid) -> Vec<String> {
    let ops = laid.pages.sheets.iter().flatten().map(|drawn| &drawn.op);
    ops.filter_map(|op| if let Op::Text { text, .. } = op { Some(text.clone()) } else { None }).collect()
}

/// Nothing is drawn outside of its page, and no page is empty.
fn check(laid: &Laid) {
    let fonts = Fonts::new(&laid.library).expect("fonts");
    for sheet in &laid.pages.sheets {
        assert!(!sheet.is_empty());
        // What is clipped or turned is within something that is checked itself.
        let mut inside = 0;
        for Drawn { op, .. } in sheet {
            let (x, y, right, bottom) = match op {
                Op::Clip { x, y, width, height } => {
                    inside += 1;
                    (*x, *y, x + width, y + height)
                }
                Op::Turn { .. } => {
                    inside += 1;
                    continue;
                }
                Op::Back => {
                    inside -= 1;
                    continue;
                }
                _ if inside > 0 => continue,
                Op::Box { x, y, width, height, .. } => (*x, *y, x + width, y + height),
                Op::Image { x, y, width, height, .. } => (*x, *y, x + width, y + height),
                Op::Text { x, y, size, weight, text, .. } => (*x, y - size, x + fonts.width(text, *weight, *size), *y),
                Op::Path { steps, .. } => area(steps),
            };
            assert!(x >= 0.0 && y >= 0.0 && right <= PAGE_WIDTH + 0.1 && bottom <= PAGE_HEIGHT - 40.0, "{op:?}");
        }
        assert_eq!(inside, 0);
    }
}

/// The box around a path.
fn area(steps: &[Step]) -> (f32, f32, f32, f32) {
    let points = steps.iter().flat_map(|step| match step {
        Step::Move(x, y) | Step::Line(x, y) => vec![(*x, *y)],
        Step::Curve([x1, y1, x2, y2, x, y]) => vec![(*x1, *y1), (*x2, *y2), (*x, *y)],
        Step::Close => Vec::new(),
    });
    points.fold((f32::MAX, f32::MAX, f32::MIN, f32::MIN), |(left, top, right, bottom), (x, y)| {
        (left.min(x), top.min(y), right.max(x), bottom.max(y))
    })
}

#[test]
fn a_report_tells_everything_over_many_pages() {
    let input = sample(16);
    let laid = lay_out(&input).expect("laid out");
    check(&laid);
    assert!(laid.pages() > 5, "{}", laid.pages());
    let all = texts(&laid).join("\n");
    for expected in
        ["Utrechtsestraat 61", "6811 LW Arnhem, Gelderland, Netherlands", "WO-01200", "WO-01215", "Grass cut"]
    {
        assert!(all.contains(expected), "{expected}");
    }
    assert!(all.contains("received → assigned") && all.contains("note: Gate was locked"));
    let bytes = laid.render().expect("written");
    assert!(bytes.starts_with(b"%PDF-"));
    let made = render(&input).expect("made");
    assert_eq!(
        (made.media_type.as_str(), made.name.as_str()),
        ("application/pdf", "20260301_site_report_utrechtsestraat_61_6811lw_arnhem.pdf")
    );
    assert!(bytes == made.bytes, "the same input gives the same bytes");
    if let Ok(path) = std::env::var("DOCKET_REPORT_TO") {
        std::fs::write(path, &bytes).expect("written to disk");
    }
}

#[test]
fn a_site_without_orders_has_a_report_too() {
    let laid = lay_out(&sample(0)).expect("laid out");
    check(&laid);
    assert_eq!(laid.pages(), 1);
    assert!(texts(&laid).contains(&"There are no orders at this site.".to_owned()));
    assert!(laid.render().expect("written").len() > 1000);
}

#[test]
fn what_no_font_has_is_told() {
    let library = Library::embedded().expect("fonts");
    let fonts = Fonts::new(&library).expect("fonts");
    assert_eq!(fonts.drawable("a\u{200b}b\tc\u{7}東\n"), "a\u{200b}b c 東\n");
    let written = |text: &str| fonts.runs(text, Weight::Regular).iter().map(|run| run.text.clone()).collect::<String>();
    assert_eq!(written("✓ Ελλάδα Москва é"), "✓ Ελλάδα Москва é");
    assert!(fonts.missing().is_empty(), "{:?}", fonts.missing());
    assert_eq!(written("東京 ไทย"), "東京 ไทย");
    assert_eq!(super::text::scripts(&fonts.missing()), ["Han", "Thai"]);
}

#[test]
fn right_to_left_runs_are_put_in_order() {
    let library = Library::embedded().expect("fonts");
    let fonts = Fonts::new(&library).expect("fonts");
    let runs = |text: &str| -> Vec<String> {
        fonts.runs(text, Weight::Regular).iter().map(|run| run.text.trim().to_owned()).collect()
    };
    assert_eq!(runs("abc שלום 12 xyz"), ["abc", "12", "שלום", "xyz"]);
    assert_eq!(runs("שלום abc"), ["abc", "שלום"]);
    let glyphs = fonts.runs("مرحبا", Weight::Regular).into_iter().next().expect("a run").glyphs;
    let starts: Vec<usize> = glyphs.iter().map(|glyph| glyph.text_range.start).collect();
    assert!(starts.is_sorted_by(|a, b| a >= b) && starts.len() > 2, "{starts:?}");
}

#[test]
fn lines_fit_and_lose_nothing() {
    let library = Library::embedded().expect("fonts");
    let fonts = Fonts::new(&library).expect("fonts");
    for width in [20.0, 57.0, 120.0, 480.0] {
        let lines = fonts.wrap(LONG, Weight::Regular, 9.0, width);
        for line in &lines {
            assert!(fonts.width(line, Weight::Regular, 9.0) <= width + 0.01, "{line}");
        }
        let squash = |text: &str| text.replace(['\u{200e}', '\u{200f}'], "").split_whitespace().collect::<String>();
        assert_eq!(squash(&lines.concat()), squash(&fonts.drawable(LONG)));
    }
    let short = fonts.shorten(LONG, Weight::Semibold, 9.0, 100.0);
    assert!(short.ends_with('…') && fonts.width(&short, Weight::Semibold, 9.0) <= 100.0);
}

#[test]
fn markup_is_taken_out() {
    assert_eq!(
        words::plain("<p>a &amp; b</p><P class='x'>c<br/>d</p> 1 < 2 & 3 > 2 <"),
        "a & b\nc\nd\n 1 < 2 & 3 > 2 <"
    );
    assert_eq!(words::plain(&"x".repeat(9000)).chars().count(), 6001);
}

#[test]
fn json_products_get_json() {
    let made = render(&ReportInput { slug: "site-report-json".to_owned(), ..sample(3) }).expect("made");
    assert_eq!(made.media_type, "application/json");
    assert!(made.name.ends_with("_arnhem.json"), "{}", made.name);
    let document: serde_json::Value = serde_json::from_slice(&made.bytes).expect("JSON");
    assert_eq!(document["site"]["city"], "Arnhem");
    assert_eq!(document["orders_total"], 3);
    assert_eq!(document["orders"][0]["fields"]["number"], "WO-01200");
    assert_eq!(document["orders"][1]["history"][1]["changes"][1]["to"], "assigned");
}

#[test]
fn the_jobs_dialect_counts_the_same_steps() {
    assert_eq!(i64::try_from(STEPS.len()), Ok(docket_dialects::planviewer::STEPS));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_text_breaks_a_report(text in "\\PC{0,300}", control in ".{0,40}", repeat in 1_usize..40) {
        let mut input = sample(1);
        let (mut order, history) = ((*input.orders[0].0).clone(), input.orders[0].1.clone());
        for item in &mut order.items {
            item.author = control.clone();
        }
        let at = input.at;
        let long = text.repeat(repeat);
        let answer = Answer { question: text.clone(), values: vec![long.clone()], ..Answer::default() };
        let bodies: Vec<Body> = vec![
            Form { name: text.clone(), version: control.clone(), answers: vec![answer], submitted_at: Some(at), ..Form::default() }
                .into(),
            Attachment { photo: true, caption: long.clone(), task: Some(text.clone()), ..Attachment::default() }.into(),
            Attachment { name: control.clone(), media_type: text.clone(), ..Attachment::default() }.into(),
            Charge { description: long.clone(), unit_price: Some(1e300), quantity: Some(-3.5), ..Charge::default() }.into(),
            Question { message: long, ..Question::default() }.into(),
        ];
        order.items.extend(bodies.into_iter().map(|body| Item::new("x", Origin::default(), at, body).by(&control)));
        order.fields.number = Some(control.clone());
        order.fields.service = Some(text.clone());
        order.fields.instructions = Some(text.repeat(repeat));
        order.fields.tasks = vec![Task { name: text.clone(), instructions: Some(text.repeat(repeat)), ..Task::default() }];
        input.site.address1 = text;
        input.product = control;
        input.orders = vec![(Arc::new(order), history)];
        let laid = lay_out(&input).expect("laid out");
        check(&laid);
        laid.render().expect("written");
    }
}
