//! Positions: through the Wialon IPS socket, one at a time and in black boxes, and through HTTP batches; beside a bare
//! socket that reads, takes apart and answers the same packets but keeps nothing.
//!
//! A tracker sends when it was answered, so the rate at so many trackers is how many positions are on disk. Afterwards
//! units are picked and what is read back of them is counted: it must be what was answered, not one less or more.

use crate::Outcome;
use crate::client::{Client, request};
use crate::load::{Measured, Table, measured};
use crate::server::Docket;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Records of a black box.
const BOX: usize = 100;
/// Positions of a request.
const BATCH: usize = 1000;
/// Connections that send black boxes, or requests.
const FEW: usize = 64;
/// Connections to the bare socket.
const BARE: usize = 1000;
/// Units that are made, and looked at afterwards, at once.
const AT_ONCE: usize = 16;
/// So many units are looked at.
const PICKED: usize = 100;
const DAY_S: usize = 86_400;

/// The days that rows report for: what one row sent is counted apart from what others did.
const DAYS: [(&str, &str); 3] = [("130125", "2025-01-13"), ("140125", "2025-01-14"), ("150125", "2025-01-15")];
/// What is not counted.
const LAST_DAY: &str = "160125";

/// CRC-16/ARC.
fn checksum(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum: u16, byte| {
        (0..8).fold(sum ^ u16::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xA001 } else { sum >> 1 })
    })
}

/// A record of a unit that drives, but for what is behind its place.
fn record(unit: usize, second: usize, day: &str) -> String {
    let (clock, moved) = (second % DAY_S, (second % 5000) * 7);
    let (hour, minute, second) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!(
        "{day};{hour:02}{minute:02}{second:02};53{:02}.{:05};N;027{:02}.{:05};E;{};{};{};9",
        unit % 50,
        moved,
        unit / 50 % 50,
        99_999 - moved,
        20 + second % 60,
        (unit + second) % 360,
        150 + unit % 100
    )
}

fn sealed(kind: &str, body: &str) -> Vec<u8> {
    format!("#{kind}#{body}{:04X}\r\n", checksum(body.as_bytes())).into_bytes()
}

/// What a tracker sends next, and how many positions that is.
type Packet = fn(unit: usize, sent: usize, day: &str) -> (Vec<u8>, &'static [u8], usize);

fn single(unit: usize, sent: usize, day: &str) -> (Vec<u8>, &'static [u8], usize) {
    let body = format!("{};0.9;1;0;;NA;NA;", record(unit, sent, day));
    (sealed("D", &body), b"#AD#1\r\n", 1)
}

fn black_box(unit: usize, sent: usize, day: &str) -> (Vec<u8>, &'static [u8], usize) {
    let mut body = String::with_capacity(BOX * 64);
    for index in 0..BOX {
        body.push_str(&record(unit, sent + index, day));
        body.push('|');
    }
    (sealed("B", &body), b"#AB#100\r\n", BOX)
}

/// One tracker: sends, waits for the answer, sends.
struct Tracker {
    stream: TcpStream,
    unit: usize,
    sent: usize,
    times_us: Vec<u32>,
}

impl Tracker {
    async fn connect(address: &str, unit: usize) -> Outcome<Tracker> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut tracker = Tracker { stream, unit, sent: 0, times_us: Vec::new() };
        let login = sealed("L", &format!("2.0;{};NA;", unique_id(unit)));
        tracker.stream.write_all(&login).await?;
        tracker.expect(b"#AL#1\r\n").await?;
        Ok(tracker)
    }

    async fn expect(&mut self, answer: &[u8]) -> Outcome<()> {
        let mut heard = [0; 64];
        let heard = heard.get_mut(..answer.len()).ok_or("a longer answer than there are")?;
        self.stream.read_exact(heard).await?;
        if heard == answer {
            return Ok(());
        }
        Err(format!("unit {}: {}", self.unit, String::from_utf8_lossy(heard)).into())
    }

    async fn run(mut self, packet: Packet, day: &'static str, until: Instant) -> Outcome<Tracker> {
        while Instant::now() < until && self.sent + BOX < DAY_S {
            let (bytes, answer, count) = packet(self.unit, self.sent, day);
            let begun = Instant::now();
            self.stream.write_all(&bytes).await?;
            self.expect(answer).await?;
            self.times_us.push(begun.elapsed().as_micros() as u32);
            self.sent += count;
        }
        Ok(self)
    }
}

