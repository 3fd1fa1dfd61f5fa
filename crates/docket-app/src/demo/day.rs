//! A few working days: orders come in through the dialects, dispatchers and crews move them on.

use super::calls::{Call, FORM, JSON, encoded};
use super::city::{Place, place};
use super::field::{self, Album};
use super::reports::job;
use super::samples::{create, submit};
use super::{DemoError, Seeding, WIALON_TOKEN};
use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{Ledger, Request, Target};
use docket_core::order::{
    Choice, Command, ExternalKey, Field, Fields, Item, Note, Order, Origin, Question, State, Task, Transition,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};
use std::sync::Arc;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How many orders each origin sends.
const ORIGINS: &[(Source, usize)] =
    &[(Source::Pruvan, 56), (Source::Wialon, 40), (Source::Mews, 22), (Source::Planviewer, 8), (Source::Ppw, 14)];

/// Where an order comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    Pruvan,
    Wialon,
    Mews,
    Planviewer,
    Ppw,
}

/// One order's part in the story.
pub(super) struct Plot {
    source: Source,
    pub(super) number: usize,
    place: Place,
    created_ms: i64,
    end: State,
    steps: Vec<(i64, Transition)>,
    pub(super) unit: usize,
    serial: Option<Serial>,
    /// It is to be done within the next hours.
    is_soon: bool,
}

impl Plot {
    /// An order that comes now.
    pub(super) fn soon(source: Source, number: usize, place: Place, now: Timestamp) -> Plot {
        let created_ms = now.as_millisecond();
        let (end, steps) = (State::Received, Vec::new());
        Plot { source, number, place, created_ms, end, steps, unit: 0, serial: None, is_soon: true }
    }
}

const WORK: &[&str] = &[
    "Grass Cut",
    "Initial Secure",
    "Lock Change",
    "Debris Removal",
    "Winterization",
    "Occupancy Inspection",
    "Gutter Cleaning",
    "Pool Securing",
    "Roof Tarp",
    "Pest Treatment",
];
pub(super) const GOODS: &[&str] =
    &["Appliances", "Paint and tools", "Lumber", "HVAC filters", "Tiles", "Garden soil", "Water heater"];
pub(super) const TREATS: [&str; 2] = ["Dinner, three courses", "Massage, 60 minutes"];
const PEOPLE: &[&str] = &[
    "Maria Alvarez",
    "John Becker",
    "Priya Nair",
    "Tom Okafor",
    "Linda Cho",
    "Sam Whitfield",
    "Noor Haddad",
    "Eva Lindqvist",
];
const REMARKS: &[&str] = &[
    "Gate code is 4411.",
    "Dog in the back yard, ring first.",
    "Neighbor has the key.",
    "Took photos of the fence damage.",
    "Water is shut off at the street.",
    "Customer asked for a call before arrival.",
    "Second visit needed for the shed.",
];

/// Seeds the days before now.
pub(super) async fn seed(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    seeding.clock.release();
    let now = seeding.hub.now();
    let mut rng = StdRng::seed_from_u64(8700);
    let mut plots = plots(&mut rng, now.as_millisecond());
    let units = seeding.hub.units_of(seeding.account).await?;
    let session = login(seeding).await?;
    let album = Album::paint(seeding.hub).await?;
    let mut events: Vec<(i64, usize, Option<Transition>)> = Vec::new();
    for (index, plot) in plots.iter().enumerate() {
        events.push((plot.created_ms, index, None));
        events.extend(plot.steps.iter().map(|(at, transition)| (*at, index, Some(*transition))));
    }
    events.sort_by_key(|(at, index, _)| (*at, *index));
    for (at, index, transition) in events {
        let at = Timestamp::from_millisecond(at).map_err(|error| DemoError::Unexpected(error.to_string()))?;
        seeding.clock.hold(at);
        let Some(plot) = plots.get_mut(index) else { continue };
        match (transition, plot.serial) {
            (None, _) => plot.serial = Some(arrive(seeding, plot, (&session, &album), at, &mut rng).await?),
            (Some(transition), Some(serial)) => {
                let unit = units.get(plot.unit % units.len().max(1)).map(|unit| unit.id.0);
                let mut command = step(plot, transition, unit, at, &mut rng);
                let order = seeding.hub.order(&Caller::hub(seeding.account), Target::Serial(serial)).await?;
                if let Some(order) = order {
                    command = field::told(command, &album, &order, (plot.unit, at), transition, &mut rng);
                }
                advance(seeding, serial, transition, command).await?;
            }
            (Some(_), None) => {}
        }
    }
    seeding.clock.release();
    Ok(crate::jobs::make_open(seeding.hub, seeding.account).await?)
}

