//! How fast the board answers over many orders, how fast its index is made, and what keeping it costs who creates.
//!
//! ```text
//! cargo run --release -p docket-store --example board -- [DIR] [--orders N] [--seconds N] [--url postgres://…]
//! ```

use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Serial, Uuid};
use docket_core::ledger::{OrderQuery, Request, StateSet, Submission};
use docket_core::order::{Command, Field, Move, State, Task, Value};
use docket_core::plan::{Loaded, plan};
use docket_store::board::{BoardQuery, By, OnIt, Part, Sought, Span};
use docket_store::{Append, Store, StoreOptions, Visibility};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::{Duration, Instant};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

const ACCOUNT: AccountId = AccountId(1);
const BATCH: i64 = 500;
const CALLERS: usize = 64;
/// As the hub does it: so many entries a step while others write, then a pause of so many times its length.
const STEP: usize = 200;
const SHARE: u32 = 32;
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
    "Waco",
    "Lublin",
];
const STREETS: &[&str] =
    &["Main Street", "Elm Court", "Oak Avenue", "Rue de la République", "Bahnhofstrasse", "Quay Road", "Hill Lane"];
const FIRST: &[&str] = &["Ann", "Zoë", "Otto", "Mia", "Noah", "Emma", "Liam", "Olga", "Jan", "Eva", "Luca", "Nina"];
const SYLLABLES: &[&str] =
    &["ber", "man", "lo", "ka", "ter", "vin", "so", "del", "ri", "ham", "mo", "gar", "wes", "tin", "ley", "bru"];
const SERVICES: &[&str] = &["Mow", "Trim", "Winterize", "Lock change", "Inspection", "Cleaning"];
const TAGS: &[&str] = &["vip", "gate code", "dog", "keys", "invoice", "north", "south"];
const LONG: &str = "Mow front, back and sides to 2 inches, trim along walls and fences, edge the walks, bag and remove clippings. \
     Photograph each side before and after; the house number must be visible in one picture.";

/// Numbers that look random and are the same every time.
fn mixed(seed: i64) -> i64 {
    let mut mixed = (seed as u64).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 1) as i64
}

fn pick(all: &'static [&'static str], by: i64) -> &'static str {
    all.get((by % all.len() as i64) as usize).copied().unwrap_or_default()
}

fn command(n: i64) -> Command {
    let random = |what: i64| mixed(n * 32 + what);
    let state = match random(2) % 100 {
        0..45 => State::Closed,
        45..70 => State::Completed,
        70..84 => State::Received,
        84..92 => State::Assigned,
        92..95 => State::Accepted,
        95..97 => State::Started,
        _ => State::Canceled,
    };
    let name = [0, 4, 8].map(|shift| pick(SYLLABLES, random(15) >> shift)).concat();
    let due = Timestamp::from_second(1_770_000_000 + random(9) % 700 * 86_400).unwrap_or_default();
    let task = |name: &str| Task { name: name.to_owned(), ..Task::default() };
    let mut command = Command { to: Some(Move::Become(state)), ..Command::default() }
        .with(Field::Number, format!("WO-{}-{n:07}", 2029 + n % 3).as_str())
        .with(Field::Title, format!("{} at number {n}", pick(SERVICES, random(1))).as_str())
        .with(Field::Service, pick(SERVICES, random(1)))
        .with(Field::Instructions, LONG)
        .with(Field::Due, due)
        .with(Field::Address1, format!("{} {}", 1 + random(7) % 9_000, pick(STREETS, random(8))).as_str())
        .with(Field::City, pick(CITIES, random(10)))
        .with(Field::PostalCode, format!("{:05}", random(11) % 20_000).as_str())
        .with(Field::Latitude, 45.0 + (random(12) % 100_000) as f64 / 10_000.0)
        .with(Field::Longitude, 4.0 + (random(13) % 200_000) as f64 / 10_000.0)
        .with(Field::CustomerName, format!("{} {name}", pick(FIRST, random(14))).as_str())
        .with(Field::CustomerPhone, format!("+31 20 {:07}", random(16) % 10_000_000).as_str());
    command.set.extend([
        (Field::Tasks, Value::Tasks(vec![task("Mow Grass"), task("Winterize")])),
        (Field::Tags, Value::Texts(vec![pick(TAGS, random(5)).to_owned()])),
    ]);
    if random(3) % 20 == 0 {
        command.set.push((Field::Rush, Value::Flag(true)));
    }
    if random(4) % 50 == 0 {
        command.set.push((Field::Rework, Value::Flag(true)));
    }
    if state != State::Received {
        command.set.push((Field::Unit, Value::Integer(1 + random(17) % 200)));
    }
    command
}

