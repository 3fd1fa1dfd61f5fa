//! Units through the native API: made, found by their trackers, changed, and removed when nothing needs them.

use super::hub::TestHub;
use serde_json::json;

const TRACKER: &str = "861230043907626";

#[tokio::test]
async fn a_unit_is_made_once_works_and_goes() {
    let mut hub = TestHub::start().await;
    let body = json!({
        "name": " Van 7 ", "unique_id": TRACKER, "phone": "+15125550100", "password": "s3cret-of-a-tracker",
        "capacity_kg": 800, "odometer_km": 120_500.5,
    });
    let made = hub.native("POST", "/v1/units", &body.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.text());
    assert!(!made.text().contains("s3cret"), "a tracker's password is not shown");
    let unit = made.json();
    assert_eq!((&unit["name"], &unit["unique_id"]), (&json!("Van 7"), &json!(TRACKER)));
    assert_eq!(
        (&unit["has_password"], &unit["capacity_kg"], &unit["position"]),
        (&json!(true), &json!(800.0), &json!(null))
    );
    let place = format!("/v1/units/{}", unit["id"]);
    assert_eq!(made.header("location"), place);
    assert_eq!(hub.native("GET", &place, "").await.json(), unit);

    // Sent again because the answer was lost, it does not make another.
    let again = hub.native("POST", "/v1/units", &body.to_string()).await;
    assert_eq!((again.status, again.json()["code"].as_str()), (409, Some("taken")));
    let tracker = hub.native("POST", "/v1/units", &json!({"name": "Van 8", "unique_id": TRACKER}).to_string()).await;
    assert_eq!((tracker.status, tracker.json()["code"].as_str()), (409, Some("taken")));
    assert_eq!(hub.native("GET", "/v1/units", "").await.json()["units"].as_array().unwrap().len(), 1);

    // Its tracker is let in at once, by what it calls itself.
    let here = json!([{"unit": TRACKER, "latitude": 30.267, "longitude": -97.743}]).to_string();
    assert_eq!(hub.native("POST", "/v1/positions", &here).await.json()["kept"], 1);
    assert_eq!(hub.native("GET", &place, "").await.json()["position"]["latitude"], json!(30.267));

    let order =
        hub.native("POST", "/v1/orders", &json!({"number": "U-1", "unit": unit["id"]}).to_string()).await.json();
    assert_eq!(order["unit"], unit["id"], "{order}");
    let kept = hub.native("DELETE", &place, "").await;
    assert_eq!((kept.status, kept.json()["code"].as_str()), (409, Some("in_use")), "{}", kept.text());
    let change = format!("/v1/orders/{}", order["id"].as_str().unwrap());
    assert_eq!(hub.native("PATCH", &change, r#"{"unit":null}"#).await.status, 200);
    assert_eq!(hub.native("DELETE", &place, "").await.status, 204);
    assert_eq!(hub.native("GET", &place, "").await.status, 404);
    assert_eq!(hub.native("DELETE", &place, "").await.status, 404);
    let refused = hub.native("POST", "/v1/positions", &here).await.json();
    assert_eq!((&refused["kept"], &refused["outcomes"][0]["code"]), (&json!(0), &json!("unknown_unit")));
    // Its name and its tracker are free again.
    assert_eq!(hub.native("POST", "/v1/units", &body.to_string()).await.status, 201);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_no_unit_is_refused() {
    let mut hub = TestHub::start().await;
    for (body, status, code) in [
        ("{", 400, "syntax"),
        ("[]", 422, "invalid"),
        ("{}", 422, "missing"),
        (r#"{"name":"  "}"#, 422, "invalid"),
        (r#"{"name":7}"#, 422, "invalid"),
        (r#"{"name":"Van","id":7}"#, 422, "invalid"),
        (r#"{"name":"Van","capacity_kg":-1}"#, 422, "invalid"),
        (r#"{"name":"Van","capacity_kg":"1e999"}"#, 422, "invalid"),
    ] {
        let refused = hub.native("POST", "/v1/units", body).await;
        assert_eq!((refused.status, refused.json()["code"].as_str()), (status, Some(code)), "{body}");
    }
    assert_eq!(hub.native("GET", "/v1/units", "").await.json()["units"], json!([]));
    let viewer = hub.native("POST", "/v1/tokens", r#"{"name":"eyes","role":"viewer"}"#).await.json();
    let bearer = format!("Bearer {}", viewer["token"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    assert_eq!(hub.request("POST", "/v1/units", &headers, r#"{"name":"Van"}"#).await.status, 403);
    assert_eq!(hub.request("DELETE", "/v1/units/1", &headers, "").await.status, 403);
    hub.stop().await;
}
