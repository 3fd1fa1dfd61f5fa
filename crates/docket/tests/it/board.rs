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
            json!({"title": "Trim", "service": "Trim", "tags": ["vip"], "due": "2026-01-20T09:00:00Z",
            "site": {"address1": "7 Main Street", "city": "Austin", "postal_code": "78701"}}),
        ),
        (
            "B-3",
            json!({"title": "Mow again", "service": "Mow", "rework": true, "status": "assigned", "person": "kim",
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
            "route",
            "progress",
            "eta",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!((&row["city"], &row["late"], &row["unit"]), (&json!("Łódź"), &json!(true), &Value::Null));
    assert_eq!(row["origin"], json!({"dialect": "native", "connection": null}));
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