fn unique_id(unit: usize) -> String {
    format!("{:015}", 860_000_000_000_000 + unit)
}

/// Runs trackers for a while; the figures, and what each unit was answered.
async fn trackers(
    name: &str,
    address: &str,
    (count, packet, day): (usize, Packet, &'static str),
    duration: Duration,
) -> Outcome<(Measured, Vec<(usize, usize)>)> {
    let mut connected = Vec::with_capacity(count);
    for unit in 0..count {
        connected.push(Tracker::connect(address, unit).await?);
    }
    let started = Instant::now();
    let until = started + duration;
    let running: Vec<_> = connected.into_iter().map(|tracker| tokio::spawn(tracker.run(packet, day, until))).collect();
    let (mut times_us, mut sent) = (Vec::new(), Vec::new());
    for tracker in running {
        let tracker = tracker.await??;
        times_us.extend(tracker.times_us);
        sent.push((tracker.unit, tracker.sent));
    }
    let per_packet = packet(0, 0, day).2 as u64;
    Ok((measured(name, count, times_us, 0, started.elapsed(), per_packet), sent))
}

/// A server that takes the packets apart and answers them, and does nothing else.
async fn bare() -> Outcome<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?.to_string();
    // A runtime of its own, as a server process would have.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(async move {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                tokio::spawn(echo(stream));
            }
            #[expect(unreachable_code, reason = "names the error type of the block")]
            Ok::<(), std::io::Error>(())
        })
    });
    Ok(address)
}

async fn echo(mut stream: TcpStream) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let mut sum = 0.0;
    loop {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
        let mut answers = Vec::new();
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = bytes.drain(..=end).collect();
            let text = String::from_utf8_lossy(&line);
            sum += text.split([';', '|']).filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
            answers.extend_from_slice(match line.get(1) {
                Some(b'L') => b"#AL#1\r\n",
                Some(b'B') => b"#AB#100\r\n",
                _ => b"#AD#1\r\n",
            });
        }
        std::hint::black_box(sum);
        stream.write_all(&answers).await?;
    }
}

/// Calls the Wialon API.
async fn wialon(client: &mut Client, sid: &str, svc: &str, params: &Value) -> Outcome<Value> {
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let body = format!("svc={svc}&sid={sid}&params={params}");
    let answer = client.send(&request("POST", "/wialon/ajax.html", form, &body)).await?.json()?;
    match answer.get("error") {
        Some(error) => Err(format!("{svc}: {error}").into()),
        None => Ok(answer),
    }
}

/// Makes the units as a program would; gives their ids.
async fn make_units(docket: &Docket, count: usize) -> Outcome<Vec<i64>> {
    let token = docket.credential("wialon", "token");
    let mut making = Vec::new();
    for worker in 0..AT_ONCE {
        let (address, token) = (docket.address.clone(), token.clone());
        making.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let login = wialon(&mut client, "", "token/login", &json!({ "token": token })).await?;
            let sid = login["eid"].as_str().unwrap_or_default().to_owned();
            let mut made = Vec::new();
            for unit in (worker..count).step_by(AT_ONCE) {
                let params = json!({"creatorId": login["user"]["id"], "name": format!("Unit{unit}"), "hwTypeId": 9, "dataFlags": 1});
                let id = wialon(&mut client, &sid, "core/create_unit", &params).await?["item"]["id"].clone();
                let params = json!({"itemId": id, "deviceTypeId": 9, "uniqueId": unique_id(unit)});
                wialon(&mut client, &sid, "unit/update_device_type", &params).await?;
                made.push((unit, id.as_i64().unwrap_or_default()));
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(made)
        }));
    }
    let mut all = Vec::new();
    for worker in making {
        all.extend(worker.await??);
    }
    all.sort_unstable();
    Ok(all.into_iter().map(|(_, id)| id).collect())
}

