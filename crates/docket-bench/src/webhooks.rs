//! Webhooks: several receivers, a steady rate of changes, and how long each takes from the moment its entry names until a
//! receiver has it; then the same beside a receiver that hangs. At last how fast a backlog is sent.

use crate::Outcome;
use crate::client::Client;
use crate::events::{Counted, ask, make_orders, millis, now_ms, write};
use crate::load::{Measured, Table};
use crate::server::Docket;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Who is told, and how much happens.
const RECEIVERS: usize = 10;
const PER_SECOND: u64 = 100;
/// How many changes a receiver has to catch up with.
const BACKLOG: usize = 20_000;
/// How long the last message may take to come.
const PATIENCE: Duration = Duration::from_secs(120);

/// What came in: how long it took, and how much it was.
type Log = Arc<Mutex<(Counted, u64)>>;

/// Listens; `None` for one that takes messages and never answers.
async fn receive(log: Option<Log>) -> Outcome<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, log.clone()));
        }
    });
    Ok(url)
}

async fn answer(mut stream: TcpStream, log: Option<Log>) -> Outcome<()> {
    let Some(log) = log else {
        let mut nothing = [0; 4096];
        while stream.read(&mut nothing).await? > 0 {}
        return Ok(());
    };
    let mut bytes = Vec::with_capacity(4096);
    // A message ends with what it is made of.
    while !bytes.ends_with(b"}}") {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    let at = text.split("\"timestamp\":\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(millis);
    {
        let mut log = log.lock().map_err(|_| "a receiver panicked")?;
        log.0.note(now_ms() - at.unwrap_or_default(), 1);
        log.1 += 1;
    }
    stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await?;
    Ok(())
}

fn came(log: &Log) -> u64 {
    log.lock().map_or(0, |log| log.1)
}

async fn until(log: &Log, count: u64) -> Outcome<()> {
    let begun = Instant::now();
    while came(log) < count {
        if begun.elapsed() > PATIENCE {
            return Err(format!("{} messages came, {count} were due", came(log)).into());
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn add(client: &mut Client, docket: &Docket, name: &str, url: &str, since: Option<&str>) -> Outcome<()> {
    let body = json!({"name": name, "url": url, "since": since});
    ask(client, docket, "POST", "/v1/webhooks", &body.to_string()).await.map(drop)
}

/// Measures the rows.
pub async fn all(docket: &Docket, duration: Duration, table: &mut Table) -> Outcome<()> {
    let deliveries = PER_SECOND * RECEIVERS as u64;
    let name = format!("webhooks, {deliveries}/s to {RECEIVERS} receivers");
    if !table.wants(&name) {
        return Ok(());
    }
    let mut client = Client::connect(&docket.address).await?;
    let orders = make_orders(&mut client, docket).await?;
    let logs: Vec<Log> = (0..RECEIVERS).map(|_| Arc::new(Mutex::new((Counted::new(), 0)))).collect();
    for (number, log) in logs.iter().enumerate() {
        let url = receive(Some(Arc::clone(log))).await?;
        add(&mut client, docket, &format!("receiver-{number}"), &url, None).await?;
    }
    for hangs in [false, true] {
        if hangs {
            let url = receive(None).await?;
            add(&mut client, docket, "hangs", &url, None).await?;
        }
        let before: Vec<u64> = logs.iter().map(came).collect();
        for log in &logs {
            log.lock().map_err(|_| "a receiver panicked")?.0 = Counted::new();
        }
        let started = Instant::now();
        let written = write(docket, &orders, PER_SECOND, duration).await?;
        let (mut counted, mut sent) = (Counted::new(), 0);
        for (log, before) in logs.iter().zip(before) {
            until(log, before + written).await?;
            counted.add(&log.lock().map_err(|_| "a receiver panicked")?.0);
            sent += written;
        }
        let elapsed_s = started.elapsed().as_secs_f64();
        table.add(Measured {
            name: if hangs { format!("{name}, beside one that hangs") } else { name.clone() },
            connections: RECEIVERS,
            rate: sent as f64 / elapsed_s,
            p50_ms: counted.at(0.5),
            p99_ms: counted.at(0.99),
            max_ms: counted.at(1.0),
            errors: 0,
            elapsed_s,
        });
    }
    backlog(docket, &mut client, table).await
}

/// One receiver that begins in the past.
async fn backlog(docket: &Docket, client: &mut Client, table: &mut Table) -> Outcome<()> {
    for number in 0..RECEIVERS {
        ask(client, docket, "POST", &format!("/v1/webhooks/receiver-{number}/pause"), "{}").await?;
    }
    let head: u64 = ask(client, docket, "GET", "/v1/events", "").await?["after"].as_str().ok_or("no place")?.parse()?;
    for part in 0..BACKLOG.saturating_sub(usize::try_from(head)?).div_ceil(1_000) {
        let list: Vec<_> = (0..1_000).map(|number| json!({"number": format!("BL-{part}-{number}")})).collect();
        ask(client, docket, "POST", "/v1/orders", &json!(list).to_string()).await?;
    }
    let head: u64 = ask(client, docket, "GET", "/v1/events", "").await?["after"].as_str().ok_or("no place")?.parse()?;
    let log: Log = Arc::new(Mutex::new((Counted::new(), 0)));
    let url = receive(Some(Arc::clone(&log))).await?;
    let (started, processor_s) = (Instant::now(), docket.processor_s());
    add(client, docket, "late", &url, Some("2020-01-01T00:00:00Z")).await?;
    until(&log, head).await?;
    let elapsed_s = started.elapsed().as_secs_f64();
    eprintln!("  processor: {:.1} s of {elapsed_s:.1}", docket.processor_s() - processor_s);
    let row = Measured {
        name: format!("webhooks, a backlog of {head} to one receiver"),
        connections: 1,
        rate: head as f64 / elapsed_s,
        p50_ms: 0.0,
        p99_ms: 0.0,
        max_ms: 0.0,
        errors: 0,
        elapsed_s,
    };
    table.add(row);
    Ok(())
}
