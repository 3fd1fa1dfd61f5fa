//! How fast the store takes orders in: durable creations per second by concurrent callers, against the bare disk's
//! own syncs, and the time a writer spends on one.
//!
//! ```text
//! cargo run --release -p docket-store --example append -- [DIR] [--seconds N] [--url postgres://…] [--callers 1,64,256]
//! ```

use docket_core::Timestamp;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, OrderId, Serial, Uuid};
use docket_core::ledger::{OrderQuery, Request, StateSet, Submission};
use docket_core::order::{Command, ExternalKey, Field, State, Task, Value};
use docket_core::plan::{Loaded, plan};
use docket_store::{Append, Store, StoreError, StoreOptions, Visibility};
use std::error::Error;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

struct Options {
    folder: PathBuf,
    seconds: u64,
    url: Option<String>,
    callers: Vec<usize>,
    keyed: bool,
    places: i64,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        folder: std::env::temp_dir().join(format!("docket-append-{}", std::process::id())),
        seconds: 5,
        url: None,
        callers: vec![1, 64, 256],
        keyed: false,
        places: 1000,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => options.seconds = arguments.next().ok_or("how many seconds?")?.parse()?,
            "--url" => options.url = arguments.next(),
            "--keyed" => options.keyed = true,
            "--places" => options.places = arguments.next().ok_or("how many places?")?.parse()?,
            "--callers" => {
                let list = arguments.next().ok_or("how many callers?")?;
                options.callers = list.split(',').map(str::parse).collect::<Result<_, _>>()?;
            }
            folder => options.folder = PathBuf::from(folder),
        }
    }
    Ok(options)
}