/// Counts what is read back of some units of a day, and compares it with what was answered.
async fn check(docket: &Docket, sent: &[(usize, usize)], day: &str) -> Outcome<()> {
    let mut client = Client::connect(&docket.address).await?;
    let bearer = format!("authorization: Bearer {}\r\n", docket.token);
    let step = sent.len().div_ceil(PICKED).max(1);
    let (mut units, mut positions) = (0, 0);
    for (unit, answered) in sent.iter().step_by(step) {
        let (mut found, mut cursor) = (0, String::new());
        loop {
            let target = format!(
                "/v1/units/{}/positions?from={day}T00:00:00Z&until={day}T23:59:59Z&limit=10000{cursor}",
                unique_id(*unit)
            );
            let page = client.send(&request("GET", &target, &bearer, "")).await?.json()?;
            found += page["positions"].as_array().map_or(0, Vec::len);
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
        if found != *answered {
            return Err(format!("unit {unit}: {answered} positions were answered, {found} are there").into());
        }
        (units, positions) = (units + 1, positions + found);
    }
    eprintln!("  read back: {positions} positions of {units} units, all that were answered");
    Ok(())
}

/// Requests of many positions of many units.
async fn batches(docket: &Docket, units: &[i64], day: &'static str, duration: Duration) -> Outcome<Measured> {
    let bearer = format!("content-type: application/json\r\nauthorization: Bearer {}\r\n", docket.token);
    let started = Instant::now();
    let mut sending = Vec::new();
    let connections = FEW.min(8);
    for worker in 0..connections {
        let (address, bearer, units) = (docket.address.clone(), bearer.clone(), units.to_vec());
        sending.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let (mut times_us, mut at) = (Vec::new(), worker * 1_000_003);
            while started.elapsed() < duration {
                let lines: Vec<String> = (0..BATCH)
                    .map(|_| {
                        at += 1;
                        let (unit, second) = (units[at % units.len()], at / units.len() % DAY_S);
                        let (hour, minute, rest) = (second / 3600, second / 60 % 60, second % 60);
                        format!(
                            "{{\"unit\":{unit},\"at\":\"{day}T{hour:02}:{minute:02}:{rest:02}Z\",\"latitude\":53.{at:06},\
                             \"longitude\":27.{:06},\"speed_kmh\":{},\"course\":{}}}",
                            at % 900_000,
                            20 + at % 60,
                            at % 360
                        )
                    })
                    .collect();
                let bytes = request("POST", "/v1/positions", &bearer, &lines.join("\n"));
                let begun = Instant::now();
                let answer = client.send(&bytes).await?;
                times_us.push(begun.elapsed().as_micros() as u32);
                if !answer.body.starts_with(b"{\"kept\":1000,\"refused\":0") {
                    return Err(String::from_utf8_lossy(&answer.body).into_owned().into());
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times_us)
        }));
    }
    let mut times_us = Vec::new();
    for worker in sending {
        times_us.extend(worker.await??);
    }
    Ok(measured("positions, HTTP batches of 1000", connections, times_us, 0, started.elapsed(), BATCH as u64))
}