fn now() -> Timestamp {
    Timestamp::from_microsecond(1_780_000_000_000_000).unwrap_or_default()
}

async fn create(store: &Store, numbers: std::ops::Range<i64>) -> Outcome<()> {
    let mut serials = store.reserve_serials(numbers.end - numbers.start).await?;
    let requests = numbers.map(|n| Request::create(command(n))).collect();
    let submission = Submission { requests, ..Submission::default() };
    let mut mint = || (OrderId(Uuid::now_v7()), Serial(serials.next().unwrap_or_default()));
    let planned = plan(Loaded::default(), &submission, &Caller::hub(ACCOUNT), now(), &mut mint);
    store.append(Append { account: ACCOUNT, writes: planned.writes, ..Append::default() }).await?;
    Ok(())
}

struct Arguments {
    folder: PathBuf,
    orders: i64,
    seconds: u64,
    url: Option<String>,
}

fn arguments() -> Outcome<Arguments> {
    let folder = std::env::temp_dir().join(format!("docket-board-{}", std::process::id()));
    let mut given = Arguments { folder, orders: 1_000_000, seconds: 10, url: None };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--orders" => given.orders = arguments.next().ok_or("how many orders?")?.parse()?,
            "--seconds" => given.seconds = arguments.next().ok_or("how many seconds?")?.parse()?,
            "--url" => given.url = arguments.next(),
            folder => given.folder = PathBuf::from(folder),
        }
    }
    Ok(given)
}

