//! The event stream: many subscribers, a steady rate of changes, and how long each change takes from the moment its entry
//! names to each subscriber. Every subscriber must get every entry, in order, once.

use crate::Outcome;
use crate::client::{Client, request};
use crate::load::{Measured, Table};
use crate::server::Docket;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Who follows, and how much happens.
const SUBSCRIBERS: usize = 1_000;
const PER_SECOND: u64 = 500;
/// Who makes it happen.
const WRITERS: u64 = 10;
/// The orders that it happens to.
const ORDERS: u64 = 200;
/// Latencies are counted by the millisecond up to this.
const LONGEST_MS: usize = 60_000;
/// How long the last event may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

#[expect(clippy::disallowed_methods, reason = "what a subscriber measures against is the moment that the hub wrote")]
pub fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| i64::try_from(since.as_millis()).unwrap_or_default())
}

/// How many events took how long.
pub struct Counted {
    by_ms: Vec<u64>,
}

impl Counted {
    /// None yet.
    pub fn new() -> Counted {
        Counted { by_ms: vec![0; 1024] }
    }

    /// So many took so long.
    pub fn note(&mut self, latency_ms: i64, events: u64) {
        let at = usize::try_from(latency_ms).unwrap_or_default().min(LONGEST_MS);
        if at >= self.by_ms.len() {
            self.by_ms.resize(at + 1, 0);
        }
        self.by_ms[at] += events;
    }

    /// Those of another, too.
    pub fn add(&mut self, other: &Counted) {
        for (at, events) in other.by_ms.iter().enumerate().filter(|(_, events)| **events > 0) {
            self.note(i64::try_from(at).unwrap_or_default(), *events);
        }
    }

    /// How long this share took at most, in milliseconds.
    pub fn at(&self, share: f64) -> f64 {
        let all: u64 = self.by_ms.iter().sum();
        let wanted = (all as f64 * share).ceil() as u64;
        let mut seen = 0;
        let found = self.by_ms.iter().position(|events| {
            seen += events;
            seen >= wanted
        });
        found.unwrap_or_default() as f64
    }
}

/// Days since 1970 of a date.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    year.div_euclid(400) * 146_097 + year.rem_euclid(400) * 1_461 / 4 - year.rem_euclid(400) / 100
        + (153 * month + 2) / 5
        + day
        - 719_469
}

/// `2026-01-15T10:00:00.123Z` in milliseconds since 1970.
pub fn millis(text: &str) -> Option<i64> {
    let number = |from: usize, upto: usize| text.get(from..upto)?.parse::<i64>().ok();
    let seconds = days(number(0, 4)?, number(5, 7)?, number(8, 10)?) * 86_400
        + number(11, 13)? * 3_600
        + number(14, 16)? * 60
        + number(17, 19)?;
    let rest = text.get(19..)?.strip_prefix('.').map_or("0", |rest| rest.trim_end_matches('Z'));
    Some(seconds * 1_000 + format!("{rest:0<3}").parse::<i64>().ok()?)
}

/// One subscriber: reads lines, checks that no place is missing, notes how old each entry is.
struct Subscriber {
    stream: TcpStream,
    rest: Vec<u8>,
    last: i64,
    counted: Counted,
}

impl Subscriber {
    async fn open(docket: &Docket, after: i64) -> Outcome<Subscriber> {
        let mut stream = TcpStream::connect(&docket.address).await?;
        let head = format!("authorization: Bearer {}\r\n", docket.token);
        stream.write_all(&request("GET", &format!("/v1/events?after={after}"), &head, "")).await?;
        let mut subscriber = Subscriber { stream, rest: Vec::new(), last: after, counted: Counted::new() };
        let mut buffer = vec![0; 4096];
        while !subscriber.rest.windows(12).any(|part| part == b"follows from") {
            let read = subscriber.stream.read(&mut buffer).await?;
            if read == 0 {
                return Err(String::from_utf8_lossy(&subscriber.rest).into_owned().into());
            }
            subscriber.rest.extend_from_slice(&buffer[..read]);
        }
        subscriber.rest.clear();
        Ok(subscriber)
    }

    /// Reads until it has seen the place that `upto` names once nothing more is written.
    async fn run(mut self, upto: Arc<AtomicI64>) -> Outcome<(Counted, i64)> {
        let mut buffer = vec![0; 64 * 1024];
        let first = self.last;
        while self.last < upto.load(Ordering::Relaxed) {
            let read = tokio::time::timeout(PATIENCE, self.stream.read(&mut buffer)).await??;
            if read == 0 {
                return Err("the hub ended a stream".into());
            }
            let now_ms = now_ms();
            let mut bytes = &buffer[..read];
            while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
                self.rest.extend_from_slice(&bytes[..end]);
                bytes = &bytes[end + 1..];
                let line = std::mem::take(&mut self.rest);
                self.line(&line, now_ms)?;
                self.rest = line;
                self.rest.clear();
            }
            self.rest.extend_from_slice(bytes);
        }
        Ok((self.counted, self.last - first))
    }

    fn line(&mut self, line: &[u8], now_ms: i64) -> Outcome<()> {
        if let Some(id) = line.strip_prefix(b"id: ") {
            let id: i64 = std::str::from_utf8(id)?.parse()?;
            if id != self.last + 1 {
                return Err(format!("place {id} came behind {}", self.last).into());
            }
            self.last = id;
        } else if let Some(data) = line.strip_prefix(b"data: ") {
            // {"seq":12,"at":"2026-…Z",
            let head = std::str::from_utf8(&data[..data.len().min(80)]).unwrap_or_default();
            let at = head.split("\"at\":\"").nth(1).and_then(|rest| rest.split('"').next()).and_then(millis);
            self.counted.note(now_ms - at.ok_or("an event without a moment")?, 1);
        }
        Ok(())
    }
}

