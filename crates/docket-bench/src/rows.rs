//! The rows: what is asked of Docket.

use crate::Outcome;
use crate::client::{Answer, Client, request};
use crate::load::{Check, Make, Table, measured, run};
use crate::server::Docket;
use base64::Engine as _;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const JSON: &str = "content-type: application/json\r\n";
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
/// Orders of one pushed batch.
const BATCH: u64 = 100;

/// Numbers never repeat within a run, whatever row they are for.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// A body rendered beforehand, but for its numbers, so that making load costs next to nothing: `QQn` stands for a
/// number that never repeats, `QQh` for one of 20,000 house numbers.
pub struct Template {
    parts: Vec<String>,
}

impl Template {
    /// Splits a text at its marks.
    pub fn new(text: &str) -> Template {
        Template { parts: text.split("QQ").map(str::to_owned).collect() }
    }

    /// The text with the next numbers in it.
    pub fn render(&self) -> String {
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let (number, house) = (n.to_string(), (n % 20_000).to_string());
        let mut out = String::with_capacity(self.parts.iter().map(|part| part.len() + 8).sum());
        for (index, part) in self.parts.iter().enumerate() {
            let rest = match (index, part.as_bytes().first()) {
                (0, _) => part.as_str(),
                (_, Some(b'h')) => {
                    out.push_str(&house);
                    &part[1..]
                }
                _ => {
                    out.push_str(&number);
                    part.get(1..).unwrap_or_default()
                }
            };
            out.push_str(rest);
        }
        out
    }
}

/// A native order of about 0.95 KB at one of 20,000 properties.
pub fn native_order() -> Template {
    Template::new(
        &json!({
            "number": "B-QQn",
            "title": "Grass cut and winterization",
            "client_status": "Order Created",
            "description": "Initial services at a vacant property; see the instructions of the client for what is covered",
            "instructions": "Mow front, back and sides to 2 inches, trim along walls and fences, edge the walks, bag and \
                             remove clippings. Photograph each side before and after; the house number must be visible \
                             in one picture. Winterize: blow out lines, drain the heater, antifreeze in all traps, tag \
                             the main valve.",
            "due": "2031-03-02T12:00:00Z",
            "site": {"address1": "QQh East Main", "city": "Round Rock", "region": "TX", "postal_code": "78664",
                     "latitude": 30.5, "longitude": -97.68},
            "customer": {"name": "Ann Lee", "phone": "+1 512 555 0100", "email": "ann.lee@example.com"},
            "tasks": [{"name": "Mow Grass", "quantity": 1, "unit_price": 45.0},
                      {"name": "Winterize", "quantity": 1, "unit_price": 110.0}]
        })
        .to_string(),
    )
}

fn pruvan_order() -> Value {
    json!({
        "workOrderNumber": "P-QQn", "address1": "QQh East Main", "city": "Round Rock",
        "state": "TX", "zip": "78664", "workOrderInfo": "Call Office 555-111-2222", "clientStatus": "Order Created",
        "clientDueDate": "2031-05-28 1200 +0", "dueDate": "2031-05-25 1200 +0",
        "instructions": "Mow front, back and sides to 2 inches, trim along walls and fences, edge the walks, bag and \
                         remove clippings. Photograph each side before and after; the house number must be visible in \
                         one picture.",
        "description": "Initial services at a vacant property; see the instructions of the client for what is covered",
        "services": [{"serviceName": "Task-01 Mow Grass", "instructions": "Two inches"},
                     {"serviceName": "Task-02 Winterize"}]
    })
}

fn encoded(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut out = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte as char),
            _ => out.extend(['%', DIGITS[usize::from(byte >> 4)] as char, DIGITS[usize::from(byte & 15)] as char]),
        }
    }
    out
}

fn push(docket: &Docket, orders: u64) -> Make {
    let target = format!("/api/?apiKey={}", docket.credential("pruvan", "api_key"));
    let order = Template::new(&encoded(&pruvan_order().to_string()));
    let (head, comma, tail) = (encoded("{\"workOrders\":["), encoded(","), encoded("]}"));
    Arc::new(move |_, _| {
        let batch: Vec<String> = (0..orders).map(|_| order.render()).collect();
        request("POST", &target, FORM, &format!("workOrders={head}{}{tail}", batch.join(&comma)))
    })
}

