//! The board: many orders that differ, looked for in every way, and what its index costs those who create.

use crate::Outcome;
use crate::client::{Answer, Client, request};
use crate::load::{Make, Table, measured, run};
use crate::rows::native_order;
use crate::server::Docket;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Lines of one request of the import.
const LINES: u64 = 20_000;
/// How many requests import at once.
const AT_ONCE: usize = 2;
/// How long each question is asked at most.
const LOOK: Duration = Duration::from_secs(6);
/// How often creating is measured with and without the index, in turns.
const TURNS: usize = 3;

const CITIES: &[&str] = &[
    "Austin",
    "Round Rock",
    "Łódź",
    "Saint-Étienne",
    "Utrecht",
    "Springfield",
    "Zürich",
    "Dallas",
    "Houston",
    "El Paso",
    "Plano",
    "Waco",
    "Lublin",
    "Gdańsk",
    "Lyon",
    "Nice",
    "Bern",
    "Basel",
    "Amsterdam",
    "Delft",
    "Leiden",
    "Arnhem",
    "Tilburg",
    "Breda",
];
const STREETS: &[&str] = &[
    "Main Street",
    "Elm Court",
    "Oak Avenue",
    "Rue de la République",
    "Piotrkowska",
    "Bahnhofstrasse",
    "Quay Road",
    "Hill Lane",
    "Church Street",
    "Mill Road",
    "Station Road",
    "High Street",
    "Park Avenue",
    "Lake Drive",
    "Sunset Boulevard",
    "Kerkstraat",
];
const FIRST: &[&str] = &[
    "Ann", "Zoë", "Otto", "Mia", "Noah", "Emma", "Liam", "Olga", "Jan", "Eva", "Luca", "Nina", "Paul", "Rosa", "Sam",
    "Tess",
];
const SYLLABLES: &[&str] =
    &["ber", "man", "lo", "ka", "ter", "vin", "so", "del", "ri", "ham", "mo", "gar", "wes", "tin", "ley", "bru"];
const SERVICES: &[&str] = &["Mow", "Trim", "Winterize", "Lock change", "Inspection", "Cleaning", "Delivery", "Repair"];
const TAGS: &[&str] = &["vip", "gate code", "dog", "keys", "invoice", "north", "south", "east", "west", "night"];
const STATES: &[(&str, u64)] = &[
    ("closed", 45),
    ("completed", 15),
    ("invoiced", 10),
    ("received", 12),
    ("assigned", 8),
    ("accepted", 3),
    ("started", 2),
    ("canceled", 4),
    ("failed", 1),
];

/// Numbers that look random and are the same every time.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

fn pick<'a>(all: &[&'a str], by: u64) -> &'a str {
    all.get((by % all.len() as u64) as usize).copied().unwrap_or_default()
}

/// One of 4,096 names that are made up.
fn surname(by: u64) -> String {
    let parts = [by, by >> 4, by >> 8].map(|by| pick(SYLLABLES, by));
    let mut name = parts.concat();
    name.get_mut(..1).map(str::make_ascii_uppercase);
    name
}

fn state(by: u64) -> &'static str {
    let mut left = by % 100;
    for (state, share) in STATES {
        if left < *share {
            return state;
        }
        left -= share;
    }
    "received"
}

/// The n-th order.
fn order(n: u64) -> Value {
    let random = |what: u64| mixed(n * 32 + what);
    let day = random(9) % 700;
    let mut order = json!({
        "number": format!("WO-{}-{n:07}", 2029 + n % 3),
        "title": format!("{} at number {n}", pick(SERVICES, random(1))),
        "service": pick(SERVICES, random(1)),
        "status": state(random(2)),
        "instructions": "Mow front, back and sides to 2 inches, trim along walls and fences, edge the walks, bag and remove clippings. \
                         Photograph each side before and after; the house number must be visible in one picture.",
        "due": format!("20{:02}-{:02}-{:02}T12:00:00Z", 25 + day / 336, 1 + day / 28 % 12, 1 + day % 28),
        "rush": random(3) % 20 == 0,
        "rework": random(4) % 50 == 0,
        "tags": [pick(TAGS, random(5)), pick(TAGS, random(6))],
        "site": {
            "address1": format!("{} {}", 1 + random(7) % 9_000, pick(STREETS, random(8))),
            "city": pick(CITIES, random(10)),
            "postal_code": format!("{:05}", random(11) % 20_000),
            "latitude": 45.0 + (random(12) % 100_000) as f64 / 10_000.0,
            "longitude": 4.0 + (random(13) % 200_000) as f64 / 10_000.0,
        },
        "customer": {
            "name": format!("{} {}", pick(FIRST, random(14)), surname(random(15))),
            "phone": format!("+31 20 {:07}", random(16) % 10_000_000),
        },
    });
    if order["status"] != "received" {
        order["person"] = json!(pick(FIRST, random(17)).to_lowercase());
    }
    order
}