fn plots(rng: &mut StdRng, now_ms: i64) -> Vec<Plot> {
    let mut plots = Vec::new();
    for &(source, count) in ORIGINS {
        for number in 0..count {
            let days = if source == Source::Planviewer { 0 } else { rng.random_range(0..5_i64) };
            let created_ms = now_ms - days * DAY_MS - rng.random_range(20 * MINUTE_MS..9 * HOUR_MS);
            let end = if source == Source::Planviewer { State::Received } else { end(rng, days) };
            let mut plot = Plot {
                source,
                number,
                place: place(rng),
                created_ms,
                end,
                steps: Vec::new(),
                unit: rng.random_range(0..10),
                serial: None,
                is_soon: false,
            };
            plot.steps = steps(&plot, rng, now_ms);
            plots.push(plot);
        }
    }
    // Every state is on the board, whatever the dice say.
    for (plot, state) in plots.iter_mut().zip(State::ALL.iter().copied()) {
        plot.end = state;
        plot.created_ms = now_ms - DAY_MS;
        plot.steps = steps(plot, rng, now_ms);
    }
    plots
}

/// Where an order of that age stands by now: old ones are mostly through.
fn end(rng: &mut StdRng, days: i64) -> State {
    use State::*;
    let choices: &[State] = match days {
        0 => &[
            Received, Received, Received, Assigned, Assigned, Assigned, Accepted, Started, Started, Completed, Waiting,
        ],
        1 => &[
            Received, Assigned, Accepted, Started, Completed, Completed, Submitted, Rejected, Canceled, Waiting, Failed,
        ],
        2 => &[Assigned, Completed, Completed, Submitted, Submitted, Invoiced, Canceled, Failed],
        _ => &[Completed, Submitted, Invoiced, Invoiced, Closed, Closed, Closed, Canceled, Deleted],
    };
    choices[rng.random_range(0..choices.len())]
}

/// How it got there.
fn steps(plot: &Plot, rng: &mut StdRng, now_ms: i64) -> Vec<(i64, Transition)> {
    use Transition as T;
    let path: &[T] = match plot.end {
        State::Received => &[],
        State::Assigned => &[T::Assign],
        State::Accepted => &[T::Assign, T::Accept],
        State::Rejected => &[T::Assign, T::Reject],
        State::Started => &[T::Assign, T::Accept, T::Start],
        State::Waiting => &[T::Assign, T::Start, T::Ask],
        State::Completed => &[T::Assign, T::Accept, T::Start, T::Complete],
        State::Submitted => &[T::Assign, T::Start, T::Complete, T::Submit],
        State::Invoiced => &[T::Assign, T::Start, T::Complete, T::Submit, T::Invoice],
        State::Closed => &[T::Assign, T::Accept, T::Start, T::Complete, T::Invoice, T::Close],
        State::Canceled => &[T::Assign, T::Cancel],
        State::Failed => &[T::Assign, T::Start, T::Fail],
        State::Deleted => &[T::Delete],
    };
    let mut at = plot.created_ms;
    let room = (now_ms - MINUTE_MS - at).max(0) / (i64::try_from(path.len()).unwrap_or(1) + 1);
    path.iter()
        .map(|transition| {
            at += rng.random_range(room / 2..=room.max(1));
            (at, *transition)
        })
        .collect()
}

pub(super) async fn login(seeding: &Seeding<'_>) -> Result<String, DemoError> {
    let body = format!("svc=token/login&params={}", encoded(&json!({"token": WIALON_TOKEN}).to_string()));
    let answer = seeding.call(wialon("/wialon/ajax.html", body)).await?;
    let session = answer.get("eid").and_then(Value::as_str).map(str::to_owned);
    session.ok_or_else(|| DemoError::Unexpected(format!("wialon login: {answer}")))
}

fn wialon(target: &str, body: String) -> Call<'_> {
    Call { dialect: "wialon", target, content_type: FORM, authorization: None, body }
}

/// The order comes in.
pub(super) async fn arrive(
    seeding: &Seeding<'_>,
    plot: &Plot,
    (session, album): (&str, &Album),
    at: Timestamp,
    rng: &mut StdRng,
) -> Result<Serial, DemoError> {
    match plot.source {
        Source::Pruvan => pruvan(seeding, plot, at, rng).await,
        Source::Wialon => delivery(seeding, plot, session, at, rng).await,
        Source::Mews => service_order(seeding, plot, at, rng).await,
        Source::Planviewer => job(seeding, plot, album, rng).await,
        Source::Ppw => work_order(seeding, plot, at, rng).await,
    }
}

fn pick<'a>(rng: &mut StdRng, from: &[&'a str]) -> &'a str {
    from[rng.random_range(0..from.len())]
}

