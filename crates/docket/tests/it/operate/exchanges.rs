//! The wire log through the native API: filters, what an exchange caused, new ones as they come.

use super::{ask, token};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::{Value, json};

fn push(number: &str) -> String {
    format!(
        r#"workOrders={{"workOrders":[{{"workOrderNumber":"{number}","address1":"5 Elm Ct","city":"Austin","state":"TX","zip":"78701","services":[{{"serviceName":"Mow"}}]}}]}}"#
    )
}

fn operations(list: &Value) -> Vec<(String, String)> {
    let text = |one: &Value, name: &str| one[name].as_str().unwrap_or_default().to_owned();
    let list = list["exchanges"].as_array().unwrap();
    list.iter().map(|one| (text(one, "dialect"), text(one, "operation"))).collect()
}

#[tokio::test]
async fn the_wire_log_is_filtered_and_paged_both_ways() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    let hotel = hub.connect("mews", "hotel", &[]).await;
    for number in 0..6 {
        hub.clock.advance_ms(1_000);
        hub.post_form(&format!("/api/?apiKey={}", acme["api_key"]), &push(&format!("X-{number}"))).await;
    }
    hub.clock.advance_ms(1_000);
    let noon = hub.app().now();
    let body = json!({"ClientToken": hotel["client_token"], "AccessToken": hotel["access_token"], "Client": "t"});
    let json_type = [("content-type", "application/json")];
    let target = "/api/connector/v1/configuration/get";
    assert_eq!(hub.request("POST", target, &json_type, body.to_string()).await.status, 200);
    hub.clock.advance_ms(1_000);
    let refused = json!({"ClientToken": hotel["client_token"], "AccessToken": hotel["access_token"], "Client": "t", "Limitation": {"Count": -1}});
    let status = hub
        .request("POST", "/api/connector/v1/productServiceOrders/getAll", &json_type, refused.to_string())
        .await
        .status;
    assert!((400..500).contains(&status), "{status}");
    hub.native_until("/v1/exchanges", |body| body["exchanges"].as_array().unwrap().len() == 8).await;

    let count = async |query: &str| {
        let answer = hub.native("GET", &format!("/v1/exchanges?{query}"), "").await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json()["exchanges"].as_array().unwrap().len()
    };
    let cases = [
        ("dialect=pruvan", 6),
        ("dialect=mews", 2),
        ("connection=hotel", 2),
        ("operation=push", 6),
        ("status=200", 7),
        ("status=4xx", 1),
        ("status=4xx,200", 8),
        ("status=none", 0),
        ("direction=in", 8),
        ("direction=out", 0),
        ("q=x-3", 1),
        ("q=elm%20X-4", 1),
        ("q=nowhere", 0),
        ("dialect=pruvan&status=4xx", 0),
    ];
    for (query, expected) in cases {
        assert_eq!(count(query).await, expected, "{query}");
    }
    assert_eq!(count(&format!("from={noon}")).await, 2);
    assert_eq!(count(&format!("until={noon}")).await, 6);
    for wrong in [
        "status=20",
        "status=9xx",
        "direction=up",
        "from=noon",
        "cursor=x",
        "cursor=newer.x",
        "colour=red",
        "connection=nobody",
    ] {
        let (status, problem) = ask(&hub, &hub.token, "GET", &format!("/v1/exchanges?{wrong}"), "").await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_parameter")), "{wrong}: {problem}");
    }

    let first = hub.native("GET", "/v1/exchanges?limit=3", "").await.json();
    assert_eq!(operations(&first)[2], ("pruvan".to_owned(), "push".to_owned()));
    let on = format!("/v1/exchanges?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = hub.native("GET", &on, "").await.json();
    let back = format!("/v1/exchanges?limit=3&cursor={}", second["previous_cursor"].as_str().unwrap());
    assert_eq!(
        hub.native("GET", &back, "").await.json()["exchanges"],
        first["exchanges"],
        "the way back, newest first"
    );
    let newest = format!("/v1/exchanges?cursor={}", first["previous_cursor"].as_str().unwrap());
    let none = hub.native("GET", &newest, "").await.json();
    assert_eq!(
        (&none["exchanges"], &none["previous_cursor"]),
        (&json!([]), &first["previous_cursor"]),
        "nothing newer yet"
    );

    let other = token(&hub, "other", Access::Admin).await;
    assert_eq!(ask(&hub, &other, "GET", "/v1/exchanges?dialect=pruvan", "").await.1["exchanges"], json!([]));
}

