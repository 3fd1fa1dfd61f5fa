//! `docket simulate`: the real binary, with chosen faults, and probed.

use super::hub::send;
use serde_json::Value;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

async fn simulated(dialect: &str, args: &[&str]) -> (Child, Value) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.args(["simulate", dialect, "--listen", "127.0.0.1:0", "--json", "--news-s", "0"]).args(args);
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
    let ready = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
    (child, ready)
}

async fn stopped(mut child: Child) {
    let pid = child.id().unwrap().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().await.unwrap().success());
    assert!(child.wait().await.unwrap().success());
    let folder = std::env::temp_dir().join(format!("docket-simulate-{pid}"));
    assert!(!folder.exists(), "its data goes with it");
}

/// What the probe needs to be told of a counterpart: everything that was printed.
fn probe(ready: &Value) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_docket"));
    command.args(["probe", ready["dialect"].as_str().unwrap(), "--url", ready["url"].as_str().unwrap()]);
    for (name, value) in ready.as_object().unwrap() {
        if !["name", "dialect", "account", "url"].contains(&name.as_str()) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            command.args(["--set", &format!("{name}={value}")]);
        }
    }
    command
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_counterpart_conforms() {
    for dialect in docket_dialects::DIALECTS {
        let (child, ready) = simulated(dialect.id, &["--orders", "12"]).await;
        let output = probe(&ready).output().await.unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        // There are orders to look at.
        assert!(!text.contains("nothing to look at"), "{text}");
        stopped(child).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn faults_are_the_same_every_time() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let faults = ["--orders", "3", "--fault", "429,503,html", "--rate", "0.5", "--seed", "4"];
        let (child, ready) = simulated("mews", &faults).await;
        let address = ready["url"].as_str().unwrap().strip_prefix("http://").unwrap().parse().unwrap();
        let body = format!(
            r#"{{"ClientToken":{},"AccessToken":{},"Client":"c"}}"#,
            ready["client_token"], ready["access_token"]
        );
        let mut statuses = Vec::new();
        for _ in 0..20 {
            let json = [("content-type", "application/json")];
            let answer = send(address, "POST", "/api/connector/v1/configuration/get", &json, body.as_bytes()).await;
            if answer.status == 429 {
                assert!(answer.json()["Message"].is_string(), "in the dialect's own words: {}", answer.text());
                assert_eq!(answer.header("retry-after"), "1");
            }
            statuses.push(answer.status);
        }
        seen.push(statuses);
        stopped(child).await;
    }
    assert_eq!(seen[0], seen[1]);
    for status in [200, 429, 502, 503] {
        assert!(seen[0].contains(&status), "{seen:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bad_counterpart_does_not_conform() {
    let (child, ready) = simulated("pruvan", &["--fault", "500", "--rate", "0.6", "--seed", "2"]).await;
    let output = probe(&ready).arg("--read-only").output().await.unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("the status is 500; it must be 200"), "{text}");
    stopped(child).await;
}