/// So many orders are completed to see how long that takes.
const COMPLETED: usize = 400;
/// No completion takes longer, or something is broken.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long it takes from a tracker's message, sent where an order is and standing still, until the order is read as
/// completed by somebody who asks again and again; also while `busy` others send black boxes.
async fn completions(docket: &Docket, units: &[i64], busy: usize) -> Outcome<Measured> {
    let bearer = format!("authorization: Bearer {}\r\n", docket.token);
    let json = format!("content-type: application/json\r\n{bearer}");
    let mut client = Client::connect(&docket.address).await?;
    let stop = Instant::now() + Duration::from_secs(3600);
    let mut others = Vec::new();
    for unit in 0..busy {
        let tracker = Tracker::connect(&docket.ips_address, units.len() - 1 - unit).await?;
        others.push(tokio::spawn(tracker.run(black_box, LAST_DAY, stop)));
    }
    // Orders lie 370 m apart, so that one message completes one of them and none is a jump.
    let (mut times_us, begun) = (Vec::new(), Instant::now());
    let mut tracker = Tracker::connect(&docket.ips_address, busy).await?;
    #[expect(clippy::disallowed_methods, reason = "the hub that is measured lives by the real clock")]
    let now = jiff::Timestamp::now();
    for index in 0..COMPLETED {
        let minutes = index as f64 * 0.2;
        let body = json!({
            "number": format!("C{busy}-{index}"),
            "unit": units.get(busy),
            "site": {"latitude": 10.0 + minutes / 60.0, "longitude": 20.0},
        });
        let made = client.send(&request("POST", "/v1/orders", &json, &body.to_string())).await?;
        let id =
            made.json()?["id"].as_str().ok_or_else(|| String::from_utf8_lossy(&made.body).into_owned())?.to_owned();
        let read = request("GET", &format!("/v1/orders/{id}"), &bearer, "");
        let at = now.checked_add(Duration::from_secs(index as u64))?.strftime("%d%m%y;%H%M%S");
        let place = format!("{at};{:02}{:07.4};N;02000.0000;E;0;0;150;9", 10 + minutes as usize / 60, minutes % 60.0);
        let message = sealed("D", &format!("{place};0.9;1;0;;NA;NA;"));
        let sent = Instant::now();
        tracker.stream.write_all(&message).await?;
        tracker.expect(b"#AD#1\r\n").await?;
        while client.send(&read).await?.json()?["status"] != "completed" {
            if sent.elapsed() > PATIENCE {
                return Err(format!("order {id} was not completed by {place}").into());
            }
        }
        times_us.push(sent.elapsed().as_micros() as u32);
    }
    others.iter().for_each(tokio::task::JoinHandle::abort);
    let name = match busy {
        0 => "position to completed order, nothing else going on".to_owned(),
        busy => format!("position to completed order, {busy} trackers send black boxes"),
    };
    Ok(measured(&name, 1, times_us, 0, begun.elapsed(), 1))
}

/// How many positions there are of a day, all units together.
async fn count(docket: &Docket, units: &[i64], day: &str) -> Outcome<usize> {
    let mut client = Client::connect(&docket.address).await?;
    let bearer = format!("authorization: Bearer {}\r\n", docket.token);
    let mut found = 0;
    for unit in units {
        let mut cursor = String::new();
        loop {
            let target =
                format!("/v1/units/{unit}/positions?from={day}T00:00:00Z&until={day}T23:59:59Z&limit=10000{cursor}");
            let page = client.send(&request("GET", &target, &bearer, "")).await?.json()?;
            found += page["positions"].as_array().map_or(0, Vec::len);
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
        }
    }
    Ok(found)
}

/// Measures the rows.
pub async fn all(docket: &Docket, units: usize, duration: Duration, table: &mut Table) -> Outcome<()> {
    if !table.wants("positions") || units == 0 {
        return Ok(());
    }
    let address = bare().await?;
    for (name, count, packet) in [
        ("bare socket, positions one at a time", BARE, single as Packet),
        ("bare socket, positions in black boxes of 100", FEW, black_box as Packet),
    ] {
        let short = duration.min(Duration::from_secs(10));
        table.add(trackers(name, &address, (count, packet, DAYS[0].0), short).await?.0);
    }
    let begun = Instant::now();
    let ids = make_units(docket, units).await?;
    eprintln!("  {} units made in {:.1} s", ids.len(), begun.elapsed().as_secs_f64());
    for busy in [0, 4] {
        table.add(completions(docket, &ids, busy).await?);
    }
    for (name, count, packet, day) in [
        ("positions, IPS black boxes of 100", FEW, black_box as Packet, DAYS[0]),
        ("positions, IPS one at a time", units, single as Packet, DAYS[1]),
    ] {
        let (row, sent) = trackers(name, &docket.ips_address, (count, packet, day.0), duration).await?;
        table.add(row);
        eprintln!("  memory: {}; processor: {:.1} s so far", docket.memory(), docket.processor_s());
        check(docket, &sent, day.1).await?;
    }
    let day = DAYS[2].1;
    let row = batches(docket, &ids, day, duration).await?;
    let sent = (row.rate * row.elapsed_s).round() as usize;
    table.add(row);
    let found = count(docket, &ids, day).await?;
    if found != sent {
        return Err(format!("{sent} positions were answered, {found} are there").into());
    }
    eprintln!("  read back: {found} positions, all that were answered; memory: {}", docket.memory());
    Ok(())
}
