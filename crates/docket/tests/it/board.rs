//! The board through HTTP: what was just made is found, whatever it is looked for by.

use crate::hub::TestHub;
use serde_json::{Value, json};

async fn get(hub: &TestHub, target: &str) -> Value {
    let answer = hub.native("GET", target, "").await;
    assert_eq!(answer.status, 200, "{target}: {}", answer.text());
    answer.json()
}

async fn make(hub: &TestHub, order: Value) -> Value {
    let answer = hub.native("POST", "/v1/orders", &order.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

async fn numbers(hub: &TestHub, filter: &str) -> Vec<String> {
    let page = get(hub, &format!("/v1/orders?view=row&{filter}")).await;
    page["orders"].as_array().unwrap().iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
}

async fn fill(hub: &TestHub) {
    for (number, more) in [
        (
            "B-1",
            json!({"title": "Mow the lawn", "service": "Mow", "rush": true, "due": "2026-01-14T09:00:00Z",
            "site": {"address1": "12 Élan Way", "city": "Łódź", "postal_code": "1012 AB", "latitude": 51.5,
                "longitude": 19.25, "radius_m": 80}, "customer": {"name": "Zoë O'Brien", "phone": "+31 20 555-0134"}}),
        ),
        (
            "B-2",
            json!({"title": "Trim", "service": "Trim", "tags": ["vip"], "priority": 5, "due": "2026-01-20T09:00:00Z",
            "site": {"address1": "7 Main Street", "city": "Austin", "postal_code": "78701"}}),
        ),
        (
            "B-3",
            json!({"title": "Mow again", "service": "Mow", "rework": true, "status": "assigned", "person": "kim", "crew": "North",
            "site": {"address1": "9 Main Street", "city": "Austin", "latitude": 30.2, "longitude": -97.7}}),
        ),
    ] {
        let mut order = more;
        order["number"] = json!(number);
        make(hub, order).await;
        hub.clock.advance_ms(1_000);
    }
}

#[tokio::test]
async fn what_was_just_made_is_found_by_any_filter_and_word() {
    let mut hub = TestHub::start().await;
    fill(&hub).await;
    for (filter, expected) in [
        ("", &["B-1", "B-2", "B-3"][..]),
        ("sort=-serial", &["B-3", "B-2", "B-1"]),
        ("sort=due", &["B-1", "B-2", "B-3"]),
        ("sort=-due", &["B-2", "B-1", "B-3"]),
        ("sort=-updated&limit=2", &["B-3", "B-2"]),
        ("q=lodz", &["B-1"]),
        ("q=obri+elan", &["B-1"]),
        ("q=1012ab", &["B-1"]),
        ("q=3120555", &["B-1"]),
        ("q=main+st", &["B-2", "B-3"]),
        ("q=main+lodz", &[]),
        ("q=b-2", &["B-2"]),
        ("q=KIM", &["B-3"]),
        ("q=mow&sort=-serial", &["B-3", "B-1"]),
        ("status=assigned", &["B-3"]),
        ("status=completed", &[]),
        ("number=B-2", &["B-2"]),
        ("number=b-2", &[]),
        ("service=mow", &["B-1", "B-3"]),
        ("unit=none", &["B-1", "B-2", "B-3"]),
        ("unit=any", &[]),
        ("origin=native", &["B-1", "B-2", "B-3"]),
        ("origin=ppw", &[]),
        ("rush=true", &["B-1"]),
        ("rush=false", &["B-2", "B-3"]),
        ("rework=true", &["B-3"]),
        ("late=true", &["B-1"]),
        ("late=false", &["B-2", "B-3"]),
        ("tag=vip", &["B-2"]),
        ("orders=3,1", &["B-1", "B-3"]),
        ("orders=3,1,999&rush=false&sort=-due", &["B-3"]),
        ("orders=999", &[]),
        ("due=none", &["B-3"]),
        ("due=any", &["B-1", "B-2"]),
        ("due_from=2026-01-20", &["B-2"]),
        ("due_until=2026-01-20", &["B-1"]),
        ("created_from=2026-01-15T10:00:01Z&created_until=2026-01-15T10:00:02Z", &["B-2"]),
        ("updated_from=2026-01-15T10:00:02Z", &["B-3"]),
        ("rush=true&rework=true", &[]),
        ("service=mow&q=austin&rework=true&status=received,assigned", &["B-3"]),
    ] {
        assert_eq!(numbers(&hub, filter).await, expected, "{filter}");
        // Counting, and whole documents, see the same.
        if !["sort", "limit"].iter().any(|word| filter.contains(word)) {
            let counts = get(&hub, &format!("/v1/orders/counts?{filter}")).await;
            assert_eq!((&counts["total"], &counts["exact"]), (&json!(expected.len()), &json!(true)), "{filter}");
            let whole = get(&hub, &format!("/v1/orders?{filter}")).await;
            assert_eq!(whole["orders"].as_array().unwrap().len(), expected.len(), "{filter}");
        }
    }
    let counts = get(&hub, "/v1/orders/counts").await;
    assert_eq!((&counts["statuses"]["received"], &counts["statuses"]["assigned"]), (&json!(2), &json!(1)));
    assert_eq!(counts["statuses"].as_object().unwrap().len(), 13, "all states");
    hub.stop().await;
}

#[tokio::test]
async fn a_row_has_all_its_members_and_what_changes_is_seen_at_once() {
    let mut hub = TestHub::start().await;
    fill(&hub).await;
    let page = get(&hub, "/v1/orders?view=row&q=elan").await;
    let row = &page["orders"][0];
    assert_eq!(page["next_cursor"], Value::Null);
    let members: Vec<&str> = row.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        members,
        [
            "id",
            "serial",
            "number",
            "title",
            "service",
            "status",
            "rush",
            "rework",
            "late",
            "client_status",
            "origin",
            "customer",
            "address",
            "city",
            "postal_code",
            "latitude",
            "longitude",
            "radius_m",
            "due",
            "window_from",
            "window_until",
            "unit",
            "unit_name",
            "person",
            "crew",
            "priority",
            "tags",
            "route",
            "progress",
            "eta",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!((&row["city"], &row["late"], &row["unit"]), (&json!("Łódź"), &json!(true), &Value::Null));
    assert_eq!(row["origin"], json!({"dialect": "native", "connection": null}));
    assert_eq!((&row["tags"], &row["priority"], &row["crew"]), (&json!([]), &Value::Null, &Value::Null));
    let others = get(&hub, "/v1/orders?view=row&orders=2,3").await;
    let (second, third) = (&others["orders"][0], &others["orders"][1]);
    assert_eq!((&second["tags"], &second["priority"], &third["crew"]), (&json!(["vip"]), &json!(5), &json!("North")));
    let many = (1..=1_001).map(|serial| serial.to_string()).collect::<Vec<_>>().join(",");
    for wrong in [&format!("orders={many}"), "orders=B-1", "orders=", "orders=0", "due=2026-01-20"] {
        assert_eq!(hub.native("GET", &format!("/v1/orders?{wrong}"), "").await.status, 400, "{wrong}");
    }
    assert_eq!(row["progress"], json!({"current": null, "total": null}));
    let points = get(&hub, "/v1/orders/points?status=received").await;
    assert_eq!(points, json!({"points": [[row["serial"], 51.5, 19.25, "received", null, 80, 1]], "more": false}));
    // Changed, moved, removed.
    let path = format!("/v1/orders/{}", row["serial"]);
    for (method, target, body, gone, there) in [
        ("PATCH", path.clone(), r#"{"site":{"city":"Gdańsk"},"rush":false}"#, "q=lodz", "q=gdansk&rush=false"),
        (
            "POST",
            format!("{path}/transitions"),
            r#"{"transition":"start"}"#,
            "status=received&q=elan",
            "status=started",
        ),
        ("DELETE", path.clone(), "", "q=gdansk", "q=gdansk&status=deleted"),
    ] {
        let answer = hub.native(method, &target, body).await;
        assert!(answer.status < 300, "{}", answer.text());
        assert_eq!(numbers(&hub, gone).await, Vec::<String>::new(), "{gone}");
        assert_eq!(numbers(&hub, there).await, ["B-1"], "{there}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn pages_follow_each_other_whatever_they_are_sorted_by() {
    let mut hub = TestHub::start().await;
    for number in 0..25 {
        let due = (number % 5 > 0).then(|| format!("2026-02-{:02}T00:00:00Z", 1 + number % 3));
        make(&hub, json!({"number": format!("P-{number}"), "title": "page", "due": due})).await;
    }
    for sort in ["serial", "-serial", "due", "-due", "updated", "-updated"] {
        let all = numbers(&hub, &format!("q=page&limit=1000&sort={sort}")).await;
        assert_eq!(all.len(), 25, "{sort}");
        let (mut paged, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = get(&hub, &format!("/v1/orders?view=row&q=page&limit=7&sort={sort}{cursor}")).await;
            let rows = page["orders"].as_array().unwrap();
            paged.extend(rows.iter().map(|row| row["number"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(paged, all, "{sort}");
    }
    hub.stop().await;
}

#[tokio::test]
async fn what_is_not_understood_is_said() {
    let mut hub = TestHub::start().await;
    for (target, name) in [
        ("/v1/orders?view=rows", "view"),
        ("/v1/orders?sort=name", "sort"),
        ("/v1/orders?sort=due&cursor=x~y", "cursor"),
        ("/v1/orders?unit=van", "unit"),
        ("/v1/orders?site=here", "site"),
        ("/v1/orders?connection=nobody", "connection"),
        ("/v1/orders?rush=maybe", "rush"),
        ("/v1/orders/counts?due_from=tomorrow", "due_from"),
        ("/v1/orders/counts?limit=3", "limit"),
        ("/v1/orders/points?status=open", "status"),
    ] {
        let answer = hub.native("GET", target, "").await;
        assert_eq!((answer.status, answer.json()["code"].as_str()), (400, Some("invalid_parameter")), "{target}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(name), "{target}: {}", answer.text());
    }
    assert_eq!(hub.native("POST", "/v1/orders/counts", "").await.status, 405);
    hub.stop().await;
}

#[tokio::test]
async fn an_order_is_shown_as_it_stood() {
    let mut hub = TestHub::start().await;
    let made = make(&hub, json!({"number": "T-1", "site": {"city": "Austin"}})).await;
    let path = format!("/v1/orders/{}", made["id"].as_str().unwrap());
    hub.clock.advance_ms(60_000);
    hub.native("PATCH", &path, r#"{"site":{"city":"Dallas"}}"#).await;
    hub.native("POST", &format!("{path}/notes"), r#"{"text":"Dog"}"#).await;
    hub.clock.advance_ms(60_000);
    hub.native("POST", &format!("{path}/transitions"), r#"{"transition":"start"}"#).await;
    let seq = get(&hub, &format!("{path}/history")).await["entries"][1]["seq"].clone();
    for (at, city, notes, status) in [
        ("2026-01-15T10:00:30Z".to_owned(), "Austin", 0, "received"),
        ("2026-01-15T10:01:00Z".to_owned(), "Dallas", 1, "received"),
        (seq.to_string(), "Dallas", 0, "received"),
        ("2026-01-15T10:02:00Z".to_owned(), "Dallas", 1, "started"),
        ("999999".to_owned(), "Dallas", 1, "started"),
    ] {
        let order = get(&hub, &format!("{path}?at={at}")).await;
        assert_eq!((&order["site"]["city"], &order["status"]), (&json!(city), &json!(status)), "{at}");
        assert_eq!(order["notes"].as_array().unwrap().len(), notes, "{at}");
    }
    assert_eq!(get(&hub, &format!("{path}?at=999999")).await, get(&hub, &path).await, "as it stands");
    hub.native("DELETE", &path, "").await;
    assert_eq!(get(&hub, &format!("{path}?at={seq}")).await["site"]["city"], "Dallas", "gone by now, not then");
    for (at, status) in [("0", 404), ("999999", 404), ("2026-01-15T09:59:59Z", 404), ("yesterday", 400)] {
        assert_eq!(hub.native("GET", &format!("{path}?at={at}"), "").await.status, status, "{at}");
    }
    hub.stop().await;
}

fn field<'a>(blame: &'a Value, name: &str) -> &'a Value {
    blame["fields"].as_array().unwrap().iter().find(|field| field["field"] == name).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn blame_names_who_wrote_a_field_and_what_was_refused() {
    let mut hub = TestHub::start().await;
    let set = [("scope", "account"), ("auto_admin", "off")];
    let acme = hub.connect("pruvan", "acme", &set).await;
    let push = async |city: &str| {
        let order = json!({"workOrders": [{"workOrderNumber": "BL-1", "address1": "1 Elm", "city": city, "state": "TX",
            "zip": "78701", "instructions": city, "clientStatus": city, "services": [{"serviceName": "Mow"}]}]});
        let body = format!("workOrders={}", order);
        hub.post_form(&format!("/api/?apiKey={}", acme["api_key"]), &body).await;
    };
    push("Austin").await;
    push("Dallas").await;
    let serial = get(&hub, "/v1/orders?view=row&number=BL-1").await["orders"][0]["serial"].clone();
    let path = format!("/v1/orders/{serial}");
    let changed = hub.native("PATCH", &path, r#"{"rush":true,"client_status":"mine"}"#).await;
    assert_eq!(changed.header("docket-refused"), "client_status");
    let blame = get(&hub, &format!("{path}/blame")).await;
    // Shared, written once, a second time refused.
    let instructions = field(&blame, "instructions");
    assert_eq!((&instructions["value"], &instructions["owner"]), (&json!("Austin"), &json!("shared")));
    assert_eq!((&instructions["writable"], &instructions["last"]["connection"]), (&json!(true), &json!("acme")));
    assert_eq!(instructions["last"]["actor"], "pruvan acme");
    assert!(instructions["last"]["exchange"].is_string(), "{instructions}");
    assert_eq!(instructions["refused"][0]["offered"], "Dallas");
    assert!(instructions["refused"][0]["why"].as_str().unwrap().contains("auto admin is off"));
    assert!(instructions["why"].as_str().unwrap().contains("auto admin is off"), "{instructions}");
    // The originator's: not ours to write.
    let theirs = field(&blame, "client_status");
    assert_eq!((&theirs["owner"], &theirs["writable"]), (&json!("originator"), &json!(false)));
    let refused = theirs["refused"].as_array().unwrap();
    assert_eq!(refused.last().unwrap()["offered"], "mine");
    assert_eq!(refused.last().unwrap()["connection"], Value::Null, "a person's");
    let rush = field(&blame, "rush");
    assert_eq!((&rush["last"]["actor"], &rush["last"]["connection"]), (&json!("token test"), &Value::Null));
    assert_eq!(field(&blame, "status")["value"], "received");
    assert_eq!(field(&blame, "volume"), &Value::Null, "nobody ever said anything of it");
    assert_eq!(hub.native("GET", "/v1/orders/999999/blame", "").await.status, 404);
    hub.stop().await;
}

async fn lines(hub: &TestHub, target: &str, key: Option<&str>, body: &str) -> Vec<Value> {
    let bearer = format!("Bearer {}", hub.token);
    let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/x-ndjson")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    let answer = hub.request("POST", target, &headers, body).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/x-ndjson"), "{}", answer.text());
    answer.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn orders_come_in_a_line_each_and_each_stands_for_itself() {
    let mut hub = TestHub::start().await;
    let mut body = String::new();
    for number in 0..1_200 {
        body.push_str(&match number {
            7 => "{\"number\":\n".to_owned(),
            600 => "{\"number\":\"L-600\",\"site\":{\"town\":\"x\"}}\r\n\n".to_owned(),
            1_100 => "[]\n".to_owned(),
            _ => format!("{{\"number\":\"L-{number}\",\"title\":\"line\"}}\n"),
        });
    }
    body.push_str("{\"number\":\"L-last\",\"title\":\"line\"}");
    let told = lines(&hub, "/v1/orders", Some("batch"), &body).await;
    assert_eq!(told.len(), 1_201);
    for (index, line) in told.iter().enumerate() {
        assert_eq!(line["index"], index);
        match index {
            7 => assert_eq!((&line["status"], &line["code"]), (&json!(400), &json!("syntax"))),
            600 => assert_eq!((&line["status"], &line["pointer"]), (&json!(422), &json!("/site/town"))),
            1_100 => assert_eq!((&line["status"], &line["code"]), (&json!(422), &json!("invalid"))),
            _ => assert_eq!((&line["status"], line["id"].is_string()), (&json!(201), true), "{line}"),
        }
    }
    let count = async || get(&hub, "/v1/orders/counts?q=line").await["total"].clone();
    assert_eq!(count().await, 1_198);
    // The same again makes nothing; a line that is another one by now is refused.
    let again = lines(&hub, "/v1/orders", Some("batch"), &body.replace("\"L-3\"", "\"L-three\"")).await;
    assert_eq!((&again[3]["status"], &again[3]["code"]), (&json!(422), &json!("idempotency_key_reused")));
    assert_eq!((&again[4]["status"], &again[4]["id"]), (&json!(200), &told[4]["id"]));
    assert_eq!(count().await, 1_198);
    hub.stop().await;
}

#[tokio::test]
async fn orders_are_changed_moved_and_removed_a_line_each() {
    let mut hub = TestHub::start().await;
    fill(&hub).await;
    let page = get(&hub, "/v1/orders?view=row").await;
    let (first, second, third) = (&page["orders"][0]["id"], &page["orders"][1]["serial"], &page["orders"][2]["serial"]);
    let body = [
        json!({"order": first, "set": {"rush": false, "tags": ["bulk"]}}),
        json!({"order": second, "transition": "start", "set": {"tags": ["bulk"]}}),
        json!({"order": second, "transition": "complete", "outcome": "fine"}),
        json!({"order": third, "remove": true}),
        json!({"order": third, "set": {"rush": true}}),
        json!({"order": first, "revision": 1, "set": {"rush": true}}),
        json!({"order": first, "transition": "resume"}),
        json!({"order": "nobody", "remove": true}),
        json!({"order": first, "set": {"unit": 999}}),
    ]
    .map(|line| line.to_string());
    let told = lines(&hub, "/v1/orders/bulk", None, &body.join("\n")).await;
    let statuses: Vec<i64> = told.iter().map(|line| line["status"].as_i64().unwrap()).collect();
    assert_eq!(statuses, [200, 200, 200, 200, 404, 412, 409, 422, 422], "{told:?}");
    assert_eq!((&told[0]["id"], &told[1]["serial"], &told[8]["pointer"]), (first, second, &json!("/set/unit")));
    assert_eq!(numbers(&hub, "tag=bulk&rush=false").await, ["B-1", "B-2"]);
    assert_eq!(numbers(&hub, "status=completed").await, ["B-2"]);
    assert_eq!(get(&hub, "/v1/orders/counts").await["total"], 2);
    hub.stop().await;
}

#[tokio::test]
async fn a_file_of_orders_is_imported_once() {
    let mut hub = TestHub::start().await;
    let file = hub.data().join("orders.ndjson");
    let mut text: String =
        (0..700).map(|number| format!("{{\"number\":\"F-{number}\",\"title\":\"file\"}}\n")).collect();
    std::fs::write(&file, &text).unwrap();
    let path = file.to_str().unwrap().to_owned();
    let import = async |more: &[&str]| hub.cli(&[&["order", "import", &path], more].concat()).await;
    let told = async |more: &[&str]| {
        let output = import(&[&["--json"], more].concat()).await;
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.success(), json)
    };
    assert_eq!(told(&[]).await, (true, json!({"made": 700, "known": 0, "refused": 0})));
    assert_eq!(told(&[]).await, (true, json!({"made": 0, "known": 700, "refused": 0})));
    text.push_str("{\"numbre\":\"F-700\"}\n");
    std::fs::write(&file, &text).unwrap();
    let output = import(&["--again"]).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("line 701: numbre"), "{output:?}");
    // The hub that is running sees what another process wrote.
    assert_eq!(get(&hub, "/v1/orders/counts?q=file").await["total"], 1_400);
    hub.stop().await;
}