pub(super) async fn serial_of(seeding: &Seeding<'_>, target: Target) -> Result<Serial, DemoError> {
    let found = seeding.hub.order(&Caller::hub(seeding.account), target.clone()).await?;
    let found = found.ok_or_else(|| DemoError::Unexpected(format!("the order {target:?} is not there")))?;
    Ok(found.serial)
}

fn hours_later(at: Timestamp, hours: i64) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond() + hours * HOUR_MS).unwrap_or(at)
}

async fn pruvan(seeding: &Seeding<'_>, plot: &Plot, at: Timestamp, rng: &mut StdRng) -> Result<Serial, DemoError> {
    let number = format!("GC-{}", 4400 + plot.number);
    let due = hours_later(at, rng.random_range(24..96)).strftime("%Y-%m-%d %H%M +0").to_string();
    let work = pick(rng, WORK);
    let mut services = vec![json!({"serviceName": work, "instructions": "Photos before, during and after."})];
    if rng.random_bool(0.3) {
        services.push(json!({"serviceName": pick(rng, WORK)}));
    }
    let mut order = json!({
        "workOrderNumber": number,
        "address1": plot.place.address, "city": plot.place.city, "state": "TX", "zip": plot.place.zip,
        "gpsLatitude": plot.place.latitude.to_string(), "gpsLongitude": plot.place.longitude.to_string(),
        "workOrderInfo": format!("Lockbox {}", rng.random_range(1000..9999)),
        "clientStatus": "Order Created", "clientDueDate": due, "dueDate": due,
        "reference": format!("Loan {}", rng.random_range(100_000..999_999)),
        "services": services,
    });
    if let (true, Some(members)) = (rng.random_bool(0.15), order.as_object_mut()) {
        members.insert("status".to_owned(), json!("rush"));
    }
    let body = format!("workOrders={}", encoded(&json!({"workOrders": [order]}).to_string()));
    let target = "/api/?apiKey=docket-demo-push-key";
    seeding.call(Call { dialect: "pruvan", target, content_type: FORM, authorization: None, body }).await?;
    let connection = seeding.connection("demo-pruvan")?.id;
    serial_of(seeding, Target::KeyOf { connection, namespace: "number".to_owned(), key: number }).await
}

async fn delivery(
    seeding: &Seeding<'_>,
    plot: &Plot,
    session: &str,
    at: Timestamp,
    rng: &mut StdRng,
) -> Result<Serial, DemoError> {
    let connection = seeding.connection("demo-wialon")?;
    let (from, to, flags, work_s) = match plot.is_soon {
        // Some of these are late, by the traffic or by what else the unit has to do.
        true => {
            let from = at.as_second() + rng.random_range(600..1800);
            (from, from + rng.random_range(1200..5400), 3, rng.random_range(240..720))
        }
        false => {
            let from = hours_later(at, rng.random_range(1..20)).as_second();
            (from, from + 4 * 3600, 1, 900)
        }
    };
    let person = pick(rng, PEOPLE);
    let params = json!({
        "itemId": connection.integer("resource_id", 0), "id": 0, "callMode": "create",
        "n": format!("{}, {}", pick(rng, GOODS), plot.place.address),
        "p": {
            "n": person, "p": format!("+1512555{:04}", 200 + plot.number % 800),
            "a": format!("{}, {}, TX {}", plot.place.address, plot.place.city, plot.place.zip),
            "w": rng.random_range(5..400), "v": rng.random_range(1..9), "c": rng.random_range(20..300), "ut": work_s,
            "pr": rng.random_range(1..9), "cid": format!("D-{}", 7000 + plot.number),
        },
        "f": flags, "tf": from, "tt": to, "trt": 1800, "r": 60,
        "y": plot.place.latitude, "x": plot.place.longitude,
    });
    let body = format!("svc=order/update&params={}&sid={session}", encoded(&params.to_string()));
    let answer = seeding.call(wialon("/wialon/ajax.html", body)).await?;
    let id = answer.get(0).and_then(Value::as_i64);
    id.map(Serial).ok_or_else(|| DemoError::Unexpected(format!("wialon order/update: {answer}")))
}