#[tokio::test]
async fn an_exchange_names_the_entries_it_caused_and_an_order_its_exchanges() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[("auto_admin", "false")]).await;
    let api = format!("/api/?apiKey={}", acme["api_key"]);
    hub.clock.advance_ms(1_000);
    hub.post_form(&api, &push("E-1")).await;
    hub.clock.advance_ms(1_000);
    hub.post_form(&api, &push("E-2")).await;
    hub.clock.advance_ms(1_000);
    hub.native("PATCH", "/v1/orders/1", r#"{"instructions":"ours"}"#).await;
    hub.clock.advance_ms(1_000);
    let again = push("E-1").replace("\"zip\":\"78701\"", "\"zip\":\"78702\",\"instructions\":\"theirs\"");
    hub.post_form(&api, &again).await;
    hub.native_until("/v1/exchanges", |body| body["exchanges"].as_array().unwrap().len() == 3).await;
    let order =
        hub.native("GET", "/v1/orders?number=E-1", "").await.json()["orders"][0]["id"].as_str().unwrap().to_owned();
    let of_order = hub.native("GET", &format!("/v1/exchanges?order={order}"), "").await.json();
    let list = of_order["exchanges"].as_array().unwrap();
    assert_eq!(list.len(), 2, "{of_order}");
    let history = hub.native("GET", &format!("/v1/orders/{order}/history"), "").await.json();
    for exchange in list {
        let whole = hub.native("GET", &format!("/v1/exchanges/{}", exchange["id"].as_str().unwrap()), "").await.json();
        let entries = whole["entries"].as_array().unwrap();
        let mut of_history = history["entries"].as_array().unwrap().iter();
        let same = of_history.find(|entry| entry["exchange"] == exchange["id"]).unwrap();
        assert_eq!((entries.len(), &entries[0], &whole["more_entries"]), (1, same, &json!(false)));
    }
    let newest = hub.native("GET", &format!("/v1/exchanges/{}", list[0]["id"].as_str().unwrap()), "").await.json();
    let told = newest["entries"][0].to_string();
    assert!(told.contains("\"refused\"") || told.contains("\"changes\""), "{told}");
    assert_eq!(hub.native("GET", "/v1/exchanges?order=999999", "").await.status, 404);
}

#[tokio::test]
async fn exchanges_are_told_as_they_happen_to_who_may_know() {
    let hub = TestHub::start().await;
    let acme = hub.connect("pruvan", "acme", &[]).await;
    let hotel = hub.connect("pruvan", "hotel", &[]).await;
    let other = hub.connect_in("other", "pruvan", "acme", &[]).await;
    let bearer = format!("Bearer {}", hub.token);
    let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
    let poll = async |query: &str| hub.request("GET", &format!("/v1/events?{query}"), &headers, "").await.json();
    let mut after = poll("kind=exchange").await["after"].as_str().unwrap().to_owned();
    for connection in [&acme, &hotel, &other] {
        hub.post_form(&format!("/api/?apiKey={}", connection["api_key"]), &push("L-1")).await;
    }
    let mut heard = Vec::new();
    for _ in 0..50 {
        let told = poll(&format!("kind=exchange&wait_s=1&after={after}")).await;
        told["after"].as_str().unwrap().clone_into(&mut after);
        heard.extend(told["events"].as_array().unwrap().clone());
        if heard.len() >= 2 {
            break;
        }
    }
    assert_eq!(heard.len(), 2, "the other account's is not told: {heard:?}");
    assert!(heard.iter().all(|event| event["kind"] == "exchange" && event["data"]["operation"] == "push"));
    let data = &heard[0]["data"];
    assert_eq!((&data["connection"], &data["status"], &data["direction"]), (&json!("acme"), &json!(200), &json!("in")));
    let kept = hub.native_until("/v1/exchanges", |body| body["exchanges"].as_array().unwrap().len() == 2).await;
    let listed = kept["exchanges"].as_array().unwrap();
    assert!(listed.contains(data), "as the list shows it");

    for role in Access::ALL {
        let token = token(&hub, "main", role).await;
        let may = role >= Access::Integrator;
        for (query, allowed) in [("kind=exchange", may), ("kind=entry,exchange", may), ("kind=entry", true), ("", true)]
        {
            let bearer = format!("Bearer {token}");
            let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
            let status = hub.request("GET", &format!("/v1/events?{query}"), &headers, "").await.status;
            assert_eq!(status, if allowed { 200 } else { 403 }, "{query} as {}", role.word());
        }
    }
}
