//! What is sent again is stored once: for every operation by which a dialect sends something in. Each is cut off in the
//! middle of its body (nothing is stored), cut off before its answer is read (it is stored), sent again as it was, twice
//! more, and eight times at once. The journal tells what was stored: it must not grow by a repetition.
//!
//! Some operations have no key by which a repetition could be told; their vendors say that each call counts. Of those a
//! call is whole or absent, and each whole call counts once.

mod elsewhere;

use crate::hub::{Answer, Credentials, TestHub};
use crate::parcel::Parcel;
use base64::Engine as _;
use docket_app::enroll;
use docket_core::ids::{AccountId, UnitId, Uuid};
use docket_dialects::dialect::Served;
use docket_dialects::transcript::given;
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// Who sends: a connection of each dialect that sees the whole account.
struct World {
    hub: TestHub,
    ppw: Credentials,
    pruvan: Credentials,
    mews: Credentials,
    planviewer: Credentials,
    wialon: Credentials,
    /// Wialon's session.
    sid: String,
    /// A place the journal has come to.
    known: AtomicI64,
}

impl World {
    async fn open() -> World {
        let hub = TestHub::start().await;
        let all = &[("scope", "account")];
        let ppw = hub.connect("ppw", "p", all).await;
        let pruvan = hub.connect("pruvan", "v", all).await;
        let mews = hub.connect("mews", "m", &[("scope", "account"), ("rate_limit", "0")]).await;
        let planviewer = hub.connect("planviewer", "j", &[("scope", "account"), ("soft_cap", "1000")]).await;
        let wialon = hub.connect("wialon", "w", all).await;
        let account = hub.app().store().account("main", true).await.unwrap().unwrap();
        enroll::ensure_products(hub.app().store(), account, hub.app().now()).await.unwrap();
        let mut world =
            World { hub, ppw, pruvan, mews, planviewer, wialon, sid: String::new(), known: AtomicI64::new(0) };
        let login = world.wialon_call("token/login", &json!({"token": world.wialon["token"]}));
        world.sid = login.send(world.address()).await.json()["eid"].as_str().unwrap().to_owned();
        world
    }

    fn address(&self) -> SocketAddr {
        self.hub.address()
    }

    /// An order made natively: its id and serial.
    async fn order(&self, number: &str) -> (String, i64) {
        let body = json!({"number": number, "site": {"address1": "5 Elm Ct", "city": "Austin", "postal_code": "78701"},
            "tasks": [{"name": "Mow"}]});
        let answer = self.hub.native("POST", "/v1/orders", &body.to_string()).await;
        assert_eq!(answer.status, 201, "{}", answer.text());
        let order = answer.json();
        (order["id"].as_str().unwrap().to_owned(), order["serial"].as_i64().unwrap())
    }

    /// The entries behind a place.
    async fn behind(&self, seq: i64) -> Vec<Value> {
        let mut entries: Vec<Value> = Vec::new();
        loop {
            let after = entries.last().map_or(seq, |entry| entry["seq"].as_i64().unwrap());
            let page = self.hub.native("GET", &format!("/v1/journal?after={after}&limit=1000"), "").await.json();
            match page["entries"].as_array() {
                Some(more) if !more.is_empty() => entries.extend(more.iter().cloned()),
                _ => return entries,
            }
        }
    }

    /// The last place in the journal. It has no gaps, so this is how many entries there are.
    async fn head(&self) -> i64 {
        let known = self.known.load(Ordering::Relaxed);
        let head = self.behind(known).await.last().map_or(known, |entry| entry["seq"].as_i64().unwrap());
        self.known.store(head, Ordering::Relaxed);
        head
    }

