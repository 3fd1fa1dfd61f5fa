//! The OpenAPI document in other people's hands: a tool that asks whatever it allows and holds every answer against it,
//! and a client that is generated from it and does a day's work. Both against the real binary's demo.

use super::clients::{programs, python};
use super::process::{Demo, folder};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const SCHEMATHESIS: &[&str] = &[
    "schemathesis==4.32.5",
    "anyio==4.16.0",
    "certifi==2026.10.18",
    "charset-normalizer==3.5.2",
    "click==8.5.1",
    "graphql-core==3.3.2",
    "harfile==0.6.0",
    "hypothesis==6.170.15",
    "hypothesis-graphql==0.13.5",
    "idna==3.20",
    "iniconfig==2.3.1",
    "jsonschema-rs==0.60.3",
    "markdown-it-py==4.3.0",
    "MarkupSafe==3.0.4",
    "mdurl==0.1.2",
    "packaging==26.3",
    "pluggy==1.7.0",
    "pygments==2.21.0",
    "pyrate-limiter==4.5.1",
    "pytest==9.2.0",
    "PyYAML==6.0.3",
    "requests==2.34.2",
    "rich==15.0.0",
    "sortedcontainers==2.4.0",
    "typing-extensions==4.16.0",
    "urllib3==2.8.0",
    "Werkzeug==3.1.9",
];

const GENERATOR: &[&str] = &[
    "openapi-python-client==0.29.1",
    "annotated-doc==0.0.7",
    "annotated-types==0.8.0",
    "anyio==4.16.0",
    "attrs==26.1.0",
    "certifi==2026.10.18",
    "h11==0.16.0",
    "httpcore==1.0.9",
    "httpx==0.28.1",
    "idna==3.20",
    "jinja2==3.1.6",
    "markdown-it-py==4.3.0",
    "MarkupSafe==3.0.4",
    "mdurl==0.1.2",
    "pydantic==2.14.3",
    "pydantic-core==2.50.4",
    "pygments==2.21.0",
    "rich==15.0.0",
    "ruamel.yaml==0.19.1",
    "ruff==0.17.6",
    "shellingham==1.5.4",
    "typer==0.27.3",
    "typing-extensions==4.16.0",
    "typing-inspection==0.4.5",
];

/// What a program says until it ends, which must be well and in time.
fn finish(mut command: Command, what: &str, patience: Duration) -> String {
    // Nothing of the machine's may redirect what goes to this machine.
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(name);
    }
    let log = folder(what).join("said");
    let file = std::fs::File::create(&log).expect("a file for what it says");
    let second = file.try_clone().expect("the same file");
    let child = command.stdin(Stdio::null()).stdout(file).stderr(second).spawn();
    let mut child: Child = child.unwrap_or_else(|error| panic!("{what}: {error}"));
    let started = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait().expect("it was started here") {
            break status;
        }
        if started.elapsed() > patience {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{what} did not finish:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
        }
        std::thread::sleep(Duration::from_millis(50));
    };
    let said = std::fs::read_to_string(&log).unwrap_or_default();
    assert!(ended.success(), "{what} failed:\n{said}");
    said
}

/// The document, as the command line prints it.
fn document(into: &Path) -> std::path::PathBuf {
    let output = Command::new(super::process::binary()).arg("openapi").output().expect("the binary starts");
    assert!(output.status.success());
    let file = into.join("openapi.json");
    std::fs::write(&file, output.stdout).expect("a file");
    file
}

#[test]
fn whatever_the_document_allows_is_answered_as_it_says() {
    // Nobody waits for long, so that requests that wait for something do not take all of the time there is.
    let config = folder("schemathesis-config").join("docket.toml");
    std::fs::write(&config, "[limits]\nrequest_timeout_ms = 2500\n").expect("a configuration");
    let demo = Demo::start_with(&["--config", &config.display().to_string()]);
    let python = python("schemathesis", SCHEMATHESIS);
    let token = demo.printed["token"].as_str().expect("a token");
    let mut command = Command::new(python.with_file_name("schemathesis"));
    command
        .arg("run")
        .arg(format!("http://{}/v1/openapi.json", demo.address()))
        .args(["-H", &format!("Authorization: Bearer {token}")])
        .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance"])
        .args(["--checks", "response_schema_conformance,response_headers_conformance,allow_header_conformance"])
        // What follows events does not end, a token that was taken away says nothing more, and a file of whatever type
        // is nothing that it can make.
        .args(["--exclude-operation-id", "followEvents", "--exclude-operation-id", "removeToken"])
        .args(["--exclude-operation-id", "putResult"])
        .args(["--phases", "examples,coverage,fuzzing", "--max-examples", "12", "--max-time", "75"])
        .args(["--workers", "1", "--seed", "1", "--request-timeout", "20", "--continue-on-failure"])
        .args(["--suppress-health-check", "all", "--no-color"])
        .env("SCHEMATHESIS_HOOKS", "schemathesis_hooks")
        .env("PYTHONPATH", programs())
        .current_dir(folder("schemathesis-run"));
    let said = finish(command, "schemathesis", Duration::from_secs(240));
    assert!(said.contains("passed") && !said.contains("failures"), "{said}");
}

#[test]
fn a_client_generated_from_the_document_does_a_days_work() {
    let python = python("openapi-python-client", GENERATOR);
    let place = folder("openapi-python-client");
    let document = document(&place);
    let config = place.join("config.yml");
    std::fs::write(&config, "package_name_override: docket_client\npost_hooks: []\n").expect("a configuration");
    let mut generate = Command::new(python.with_file_name("openapi-python-client"));
    generate
        .args(["generate", "--meta", "none", "--overwrite"])
        .arg("--path")
        .arg(&document)
        .arg("--config")
        .arg(&config)
        .arg("--output-path")
        .arg(place.join("docket_client"))
        .current_dir(&place);
    finish(generate, "the generator", Duration::from_secs(120));
    let demo = Demo::start();
    let mut command = Command::new(&python);
    command
        .arg(programs().join("openapi.py"))
        .arg(format!("http://{}", demo.address()))
        .arg(demo.printed["token"].as_str().expect("a token"))
        .env("PYTHONPATH", &place);
    let said = finish(command, "the generated client", Duration::from_secs(60));
    assert!(said.lines().any(|line| line.starts_with("done ")), "{said}");
}