/// Stores the orders that everything is measured beside.
pub async fn fill(docket: &Docket, orders: u64, table: &mut Table) -> Outcome<()> {
    let rounds = orders.div_ceil(500);
    let make = push(docket, 500);
    let (done, started) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let mut workers = Vec::new();
    for worker in 0..4 {
        let (address, make, done) = (docket.address.clone(), Arc::clone(&make), Arc::clone(&done));
        workers.push(tokio::spawn(async move {
            let mut client = Client::connect(&address).await?;
            let mut times_us = Vec::new();
            while done.fetch_add(1, Ordering::Relaxed) < rounds {
                let begun = Instant::now();
                let answer = client.send(&make(worker, 0)).await?;
                times_us.push(begun.elapsed().as_micros() as u32);
                if !(answer.body.starts_with(b"{\"response\":{\"created\":500")) {
                    return Err(format!("push: {}", String::from_utf8_lossy(&answer.body)).into());
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times_us)
        }));
    }
    let mut times_us = Vec::new();
    for worker in workers {
        times_us.extend(worker.await??);
    }
    table.add(measured(&format!("fill: {orders} orders, pruvan push of 500"), 4, times_us, 0, started.elapsed(), 500));
    eprintln!("  memory after filling: {}", docket.memory());
    Ok(())
}

struct Row {
    name: &'static str,
    per_request: u64,
    make: Make,
    check: Check,
}

fn is_ok(answer: &Answer) -> bool {
    answer.status == 200
}

fn is_created(answer: &Answer) -> bool {
    answer.status == 201
}

/// Measures every row at every number of connections.
pub async fn all(docket: &Docket, connections: &[usize], duration: Duration, table: &mut Table) -> Outcome<()> {
    let mut rows = creates(docket).await?;
    rows.extend(reads(docket).await?);
    for row in rows.iter().filter(|row| table.wants(row.name)).collect::<Vec<_>>() {
        for &connections in connections {
            let make = Arc::clone(&row.make);
            let figures = run(row.name, &docket.address, connections, duration, row.per_request, make, row.check);
            table.add(figures.await?);
        }
        eprintln!("  memory: {}", docket.memory());
    }
    eprintln!("  memory at the end: {}", docket.memory());
    Ok(())
}

async fn creates(docket: &Docket) -> Outcome<Vec<Row>> {
    let bearer = format!("{JSON}authorization: Bearer {}\r\n", docket.token);
    let order = native_order();
    let native: Make = Arc::new(move |_, _| request("POST", "/v1/orders", &bearer, &order.render()));
    Ok(vec![
        Row { name: "create, native", per_request: 1, make: native, check: is_created },
        Row {
            name: "create, pruvan",
            per_request: 1,
            make: push(docket, 1),
            check: |answer| answer.body.starts_with(b"{\"response\":{\"created\":1"),
        },
        Row {
            name: "create, wialon",
            per_request: 1,
            make: wialon(docket).await?,
            check: |answer| answer.body.starts_with(b"[") && !answer.body.starts_with(b"[]"),
        },
        Row {
            name: "create, mews",
            per_request: 1,
            make: mews(docket).await?,
            check: |answer| is_ok(answer) && answer.body.starts_with(b"{\"OrderId\""),
        },
        Row {
            name: "create, planviewer",
            per_request: 1,
            make: planviewer(docket).await?,
            check: |answer| is_ok(answer) && answer.body.starts_with(b"[{\"uuid\""),
        },
        Row {
            name: "write, ppw mark_order_imported",
            per_request: 1,
            make: ppw(docket).await?,
            check: |answer| is_ok(answer) && answer.body.windows(14).any(|part| part == b"\"success\":true"),
        },
        Row {
            name: "batched create, pruvan push of 100",
            per_request: BATCH,
            make: push(docket, BATCH),
            check: |answer| answer.body.starts_with(b"{\"response\":{\"created\":100"),
        },
    ])
}

async fn ask(docket: &Docket, bytes: Vec<u8>) -> Outcome<Value> {
    let answer = Client::connect(&docket.address).await?.send(&bytes).await?;
    if answer.status >= 300 {
        return Err(format!("{}: {}", answer.status, String::from_utf8_lossy(&answer.body)).into());
    }
    answer.json()
}

async fn wialon(docket: &Docket) -> Outcome<Make> {
    let params = json!({"token": docket.credential("wialon", "token")}).to_string();
    let body = format!("svc=token%2Flogin&params={}", encoded(&params));
    let login = ask(docket, request("POST", "/wialon/ajax.html", FORM, &body)).await?;
    let sid = login["eid"].as_str().ok_or("wialon gave no session")?.to_owned();
    let resource: i64 = docket.credential("wialon", "resource_id").parse()?;
    let params = json!({
        "itemId": resource, "id": 0, "callMode": "create", "n": "Crate QQn",
        "p": {"n": "Ann Lee", "p": "+15125550100", "p2": "", "e": "ann.lee@example.com", "a": "QQh Quay Rd, Round Rock",
              "v": "2", "w": "12", "c": 40, "ut": 300, "t": "van",
              "d": "Leave with the doorman, ring twice, take a picture of the crate",
              "uic": "S-QQn", "cid": "C-QQn", "cm": "", "ntf": 0, "pr": 50, "tags": []},
        "rp": "", "f": 1, "tf": 1_968_471_200, "tt": 1_968_482_000, "trt": 600, "r": 100, "y": 53.9, "x": 27.5, "u": 0,
        "tz": 134_228_528, "dp": []
    });
    let body = Template::new(&format!("svc=order%2Fupdate&params={}&sid={sid}", encoded(&params.to_string())));
    Ok(Arc::new(move |_, _| request("POST", "/wialon/ajax.html", FORM, &body.render())))
}

/// The ids of listed services.
fn ids_of(services: &Value) -> Value {
    services["Services"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|service| service["Id"].clone())
        .collect()
}

fn mews_envelope(docket: &Docket) -> Value {
    json!({
        "ClientToken": docket.credential("mews", "client_token"),
        "AccessToken": docket.credential("mews", "access_token"),
        "Client": "Bench 1.0"
    })
}

async fn mews(docket: &Docket) -> Outcome<Make> {
    let envelope = mews_envelope(docket);
    let mut list = envelope.clone();
    list["Limitation"] = json!({"Count": 10});
    let services = ask(docket, request("POST", "/api/connector/v1/services/getAll", JSON, &list.to_string())).await?;
    let service = services["Services"]
        .as_array()
        .and_then(|all| all.iter().find(|service| service["Data"]["Discriminator"] == "Additional"))
        .and_then(|service| service["Id"].as_str())
        .ok_or("mews lists no additional service")?
        .to_owned();
    // The native filler's customer; an order of hers makes her known.
    let bearer = format!("{JSON}authorization: Bearer {}\r\n", docket.token);
    let native = ask(docket, request("POST", "/v1/orders", &bearer, &native_order().render())).await?;
    let mut one = list.clone();
    one["ProductServiceOrderIds"] = json!([native["id"]]);
    one["ServiceIds"] = ids_of(&services);
    let found =
        ask(docket, request("POST", "/api/connector/v1/productServiceOrders/getAll", JSON, &one.to_string())).await?;
    let account = found["ProductServiceOrders"][0]["AccountId"].as_str().ok_or("mews shows no account")?.to_owned();
    Ok(Arc::new(move |_, _| {
        let mut body = envelope.clone();
        body["ServiceId"] = json!(service);
        body["AccountId"] = json!(account);
        body["Notes"] =
            json!("Two towels extra, quiet room please, and a late breakfast on the terrace if the weather allows it");
        body["Items"] = json!([
            {"Name": "Spa entry", "UnitCount": 2, "UnitAmount": {"Currency": "EUR", "GrossValue": 20.0, "TaxCodes": ["UK-S"]}},
            {"Name": "Bath robe", "UnitCount": 1, "UnitAmount": {"Currency": "EUR", "GrossValue": 5.5, "TaxCodes": ["UK-S"]}}
        ]);
        request("POST", "/api/connector/v1/orders/add", JSON, &body.to_string())
    }))
}

async fn planviewer(docket: &Docket) -> Outcome<Make> {
    let (key, secret) = (docket.credential("planviewer", "key"), docket.credential("planviewer", "secret"));
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
    let headers = format!("{JSON}accept: application/json\r\nauthorization: Basic {basic}\r\n");
    let products = ask(docket, request("GET", "/product_api/v1/products/list", &headers, "")).await?;
    let slug = products[0]["slug"].as_str().ok_or("planviewer lists no product")?.to_owned();
    let search = json!({"entity": "adres", "query": {"field": {"fields": ["postcode"], "query": "78664"}}});
    let found =
        ask(docket, request("POST", "/product_api/v1/search/structured", &headers, &search.to_string())).await?;
    let location = found[0]["uuid"].as_str().ok_or("planviewer finds no location")?.to_owned();
    let list = json!({"uuids": [location], "products": [slug]}).to_string();
    let intentions = ask(docket, request("POST", "/product_api/v1/intentions/list", &headers, &list)).await?;
    let intention = intentions[0]["intentions"][0]["uuid"].as_str().ok_or("no intention")?.to_owned();
    let body = json!({"uuids": [intention]}).to_string();
    let bytes = request("POST", "/product_api/v1/jobs/order", &headers, &body);
    Ok(Arc::new(move |_, _| bytes.clone()))
}

async fn ppw(docket: &Docket) -> Outcome<Make> {
    use sha1::{Digest as _, Sha1};
    let username = docket.credential("ppw", "username");
    let digest = Sha1::digest(docket.credential("ppw", "password"));
    let password: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let next = Arc::new(AtomicU64::new(1));
    Ok(Arc::new(move |_, _| {
        let report_id = next.fetch_add(1, Ordering::Relaxed);
        let payload = json!({
            "username": username, "password": password, "site_id": "0c5f4f0e-6f0e-4c57-9f2d-1f6d1f4f8a11",
            "event_name": "mark_order_imported", "event_data": json!({"report_id": report_id}).to_string()
        });
        request("POST", "/api/link/receiver.php", FORM, &format!("payload={}", encoded(&payload.to_string())))
    }))
}

async fn reads(docket: &Docket) -> Outcome<Vec<Row>> {
    let bearer = format!("authorization: Bearer {}\r\n", docket.token);
    let get = |target: String| request("GET", &target, &bearer, "");
    // Cursors at page 1, 100 and deep; ids all over.
    let mut ids = Vec::new();
    let mut cursors = vec![String::new()];
    let mut cursor = String::new();
    for _ in 0..400 {
        let page = ask(docket, get(format!("/v1/orders?limit=1000{cursor}"))).await?;
        if let Some(order) = page["orders"].as_array().and_then(|orders| orders.get(orders.len() / 2)) {
            ids.push(order["id"].as_str().unwrap_or_default().to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        cursors.push(cursor.clone());
    }
    let deep = cursors.last().cloned().unwrap_or_default();
    let page = |filter: &str, cursor: &str| -> Make {
        let bytes = request("GET", &format!("/v1/orders?limit=1000{filter}{cursor}"), &bearer, "");
        Arc::new(move |_, _| bytes.clone())
    };
    let point: Make = {
        let requests: Vec<Vec<u8>> = ids.iter().map(|id| get(format!("/v1/orders/{id}"))).collect();
        Arc::new(move |worker, round| requests[(worker * 31 + round as usize * 7) % requests.len()].clone())
    };
    let mut getall = mews_envelope(docket);
    let mut list = getall.clone();
    list["Limitation"] = json!({"Count": 1000});
    let services = ask(docket, request("POST", "/api/connector/v1/services/getAll", JSON, &list.to_string())).await?;
    let ids: Vec<Value> = services["Services"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
        .map(|s| s["Id"].clone())
        .collect();
    getall["ServiceIds"] = json!(ids);
    getall["Limitation"] = json!({"Count": 100});
    let getall = request("POST", "/api/connector/v1/productServiceOrders/getAll", JSON, &getall.to_string());
    Ok(vec![
        Row { name: "point read, native", per_request: 1, make: point, check: is_ok },
        Row { name: "page of 1,000, native, first", per_request: 1, make: page("", ""), check: is_ok },
        Row { name: "page of 1,000, native, deep", per_request: 1, make: page("", &deep), check: is_ok },
        Row {
            name: "page of 1,000, native, by status",
            per_request: 1,
            make: page("&status=received", ""),
            check: is_ok,
        },
        Row {
            name: "page of 1,000, native, by status, deep",
            per_request: 1,
            make: page("&status=received", &deep),
            check: is_ok,
        },
        Row {
            name: "listing of 100, mews getAll",
            per_request: 1,
            make: Arc::new(move |_, _| getall.clone()),
            check: is_ok,
        },
    ])
}