fn row(name: &str, mut times: Vec<Duration>, found: &str) {
    times.sort_unstable();
    let at = |part: f64| {
        let index = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
        times.get(index).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    println!("| {name} | {:.1} | {:.1} | {found} |", at(0.5), at(0.99));
}

fn part(by: By, is_down: bool, limit: usize) -> Part {
    Part { by, is_down, after: None, limit }
}

async fn ask(store: &Store, name: &str, seconds: u64, query: impl Fn(i64) -> (BoardQuery, Part)) -> Outcome<()> {
    let (mut pages, mut counts, mut found, mut total) = (Vec::new(), Vec::new(), 0, 0);
    let until = Instant::now() + Duration::from_secs(seconds);
    for round in 0..200 {
        let (query, part) = query(round);
        let begun = Instant::now();
        found = store.board(ACCOUNT, Visibility::Account, &query, part, now()).await?.cards.len();
        pages.push(begun.elapsed());
        let begun = Instant::now();
        let counted = store.board_counts(ACCOUNT, Visibility::Account, &query, now()).await?;
        counts.push(begun.elapsed());
        total = counted.states.iter().map(|(_, count)| count).sum();
        assert!(counted.is_exact, "{name}: not exact");
        if Instant::now() > until && round >= 20 {
            break;
        }
    }
    row(&format!("{name}: page"), pages, &found.to_string());
    row(&format!("{name}: counts"), counts, &total.to_string());
    Ok(())
}

async fn questions(store: &Store, orders: i64, seconds: u64) -> Outcome<()> {
    let any = BoardQuery::default;
    let newest = part(By::Serial, true, 100);
    let month = |from: i64| Span {
        from: Timestamp::from_second(1_770_000_000 + from * 86_400).ok(),
        until: Timestamp::from_second(1_770_000_000 + (from + 30) * 86_400).ok(),
    };
    let words = |text: String| BoardQuery { words: Sought::of(&text), ..any() };
    let some = |round: i64| mixed(round) % orders.max(1);
    let number = |n: i64| format!("WO-{}-{n:07}", 2029 + n % 3);
    ask(store, "newest 100, by the index", seconds, |_| (any(), newest)).await?;
    ask(store, "newest 1,000, by the index", seconds, |_| (any(), part(By::Serial, true, 1000))).await?;
    ask(store, "last changed", seconds, |_| (any(), part(By::Updated, true, 100))).await?;
    ask(store, "due first", seconds, |_| (any(), part(By::Due, false, 100))).await?;
    let states = StateSet::of([State::Assigned, State::Accepted]);
    ask(store, "status", seconds, |_| (BoardQuery { states, ..any() }, newest)).await?;
    let mow = || Some(vec!["Mow".to_owned()]);
    ask(store, "service", seconds, |_| (BoardQuery { services: mow(), ..any() }, newest)).await?;
    ask(store, "rush", seconds, |_| (BoardQuery { rush: Some(true), ..any() }, newest)).await?;
    let not = BoardQuery { rush: Some(false), rework: Some(true), ..any() };
    ask(store, "rework, not rush", seconds, |_| (not.clone(), newest)).await?;
    ask(store, "late", seconds, |_| (BoardQuery { late: Some(true), ..any() }, newest)).await?;
    let tag = || vec!["vip".to_owned()];
    ask(store, "tag", seconds, |_| (BoardQuery { tags: tag(), ..any() }, newest)).await?;
    ask(store, "no unit", seconds, |_| (BoardQuery { unit: Some(OnIt::Nobody), ..any() }, newest)).await?;
    let unit = |round: i64| Some(OnIt::Unit(docket_core::ids::UnitId(1 + round)));
    ask(store, "a unit", seconds, |round| (BoardQuery { unit: unit(round), ..any() }, newest)).await?;
    ask(store, "due in a month", seconds, |round| {
        (BoardQuery { due: month(round), ..any() }, part(By::Due, false, 100))
    })
    .await?;
    let since = Span { from: Some(Timestamp::UNIX_EPOCH), until: None };
    ask(store, "updated since ever", seconds, |_| (BoardQuery { updated: since, ..any() }, newest)).await?;
    ask(store, "number, exactly", seconds, |round| (BoardQuery { number: Some(number(some(round))), ..any() }, newest))
        .await?;
    ask(store, "words: a number", seconds, |round| (words(number(some(round))), newest)).await?;
    ask(store, "words: its end", seconds, |round| (words(format!("{:07}", some(round))), newest)).await?;
    ask(store, "words: how all begin", seconds, |_| (words("wo-2030".to_owned()), newest)).await?;
    ask(store, "words: a serial", seconds, |round| (words(some(round).to_string()), newest)).await?;
    ask(store, "words: an address", seconds, |round| (words(format!("{} elm cou", 1 + some(round) % 9_000)), newest))
        .await?;
    ask(store, "words: a customer", seconds, |_| (words("zoe bermanlo".to_owned()), newest)).await?;
    ask(store, "words: rare and common", seconds, |round| (words(format!("lodz {:05}", some(round) % 20_000)), newest))
        .await?;
    ask(store, "words: two common", seconds, |_| (words("lodz street".to_owned()), newest)).await?;
    ask(store, "words: one letter", seconds, |_| (words("m".to_owned()), newest)).await?;
    ask(store, "words: a phone", seconds, |round| (words(format!("3120{:03}", some(round) % 1000)), newest)).await?;
    let all = BoardQuery { rush: Some(true), tags: tag(), ..words("austin street".to_owned()) };
    ask(store, "words and filters, due last first", seconds, |_| (all.clone(), part(By::Due, true, 100))).await?;
    points(store).await?;
    ledger(store).await
}

async fn points(store: &Store) -> Outcome<()> {
    for (name, states) in [("points: assigned", StateSet::of([State::Assigned])), ("points: open", StateSet::open())] {
        let (mut times, mut found) = (Vec::new(), 0);
        for _ in 0..20 {
            let begun = Instant::now();
            let query = BoardQuery { states, ..BoardQuery::default() };
            found = store.board_points(ACCOUNT, Visibility::Account, &query, now(), 100_000).await?.0.len();
            times.push(begun.elapsed());
        }
        row(name, times, &found.to_string());
    }
    Ok(())
}

/// What needs no index: the first page, along serials.
async fn ledger(store: &Store) -> Outcome<()> {
    for limit in [100, 1000] {
        let (mut times, mut found) = (Vec::new(), 0);
        for _ in 0..100 {
            let begun = Instant::now();
            let query = OrderQuery { newest_first: true, limit, ..OrderQuery::default() };
            found = store.page_cards(ACCOUNT, Visibility::Account, &query).await?.0.len();
            times.push(begun.elapsed());
        }
        row(&format!("newest {limit}, by the ledger"), times, &found.to_string());
    }
    Ok(())
}

/// Creates for a while, one at a time per caller, with the index kept beside or not; orders a second.
async fn creating(store: &Store, next: &Arc<AtomicI64>, seconds: u64, keeps: bool) -> Outcome<f64> {
    let stop = Arc::new(AtomicBool::new(false));
    let (kept, told) = (store.clone(), Arc::clone(&stop));
    let index = tokio::spawn(async move {
        while keeps && !told.load(Ordering::Relaxed) {
            let begun = Instant::now();
            if kept.index_board(ACCOUNT, STEP).await.is_err() {
                return;
            }
            tokio::time::sleep((begun.elapsed() * SHARE).min(Duration::from_secs(2))).await;
        }
    });
    let (begun, until) = (Instant::now(), Instant::now() + Duration::from_secs(seconds));
    let mut callers = Vec::new();
    for _ in 0..CALLERS {
        let (store, next) = (store.clone(), Arc::clone(next));
        callers.push(tokio::spawn(async move {
            let mut made = 0_i64;
            while Instant::now() < until {
                let n = next.fetch_add(1, Ordering::Relaxed);
                create(&store, n..n + 1).await?;
                made += 1;
            }
            Outcome::Ok(made)
        }));
    }
    let mut made = 0;
    for caller in callers {
        made += caller.await??;
    }
    stop.store(true, Ordering::Relaxed);
    index.await?;
    Ok(made as f64 / begun.elapsed().as_secs_f64())
}

fn main() -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run(arguments()?))
}