/// The disk's own rate: one page appended and synced, again and again.
fn bare_disk(folder: &Path, seconds: u64) -> std::io::Result<(f64, Duration, Duration)> {
    let path = folder.join("bare");
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    let page = [7u8; 4096];
    let mut times = Vec::new();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(seconds) {
        let one = Instant::now();
        file.write_all(&page)?;
        file.sync_data()?;
        times.push(one.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok((times.len() as f64 / began.elapsed().as_secs_f64(), part(&mut times, 0.5), part(&mut times, 0.99)))
}

fn part(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    let at = ((times.len() as f64 * part) as usize).min(times.len().saturating_sub(1));
    times.get(at).copied().unwrap_or_default()
}

/// An order like those that come in: about a kilobyte, a number of its own.
fn command(turn: i64, options: &Options) -> Command {
    // Numbers in no order, as other systems' are.
    let number = format!("WO-{:016x}", (turn as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let task = |name: &str| Task {
        name: name.to_owned(),
        instructions: Some("Edge along the walkway, bag the clippings, photograph before and after".to_owned()),
        quantity: Some(1.0),
        ..Task::default()
    };
    let keys = if options.keyed {
        vec![ExternalKey { connection: Default::default(), namespace: "number".to_owned(), key: number.clone() }]
    } else {
        Vec::new()
    };
    Command { keys, ..Command::default() }
        .with(Field::Number, number)
        .with(Field::Service, "Grass cut")
        .with(Field::Instructions, "Gate code on file. Call the office if the lock box is missing or was changed.")
        .with(Field::Tasks, Value::Tasks(vec![task("Mow"), task("Trim")]))
        .with(Field::Address1, format!("{} East Main Street", turn % options.places))
        .with(Field::City, "Round Rock")
        .with(Field::Region, "TX")
        .with(Field::PostalCode, format!("{:05}", turn % options.places % 90_000))
        .with(Field::Latitude, 30.5)
        .with(Field::Longitude, -97.68)
        .with(Field::CustomerName, format!("Customer {}", turn % options.places))
        .with(Field::ClientStatus, "new")
}

fn append_of(account: AccountId, turn: i64, serial: i64, options: &Options) -> Append {
    let at = Timestamp::from_microsecond(1_700_000_000_000_000 + turn * 50).unwrap_or_default();
    let submission = Submission::one(Request::create(command(turn, options)));
    let mut mint = || (OrderId(Uuid::now_v7()), Serial(serial));
    let planned = plan(Loaded::default(), &submission, &Caller::hub(account), at, &mut mint);
    Append { account, writes: planned.writes, ..Append::default() }
}

async fn run(store: &Store, account: AccountId, callers: usize, options: &Arc<Options>) -> Result<(), Box<dyn Error>> {
    // All callers share one stretch of serials, as those of one hub do: orders lie down one behind the other.
    let first = store.reserve_serials(20_000_000).await?.start;
    let turn = Arc::new(AtomicI64::new(0));
    let began = Instant::now();
    let end = began + Duration::from_secs(options.seconds);
    let mut tasks = Vec::new();
    for _ in 0..callers {
        let (store, turn, options) = (store.clone(), Arc::clone(&turn), Arc::clone(options));
        tasks.push(tokio::spawn(async move {
            let mut times = Vec::new();
            while Instant::now() < end {
                let turn = turn.fetch_add(1, Ordering::Relaxed);
                let append = append_of(account, first + turn, first + turn, &options);
                let one = Instant::now();
                store.append(append).await?;
                times.push(one.elapsed());
            }
            Ok::<Vec<Duration>, StoreError>(times)
        }));
    }
    let mut times = Vec::new();
    for task in tasks {
        times.extend(task.await??);
    }
    let rate = times.len() as f64 / began.elapsed().as_secs_f64();
    println!(
        "{callers:>4} callers: {rate:>8.0} creations/s, median {:?}, p99 {:?}, worst {:?}",
        part(&mut times, 0.5),
        part(&mut times, 0.99),
        part(&mut times, 1.0)
    );
    Ok(())
}

async fn reads(store: &Store, account: AccountId) -> Result<(), Box<dyn Error>> {
    let head = store.head(account).await?.0;
    let queries = [
        ("all", OrderQuery::default()),
        ("newest", OrderQuery { newest_first: true, ..OrderQuery::default() }),
        ("from the middle", OrderQuery { after: Some(Serial(head / 2)), ..OrderQuery::default() }),
        ("received", OrderQuery { states: StateSet::of([State::Received]), ..OrderQuery::default() }),
        ("number", OrderQuery { number: Some("WO-0000000000000000".to_owned()), ..OrderQuery::default() }),
    ];
    for (name, query) in queries {
        let mut times = Vec::new();
        for _ in 0..20 {
            let one = Instant::now();
            let (documents, _) = store.page_documents(account, Visibility::Account, query.clone()).await?;
            times.push(one.elapsed());
            std::hint::black_box(documents);
        }
        println!("page of documents, {name}: median {:?}", part(&mut times, 0.5));
    }
    let one = Instant::now();
    let count = 20_000;
    for turn in 0..count {
        std::hint::black_box(store.order(account, Serial(1 + turn % head.max(1))).await?);
    }
    println!("point reads: {:.0}/s", count as f64 / one.elapsed().as_secs_f64());
    Ok(())
}

#[tokio::main(flavor = "multi_thread", worker_threads = 1)]
async fn main() -> Result<(), Box<dyn Error>> {
    let options = Arc::new(options()?);
    std::fs::create_dir_all(&options.folder)?;
    let (rate, median, late) = bare_disk(&options.folder, 2)?;
    println!("bare disk: {rate:.0} synced pages/s, median {median:?}, p99 {late:?}");
    let store = Store::open(StoreOptions {
        data: options.folder.clone(),
        database_url: options.url.clone(),
        queue_limit: 4096,
    })
    .await?;
    println!("{}", store.backend());
    let account = store.account("bench", true).await?.ok_or("no account")?;
    let one = Instant::now();
    for turn in 0..20_000 {
        std::hint::black_box(append_of(account, turn, turn, &options));
    }
    println!("planning: {:?} each", one.elapsed() / 20_000);
    for &callers in &options.callers {
        run(&store, account, callers, &options).await?;
    }
    reads(&store, account).await?;
    store.close().await?;
    Ok(())
}
