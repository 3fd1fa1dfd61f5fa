//! Docket's own tasks. `cargo xtask` says which there are.

mod console;
mod install;
mod run;
mod tasks;
mod tidy;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask TASK

  demo [ARGS…]   install what is missing, build the release binary, start the demo world
  test           install what is missing, then run every check and test there is
  console        build the console, which the next build of the binary embeds
  screenshots    pictures of every page of the console, from the release binary, into console/screenshots
  tidy           the project's own rules: directions, sizes, licences, sources
  pages          write the generated tables in docs
  torture        kill -9 rounds against the release binary: [--rounds N]
  bench          the benchmark, on a release build: [--orders N] [--seconds N] [--only TEXT]
  bench-console  what a browser measures, against the release binary: [--only board|map] [--orders N]
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_default();
    let rest: Vec<String> = args.collect();
    let outcome = match task.as_str() {
        "demo" => tasks::demo(&rest),
        "test" => tasks::test(),
        "console" => console::build(),
        "screenshots" => tasks::screenshots(),
        "tidy" => tidy::tidy(),
        "pages" => tasks::pages(),
        "torture" => tasks::torture(&rest),
        "bench" => tasks::bench(&rest),
        "bench-console" => tasks::bench_console(&rest),
        "" | "help" | "--help" | "-h" => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        other => {
            eprintln!("xtask: there is no task {other:?}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask {task}: {message}");
            ExitCode::FAILURE
        }
    }
}