/// Imports the orders, lines of many in few requests.
async fn import(docket: &Docket, orders: u64, table: &mut Table) -> Outcome<()> {
    let started = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = Vec::new();
    for _ in 0..AT_ONCE {
        let (address, token, next) = (docket.address.clone(), docket.token.clone(), Arc::clone(&next));
        workers.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let headers = format!("content-type: application/x-ndjson\r\nauthorization: Bearer {token}\r\n");
            let mut times_us = Vec::new();
            loop {
                let first = next.fetch_add(LINES, Ordering::Relaxed);
                if first >= orders {
                    return Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times_us);
                }
                let mut body = String::new();
                for n in first..(first + LINES).min(orders) {
                    let _ = writeln!(body, "{}", order(n));
                }
                let begun = Instant::now();
                let answer = client.send(&request("POST", "/v1/orders", &headers, &body)).await?;
                times_us.push(begun.elapsed().as_micros() as u32);
                let told = String::from_utf8_lossy(&answer.body);
                if let Some(line) = told.lines().find(|line| !line.contains("\"status\":201")) {
                    return Err(format!("import: {line}").into());
                }
            }
        }));
    }
    let mut times_us = Vec::new();
    for worker in workers {
        times_us.extend(worker.await??);
    }
    let name = format!("board: import of {orders} orders, {LINES} lines a request");
    table.add(measured(&name, AT_ONCE, times_us, 0, started.elapsed(), LINES));
    eprintln!("  memory: {}", docket.memory());
    Ok(())
}

/// Asks until the index has everything.
async fn index(docket: &Docket, orders: u64) -> Outcome<()> {
    let begun = Instant::now();
    let bytes = request("GET", "/v1/orders/counts?rush=true", &bearer(docket), "");
    let mut client = Client::connect(&docket.address).await?;
    loop {
        let answer = client.send(&bytes).await?;
        if answer.json()?["exact"] == true {
            break;
        }
        if begun.elapsed() > Duration::from_secs(1800) {
            return Err("the index does not come to an end".into());
        }
    }
    let took = begun.elapsed().as_secs_f64();
    eprintln!("  the index had everything {took:.1} s after the import ({orders} orders); memory: {}", docket.memory());
    Ok(())
}

fn bearer(docket: &Docket) -> String {
    format!("authorization: Bearer {}\r\n", docket.token)
}

fn is_ok(answer: &Answer) -> bool {
    answer.status == 200
}

