//! The console: built by the web's own tools, embedded by cargo.

use crate::install::node;
use crate::run::{Outcome, root, step};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

fn folder() -> PathBuf {
    root().join("console")
}

fn modified(path: &Path) -> Option<SystemTime> {
    std::fs::metadata(path).ok()?.modified().ok()
}

/// The newest change of anything in a folder.
fn newest(folder: &Path) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten();
    entries
        .map(|entry| entry.path())
        .filter_map(|path| if path.is_dir() { newest(&path) } else { modified(&path) })
        .max()
}

/// A program of the console's folder, found before the machine's own.
fn program(name: &str, args: &[&str]) -> Outcome<Command> {
    let node = node()?;
    let mut path = OsString::from(folder().join("node_modules/.bin"));
    for next in [node.into_os_string(), std::env::var_os("PATH").unwrap_or_default()] {
        path.push(":");
        path.push(next);
    }
    let mut command = Command::new("env");
    command.arg(name).args(args).current_dir(folder()).env("PATH", path);
    Ok(command)
}

/// Installs what the console is made with, by its lock file, where that is not done yet.
fn install() -> Outcome {
    let lock = modified(&folder().join("package-lock.json"));
    let done = modified(&folder().join("node_modules/.package-lock.json"));
    if done.is_some() && done >= lock {
        return Ok(());
    }
    let args = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
    step("install what the console is made with", &mut program("npm", &args)?)
}

/// Builds the console, unless it is as new as its sources.
pub fn build() -> Outcome {
    install()?;
    let built = ["index.html.gz", "index.html"].iter().find_map(|name| modified(&folder().join("dist").join(name)));
    let sources =
        ["src", "public", "index.html", "reference.html", "package-lock.json", "vite.config.ts", "tsconfig.json"];
    let changed = sources.iter().map(|name| folder().join(name));
    let changed = changed.filter_map(|path| if path.is_dir() { newest(&path) } else { modified(&path) }).max();
    if built.is_some() && built >= changed {
        return Ok(());
    }
    step("build the console", &mut program("npm", &["run", "--silent", "build"])?)
}

/// The tests in a real browser, against a binary; they print how many passed.
pub fn browser_tests(binary: &Path) -> Outcome<Command> {
    build()?;
    let mut command = program("playwright", &["test"])?;
    command.env("DOCKET_BINARY", binary);
    Ok(command)
}

/// Pictures of every page, for people to look at.
pub fn screenshots(binary: &Path) -> Outcome {
    build()?;
    let mut command = program("playwright", &["test", "--config", "screenshots.config.ts"])?;
    step("take screenshots into console/screenshots", command.env("DOCKET_BINARY", binary))
}

/// What a browser measures, against a binary: the board over a data directory, and the map; `only` is one of them.
pub fn bench(binary: &Path, board: Option<&Path>, only: &str) -> Outcome {
    build()?;
    let mut command = program("playwright", &["test", "--config", "bench"])?;
    if !only.is_empty() {
        command.arg(only);
    }
    if let Some(data) = board {
        command.env("BOARD_DATA", data);
    }
    step("measure in a real browser", command.env("DOCKET_BINARY", binary))
}
