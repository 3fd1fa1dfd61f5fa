//! Docket's benchmark: durable creates through the native API and every dialect, batches, listings, pages at depth
//! and point reads over HTTP, positions through sockets and HTTP, the event stream and webhooks, the board (`--only board`), beside a bare HTTP server, the disk's own sync rate, and PocketBase.
//!
//! These machines are noisy: only ratios within one run mean anything. Every row therefore stands beside the floors
//! measured in the same run.

mod board;
mod client;
mod events;
mod floor;
mod load;
mod positions;
mod rivals;
mod rows;
mod server;
mod webhooks;

use clap::Parser;
use std::path::PathBuf;
use std::time::Duration;

/// What the benchmark is told.
#[derive(Parser)]
struct Arguments {
    /// The docket binary.
    #[arg(long)]
    docket: PathBuf,
    /// The PocketBase binary; without one it does not take part.
    #[arg(long)]
    pocketbase: Option<PathBuf>,
    /// How many orders are stored before anything is measured.
    #[arg(long, default_value_t = 1_000_000)]
    orders: u64,
    /// How long each row runs.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// How many connections; each row runs at each.
    #[arg(long, value_delimiter = ',', default_value = "1,64,256")]
    connections: Vec<usize>,
    /// Only rows whose name contains this, without the floors.
    #[arg(long, default_value = "")]
    only: String,
    /// How many units report positions; 0 leaves those rows out.
    #[arg(long, default_value_t = 10_000)]
    units: usize,
    /// Docket gets this processor only.
    #[arg(long)]
    core: Option<usize>,
    /// PostgreSQL instead of the embedded database.
    #[arg(long)]
    database_url: Option<String>,
    /// Where the data goes; a temporary folder by default.
    #[arg(long)]
    data: Option<PathBuf>,
}

/// An error for people.
type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    // One worker: the load must not crowd out what it measures on a small machine.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: Arguments) -> Outcome<()> {
    let duration = Duration::from_secs(arguments.seconds);
    let folder = match &arguments.data {
        Some(folder) => folder.clone(),
        None => std::env::temp_dir().join(format!("docket-bench-{}", std::process::id())),
    };
    std::fs::create_dir_all(&folder)?;
    let mut table = load::Table::new(arguments.only.clone());
    table.head();
    if arguments.only.is_empty() {
        floor::disk(&folder, duration.min(Duration::from_secs(10)), &mut table)?;
        floor::http(&arguments.connections, duration.min(Duration::from_secs(10)), &mut table).await?;
    }
    let mut docket =
        server::Docket::start(&arguments.docket, &folder, arguments.database_url.as_deref(), arguments.core).await?;
    if arguments.only.starts_with("board") {
        board::all(&mut docket, arguments.orders, duration, &mut table).await?;
        docket.stop().await?;
        if arguments.data.is_none() {
            std::fs::remove_dir_all(&folder)?;
        }
        return Ok(());
    }
    rows::fill(&docket, arguments.orders, &mut table).await?;
    rows::all(&docket, &arguments.connections, duration, &mut table).await?;
    positions::all(&docket, arguments.units, duration, &mut table).await?;
    events::all(&docket, duration, &mut table).await?;
    webhooks::all(&docket, duration, &mut table).await?;
    docket.stop().await?;
    if let Some(pocketbase) = &arguments.pocketbase {
        rivals::pocketbase(pocketbase, &folder, &arguments.connections, duration, &mut table).await?;
    }
    table.summary();
    if arguments.data.is_none() {
        std::fs::remove_dir_all(&folder)?;
    }
    Ok(())
}
