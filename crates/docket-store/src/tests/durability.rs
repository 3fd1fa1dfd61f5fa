//! What was answered is on disk; what failed left nothing.

use super::support::{ACCOUNT, World, blind, numbered};
use crate::value::Stmt;
use crate::{Store, StoreError, StoreOptions};
use docket_core::ids::{Sequence, Serial};
use docket_core::order::{Command, Field, Order};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

const CHILD: &str = "DOCKET_TEST_CHILD_FOLDER";

async fn open(folder: &Path, queue_limit: usize) -> Store {
    Store::open(StoreOptions { data: folder.to_owned(), database_url: None, queue_limit }).await.unwrap()
}

/// Every entry is there, in its place, and every order is the fold of its own.
async fn check(store: &Store) -> Vec<i64> {
    let head = store.head(ACCOUNT).await.unwrap();
    let mut serials = Vec::new();
    let mut after = Sequence(0);
    loop {
        let entries = store.journal(ACCOUNT, after, 500).await.unwrap();
        let Some(last) = entries.last() else { break };
        for (place, entry) in (after.0 + 1..).zip(&entries) {
            assert_eq!(entry.sequence.0, place);
            serials.push(entry.serial.0);
        }
        after = last.sequence;
    }
    assert_eq!(after, head);
    for &serial in serials.iter().rev().take(50) {
        let order = store.order(ACCOUNT, Serial(serial)).await.unwrap().unwrap();
        let history = store.history(ACCOUNT, Serial(serial)).await.unwrap();
        assert_eq!(Order::fold(history.iter().map(|entry| &**entry)).as_ref(), Some(&*order));
    }
    serials
}

/// Not a test of its own: what `killed_at_any_moment` starts, and kills.
#[test]
fn child_that_is_killed() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = open(Path::new(&folder), 1024).await;
        let mut tasks = Vec::new();
        for _ in 0..8 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                while !store.backend().is_empty() {
                    let serial = store.reserve_serials(1).await.unwrap().start;
                    let command = numbered(&serial.to_string()).with(Field::Address1, format!("{serial} Elm Ct"));
                    store.append(blind(command, serial, docket_core::Timestamp::UNIX_EPOCH)).await.unwrap();
                    let mut out = std::io::stdout().lock();
                    let _ = writeln!(out, "acknowledged {serial}").and_then(|()| out.flush());
                }
            }));
        }
        futures_util::future::join_all(tasks).await;
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = Vec::new();
    for round in 0..4_usize {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["tests::durability::child_that_is_killed", "--exact", "--nocapture", "--test-threads=1"])
            .env(CHILD, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut seen = 0;
        while let Some(Ok(line)) = lines.next() {
            if let Some(serial) = line.strip_prefix("acknowledged ") {
                acknowledged.push(serial.parse::<i64>().unwrap());
                seen += 1;
                if seen == 50 + round * 40 {
                    child.kill().unwrap();
                }
            }
        }
        child.wait().unwrap();
        assert!(seen >= 50, "the child did not get going");
        let store = open(folder.path(), 64).await;
        let stored = check(&store).await;
        for serial in &acknowledged {
            assert_eq!(stored.iter().filter(|&stored| stored == serial).count(), 1, "{serial} once and for all");
        }
        // As if killed again: nothing is closed in order here either.
        drop(store);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_never_a_success() {
    let world = World::embedded().await;
    let store = &world.store;
    let pages = |count: i64| {
        let sql: &'static str =
            if count > 0 { "PRAGMA max_page_count = 120" } else { "PRAGMA max_page_count = 1000000" };
        store.db().execute(vec![Stmt::new(sql, [])])
    };
    pages(1).await.unwrap();
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for serial in 1..600 {
        let command = numbered(&serial.to_string()).with(Field::Instructions, "long ".repeat(400));
        match store.append(blind(command, serial, world.tick())).await {
            Ok(_) => acknowledged.push(serial),
            Err(StoreError::Failed(why)) => {
                assert!(why.contains("full"), "{why}");
                refused += 1;
            }
            Err(other) => panic!("{other:?}"),
        }
        if refused > 5 {
            break;
        }
    }
    assert!(refused > 5 && !acknowledged.is_empty());
    assert_eq!(check(store).await, acknowledged);
    pages(0).await.unwrap();
    store.append(blind(numbered("room again"), 9999, world.tick())).await.unwrap();
    acknowledged.push(9999);
    store.close().await.unwrap();
    let store = world.another().await;
    assert_eq!(check(&store).await, acknowledged);
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_says_so_and_closing_drains_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), 4).await;
    let asked: Vec<_> = (1..300)
        .map(|serial| {
            let append = blind(numbered(&serial.to_string()), serial, docket_core::Timestamp::UNIX_EPOCH);
            let store = store.clone();
            tokio::spawn(async move { (serial, store.append(append).await) })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(2)).await;
    store.close().await.unwrap();
    let mut done = Vec::new();
    for asked in asked {
        match asked.await.unwrap() {
            (serial, Ok(_)) => done.push(serial),
            (_, Err(StoreError::Busy | StoreError::Failed(_))) => {}
            (_, Err(other)) => panic!("{other:?}"),
        }
    }
    let store = open(folder.path(), 4).await;
    let mut stored = check(&store).await;
    stored.sort_unstable();
    done.sort_unstable();
    assert_eq!(stored, done, "answered and stored are the same");
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_log_stays_bounded() {
    let world = World::embedded().await;
    let big = || Command::default().with(Field::Instructions, "0123456789".repeat(2_000));
    for turn in 0..40 {
        let appends = (0..40).map(|step| world.store.append(blind(big(), turn * 40 + step + 1, world.tick())));
        for result in futures_util::future::join_all(appends).await {
            result.unwrap();
        }
    }
    // 1,600 orders of 20 kB, twice each: 64 MB went through a log bounded to 12 MB and what a few groups add.
    let log = std::fs::metadata(world.folder().join("docket.db-wal")).unwrap().len();
    assert!(log < 32 << 20, "{log}");
    world.store.close().await.unwrap();
    let left = std::fs::metadata(world.folder().join("docket.db-wal")).map_or(0, |log| log.len());
    assert_eq!(left, 0, "closing leaves no log");
}
