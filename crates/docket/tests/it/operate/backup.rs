//! Backups are taken while orders and files come in, and hubs are made from them: journal and files are compared.

use super::{ask, token};
use crate::hub::TestHub;
use crate::postgres::fresh_database;
use docket_core::connection::Access;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// "file 0", … as an order's only file.
fn order(number: u64) -> String {
    let content = format!("file {number} {}", "x".repeat(3_000));
    let encoded = base64(content.as_bytes());
    json!({"number": format!("B-{number}"), "attachments": [{"name": "a.txt", "media_type": "text/plain", "content": encoded}]})
        .to_string()
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| (bits << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            text.push(char::from(LETTERS[(bits >> (18 - 6 * at)) as usize & 63]));
        }
        text.extend(std::iter::repeat_n('=', 3 - group.len()));
    }
    text
}

/// The whole journal.
async fn journal(hub: &TestHub) -> Vec<Value> {
    let mut entries = Vec::new();
    loop {
        let page = hub.native("GET", &format!("/v1/journal?limit=1000&after={}", entries.len()), "").await.json();
        let page = page["entries"].as_array().unwrap().clone();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

/// A hub over restored data shows the original's journal up to a moment, and each file whole.
async fn compare(original: &TestHub, data: &Path, acknowledged: u64) -> usize {
    let path = data.to_owned();
    let mut restored = TestHub::start_with(move |config| config.data = path).await;
    let (theirs, ours) = (journal(original).await, journal(&restored).await);
    assert!(ours.len() as u64 >= acknowledged, "what was acknowledged before is in it: {} {acknowledged}", ours.len());
    assert!(ours.len() <= theirs.len());
    assert_eq!(ours, theirs[..ours.len()], "the journal of one moment");
    // Serials may have gaps.
    for serial in ours.iter().map(|entry| entry["serial"].as_i64().unwrap()) {
        let found = restored.native("GET", &format!("/v1/orders/{serial}"), "").await;
        assert_eq!(found.text(), original.native("GET", &format!("/v1/orders/{serial}"), "").await.text());
        let place = &found.json()["attachments"][0]["place"];
        let file = restored.native("GET", &format!("/v1/orders/{serial}/attachments/{place}/content"), "").await;
        let number: u64 = found.json()["number"].as_str().unwrap().strip_prefix("B-").unwrap().parse().unwrap();
        assert_eq!((file.status, file.text()), (200, format!("file {number} {}", "x".repeat(3_000))));
    }
    let more = restored.native("POST", "/v1/orders", r#"{"number":"after"}"#).await;
    assert_eq!((more.status, &more.json()["serial"].as_u64().is_some()), (201, &true), "work goes on there");
    restored.stop().await;
    ours.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_restored_is_the_ledger_of_one_moment_with_all_its_files() {
    let hub = Arc::new(TestHub::start().await);
    let (made, goes_on) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(true)));
    let mut writers = Vec::new();
    for writer in 0..2_u64 {
        let (hub, made, goes_on) = (Arc::clone(&hub), Arc::clone(&made), Arc::clone(&goes_on));
        writers.push(tokio::spawn(async move {
            for number in 0.. {
                if !goes_on.load(Ordering::Relaxed) {
                    return;
                }
                let answer = hub.native("POST", "/v1/orders", &order(number * 2 + writer)).await;
                assert_eq!(answer.status, 201, "{}", answer.text());
                made.fetch_add(1, Ordering::Relaxed);
            }
        }));
    }
    while made.load(Ordering::Relaxed) < 40 {
        tokio::task::yield_now().await;
    }
    let folder = tempfile::tempdir().unwrap();
    // Over HTTP, and by the command line in a process of its own; both while the writers write.
    let before_http = made.load(Ordering::Relaxed);
    let answer = hub.native("GET", "/v1/system/backup", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-tar"));
    assert!(answer.header("content-disposition").contains("docket-2026-01-15"), "{:?}", answer.headers);
    let over_http = folder.path().join("http.tar");
    std::fs::write(&over_http, &answer.body).unwrap();
    let before_cli = made.load(Ordering::Relaxed);
    let by_cli = folder.path().join("cli.tar");
    let done = hub.cli(&["backup", by_cli.to_str().unwrap(), "--json"]).await;
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let told: Value = serde_json::from_slice(&done.stdout).unwrap();
    let after_cli = made.load(Ordering::Relaxed);
    goes_on.store(false, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    assert!(after_cli > before_http, "the writers wrote meanwhile");
    assert!(
        told["files"].as_u64().unwrap() >= told["orders"].as_u64().unwrap(),
        "files are read after the ledger: {told}"
    );
    for (archive, acknowledged) in [(&over_http, before_http), (&by_cli, before_cli)] {
        let data = folder.path().join(format!("restored-{acknowledged}"));
        let restored = restore(archive, &data).await;
        assert!(restored.0, "{}", restored.1);
        assert!(!data.join("secret.key").exists(), "the key is not in it");
        compare(&hub, &data, acknowledged).await;
        let again = restore(archive, &data).await;
        assert!(!again.0 && again.1.contains("not empty"), "{}", again.1);
    }
    let leftovers = std::fs::read_dir(hub.data()).unwrap().filter_map(|file| file.ok()?.file_name().into_string().ok());
    assert_eq!(leftovers.filter(|name| name.contains("backup")).count(), 0, "nothing is left beside the ledger");
    let taken = hub.cli(&["backup", by_cli.to_str().unwrap()]).await;
    assert!(!taken.status.success(), "no file is written over");
    // Cut anywhere, it is noticed, and nothing stays.
    let whole = std::fs::read(&by_cli).unwrap();
    for share in [1, 3, 7] {
        let cut = folder.path().join("cut.tar");
        std::fs::write(&cut, &whole[..whole.len() * share / 8]).unwrap();
        let data = folder.path().join("cut");
        let (done, words) = restore(&cut, &data).await;
        assert!(!done && words.contains("backup cannot be used"), "{words}");
        assert_eq!(std::fs::read_dir(&data).unwrap().count(), 0);
    }
}

/// Whether it was done, and what was said.
async fn restore(archive: &Path, data: &Path) -> (bool, String) {
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket"));
    let done = command.arg("restore").arg(archive).arg("--data").arg(data).output().await.unwrap();
    (done.status.success(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
}

#[tokio::test]
async fn a_backup_is_for_administrators_of_one_account() {
    let hub = TestHub::start().await;
    for role in Access::ALL {
        let token = token(&hub, "main", role).await;
        let bearer = format!("Bearer {token}");
        let status = hub.request("GET", "/v1/system/backup", &[("authorization", &bearer)], "").await.status;
        assert_eq!(status, if role == Access::Admin { 200 } else { 403 }, "{}", role.word());
    }
    let other = token(&hub, "other", Access::Admin).await;
    let (status, problem) = ask(&hub, &other, "GET", "/v1/system/backup", "").await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "it has the main account's orders in it");
    assert_eq!(ask(&hub, &hub.token, "POST", "/v1/system/backup", "").await.0, 405);
    let off = TestHub::start_with(|config| config.backup.account = String::new()).await;
    assert_eq!(ask(&off, &off.token, "GET", "/v1/system/backup", "").await.0, 403);
    let nothing = tempfile::tempdir().unwrap();
    let mut command = tokio::process::Command::new(env!("CARGO_BIN_EXE_docket"));
    command.arg("backup").arg(nothing.path().join("x.tar")).arg("--data").arg(nothing.path().join("none"));
    let done = command.output().await.unwrap();
    assert!(!done.status.success() && !nothing.path().join("none").exists(), "no store is made to be copied");
}

#[tokio::test]
async fn on_postgres_it_says_what_to_use_instead() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server");
        return;
    };
    let url = fresh_database(&server);
    let hub = TestHub::start_with(|config| config.database_url = url).await;
    let (status, problem) = ask(&hub, &hub.token, "GET", "/v1/system/backup", "").await;
    assert_eq!((status, &problem["code"]), (409, &json!("backup_elsewhere")));
    assert!(problem["detail"].as_str().unwrap().contains("pg_dump"), "{problem}");
    let system = hub.native("GET", "/v1/system", "").await.json();
    assert_eq!((&system["store"]["backend"], &system["store"]["wal_bytes"]), (&json!("PostgreSQL"), &json!(null)));
    assert!(system["store"]["size_bytes"].as_u64().unwrap() > 1 << 20, "{system}");
}
