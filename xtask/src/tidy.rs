//! The project's own rules: directions between crates, file sizes, words that must not stand anywhere, licences
//! and sources of dependencies. Each rule is a function that returns what breaks it.

use crate::run::{Outcome, cargo, output, root};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Which of our crates each of our crates may use.
const DIRECTIONS: &[(&str, &[&str])] = &[
    ("docket-core", &[]),
    ("docket-dialects", &["docket-core", "docket-planner"]),
    ("docket-store", &["docket-core"]),
    ("docket-planner", &[]),
    ("docket-app", &["docket-core", "docket-dialects", "docket-store", "docket-planner"]),
    ("docket", &["docket-core", "docket-dialects", "docket-store", "docket-app"]),
    ("docket-bench", &[]),
    ("xtask", &[]),
];

/// What must not be a direct dependency, and why.
const FORBIDDEN_EDGES: &[(&str, &[&str], &str)] = &[
    (
        "docket-core",
        &["serde_json", "tokio", "http", "hyper", "axum", "rusqlite", "tokio-postgres", "rand"],
        "the core knows no wire, SQL, HTTP, runtime or randomness",
    ),
    (
        "docket-dialects",
        &["tokio", "axum", "hyper", "reqwest", "rusqlite", "tokio-postgres", "sqlx"],
        "dialects know no store, socket or framework",
    ),
    (
        "docket-planner",
        &["serde", "serde_json", "tokio", "http", "hyper", "rand", "jiff"],
        "the planner computes: no wire, socket, clock or randomness of its own",
    ),
    ("docket-store", &["http", "hyper", "axum", "reqwest"], "the store knows no HTTP"),
    ("docket-app", &["axum", "rusqlite", "tokio-postgres"], "the app knows no framework and no SQL"),
    ("docket", &["rusqlite", "tokio-postgres"], "SQL is in the store only"),
];

/// Crates that must not come in at all, and why.
const BANNED: &[(&str, &str)] = &[
    ("sqlx", "cannot share a lock file with rusqlite"),
    ("openssl-sys", "TLS is rustls"),
    ("native-tls", "TLS is rustls"),
    ("aws-lc-rs", "ring builds without extra tools"),
];

/// Licences that may come in; a dependency needs one of its alternatives here.
const LICENCES: &[&str] = &[
    "MIT",
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "MIT-0",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "OFL-1.1",
    "Ubuntu-font-1.0",
    "MPL-2.0",
    "NCSA",
];

/// Files stay under this many lines; tables may be longer.
const FILE_LINES: usize = 800;

/// Runs every rule.
pub fn tidy() -> Outcome {
    eprintln!("── tidy");
    let mut broken = Vec::new();
    let metadata = metadata()?;
    directions(&metadata, &mut broken);
    dependencies(&metadata, &mut broken);
    files(&mut broken)?;
    architecture(&mut broken)?;
    if broken.is_empty() {
        return Ok(());
    }
    for line in &broken {
        eprintln!("  {line}");
    }
    Err(format!("{} rules are broken", broken.len()))
}

fn metadata() -> Outcome<Value> {
    let output = cargo(&["metadata", "--format-version", "1", "--locked"]).output().map_err(|e| e.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("cargo metadata: {error}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn directions(metadata: &Value, broken: &mut Vec<String>) {
    let ours: BTreeSet<&str> = DIRECTIONS.iter().map(|(name, _)| *name).collect();
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for package in packages.iter().filter(|package| package["source"].is_null()) {
        let name = text(package, "name");
        let Some((_, allowed)) = DIRECTIONS.iter().find(|(crate_name, _)| *crate_name == name) else {
            broken.push(format!("{name}: a crate that tidy's table of directions does not know"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().map(Vec::as_slice).unwrap_or_default();
        for dependency in dependencies.iter().filter(|dependency| text(dependency, "kind") != "dev") {
            let used = text(dependency, "name");
            if ours.contains(used) && !allowed.contains(&used) {
                broken.push(format!("{name} must not use {used}"));
            }
            for (_, forbidden, why) in FORBIDDEN_EDGES.iter().filter(|(crate_name, ..)| *crate_name == name) {
                if forbidden.contains(&used) {
                    broken.push(format!("{name} must not use {used}: {why}"));
                }
            }
        }
    }
}

fn dependencies(metadata: &Value, broken: &mut Vec<String>) {
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    for package in packages.iter().filter(|package| !package["source"].is_null()) {
        let (name, version) = (text(package, "name"), text(package, "version"));
        if let Some((_, why)) = BANNED.iter().find(|(banned, _)| *banned == name) {
            broken.push(format!("{name} {version} is banned: {why}"));
        }
        if !text(package, "source").starts_with("registry+") {
            broken.push(format!("{name} {version} does not come from the registry"));
        }
        let licence = text(package, "license");
        if !licence_fits(licence) {
            broken.push(format!("{name} {version} has the licence {licence:?}"));
        }
    }
}

/// Whether a licence expression can be met with the licences above: every `AND` part by one `OR` alternative.
fn licence_fits(expression: &str) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    !flat.trim().is_empty()
        && flat.split(" AND ").all(|part| {
            part.split(" OR ")
                .any(|licence| LICENCES.contains(&licence.split(" WITH ").next().unwrap_or_default().trim()))
        })
}

/// The files git knows.
fn tracked() -> Outcome<Vec<String>> {
    let root = root().display().to_string();
    let list = output("git", &["-C", &root, "ls-files", "--cached", "--others", "--exclude-standard"])
        .ok_or("git ls-files failed")?;
    Ok(list.lines().map(str::to_owned).collect())
}

fn files(broken: &mut Vec<String>) -> Outcome {
    // Assembled here, so that this file does not break its own rule.
    let unfinished = [["todo", "!("].concat(), ["unimplemented", "!("].concat(), ["dbg", "!("].concat()];
    for path in tracked()? {
        let Ok(content) = std::fs::read_to_string(root().join(&path)) else { continue };
        if path.ends_with(".rs") {
            let lines = content.lines().count();
            if lines > FILE_LINES {
                broken.push(format!("{path} has {lines} lines, {FILE_LINES} are allowed"));
            }
            for word in unfinished.iter().filter(|word| content.contains(word.as_str())) {
                broken.push(format!("{path} holds unfinished code: {word}…)"));
            }
            if content.contains("#[allow(") && !path.starts_with("xtask/") {
                broken.push(format!("{path} uses #[allow]; #[expect(lint, reason = …)] says why"));
            }
        }
        if path.starts_with("crates/docket-core/src") || path.starts_with("crates/docket-dialects/src") {
            for sql in ["SELECT ", "INSERT INTO", "DELETE FROM"].iter().filter(|sql| content.contains(**sql)) {
                broken.push(format!("{path} holds SQL: {sql}"));
            }
        }
    }
    Ok(())
}

/// ARCHITECTURE.md names only what is there.
fn architecture(broken: &mut Vec<String>) -> Outcome {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).map_err(|error| error.to_string())?;
    for name in text.split('`').skip(1).step_by(2) {
        let looks_like_path =
            name.contains('/') && !name.contains([' ', '{', '*', ':', '?', '<']) && !name.starts_with('/');
        if looks_like_path && !Path::new(&root()).join(name).exists() {
            broken.push(format!("ARCHITECTURE.md names {name}, which is gone"));
        }
    }
    Ok(())
}