/// Asks the native API.
pub async fn ask(client: &mut Client, docket: &Docket, method: &str, target: &str, body: &str) -> Outcome<Value> {
    let head = format!(
        "content-type: application/json\r\naccept: application/json\r\nauthorization: Bearer {}\r\n",
        docket.token
    );
    let answer = client.send(&request(method, target, &head, body)).await?;
    match answer.status {
        200..300 => answer.json(),
        status => Err(format!("{target}: {status} {}", String::from_utf8_lossy(&answer.body)).into()),
    }
}

/// Writes notes at a steady rate; answers how many.
pub async fn write(docket: &Docket, orders: &[String], per_second: u64, duration: Duration) -> Outcome<u64> {
    let mut writing = Vec::new();
    for worker in 0..WRITERS {
        let (address, token, orders) = (docket.address.clone(), docket.token.clone(), orders.to_vec());
        writing.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let head = format!("content-type: application/json\r\nauthorization: Bearer {token}\r\n");
            let every = Duration::from_secs(1) * u32::try_from(WRITERS)? / u32::try_from(per_second)?;
            let mut ticks = tokio::time::interval(every);
            let (started, mut written) = (Instant::now(), 0u64);
            while started.elapsed() < duration {
                ticks.tick().await;
                let order = &orders[usize::try_from(worker + written * WRITERS)? % orders.len()];
                let body = json!({"text": format!("Note {written}: the gate was open, the key is under the mat")});
                let bytes = request("POST", &format!("/v1/orders/{order}/notes"), &head, &body.to_string());
                let answer = client.send(&bytes).await?;
                if answer.status != 201 {
                    return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
                }
                written += 1;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(written)
        }));
    }
    let mut written = 0;
    for worker in writing {
        written += worker.await??;
    }
    Ok(written)
}

/// Orders that things happen to.
pub async fn make_orders(client: &mut Client, docket: &Docket) -> Outcome<Vec<String>> {
    let list: Vec<Value> = (0..ORDERS).map(|number| json!({"number": format!("EV-{number}")})).collect();
    let made = ask(client, docket, "POST", "/v1/orders", &Value::from(list).to_string()).await?;
    let ids = made["orders"].as_array().into_iter().flatten().filter_map(|order| order["id"].as_str());
    Ok(ids.map(str::to_owned).collect())
}

/// Measures the row.
pub async fn all(docket: &Docket, duration: Duration, table: &mut Table) -> Outcome<()> {
    let name = format!("events, {PER_SECOND}/s to each of {SUBSCRIBERS}");
    if !table.wants(&name) {
        return Ok(());
    }
    let mut client = Client::connect(&docket.address).await?;
    let orders = make_orders(&mut client, docket).await?;
    let place = async |client: &mut Client| -> Outcome<i64> {
        let polled = ask(client, docket, "GET", "/v1/events", "").await?;
        Ok(polled["after"].as_str().ok_or("no place")?.parse()?)
    };
    let after = place(&mut client).await?;
    eprintln!("  memory before: {}", docket.memory());
    let upto = Arc::new(AtomicI64::new(i64::MAX));
    let mut reading = Vec::with_capacity(SUBSCRIBERS);
    for _ in 0..SUBSCRIBERS {
        reading.push(tokio::spawn(Subscriber::open(docket, after).await?.run(Arc::clone(&upto))));
    }
    eprintln!("  memory with {SUBSCRIBERS} subscribers: {}", docket.memory());
    let (started, processor_s) = (Instant::now(), docket.processor_s());
    let written = write(docket, &orders, PER_SECOND, duration).await?;
    let elapsed = started.elapsed();
    // One more, so that who has seen everything already notices.
    upto.store(place(&mut client).await? + 1, Ordering::Relaxed);
    ask(&mut client, docket, "POST", &format!("/v1/orders/{}/notes", orders[0]), r#"{"text":"The last"}"#).await?;
    let (mut counted, mut delivered) = (Counted::new(), 0);
    for subscriber in reading {
        let (times, events) = subscriber.await??;
        counted.add(&times);
        delivered += u64::try_from(events)?;
    }
    let expected = (written + 1) * SUBSCRIBERS as u64;
    if delivered != expected {
        return Err(format!("{delivered} events came, {expected} were due").into());
    }
    let used = docket.processor_s() - processor_s;
    table.add(Measured {
        name,
        connections: SUBSCRIBERS,
        rate: delivered as f64 / elapsed.as_secs_f64(),
        p50_ms: counted.at(0.5),
        p99_ms: counted.at(0.99),
        max_ms: counted.at(1.0),
        errors: 0,
        elapsed_s: elapsed.as_secs_f64(),
    });
    let rate = written as f64 / elapsed.as_secs_f64();
    eprintln!(
        "  {written} changes, {rate:.0}/s, each seen by all in order; processor: {used:.1} s of {:.1}; memory: {}",
        elapsed.as_secs_f64(),
        docket.memory()
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read() {
        assert_eq!(millis("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(millis("2026-01-15T10:00:00.5Z"), Some(1_768_471_200_500));
        assert_eq!(millis("2024-02-29T23:59:59.007Z"), Some(1_709_251_199_007));
        let mut counted = Counted::new();
        (0..100).for_each(|ms| counted.note(ms, 10));
        assert_eq!((counted.at(0.5), counted.at(0.99), counted.at(1.0)), (49.0, 98.0, 99.0));
    }
}
