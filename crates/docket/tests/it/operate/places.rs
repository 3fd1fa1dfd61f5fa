//! Sites, services and customers, for pickers.

use super::{ask, token};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::json;

#[tokio::test]
async fn sites_services_and_customers_are_picked_by_words() {
    let hub = TestHub::start().await;
    for (number, address, city) in [(1, "5 Elm Ct", "Austin"), (2, "7 Elm Ct", "Austin"), (3, "9 Süd Allee", "Köln")]
    {
        let body = json!({
            "number": format!("P-{number}"),
            "site": {"address1": address, "city": city, "postal_code": format!("7870{number}")},
        });
        let made = hub.native("POST", "/v1/orders", &body.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
    }
    hub.native(
        "POST",
        "/v1/orders",
        r#"{"number":"P-4","site":{"address1":"5 Elm Ct","city":"Austin","postal_code":"78701"}}"#,
    )
    .await;
    let list = async |target: &str, name: &str| {
        let answer = hub.native("GET", target, "").await;
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()[name].as_array().unwrap().clone()
    };
    for (query, count) in
        [("", 3), ("?q=elm", 2), ("?q=elm%20787", 2), ("?q=78702", 1), ("?q=s%C3%BCD", 1), ("?q=lm", 0)]
    {
        assert_eq!(list(&format!("/v1/sites{query}"), "sites").await.len(), count, "{query}");
    }
    // One a page, each once.
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    for _ in 0..4 {
        let page = hub.native("GET", &format!("/v1/sites?limit=1{cursor}"), "").await.json();
        seen.extend(page["sites"].as_array().unwrap().iter().map(|site| site["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 3);
    let corner = list("/v1/sites?q=5%20elm", "sites").await;
    let target = format!("/v1/sites/{}", corner[0]["id"].as_str().unwrap());
    let site = hub.native("GET", &target, "").await.json();
    assert_eq!((&site["address1"], &site["city"]), (&json!("5 Elm Ct"), &json!("Austin")));
    let numbers: Vec<&str> =
        site["orders"].as_array().unwrap().iter().map(|order| order["number"].as_str().unwrap()).collect();
    assert_eq!(numbers, ["P-4", "P-1"], "newest first");
    assert_eq!(
        hub.native("GET", &format!("{target}/report?format=json"), "").await.status,
        200,
        "its report is where it was"
    );

    // Who orders documents finds some at once.
    let registry = r#"{"name":"registry","dialect":"planviewer"}"#;
    assert_eq!(hub.native("POST", "/v1/connections", registry).await.status, 201);
    let services = list("/v1/services?q=site%20rep", "services").await;
    assert!(services.len() >= 3 && services.iter().all(|one| one["kind"] == "document"), "{services:?}");

    let hotel = hub.connect("mews", "hotel", &[]).await;
    for name in ["Ann", "Bo"] {
        let body = json!({"ClientToken": hotel["client_token"], "AccessToken": hotel["access_token"], "Client": "t",
            "FirstName": name, "LastName": "Doe", "Email": format!("{name}@x.example"), "OverwriteExisting": false});
        let added = hub.request(
            "POST",
            "/api/connector/v1/customers/add",
            &[("content-type", "application/json")],
            body.to_string(),
        );
        let added = added.await;
        assert_eq!(added.status, 200, "{}", added.text());
    }
    assert_eq!(list("/v1/customers", "customers").await.len(), 2);
    let found = list("/v1/customers?q=ann", "customers").await;
    assert_eq!((found.len(), &found[0]["kind"]), (1, &json!("person")), "{found:?}");
    let first = hub.native("GET", "/v1/customers?limit=1", "").await.json();
    let on = format!("/v1/customers?limit=1&cursor={}", first["next_cursor"].as_str().unwrap());
    let second = hub.native("GET", &on, "").await.json();
    assert_ne!(first["customers"][0]["id"], second["customers"][0]["id"]);

    let other = token(&hub, "other", Access::Viewer).await;
    for (target_of, name) in [("/v1/sites", "sites"), ("/v1/services", "services"), ("/v1/customers", "customers")] {
        let (status, body) = ask(&hub, &other, "GET", target_of, "").await;
        assert_eq!((status, &body[name]), (200, &json!([])), "accounts are walls");
        assert_eq!(ask(&hub, &hub.token, "GET", &format!("{target_of}?cursor=x"), "").await.0, 400);
        assert_eq!(ask(&hub, &hub.token, "POST", target_of, "").await.0, 405);
    }
    assert_eq!(ask(&hub, &other, "GET", &target, "").await.0, 404);
}