async fn run(Arguments { folder, orders, seconds, url }: Arguments) -> Outcome<()> {
    std::fs::create_dir_all(&folder)?;
    let options = StoreOptions { data: folder.clone(), database_url: url, queue_limit: 4096 };
    let store = Store::open(options).await?;
    println!("{}, {orders} orders", store.backend());
    let size = || std::fs::metadata(folder.join("docket.db")).map_or(0, |known| known.len() >> 20);
    let begun = Instant::now();
    for first in (0..orders).step_by(BATCH as usize) {
        create(&store, first..(first + BATCH).min(orders)).await?;
    }
    println!(
        "filled in {:.1} s ({:.0} a second)",
        begun.elapsed().as_secs_f64(),
        orders as f64 / begun.elapsed().as_secs_f64()
    );
    let (begun, mut rows) = (Instant::now(), 0);
    loop {
        let step = store.index_board(ACCOUNT, 2_000).await?;
        rows += step.rows;
        if !step.is_behind {
            break;
        }
    }
    let took = begun.elapsed().as_secs_f64();
    println!(
        "indexed in {took:.1} s ({:.0} a second, {:.1} rows each), file {} MB",
        orders as f64 / took,
        rows as f64 / orders as f64,
        size()
    );
    println!("| question | p50 ms | p99 ms | found |\n|---|--:|--:|--:|");
    questions(&store, orders, seconds.min(3)).await?;
    let next = Arc::new(AtomicI64::new(orders));
    let mut rates = [Vec::new(), Vec::new()];
    for turn in 0..TURNS * 2 {
        let keeps = (turn + turn / 2) % 2 == 1;
        let rate = creating(&store, &next, seconds, keeps).await?;
        println!("creates a second, index {}: {rate:.0}", if keeps { "kept" } else { "left alone" });
        if let Some(rates) = rates.get_mut(usize::from(keeps)) {
            rates.push(rate);
        }
    }
    let mean = |rates: &[f64]| rates.iter().sum::<f64>() / rates.len().max(1) as f64;
    let [alone, kept] = rates;
    println!("with the index {:.3} of without", mean(&kept) / mean(&alone));
    store.close().await?;
    Ok(())
}