/// What is asked, by name; `{n}` is another order each time.
fn questions() -> Vec<(&'static str, &'static str)> {
    vec![
        ("first page of 100, newest", "/v1/orders?view=row&sort=-serial&limit=100"),
        ("first page of 1,000, newest", "/v1/orders?view=row&sort=-serial&limit=1000"),
        ("page of 100, last changed", "/v1/orders?view=row&sort=-updated&limit=100"),
        ("page of 100, due first", "/v1/orders?view=row&sort=due&limit=100"),
        ("counts", "/v1/orders/counts"),
        ("counts, one filter", "/v1/orders/counts?rush=true"),
        ("status", "/v1/orders?view=row&sort=-serial&limit=100&status=assigned,accepted"),
        ("service", "/v1/orders?view=row&sort=-serial&limit=100&service=Mow"),
        ("rush", "/v1/orders?view=row&sort=-serial&limit=100&rush=true"),
        ("not rush, rework", "/v1/orders?view=row&sort=-serial&limit=100&rush=false&rework=true"),
        ("late", "/v1/orders?view=row&sort=-serial&limit=100&late=true"),
        ("late, counts", "/v1/orders/counts?late=true"),
        ("tag", "/v1/orders?view=row&sort=-serial&limit=100&tag=vip"),
        ("unit none", "/v1/orders?view=row&sort=-serial&limit=100&unit=none"),
        ("origin", "/v1/orders?view=row&sort=-serial&limit=100&origin=native"),
        ("due in a month", "/v1/orders?view=row&sort=due&limit=100&due_from=2026-03-01&due_until=2026-04-01"),
        ("due in a month, counts", "/v1/orders/counts?due_from=2026-03-01&due_until=2026-04-01"),
        ("created since", "/v1/orders?view=row&limit=100&created_from=2020-01-01"),
        ("updated since", "/v1/orders?view=row&sort=-updated&limit=100&updated_from=2020-01-01"),
        ("number, exactly", "/v1/orders?view=row&number=WO-2029-{n:07}"),
        ("words: number", "/v1/orders?view=row&q=WO-2029-{n:07}"),
        ("words: end of a number", "/v1/orders?view=row&q={n:07}"),
        ("words: beginning of all numbers", "/v1/orders?view=row&sort=-serial&limit=100&q=wo-2030"),
        ("words: serial", "/v1/orders?view=row&sort=-serial&limit=100&q={n}"),
        ("words: address", "/v1/orders?view=row&sort=-serial&limit=100&q=4711+elm+cou"),
        ("words: customer", "/v1/orders?view=row&sort=-serial&limit=100&q=zoe+bermanlo"),
        ("words: rare and common", "/v1/orders?view=row&sort=-serial&limit=100&q=lodz+0000{d}"),
        ("words: two common", "/v1/orders?view=row&sort=-serial&limit=100&q=lodz+street"),
        ("words: one letter", "/v1/orders?view=row&sort=-serial&limit=100&q=s"),
        ("words: phone", "/v1/orders?view=row&sort=-serial&limit=100&q=3120{d}{d}{d}"),
        ("words: common, counts", "/v1/orders/counts?q=street"),
        (
            "words, filters, sorted",
            "/v1/orders?view=row&sort=-due&limit=100&q=austin+street&status=closed&rush=true&tag=dog",
        ),
        ("deep page", "/v1/orders?view=row&limit=100&rush=true&cursor={n}"),
        ("points, open", "/v1/orders/points?status=received,assigned,accepted,started"),
        ("points, one city", "/v1/orders/points?q=utrecht&status=assigned"),
    ]
}

/// Everything about the board.
pub async fn all(docket: &mut Docket, orders: u64, duration: Duration, table: &mut Table) -> Outcome<()> {
    import(docket, orders, table).await?;
    index(docket, orders).await?;
    let headers = bearer(docket);
    for (name, target) in questions() {
        if !table.wants(&format!("board: {name}")) {
            continue;
        }
        let headers = headers.clone();
        let make: Make = Arc::new(move |_, round| {
            let n = mixed(round) % orders.max(1);
            let target = target
                .replace("{n:07}", &format!("{:07}", n - n % 3))
                .replace("{n}", &n.to_string())
                .replace("{d}", &(n % 10).to_string());
            request("GET", &target, &headers, "")
        });
        let figures = run(&format!("board: {name}"), &docket.address, 1, duration.min(LOOK), 1, make, is_ok).await?;
        table.add(figures);
    }
    eprintln!("  memory: {}", docket.memory());
    if !table.wants("board: create") {
        return Ok(());
    }
    creates(docket, duration, table).await
}

/// Creates with the index kept and without, in turns.
async fn creates(docket: &mut Docket, duration: Duration, table: &mut Table) -> Outcome<()> {
    let headers = format!("content-type: application/json\r\n{}", bearer(docket));
    let order = Arc::new(native_order());
    let mut rates = [Vec::new(), Vec::new()];
    for turn in 0..TURNS * 2 {
        // Each goes first once in a while.
        let with = (turn + turn / 2) % 2;
        docket.restart(&[("DOCKET_BOARD_INDEX", if with == 1 { "1" } else { "0" })]).await?;
        let (headers, order) = (headers.clone(), Arc::clone(&order));
        let make: Make = Arc::new(move |_, _| request("POST", "/v1/orders", &headers, &order.render()));
        let name = if with == 1 { "board: create, with the index" } else { "board: create, without it" };
        let figures = run(name, &docket.address, 64, duration, 1, make, |answer| answer.status == 201).await?;
        if let Some(rates) = rates.get_mut(with) {
            rates.push(figures.rate);
        }
        table.add(figures);
    }
    let middle = |rates: &mut Vec<f64>| {
        rates.sort_by(f64::total_cmp);
        rates.get(rates.len() / 2).copied().unwrap_or_default()
    };
    let [mut without, mut with] = rates;
    let (without, with) = (middle(&mut without), middle(&mut with));
    println!("\ncreates with the index: {:.3} of those without ({with:.0} and {without:.0} a second)", with / without);
    Ok(())
}