async fn service_order(
    seeding: &Seeding<'_>,
    plot: &Plot,
    at: Timestamp,
    rng: &mut StdRng,
) -> Result<Serial, DemoError> {
    let restaurant = plot.number.is_multiple_of(2);
    let service =
        if restaurant { "6b02d015-47ac-4c41-8e9f-5b4db61d4284" } else { "ae8da28c-e8a4-4141-9df0-8c998976c691" };
    let (name, price) = if restaurant { (TREATS[0], 48.0) } else { (TREATS[1], 85.0) };
    let body = json!({
        "ClientToken": "E0D439EE522F44368DC78E1BFB03710C-D24FB11DBE31D4621C4817E028D9E1D",
        "AccessToken": "C66EF7B239D24632943D115EDE9CB810-EA00F8FD8294692C940F6B5A8F9453D",
        "Client": "Demo 1.0.0",
        "ServiceId": service,
        "AccountId": "fadd5bb6-b428-45d5-94f8-fd0d89fece6d",
        "ConsumptionUtc": hours_later(at, rng.random_range(1..48)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "Notes": pick(rng, REMARKS),
        "Items": [{
            "Name": name, "UnitCount": rng.random_range(1..4),
            "UnitAmount": {"Currency": "EUR", "GrossValue": price, "TaxCodes": []},
        }],
    });
    let target = "/api/connector/v1/orders/add";
    let call = Call { dialect: "mews", target, content_type: JSON, authorization: None, body: body.to_string() };
    let answer = seeding.call(call).await?;
    let id = answer.get("OrderId").and_then(Value::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let id = id.ok_or_else(|| DemoError::Unexpected(format!("mews orders/add: {answer}")))?;
    serial_of(seeding, Target::Id(OrderId(id))).await
}

async fn work_order(seeding: &Seeding<'_>, plot: &Plot, at: Timestamp, rng: &mut StdRng) -> Result<Serial, DemoError> {
    let origin = seeding.connection("all-ppw")?;
    let number = format!("WO-{}", 20_100 + plot.number);
    let work = pick(rng, WORK);
    let fields = Fields {
        number: Some(number.clone()),
        client_company: Some("Lone Star Preservation".to_owned()),
        service: Some(work.to_owned()),
        reference: Some(format!("{}", rng.random_range(10_000_000..99_999_999))),
        address1: Some(plot.place.address.clone()),
        city: Some(plot.place.city.to_owned()),
        region: Some("TX".to_owned()),
        postal_code: Some(plot.place.zip.to_owned()),
        latitude: Some(plot.place.latitude),
        longitude: Some(plot.place.longitude),
        due: Some(hours_later(at, rng.random_range(24..96))),
        customer_name: Some(pick(rng, PEOPLE).to_owned()),
        lot_size: Some(format!("{} sqft", rng.random_range(3..14) * 1000)),
        tasks: vec![Task { name: work.to_owned(), quantity: Some(1.0), unit_price: Some(65.0), ..Task::default() }],
        ..Fields::default()
    };
    let key = ExternalKey { connection: origin.id, namespace: "number".to_owned(), key: number };
    let command = Command { keys: vec![key], ..Command::default() };
    Ok(create(seeding, &origin, command.with_fields(&fields)).await?.serial)
}

/// What somebody does to the order.
fn step(plot: &Plot, transition: Transition, unit: Option<i64>, at: Timestamp, rng: &mut StdRng) -> Command {
    let origin = Origin { connection: None, dialect: "native".to_owned() };
    let command = Command::default().moving(transition);
    let mut command = match transition {
        Transition::Assign => command.with(Field::Unit, unit),
        Transition::Start => command.with(Field::ArrivedAt, at),
        Transition::Complete => command.with(Field::DepartedAt, at),
        Transition::Reject => command.with(Field::Outcome, "The crew cannot take it this week"),
        Transition::Fail => command.with(Field::Outcome, "Nobody let the crew in"),
        Transition::Ask => {
            let choice = |key: &str, label: &str| Choice { key: key.to_owned(), label: label.to_owned() };
            let question = Question {
                message: "The shed is locked as well. Open it?".to_owned(),
                choices: vec![choice("1", "Open it"), choice("2", "Leave it")],
                answer: None,
            };
            Command { put: vec![Item::new("shed", origin.clone(), at, question)], ..command }
        }
        _ => command,
    };
    if matches!(transition, Transition::Start | Transition::Complete) && rng.random_bool(0.5) {
        let note = Note { site_wide: rng.random_bool(0.2), text: pick(rng, REMARKS).to_owned(), revises: None };
        let id = format!("n{}", at.as_millisecond());
        command.put.push(Item::new(id, origin, at, note).by(format!("Van {}", plot.unit + 1)));
    }
    command
}

pub(super) async fn advance(
    seeding: &Seeding<'_>,
    serial: Serial,
    transition: Transition,
    command: Command,
) -> Result<Arc<Order>, DemoError> {
    use Transition as T;
    let caller = match transition {
        T::Assign | T::Cancel | T::Delete | T::Submit | T::Invoice | T::Close => {
            Caller::user(seeding.account, "user dana")
        }
        _ => seeding.caller("all-wialon")?,
    };
    submit(seeding, &caller, Request::change(Target::Serial(serial), move |_| Ok(command.clone()))).await
}

/// The crew says yes.
pub(super) async fn accept(seeding: &Seeding<'_>, serial: Serial) -> Result<(), DemoError> {
    let command = Command::default().moving(Transition::Accept);
    advance(seeding, serial, Transition::Accept, command).await.map(drop)
}
