//! The Mews face of the demo against the vendor's published OpenAPI document: a walk through every served operation
//! whose answers are validated, then requests made up by schemathesis. `mews_schema.py` says how.
//!
//! The document is the vendor's and not part of this project. Where it lies is told by `DOCKET_MEWS_OPENAPI`; without
//! it the file is looked for in `shared/reference/` beside the checkout. `DOCKET_SCHEMATHESIS_SECONDS` makes the run
//! longer than its half a minute.

use super::process::{Demo, cli};
use docket_dialects::dialect::Served;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCHEMATHESIS: &str = "4.32.5";
const CONNECTION: &str = "all-mews";

#[test]
fn answers_as_the_published_document_says() {
    let Some(document) = document() else {
        // Past the test harness, which shows what a test prints only when it fails.
        let mut stderr = std::io::stderr();
        let _ = writeln!(
            stderr,
            "\n*** NOT CHECKED: the vendor's OpenAPI document is not here. Set DOCKET_MEWS_OPENAPI to a copy of\n\
             *** https://api.mews.com/Swagger/connector/swagger.yaml to check the Mews face against it.\n"
        );
        return;
    };
    let python = python();
    let demo = Demo::start();
    // In force within a second; the walk's first requests stay far below the limit it replaces.
    let set = ["connection", "set", CONNECTION, "rate_limit=0"];
    cli(&demo.storage(), &set);
    let token = cli(&demo.storage(), &["token", "create", "schema-walk"])["token"].as_str().unwrap().to_owned();
    let served = docket_dialects::mews::DIALECT.operations.iter();
    let served = served.filter(|operation| matches!(operation.served, Served::Yes) && operation.name.contains('/'));
    let served: Vec<&str> = served.map(|operation| operation.name).collect();
    let seconds =
        std::env::var("DOCKET_SCHEMATHESIS_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(30_u32);
    let work = super::process::folder("mews-schema");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let status = Command::new(python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/mews_schema.py"))
        .arg("--openapi")
        .arg(document)
        .args(["--url", &format!("http://{}", demo.address())])
        .args(["--client-token", &demo.credential(CONNECTION, "client_token")])
        .args(["--access-token", &demo.credential(CONNECTION, "access_token")])
        .args(["--enterprise", &demo.credential(CONNECTION, "enterprise_id")])
        .args(["--native-token", &token])
        .args(["--operations", &served.join(",")])
        .args(["--examples", if seconds > 60 { "400" } else { "15" }])
        .args(["--seconds", &seconds.to_string()])
        .arg("--work")
        .arg(&work)
        .status()
        .unwrap();
    let _ = std::fs::remove_dir_all(&work);
    assert!(status.success(), "the Mews face and the vendor's document disagree; what was found is above");
}

/// The vendor's document, if it is here.
fn document() -> Option<PathBuf> {
    if let Some(given) = std::env::var_os("DOCKET_MEWS_OPENAPI") {
        let given = PathBuf::from(given);
        assert!(given.is_file(), "DOCKET_MEWS_OPENAPI names {}, which is not there", given.display());
        return Some(given);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().ok()?;
    let beside = root.parent()?.join("shared/reference/mews-openapi.yaml");
    beside.is_file().then_some(beside)
}

/// A Python with schemathesis, in a virtual environment of its own below the build folder; installed where missing.
fn python() -> PathBuf {
    let tools = Path::new(env!("CARGO_TARGET_TMPDIR")).join("../tools");
    let venv = tools.join(format!("schemathesis-{SCHEMATHESIS}"));
    let (python, done) = (venv.join("bin/python"), venv.join("installed"));
    if done.exists() {
        return python;
    }
    std::fs::create_dir_all(&tools).unwrap();
    let run = |command: &mut Command| {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let said = || String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{command:?} failed (Debian: apt-get install python3-venv): {}", said());
    };
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv));
    run(Command::new(&python).args(["-m", "pip", "install", "-q", &format!("schemathesis=={SCHEMATHESIS}")]));
    std::fs::write(done, "").unwrap();
    python
}
