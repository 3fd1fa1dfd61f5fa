//! The first user.

use super::{Browser, PASSWORD, code, each};
use crate::hub::TestHub;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;

fn asked(code: &str, name: &str) -> String {
    json!({"code": code, "name": name, "password": PASSWORD}).to_string()
}

#[tokio::test]
async fn a_hub_is_set_up_once() {
    for hub in each().await {
        let mut first = Browser::default();
        assert_eq!(first.get(&hub, "/v1/setup").await.json(), json!({"needed": true}));
        let right = hub.app().users().setup_code().to_owned();
        assert!(right.len() >= 24);
        let wrong = first.ask(&hub, "POST", "/v1/setup", &asked("nonsense", "ann")).await;
        assert_eq!((code(&wrong), first.cookie.as_str()), ((403, "setup_code".to_owned()), ""));
        let short = json!({"code": right, "name": "ann", "password": "short"}).to_string();
        let short = first.ask(&hub, "POST", "/v1/setup", &short).await;
        assert_eq!((short.status, &short.json()["pointer"]), (422, &json!("/password")));
        // Many at the same moment: one of them is the first.
        let tries = (0..4).map(|number| {
            let (hub, body) = (&hub, asked(&right, &format!("user{number}")));
            async move {
                let mut browser = Browser::default();
                let answer = browser.ask(hub, "POST", "/v1/setup", &body).await;
                (answer, browser)
            }
        });
        let mut answers = futures_util::future::join_all(tries).await;
        answers.sort_by_key(|(answer, _)| answer.status);
        let statuses: Vec<u16> = answers.iter().map(|(answer, _)| answer.status).collect();
        assert_eq!(statuses, [201, 409, 409, 409]);
        let (made, mut browser) = answers.swap_remove(0);
        assert_eq!((&made.json()["account"], &made.json()["role"]), (&json!("main"), &json!("admin")));
        assert!(made.header("set-cookie").contains("HttpOnly"));
        assert_eq!(browser.get(&hub, "/v1/users").await.json()["users"].as_array().unwrap().len(), 1);
        assert_eq!(browser.get(&hub, "/v1/setup").await.json(), json!({"needed": false}));
        let again = first.ask(&hub, "POST", "/v1/setup", &asked(&right, "eve")).await;
        assert_eq!(code(&again), (409, "setup_done".to_owned()));
    }
}

#[tokio::test]
async fn the_code_is_not_guessed() {
    let hub = TestHub::start().await;
    let mut eve = Browser::default();
    for _ in 0..10 {
        assert_eq!(eve.ask(&hub, "POST", "/v1/setup", &asked("guess", "eve")).await.status, 403);
    }
    let right = hub.app().users().setup_code().to_owned();
    let late = eve.ask(&hub, "POST", "/v1/setup", &asked(&right, "eve")).await;
    assert_eq!(code(&late), (429, "throttled".to_owned()));
    assert_eq!(eve.ask_with(&hub, ("POST", "/v1/setup"), &[("origin", "http://evil")], "{}").await.status, 403);
    hub.clock.advance_ms(600_000);
    assert_eq!(eve.ask(&hub, "POST", "/v1/setup", &asked(&right, "ann")).await.status, 201);
}

/// The real binary prints it, and only while there is nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_code_is_printed_when_it_is_needed() {
    let data = tempfile::tempdir().unwrap();
    let ready = served(data.path());
    let setup = ready.1["setup"].as_str().expect("a link").to_owned();
    let (url, right) = setup.split_once("/setup?code=").expect("a code");
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    let json = [("content-type", "application/json")];
    let answer = crate::hub::send(address, "POST", "/v1/setup", &json, asked(right, "ann").as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    drop(ready);
    let ready = served(data.path());
    assert!(ready.1["setup"].is_null() && ready.1["url"].is_string(), "{}", ready.1);
}

struct Served(std::process::Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn served(data: &Path) -> (Served, Value) {
    let mut command = std::process::Command::new(crate::process::binary());
    command.args(["serve", "--json", "--listen", "127.0.0.1:0", "--data"]).arg(data).env("DOCKET_LOG", "error");
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("the binary starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
    (Served(child), serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")))
}
