//! Plans an instance in Solomon's format and says what it came to, one line of JSON.
//!
//! ```text
//! cargo run --release -p docket-planner --example race -- FILE [--seconds N] [--iterations N] [--seed N] [--trace] [--cpu]
//! ```
//!
//! With `--cpu` seconds are those the processor spent here (Linux), which is fairer on a busy machine.
//!
//! Distances are Euclidean, in tenths, cut off; the way is what is minimised. `crates/docket-planner/race/race.py` makes
//! instances and runs other planners on them with the very same numbers.

use docket_planner::{Matrix, Problem, Progress, Search, Stop, Vehicle, Weights, Window, plan};
use std::error::Error;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Tenths of the file's unit.
const SCALE: f64 = 10.0;

struct Options {
    file: String,
    seconds: Option<f64>,
    iterations: Option<u64>,
    seed: u64,
    trace: bool,
    cpu: bool,
    tuning: Vec<f64>,
}

fn options() -> Result<Options, Box<dyn Error>> {
    let mut options = Options {
        file: String::new(),
        seconds: None,
        iterations: None,
        seed: 1,
        trace: false,
        cpu: false,
        tuning: Vec::new(),
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--seconds" => options.seconds = Some(value()?.parse()?),
            "--iterations" => options.iterations = Some(value()?.parse()?),
            "--seed" => options.seed = value()?.parse()?,
            "--tuning" => options.tuning = value()?.split(',').map(str::parse).collect::<Result<_, _>>()?,
            "--cpu" => options.cpu = true,
            "--trace" => options.trace = true,
            _ => options.file = word,
        }
    }
    if options.file.is_empty() { Err("which file?".into()) } else { Ok(options) }
}

fn read(text: &str) -> Result<Problem, Box<dyn Error>> {
    let rows = text.lines().map(|line| line.split_whitespace().map(str::parse::<f64>).collect::<Result<Vec<_>, _>>());
    let rows: Vec<Vec<f64>> = rows.filter_map(Result::ok).filter(|row| !row.is_empty()).collect();
    let fleet =
        rows.iter().find(|row| row.len() == 2).ok_or("no line with the number of vehicles and their capacity")?;
    let places: Vec<&Vec<f64>> = rows.iter().filter(|row| row.len() == 7).collect();
    let depot = places.first().ok_or("no customers")?;
    let matrix = Matrix::build(places.len(), |from, to| {
        let (a, b) = (places.get(from)?, places.get(to)?);
        let way = (SCALE * (a[1] - b[1]).hypot(a[2] - b[2])) as u32;
        Some((way, way))
    })?;
    let scaled = |value: f64| (SCALE * value) as i64;
    let mut problem = Problem::new(matrix, Weights::distance());
    for _ in 0..fleet[0] as usize {
        let shift = Window::new(scaled(depot[4]), scaled(depot[5]));
        problem.vehicles.push(Vehicle { weight: Some(fleet[1] as i64), ..Vehicle::new(0, shift) });
    }
    for (location, row) in places.iter().enumerate().skip(1) {
        problem.stops.push(Stop {
            windows: vec![Window::new(scaled(row[4]), scaled(row[5]))],
            service_s: scaled(row[6]),
            weight: row[3] as i64,
            ..Stop::at(location)
        });
    }
    Ok(problem)
}

/// Time the processor spent on this thread.
fn on_cpu() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split_whitespace().next()?.parse().ok()?))
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let problem = read(&std::fs::read_to_string(&options.file)?)?;
    let begun = Instant::now();
    let clock = || if options.cpu { on_cpu().unwrap_or_else(|| begun.elapsed()) } else { begun.elapsed() };
    let mut trace = |progress: &Progress| {
        if options.trace {
            let seconds = clock().as_secs_f64();
            eprintln!("{seconds:8.2} s {:10} {:8} {}", progress.iterations, progress.cost, progress.unassigned);
        }
        ControlFlow::Continue(())
    };
    let mut search = Search {
        time: options.seconds.map(Duration::from_secs_f64),
        iterations: options.iterations,
        clock: &clock,
        progress: Some(&mut trace),
        ..Search::seeded(options.seed)
    };
    if let [hot, cold, torn, longest, blink] = options.tuning.as_slice() {
        search.tuning =
            docket_planner::Tuning { hot: *hot, cold: *cold, torn: *torn, longest: *longest, blink: *blink };
    }
    let found = plan(&problem, &mut search)?;
    println!(
        "{{\"cost\":{},\"vehicles\":{},\"unassigned\":{},\"iterations\":{},\"seconds\":{:.3}}}",
        found.cost,
        found.routes.len(),
        found.unassigned.len(),
        found.iterations,
        clock().as_secs_f64()
    );
    Ok(())
}
