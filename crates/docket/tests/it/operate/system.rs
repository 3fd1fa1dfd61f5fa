//! The hub's figures, and the map's ground.

use super::{ask, token};
use crate::hub::TestHub;
use docket_core::connection::Access;
use serde_json::{Value, json};

#[tokio::test]
async fn the_hub_says_how_it_does() {
    let hub = TestHub::start().await;
    hub.connect("pruvan", "acme", &[]).await;
    for number in 0..3 {
        let body = json!({"number": format!("S-{number}")}).to_string();
        assert_eq!(hub.native("POST", "/v1/orders", &body).await.status, 201);
    }
    assert_eq!(hub.native("DELETE", "/v1/orders/1", "").await.status, 204);
    hub.app().keep_blob(b"a file".to_vec()).await.unwrap();
    let system = hub.native("GET", "/v1/system", "").await.json();
    assert_eq!(system["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        (&system["started_at"], &system["now"]),
        (&json!("2026-01-15T10:00:00Z"), &json!("2026-01-15T10:00:00Z"))
    );
    assert_eq!(system["store"]["backend"], "SQLite");
    assert!(system["store"]["size_bytes"].as_u64().unwrap() >= 8_192, "{system}");
    assert!(system["store"]["wal_bytes"].as_u64().is_some(), "{system}");
    assert_eq!(system["store"]["blobs"], json!({"count": 1, "size_bytes": 6}));
    assert_eq!((&system["orders"], &system["connections"], &system["units"]), (&json!(2), &json!(1), &json!(0)));
    assert_eq!(system["journal"]["position"], 4);
    assert_eq!(system["listening"], json!([{"name": "http", "address": hub.address().to_string()}]));
    #[cfg(target_os = "linux")]
    assert!(system["memory_bytes"].as_u64().unwrap() > 1 << 20, "{system}");

    let other = token(&hub, "other", Access::Admin).await;
    let (_, theirs) = ask(&hub, &other, "GET", "/v1/system", "").await;
    assert_eq!((&theirs["orders"], &theirs["connections"]), (&json!(0), &json!(0)), "accounts are walls");
    assert_eq!((&theirs["journal"]["position"], &theirs["readers"]), (&json!(0), &json!([])));
}

#[tokio::test]
async fn followers_of_the_journal_are_told_with_how_far_they_are() {
    let hub = TestHub::start().await;
    let webhook = json!({"name": "erp", "url": "https://erp.example/hook"}).to_string();
    let made = hub.native("POST", "/v1/webhooks", &webhook).await;
    assert_eq!(made.status, 201, "{}", made.text());
    hub.native("POST", "/v1/webhooks/erp/pause", "").await;
    for number in 0..5 {
        hub.native("POST", "/v1/orders", &json!({"number": format!("S-{number}")}).to_string()).await;
    }
    let system = hub.native("GET", "/v1/system", "").await.json();
    let reader = system["readers"].as_array().unwrap().iter().find(|reader| reader["name"] == "webhook erp").cloned();
    assert_eq!(reader, Some(json!({"name": "webhook erp", "position": 0, "lag": 5})), "{system}");
}

#[tokio::test]
async fn whoever_follows_the_journal_is_listed() {
    let hub = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let told = [("scope", "account"), ("webhook_url", "http://127.0.0.1:9/hook"), ("webhook_product_orders", "true")];
    hub.connect("mews", "told", &told).await;
    hub.connect_out("mews", "hotel", &[("url", "http://127.0.0.1:9"), ("client_token", "C"), ("access_token", "A")])
        .await;
    let webhook = json!({"name": "erp", "url": "http://127.0.0.1:9/erp"}).to_string();
    assert_eq!(hub.native("POST", "/v1/webhooks", &webhook).await.status, 201);
    hub.native("POST", "/v1/orders", r#"{"number":"S-1"}"#).await;
    assert_eq!(hub.native("GET", "/v1/orders?q=s-1", "").await.status, 200);
    let wanted = ["announce", "relay", "board index", "webhook erp"];
    let names = |system: &Value| -> Vec<String> {
        let readers = system["readers"].as_array().unwrap().iter();
        readers.map(|reader| reader["name"].as_str().unwrap().to_owned()).collect()
    };
    let system = hub.native_until("/v1/system", |system| names(system) == wanted).await;
    for reader in system["readers"].as_array().unwrap() {
        let (position, lag) = (reader["position"].as_i64().unwrap(), reader["lag"].as_i64().unwrap());
        assert_eq!(Some(position + lag), system["journal"]["position"].as_i64(), "{system}");
    }
}

#[tokio::test]
async fn the_map_stands_on_nothing_on_tiles_or_on_an_archive() {
    let hub = TestHub::start().await;
    let map = hub.native("GET", "/v1/map", "").await.json();
    assert_eq!((&map["kind"], &map["url"], &map["geometry"]), (&json!("none"), &json!(null), &json!(null)));
    assert_eq!(hub.request("GET", "/map/base.pmtiles", &[], "").await.status, 404);
    hub.native("POST", "/v1/orders", r#"{"number":"M-1","site":{"latitude":52.09,"longitude":5.12}}"#).await;
    let map = hub.native("GET", "/v1/map", "").await.json();
    assert_eq!((&map["center"], &map["zoom"]), (&json!([5.12, 52.09]), &json!(14.0)), "where the work is");

    let tiles = TestHub::start_with(|config| {
        config.console.map_tiles = "https://t.example/{z}/{x}/{y}.png".to_owned();
        config.console.map_attribution = "© the makers".to_owned();
    });
    let map = tiles.await.native("GET", "/v1/map", "").await.json();
    assert_eq!((&map["kind"], &map["url"]), (&json!("tiles"), &json!("https://t.example/{z}/{x}/{y}.png")));
    assert_eq!(map["attribution"], "© the makers");

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city.pmtiles");
    let mut bytes: Vec<u8> = (0..600_000_u32).map(|at| (at % 251) as u8).collect();
    bytes[..8].copy_from_slice(b"PMTiles\x03");
    bytes[99..102].copy_from_slice(&[1, 2, 14]);
    bytes[118] = 11;
    bytes[119..123].copy_from_slice(&(-977_400_000_i32).to_le_bytes());
    bytes[123..127].copy_from_slice(&302_700_000_i32.to_le_bytes());
    std::fs::write(&path, &bytes).unwrap();
    let hub = TestHub::start_with(|config| config.console.map_file = path).await;
    let map = hub.native("GET", "/v1/map", "").await.json();
    assert_eq!(
        (&map["kind"], &map["url"], &map["tiles"]),
        (&json!("pmtiles"), &json!("/map/base.pmtiles"), &json!("mvt"))
    );
    assert_eq!((&map["center"], &map["max_zoom"]), (&json!([-97.74, 30.27]), &json!(14)));
    let piece = hub.request("GET", "/map/base.pmtiles", &[("range", "bytes=0-126")], "").await;
    assert_eq!((piece.status, piece.header("content-range")), (206, "bytes 0-126/600000"));
    assert_eq!(piece.body, bytes[..127]);
    let tail = hub.request("GET", "/map/base.pmtiles", &[("range", "bytes=500000-")], "").await;
    assert_eq!((tail.status, tail.body.as_slice()), (206, &bytes[500_000..]));
    let whole = hub.request("GET", "/map/base.pmtiles", &[], "").await;
    assert_eq!((whole.status, whole.header("accept-ranges"), &whole.body), (200, "bytes", &bytes));
    let same = hub.request("GET", "/map/base.pmtiles", &[("if-none-match", whole.header("etag"))], "").await;
    assert_eq!((same.status, same.body.len()), (304, 0));
    let beyond = hub.request("GET", "/map/base.pmtiles", &[("range", "bytes=600000-")], "").await;
    assert_eq!((beyond.status, beyond.header("content-range")), (416, "bytes */600000"));
    let head = hub.request("HEAD", "/map/base.pmtiles", &[], "").await;
    assert_eq!((head.status, head.header("content-length")), (200, "600000"));
}

/// The values of a line, newest last.
fn line(metrics: &Value, name: &str, labels: &Value) -> Vec<f64> {
    let series = metrics["series"].as_array().unwrap();
    let found = series.iter().find(|one| one["name"] == name && one["labels"] == *labels);
    let points = found.map(|one| one["points"].as_array().unwrap().clone()).unwrap_or_default();
    points.iter().map(|point| point[1].as_f64().unwrap()).collect()
}

#[tokio::test]
async fn figures_of_the_last_hour_are_sampled_by_the_hubs_clock() {
    let hub = TestHub::start().await;
    let sampled = async |count: usize| {
        let wished = move |body: &Value| line(body, "entries", &json!({})).len() == count;
        hub.native_until("/v1/system/metrics", wished).await
    };
    let empty = hub.native("GET", "/v1/system/metrics", "").await.json();
    assert_eq!(empty, json!({"step_s": 5, "series": []}));
    for number in 0..10 {
        hub.native("POST", "/v1/orders", &json!({"number": format!("M-{number}")}).to_string()).await;
    }
    hub.clock.advance_ms(5_000);
    let metrics = sampled(1).await;
    assert_eq!(line(&metrics, "entries", &json!({})), [2.0], "ten in five seconds: {metrics}");
    let native = json!({"dialect": "native"});
    assert!(line(&metrics, "requests", &native)[0] >= 2.0, "{metrics}");
    let p99 = line(&metrics, "latency", &json!({"dialect": "native", "quantile": "p99"}));
    assert!(p99[0] > 0.0 && p99[0] < 30_000.0, "{metrics}");
    assert!(line(&metrics, "commit", &json!({}))[0] > 0.0, "{metrics}");
    for name in ["positions", "queue", "streams"] {
        assert_eq!(line(&metrics, name, &json!({})).len(), 1, "{name}: {metrics}");
    }
    assert_eq!(line(&metrics, "deliveries", &json!({"to": "webhooks"})), [0.0]);
    hub.clock.advance_ms(10_000);
    let metrics = sampled(2).await;
    assert_eq!(line(&metrics, "entries", &json!({})), [2.0, 0.0]);
    let newer = format!("/v1/system/metrics?since={}", hub.app().now().as_millisecond() - 1);
    assert_eq!(line(&hub.native("GET", &newer, "").await.json(), "entries", &json!({})), [0.0]);
    let since = format!("/v1/system/metrics?since={}", hub.app().now());
    assert_eq!(line(&hub.native("GET", &since, "").await.json(), "entries", &json!({})).len(), 0);
    assert_eq!(hub.native("GET", "/v1/system/metrics?since=yesterday", "").await.status, 400);
    // An hour later what was is gone.
    hub.clock.advance_ms(3_600_000);
    let metrics = hub.native_until("/v1/system/metrics", |body| line(body, "entries", &json!({})).len() == 1).await;
    assert_eq!(metrics["series"][0]["points"].as_array().unwrap().len(), 1);
}