    async fn head_behind(&self, name: &str, before: i64) -> i64 {
        for _ in 0..500 {
            let head = self.head().await;
            if head > before {
                return head;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{name}: what was sent whole was not stored");
    }

    fn native(&self, target: &str, body: &Value) -> Parcel {
        let (target, bearer) = (target.to_owned(), format!("Bearer {}", self.hub.token));
        Parcel::saying(body.clone(), move |body| Parcel::json(&target, body).with("authorization", &bearer))
    }

    /// A PPW event; with a file, as multipart.
    fn ppw_event(&self, event: &str, data: &Value, file: Option<&str>) -> Parcel {
        let password: String =
            Sha1::digest(self.ppw["password"].as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let (username, event, file) = (self.ppw["username"].clone(), event.to_owned(), file.map(str::to_owned));
        Parcel::saying(data.clone(), move |data| {
            let payload = json!({"username": username, "password": password, "site_id": "site", "event_name": event,
                "event_data": data.to_string()});
            let target = "/api/link/receiver.php";
            match &file {
                Some(name) => Parcel::multipart(target, ("payload", &payload), name, JPEG),
                None => Parcel::form(target, "payload", &payload),
            }
        })
    }

    /// A call of one of Pruvan's services; with a file, as multipart.
    fn pruvan_call(&self, service: &str, said: &Value, file: Option<&str>) -> Parcel {
        let target = format!("/pruvan/{service}");
        let (username, token) = (self.pruvan["username"].clone(), self.pruvan["token"].clone());
        let file = file.map(str::to_owned);
        Parcel::saying(said.clone(), move |said| {
            let mut payload = said.clone();
            (payload["username"], payload["token"]) = (json!(username), json!(token));
            match &file {
                Some(name) => Parcel::multipart(&target, ("payload", &payload), name, JPEG),
                None => Parcel::form(&target, "payload", &payload),
            }
        })
    }

    fn pruvan_push(&self, order: &Value) -> Parcel {
        let target = format!("/api/?apiKey={}", self.pruvan["api_key"]);
        Parcel::saying(json!({"workOrders": [order]}), move |orders| Parcel::form(&target, "workOrders", orders))
    }

    fn wialon_call(&self, svc: &str, params: &Value) -> Parcel {
        let (svc, sid) = (svc.to_owned(), self.sid.clone());
        Parcel::saying(params.clone(), move |params| {
            let params: String = params.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
            let body = format!("svc={svc}&params={params}&sid={sid}");
            Parcel::new("/wialon/ajax.html", "application/x-www-form-urlencoded", body)
        })
    }

    fn resource(&self) -> i64 {
        self.wialon["resource_id"].parse().unwrap()
    }

    fn wialon_order(&self, mut members: Value) -> Parcel {
        members["itemId"] = json!(self.resource());
        self.wialon_call("order/update", &members)
    }

    fn mews_call(&self, operation: &str, body: &Value) -> Parcel {
        let target = format!("/api/connector/v1/{operation}");
        let (client, access) = (self.mews["client_token"].clone(), self.mews["access_token"].clone());
        Parcel::saying(body.clone(), move |body| {
            let mut body = body.clone();
            (body["ClientToken"], body["AccessToken"]) = (json!(client), json!(access));
            body["Client"] = json!("Resend 1.0");
            Parcel::json(&target, &body)
        })
    }

    fn planviewer_call(&self, target: &str, body: &Value) -> Parcel {
        let pair = format!("{}:{}", self.planviewer["key"], self.planviewer["secret"]);
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        let target = format!("/product_api/v1/{target}");
        Parcel::saying(body.clone(), move |body| Parcel::json(&target, body).with("authorization", &basic))
    }
}

/// Whether an answer says that it was done, in any of the dialects.
fn is_accepted(answer: &Answer) -> bool {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let failed = body["success"] == false || body["error"] == true || body["status"] == false;
    let complains = body["error"].as_str().is_some_and(|error| !error.is_empty());
    let code = body["error"].as_i64().is_some_and(|code| code != 0);
    (200..300).contains(&answer.status) && !failed && !complains && !code
}

/// What is refused when it was done already: there is nothing left to take away, the id is taken, the step was taken.
const REFUSED_AGAIN: &[&str] = &[
    "wialon order/detach",
    "wialon order/route_update, create",
    "mews serviceOrderNotes/delete",
    "mews reservations/confirm",
    "mews reservations/start",
    "mews reservations/process",
    "mews reservations/cancel",
];

/// Cut in the middle: nothing is stored.
async fn stores_nothing_in_part(world: &World, name: &str, parcel: &Parcel) {
    let before = world.head().await;
    for at in [0, 1, parcel.body.len() / 2, parcel.body.len() - 1] {
        parcel.cut(world.address(), at).await;
    }
    parcel.cut_before_the_last_chunk(world.address()).await;
    // The hub has seen the end of those connections when it has answered on later ones.
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert_eq!(world.head().await, before, "{name}: a part was stored");
    }
}

/// Of an operation with a key: whatever happens to the connection, it is stored once. Gives how much that is.
async fn stores_once(world: &World, name: &str, parcel: &Parcel) -> i64 {
    stores_nothing_in_part(world, name, parcel).await;
    let before = world.head().await;
    parcel.cut(world.address(), parcel.body.len()).await;
    let stored = world.head_behind(name, before).await;
    for round in 0..3 {
        let answer = parcel.send(world.address()).await;
        let answered = format!("{name}, sent again ({round}): {} {}", answer.status, answer.text());
        assert!(is_accepted(&answer) != REFUSED_AGAIN.contains(&name) && answer.status < 500, "{answered}");
        assert_eq!(world.head().await, stored, "{name}, sent again ({round}): {}", told(world, stored).await);
    }
    at_once(world, parcel).await;
    assert_eq!(world.head().await, stored, "{name}, at once: {}", told(world, stored).await);
    stored - before
}

/// Eight times at once, each on a connection of its own.
async fn at_once(world: &World, parcel: &Parcel) -> Vec<Answer> {
    let address = world.address();
    let sending = (0..8).map(|_| {
        let parcel = parcel.clone();
        tokio::spawn(async move { parcel.send(address).await })
    });
    futures_util::future::join_all(sending).await.into_iter().map(Result::unwrap).collect()
}

/// Sent for the first time eight times at once, it is stored once as well.
async fn stores_once_at_once(world: &World, name: &str, parcel: &Parcel, expected: i64) {
    let before = world.head().await;
    let answers = at_once(world, parcel).await;
    let accepted = answers.iter().filter(|answer| is_accepted(answer)).count();
    let expected_answers = if REFUSED_AGAIN.contains(&name) { 1 } else { answers.len() };
    assert_eq!(
        accepted,
        expected_answers,
        "{name}, at once: {:?}",
        answers.iter().map(Answer::text).collect::<Vec<_>>()
    );
    let stored = world.head().await;
    assert_eq!(stored - before, expected, "{name}, at once: {}", told(world, before).await);
}

/// What the journal tells behind a place.
async fn told(world: &World, behind: i64) -> String {
    world.behind(behind).await.iter().map(|entry| format!("\n{entry}")).collect()
}

/// Whether the registry says that the operation a name begins with is served: `ppw send_notes, of the property`.
fn is_served(name: &str) -> bool {
    let (dialect, operation) = name.split_once(' ').expect("dialect and operation");
    let operation = operation.split(", ").next().expect("an operation");
    let Some(dialect) = docket_dialects::dialect(dialect) else { return true };
    let known = dialect.operations.iter().find(|known| known.name == operation);
    matches!(known.unwrap_or_else(|| panic!("{name} is no operation")).served, Served::Yes)
}

/// Both ways, with a parcel for each.
async fn once(world: &World, name: &str, first: &Parcel, second: &Parcel) {
    if !is_served(name) {
        return;
    }
    let entries = stores_once(world, name, first).await;
    assert!(entries >= 1, "{name}");
    stores_once_at_once(world, name, second, entries).await;
    garbles(world, name, second).await;
}

/// Whatever a member is replaced by: an answer of the dialect's, and what is refused stores nothing.
async fn garbles(world: &World, name: &str, parcel: &Parcel) {
    let mut seq = world.head().await;
    for (what, other) in parcel.garbled() {
        let answer = other.send(world.address()).await;
        let own = serde_json::from_slice::<Value>(&answer.body).is_ok();
        assert!(
            answer.status < 500 && answer.status != 429 && own,
            "{name}, {what}: {} {}",
            answer.status,
            answer.text()
        );
        let stored = world.behind(seq).await;
        // Documents that were ordered before are made meanwhile.
        let from_here = stored.iter().filter(|entry| entry["actor"] != "hub").count();
        assert!(
            is_accepted(&answer) || from_here == 0,
            "{name}, {what}: refused and stored: {} {stored:?}",
            answer.text()
        );
        seq = stored.last().map_or(seq, |entry| entry["seq"].as_i64().unwrap());
    }
}

const JPEG: &[u8] = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9";

/// A multipart body that ends within its file, by the sender's own word all there is: the file is not taken for whole.
async fn broken_file_is_refused(world: &World, name: &str, parcel: &Parcel) {
    if !is_served(name) {
        return;
    }
    let before = world.head().await;
    let file = parcel.body.windows(JPEG.len()).position(|window| window == JPEG).expect("the file");
    for end in [file + JPEG.len() / 2, file + JPEG.len(), file - 4] {
        let answer = parcel.first(end).send(world.address()).await;
        assert!(!is_accepted(&answer) && answer.status < 500, "{name}: {} {}", answer.status, answer.text());
    }
    assert_eq!(world.head().await, before, "{name}: {}", told(world, before).await);
}

#[tokio::test]
async fn native() {
    let world = World::open().await;
    let keyed = |key: &str| {
        let body = json!({"number": key, "title": "Mow"});
        world.native("/v1/orders", &body).with("idempotency-key", key)
    };
    once(&world, "native create", &keyed("a"), &keyed("b")).await;
    let (order, _) = world.order("Q-1").await;
    let choices = json!([{"key": "1", "label": "Yes"}, {"key": "2", "label": "No"}]);
    let question = |id: &str| {
        let body = json!({"id": id, "message": format!("{id}?"), "choices": choices});
        world.native(&format!("/v1/orders/{order}/questions"), &body)
    };
    let answer =
        |id: &str| world.native(&format!("/v1/orders/{order}/answers"), &json!({"question": id, "choice": "2"}));
    once(&world, "native question", &question("a"), &question("b")).await;
    once(&world, "native answer", &answer("a"), &answer("b")).await;
    let list = |list: &str, body: Value| world.native(&format!("/v1/orders/{order}/{list}"), &body);
    let note = |id: &str| list("notes", json!({"id": id, "text": "Gate is locked"}));
    once(&world, "native note", &note("a"), &note("b")).await;
    let keyed = |key: &str| list("notes", json!({"text": key})).with("idempotency-key", key);
    once(&world, "native note with a key", &keyed("k1"), &keyed("k2")).await;
    let charge =
        |id: &str| list("charges", json!({"id": id, "charge": "bid", "description": "Haul", "unit_price": 40}));
    once(&world, "native charge", &charge("a"), &charge("b")).await;
    let check_in = |id: &str| list("check_ins", json!({"id": id, "point": {"latitude": 30.0, "longitude": -97.0}}));
    once(&world, "native check-in", &check_in("a"), &check_in("b")).await;
    let form = |id: &str| {
        let answers = json!([{"question": "1", "values": ["Yes"]}]);
        list("forms", json!({"id": id, "name": "Survey", "answers": answers}))
    };
    once(&world, "native form", &form("a"), &form("b")).await;
    let (target, bearer) = (format!("/v1/orders/{order}/attachments"), format!("Bearer {}", world.hub.token));
    let photo = |id: &str| {
        let (target, bearer) = (target.clone(), bearer.clone());
        Parcel::saying(json!({"id": id, "stage": "before", "caption": "Front"}), move |about| {
            Parcel::multipart(&target, ("attachment", about), "a.jpg", JPEG).with("authorization", &bearer)
        })
    };
    broken_file_is_refused(&world, "native attachment", &photo("x")).await;
    once(&world, "native attachment", &photo("a"), &photo("b")).await;
}

/// Jobs are claimed, worked on and ended once, however often that is said. Heartbeats, releases and products are no part
/// of the journal: producers.rs.
#[tokio::test]
async fn native_jobs() {
    let world = World::open().await;
    let said = json!({"name": "Valuation", "producer": "acme"}).to_string();
    let product = world.hub.native("PUT", "/v1/products/valuation", &said).await.json();
    let job = || async {
        let body = json!({"service": product["service"], "site": {"address1": "5 Elm Ct", "city": "Austin"}});
        let made = world.hub.native("POST", "/v1/orders", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["id"].as_str().unwrap().to_owned()
    };
    let claimed = || async {
        job().await;
        let body = json!({"producer": "acme", "lease_s": 3600}).to_string();
        let given = world.hub.native("POST", "/v1/jobs/claim", &body).await.json()["jobs"][0].clone();
        (given["id"].as_str().unwrap().to_owned(), given["claim"].as_str().unwrap().to_owned())
    };
    for _ in 0..2 {
        job().await;
    }
    let claim = |key: &str| {
        let body = json!({"producer": "acme", "products": ["valuation"], "lease_s": 3600, "limit": 1});
        world.native("/v1/jobs/claim", &body).with("idempotency-key", key)
    };
    once(&world, "native jobs/claim", &claim("a"), &claim("b")).await;
    let (id, held) = claimed().await;
    let step = |current: i64| {
        let body = json!({"claim": held, "current": current, "total": 8, "message": "part"});
        world.native(&format!("/v1/jobs/{id}/progress"), &body)
    };
    once(&world, "native jobs/progress", &step(1), &step(2)).await;
    let ask = |name: &str| {
        let body = json!({"claim": held, "id": name, "message": "Which?", "choices": ["A", "B"]});
        world.native(&format!("/v1/jobs/{id}/ask"), &body)
    };
    once(&world, "native jobs/ask", &ask("a"), &ask("b")).await;
    for ends in ["finish", "fail"] {
        let mut parcels = Vec::new();
        for _ in 0..2 {
            let (id, held) = claimed().await;
            let body = match ends {
                "finish" => json!({"claim": held, "name": "a.txt", "content": "SGVsbG8=", "media_type": "text/plain"}),
                _ => json!({"claim": held, "reason": "no such lot", "retry": false}),
            };
            parcels.push(world.native(&format!("/v1/jobs/{id}/{ends}"), &body));
        }
        once(&world, &format!("native jobs/{ends}"), &parcels[0], &parcels[1]).await;
    }
    let bearer = format!("Bearer {}", world.hub.token);
    let mut parcels = Vec::new();
    for _ in 0..3 {
        let ((id, held), bearer) = (claimed().await, bearer.clone());
        parcels.push(Parcel::saying(json!({"claim": held, "name": "a.jpg"}), move |about| {
            let target = format!("/v1/jobs/{id}/finish");
            Parcel::multipart(&target, ("job", about), "b.jpg", JPEG).with("authorization", &bearer)
        }));
    }
    broken_file_is_refused(&world, "native jobs/finish, as parts", &parcels[0]).await;
    once(&world, "native jobs/finish, as parts", &parcels[1], &parcels[2]).await;
}

#[tokio::test]
async fn ppw() {
    let world = World::open().await;
    let (_, serial) = world.order("W-1").await;
    let dst = serial.to_string();
    let event = |event: &str, mut data: Value| {
        data["dst_report_id"] = json!(dst);
        world.ppw_event(event, &data, None)
    };
    let note = |id: &str, kind: &str| {
        let note = json!({"note_id": id, "note_type": kind, "note_text": format!("Gate {id} is locked"),
            "insert_date": "2026-01-15T09:00:00Z"});
        event("send_notes", json!({"org_name": "Crew", "module_type": "job_notes", "note": [note]}))
    };
    once(&world, "ppw send_notes", &note("1", "wo"), &note("2", "wo")).await;
    once(&world, "ppw send_notes, of the property", &note("3", "prop"), &note("4", "prop")).await;
    let file = |id: &str| {
        let name = format!("{id}.jpg");
        let data = json!({"dst_report_id": dst, "file_id": id, "file_name": name, "file_area": "0"});
        world.ppw_event("send_file", &data, Some(&name))
    };
    broken_file_is_refused(&world, "ppw send_file", &file("f0")).await;
    once(&world, "ppw send_file", &file("f1"), &file("f2")).await;
    let check_in = |id: &str| {
        let data =
            json!({"bg_check_id": id, "checkin_ts": "2026-01-15 09:00:00", "gps_lat": "30.1", "gps_lng": "-97.7"});
        event("send_checkin", json!({"checkin_data": data}))
    };
    once(&world, "ppw send_checkin", &check_in("c1"), &check_in("c2")).await;
    let answers = |form: &str| {
        let rows = json!([{"pcr_question_id": "7", "question_data_type": "varchar", "varchar_value": "Locked"}]);
        event("send_pcr_answers", json!({"pcr_form_id": form, "pcr_form_rows": rows}))
    };
    once(&world, "ppw send_pcr_answers", &answers("p1"), &answers("p2")).await;
    let flag = |form: &str| {
        let rows = json!([{"file_id": "f1", "pcr_question_id": "7", "work_type": "pc"}]);
        event("send_photo_flag", json!({"pcr_form_id": form, "question_data": rows}))
    };
    once(&world, "ppw send_photo_flag", &flag("p1"), &flag("p2")).await;
    let bid = |id: &str| {
        event(
            "send_bid_comp",
            json!({"dest_invoice_item_id": "", "src_invoice_item_id": "s", "remote_id": id,
            "invoice_item_desc": "Haul debris", "qty_bid": "2", "client_price_bid": "40.00", "bid_note": "Two loads",
            "qty_comp": "1", "comp_note": "One done", "photo_flag_data": [], "total_items": 1, "cur_index": 0}),
        )
    };
    once(&world, "ppw send_bid_comp", &bid("b1"), &bid("b2")).await;
    let invoice = |id: &str| {
        let line = json!({"line_id": id, "invoice_item_id": "other", "quantity": "1.00", "price": "99.50",
            "item_desc": "Haul", "flat_fee": "1"});
        event("send_contractor_invoice", json!({"dst_invoice_item_ids": {}, "comment": "", "invoice_lines": [line]}))
    };
    once(&world, "ppw send_contractor_invoice", &invoice("l1"), &invoice("l2")).await;
    let (_, second) = world.order("W-2").await;
    let of = |event: &str, serial: i64| {
        let serial = serial.to_string();
        world.ppw_event(event, &json!({"dst_report_id": serial, "report_id": serial}), None)
    };
    let nothing = of("bid_comp_confirm", serial);
    once(&world, "ppw bid_comp_confirm", &nothing, &of("bid_comp_confirm", second)).await;
    let listed = world.ppw_event("get_all_orders", &json!({}), None).send(world.address()).await.json();
    let acknowledge = |serial: i64| {
        let rows = listed["result_data"].as_array().unwrap_or_else(|| panic!("{listed}"));
        let row = rows.iter().find(|row| row["report_id"] == serial.to_string().as_str());
        let transaction = row.unwrap_or_else(|| panic!("{serial} in {listed}"))["transaction_id"].clone();
        world.ppw_event("ack_transaction", &json!({"transaction_id": transaction, "success": true}), None)
    };
    once(&world, "ppw ack_transaction", &acknowledge(serial), &acknowledge(second)).await;
    once(&world, "ppw mark_order_imported", &of("mark_order_imported", serial), &of("mark_order_imported", second))
        .await;
    once(
        &world,
        "ppw send_ready_for_office",
        &of("send_ready_for_office", serial),
        &of("send_ready_for_office", second),
    )
    .await;
}

#[tokio::test]
async fn pruvan() {
    let world = World::open().await;
    let full = |number: &str| {
        world.pruvan_push(&json!({"workOrderNumber": number, "address1": "111 East Main", "city": "Round Rock",
            "state": "TX", "zip": "78664", "clientStatus": "Order Created", "services": [{"serviceName": "Mow"}]}))
    };
    once(&world, "pruvan push, create", &full("V-1"), &full("V-2")).await;
    let update = |number: &str| {
        world.pruvan_push(&json!({"workOrderNumber": number, "clientStatus": "Order Late", "instructions": "Ring"}))
    };
    once(&world, "pruvan push, update", &update("V-1"), &update("V-2")).await;
    let upload = |id: &str, mut said: Value, file: Option<&str>| {
        for (name, value) in [("uuId", id), ("key2", "V-1"), ("key4", "Mow")] {
            said[name] = json!(value);
        }
        world.pruvan_call("uploadPictures", &said, file)
    };
    let photo = |id: &str| {
        let said = json!({"fileName": format!("{id}.jpg"), "fileType": "picture", "evidenceType": "Before",
            "gpsLatitude": "30.5", "gpsLongitude": "-97.6", "timestamp": "1768467600"});
        upload(id, said, Some("a.jpg"))
    };
    broken_file_is_refused(&world, "pruvan uploadPictures, photo", &photo("u0")).await;
    once(&world, "pruvan uploadPictures, photo", &photo("u1"), &photo("u2")).await;
    let survey = |id: &str| {
        let answers = json!([{"id": "q1", "question": "Locked?", "answerType": "yesNo", "answer": "Yes"}]);
        let survey = json!({"meta": {"surveyTemplateId": format!("T{id}"), "version": "1", "name": "PCR"},
            "answers": answers});
        upload(id, json!({"evidenceType": "Survey", "template": format!("x::T{id}"), "survey": survey}), None)
    };
    once(&world, "pruvan uploadPictures, survey", &survey("s1"), &survey("s2")).await;
    let note = |id: &str| upload(id, json!({"evidenceType": "Other", "notes": format!("Note {id}")}), None);
    once(&world, "pruvan uploadPictures, note", &note("n1"), &note("n2")).await;
    let status = |number: &str| {
        let order = json!({"workOrderNumber": number, "status": "complete", "fieldStatus": "complete"});
        world.pruvan_call("status", &json!({"workOrders": [order]}), None)
    };
    once(&world, "pruvan status", &status("V-1"), &status("V-2")).await;
}

#[tokio::test]
async fn wialon() {
    let world = World::open().await;
    let mut serials = Vec::new();
    for number in ["X-1", "X-2"] {
        serials.push(world.order(number).await.1);
    }
    let update = |serial: i64| world.wialon_order(json!({"id": serial, "callMode": "update", "r": 80, "n": "Renamed"}));
    once(&world, "wialon order/update, update", &update(serials[0]), &update(serials[1])).await;
    let account = world.hub.app().store().account("main", true).await.unwrap().unwrap();
    let unit = UnitId(world.hub.app().store().next_item().await.unwrap());
    let (_, van) = given::unit("Van 1", unit, world.hub.app().now());
    world.hub.app().put_unit(account, van).await.unwrap();
    for mode in ["assign", "confirm"] {
        let step = |serial: i64| world.wialon_order(json!({"id": serial, "u": unit.0, "callMode": mode}));
        once(&world, &format!("wialon order/update, {mode}"), &step(serials[0]), &step(serials[1])).await;
    }
    let attach = |name: &str| {
        let (target, name) = (format!("/wialon/ajax.html?svc=order/attach&sid={}", world.sid), name.to_owned());
        let params = json!({"itemId": world.resource(), "id": serials[0]});
        Parcel::saying(params, move |params| Parcel::multipart(&target, ("params", params), &name, JPEG))
    };
    broken_file_is_refused(&world, "wialon order/attach", &attach("a0.jpg")).await;
    once(&world, "wialon order/attach", &attach("a1.jpg"), &attach("a2.jpg")).await;
    let detach = |name: &str| {
        let params = json!({"itemId": world.resource(), "id": serials[0], "path": name});
        world.wialon_call("order/detach", &params)
    };
    once(&world, "wialon order/detach", &detach("a1.jpg"), &detach("a2.jpg")).await;
    let route = |id: i64| {
        let orders = json!([{"callMode": "create", "id": 0, "n": format!("Stop of {id}")}]);
        let params = json!({"itemId": world.resource(), "routeId": id, "uid": id, "callMode": "create", "n": "R",
            "orders": orders});
        world.wialon_call("order/route_update", &params)
    };
    once(&world, "wialon order/route_update, create", &route(1_768_467_600_001), &route(1_768_467_600_002)).await;
    // An order that is created again is another one: the vendor's answer would name a new id.
    counts_each(
        &world,
        "wialon order/update, create",
        &world.wialon_order(json!({"id": 0, "callMode": "create", "n": "New"})),
    )
    .await;
}

#[tokio::test]
async fn planviewer() {
    let world = World::open().await;
    let (order, _) = world.order("Y-1").await;
    let (second, _) = world.order("Y-2").await;
    let choices = json!([{"key": "1", "label": "Yes"}, {"key": "2", "label": "No"}]);
    for order in [&order, &second] {
        let asked = json!({"id": "q", "message": "Which?", "choices": choices});
        let asked = world.native(&format!("/v1/orders/{order}/questions"), &asked).send(world.address()).await;
        assert_eq!(asked.status, 201);
    }
    // An answer that was given is given: the vendor's word for a job that waits no more is 404.
    let select = |order: &str| world.planviewer_call(&format!("kik/select/{order}"), &json!({"select": [2]}));
    let parcel = select(&order);
    stores_nothing_in_part(&world, "planviewer kik/select", &parcel).await;
    let before = world.head().await;
    parcel.cut(world.address(), parcel.body.len()).await;
    let stored = world.head_behind("kik/select", before).await;
    assert_eq!(stored, before + 1);
    for _ in 0..2 {
        assert_eq!(parcel.send(world.address()).await.status, 404);
    }
    let mut statuses: Vec<u16> = at_once(&world, &select(&second)).await.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 404, 404, 404, 404, 404, 404, 404]);
    assert_eq!(world.head().await, stored + 1);

    let site = world.planviewer_call(
        "search/structured",
        &json!({"entity": "adres",
        "query": {"field": {"fields": ["postcode"], "query": "78701"}}}),
    );
    let site = site.send(world.address()).await.json()[0]["uuid"].clone();
    let listed = json!({"uuids": [site], "products": ["brondocument", "site_report"]});
    let listed = world.planviewer_call("intentions/list", &listed);
    let intention = listed.send(world.address()).await.json()[0]["intentions"][0]["uuid"].clone();
    // Ordering again orders again, as the vendor bills it. What the producer writes to the jobs is not counted.
    let order = world.planviewer_call("jobs/order", &json!({"uuids": [intention]}));
    counts_each(&world, "planviewer jobs/order", &order).await;
}

#[tokio::test]
async fn mews() {
    let world = World::open().await;
    let account = world.hub.app().store().account("main", true).await.unwrap().unwrap();
    let (service, customer) = mews_names(&world, account).await;
    let add = world.mews_call(
        "orders/add",
        &json!({"ServiceId": service, "AccountId": customer, "Items": [
        {"Name": "Beer", "UnitCount": 1, "UnitAmount": {"Currency": "EUR", "GrossValue": 2.5, "TaxCodes": []}}]}),
    );
    counts_each(&world, "mews orders/add", &add).await;
    let mut orders = Vec::new();
    for _ in 0..2 {
        orders.push(add.send(world.address()).await.json()["OrderId"].as_str().unwrap().to_owned());
    }
    let note = |order: &str| {
        world.mews_call(
            "serviceOrderNotes/add",
            &json!({"ServiceOrderNotes": [{"ServiceOrderId": order, "Text": "Ring"}]}),
        )
    };
    once(&world, "mews serviceOrderNotes/add", &note(&orders[0]), &note(&orders[1])).await;
    let listed = |operation: &str, filter: Value| {
        let mut body = filter;
        body["Limitation"] = json!({"Count": 100});
        world.mews_call(operation, &body)
    };
    let notes =
        listed("serviceOrderNotes/getAll", json!({"ServiceOrderIds": orders})).send(world.address()).await.json();
    let of = |order: &str| {
        let notes = notes["ServiceOrderNotes"].as_array().unwrap_or_else(|| panic!("{notes}"));
        notes.iter().find(|note| note["OrderId"] == order && note["Text"] == "Ring").unwrap()["Id"].clone()
    };
    let update = |order: &str| {
        let update = json!({"ServiceOrderNoteId": of(order), "Text": {"Value": "Ring twice"}});
        world.mews_call("serviceOrderNotes/update", &json!({"ServiceOrderNoteUpdates": [update]}))
    };
    once(&world, "mews serviceOrderNotes/update", &update(&orders[0]), &update(&orders[1])).await;
    let delete = |order: &str| {
        let update = json!({"ServiceOrderNoteIds": [of(order)]});
        world.mews_call("serviceOrderNotes/delete", &update)
    };
    once(&world, "mews serviceOrderNotes/delete", &delete(&orders[0]), &delete(&orders[1])).await;
    let items = listed("orderItems/getAll", json!({"ServiceOrderIds": orders})).send(world.address()).await.json();
    let cancel = |order: &str| {
        let items = items["OrderItems"].as_array().unwrap_or_else(|| panic!("{items}"));
        let item = items.iter().find(|item| item["OrderId"] == order || item["ServiceOrderId"] == order);
        world.mews_call(
            "orderItems/cancel",
            &json!({"OrderItemIds": [item.unwrap_or_else(|| panic!("{items:?}"))["Id"]]}),
        )
    };
    once(&world, "mews orderItems/cancel", &cancel(&orders[0]), &cancel(&orders[1])).await;
    stays(&world, account).await;
}

/// What happens to reservations: each step is taken once.
async fn stays(world: &World, account: AccountId) {
    let (_, rooms) = given::service("bookable Rooms", world.hub.app().now()).unwrap();
    let service = rooms.id.to_string();
    world.hub.app().put_service(account, rooms).await.unwrap();
    let (_, mut spa) = given::service("product Breakfast", world.hub.app().now()).unwrap();
    spa.parent = Uuid::try_parse(&service).ok();
    spa.data = Some(json!({"Price": {"Currency": "EUR", "GrossValue": 18.5}}).to_string());
    let product = spa.id.to_string();
    world.hub.app().put_service(account, spa).await.unwrap();
    let mut stays = Vec::new();
    for (number, status) in (1..).zip(["assigned", "assigned", "received", "received", "waiting", "waiting"]) {
        let body = json!({"number": format!("S-{number}"), "service": service, "status": status,
            "window": {"from": "2026-01-14T14:00:00Z", "to": "2026-01-16T10:00:00Z"}});
        let made = world.hub.native("POST", "/v1/orders", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        stays.push(made.json()["id"].as_str().unwrap().to_owned());
    }
    let add = json!({"ReservationId": stays[0], "ProductId": product, "Count": 1});
    counts_each(world, "mews reservations/addProduct", &world.mews_call("reservations/addProduct", &add)).await;
    for (step, first, second) in [("confirm", 4, 5), ("start", 0, 1), ("process", 0, 1), ("cancel", 2, 3)] {
        let operation = format!("reservations/{step}");
        let call = |at: usize| {
            let body = match step {
                "confirm" | "cancel" => json!({"ReservationIds": [stays[at]], "Notes": "As asked"}),
                _ => json!({"ReservationId": stays[at]}),
            };
            world.mews_call(&operation, &body)
        };
        once(world, &format!("mews {operation}"), &call(first), &call(second)).await;
    }
}

/// An additional service and a customer to order for.
async fn mews_names(world: &World, account: AccountId) -> (String, String) {
    let (at, store) = (world.hub.app().now(), world.hub.app().store());
    let (_, service) = given::service("additional Spa", at).unwrap();
    let service_id = service.id.to_string();
    world.hub.app().put_service(account, service).await.unwrap();
    let (_, customer) = given::customer("Ann Lee", account, at);
    let customer_id = customer.id.to_string();
    store.put_customer(account, customer).await.unwrap();
    (service_id, customer_id)
}

/// Of an operation without a key: cut in the middle it is absent, sent whole it counts, each time.
async fn counts_each(world: &World, name: &str, parcel: &Parcel) {
    let start = world.head().await;
    let created = || async move {
        let entries = world.behind(start).await;
        entries.iter().filter(|entry| entry["actor"] != "hub").count()
    };
    for at in [0, 1, parcel.body.len() / 2, parcel.body.len() - 1] {
        parcel.cut(world.address(), at).await;
    }
    parcel.cut_before_the_last_chunk(world.address()).await;
    tokio::time::sleep(Duration::from_millis(15)).await;
    assert_eq!(created().await, 0, "{name}: a part was stored");
    parcel.cut(world.address(), parcel.body.len()).await;
    for _ in 0..500 {
        if created().await > 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(created().await, 1, "{name}: sent whole, it counts");
    for answer in at_once(world, parcel).await {
        assert!(is_accepted(&answer), "{name}, at once: {} {}", answer.status, answer.text());
    }
    assert_eq!(created().await, 9, "{name}: each whole call counts once");
    garbles(world, name, parcel).await;
}
