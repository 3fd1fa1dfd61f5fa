//! Running a load for a while, and the table of what came out.

use crate::Outcome;
use crate::client::{Answer, Client};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Makes the n-th request of a worker.
pub type Make = Arc<dyn Fn(usize, u64) -> Vec<u8> + Send + Sync>;
/// Whether an answer is the right one; anything else counts as an error.
pub type Check = fn(&Answer) -> bool;

/// One row's figures.
#[derive(Clone, Debug)]
pub struct Measured {
    /// What was measured.
    pub name: String,
    /// At how many connections.
    pub connections: usize,
    /// Requests per second, times `per_request`.
    pub rate: f64,
    /// Median, milliseconds.
    pub p50_ms: f64,
    /// 99th percentile, milliseconds.
    pub p99_ms: f64,
    /// Largest, milliseconds.
    pub max_ms: f64,
    /// Answers that were not right.
    pub errors: u64,
    /// How long it ran, seconds.
    pub elapsed_s: f64,
}

/// Runs a load.
pub async fn run(
    name: &str,
    address: &str,
    connections: usize,
    duration: Duration,
    per_request: u64,
    make: Make,
    check: Check,
) -> Outcome<Measured> {
    let started = Instant::now();
    let mut workers = Vec::new();
    for worker in 0..connections {
        let (address, make) = (address.to_owned(), Arc::clone(&make));
        workers.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let (mut times_us, mut errors) = (Vec::with_capacity(100_000), 0u64);
            let mut round = 0;
            while started.elapsed() < duration {
                let request = make(worker, round);
                round += 1;
                let begun = Instant::now();
                let answer = client.send(&request).await?;
                times_us.push(begun.elapsed().as_micros() as u32);
                if !check(&answer) {
                    errors += 1;
                    if errors == 1 {
                        let text = String::from_utf8_lossy(&answer.body);
                        eprintln!("  wrong answer {}: {}", answer.status, text.chars().take(300).collect::<String>());
                    }
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((times_us, errors))
        }));
    }
    let (mut times_us, mut errors) = (Vec::new(), 0);
    for worker in workers {
        let (worker_times, worker_errors) = worker.await??;
        times_us.extend(worker_times);
        errors += worker_errors;
    }
    let elapsed = started.elapsed();
    Ok(measured(name, connections, times_us, errors, elapsed, per_request))
}

/// Figures from single times.
pub fn measured(
    name: &str,
    connections: usize,
    mut times_us: Vec<u32>,
    errors: u64,
    elapsed: Duration,
    per_request: u64,
) -> Measured {
    times_us.sort_unstable();
    let at = |share: f64| {
        let index = ((times_us.len() as f64 * share) as usize).min(times_us.len().saturating_sub(1));
        times_us.get(index).map_or(0.0, |&us| f64::from(us) / 1000.0)
    };
    Measured {
        name: name.to_owned(),
        connections,
        rate: (times_us.len() as u64 - errors.min(times_us.len() as u64)) as f64 * per_request as f64
            / elapsed.as_secs_f64(),
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        max_ms: at(1.0),
        errors,
        elapsed_s: elapsed.as_secs_f64(),
    }
}

/// The table, printed as it fills.
pub struct Table {
    only: String,
    rows: Vec<Measured>,
}

impl Table {
    /// An empty table.
    pub fn new(only: String) -> Table {
        Table { only, rows: Vec::new() }
    }

    /// Prints the head.
    pub fn head(&self) {
        println!("| row | connections | per second | p50 ms | p99 ms | max ms | of parse floor | errors |");
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
    }

    /// Whether a row is wanted.
    pub fn wants(&self, name: &str) -> bool {
        name.contains(&self.only)
    }

    /// The rate of a row.
    pub fn rate(&self, name: &str, connections: usize) -> Option<f64> {
        self.rows.iter().find(|row| row.name == name && row.connections == connections).map(|row| row.rate)
    }

    /// Adds and prints a row.
    pub fn add(&mut self, row: Measured) {
        let floor = self.rate("bare HTTP, parse", row.connections);
        let share = floor.map_or("–".to_owned(), |floor| format!("{:.2}", row.rate / floor));
        println!(
            "| {} | {} | {:.0} | {:.2} | {:.2} | {:.0} | {share} | {} |",
            row.name, row.connections, row.rate, row.p50_ms, row.p99_ms, row.max_ms, row.errors
        );
        self.rows.push(row);
    }

    /// Prints the ratios that goals are stated in.
    pub fn summary(&self) {
        println!();
        let mut levels: Vec<usize> = self.rows.iter().map(|row| row.connections).collect();
        levels.sort_unstable();
        levels.dedup();
        for connections in levels {
            let Some(native) = self.rate("create, native", connections) else { continue };
            for row in self.rows.iter().filter(|row| row.connections == connections) {
                if row.name.starts_with("create, ") && row.name != "create, native" {
                    println!("{} at {connections}: {:.2} of native", row.name, row.rate / native);
                }
            }
            for rival in ["PocketBase create", "PocketBase create, synced"] {
                if let Some(rate) = self.rate(rival, connections) {
                    println!("native create at {connections}: {:.2} times {rival}", native / rate);
                }
            }
            if let Some(syncs) = self.rate("disk: 4 KiB append and sync", 1) {
                println!(
                    "native create at {connections}: {:.1} creates per disk sync the bare disk does",
                    native / syncs
                );
            }
        }
    }
}
