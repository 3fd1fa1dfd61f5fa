//! What `/metrics` says of counterparts and of the outbox.

use super::hub::TestHub;
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counterparts_are_told_in_figures() {
    let mut there = TestHub::start().await;
    let given = there.connect("mews", "docket", &[("scope", "account")]).await;
    let mut here = TestHub::start_with(|config| config.outside.allow = vec!["127.0.0.1".to_owned()]).await;
    let before = here.request("GET", "/metrics", &[], "").await.text();
    assert!(!before.contains("docket_relay_"), "nobody is called: {before}");
    let url = there.url();
    let set = [
        ("url", url.as_str()),
        ("client_token", given["client_token"].as_str()),
        ("access_token", given["access_token"].as_str()),
        ("poll_s", "5"),
    ];
    here.connect_out("mews", "hotel", &set).await;
    let order = json!({"number": "A", "service": "Spa"});
    assert_eq!(here.native("POST", "/v1/orders", &order.to_string()).await.status, 201);
    let rule = json!({"name": "all", "to": "hotel", "when": "true"});
    assert_eq!(here.native("POST", "/v1/rules", &rule.to_string()).await.status, 201);
    here.clock.advance_ms(10_000);
    let labels = r#"account="main",connection="hotel",dialect="mews""#;
    let called = format!("docket_relay_calls_total{{{labels},result=\"2xx\"}} ");
    let mut text = String::new();
    for _ in 0..300 {
        text = here.request("GET", "/metrics", &[], "").await.text();
        if text.contains(&called) && text.contains("docket_relay_last_contact_timestamp_seconds{") {
            break;
        }
        here.clock.advance_ms(1_000);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let has = |line: String| assert!(text.contains(&line), "{line} is not in\n{text}");
    has(called);
    has(format!("docket_relay_wait_seconds_count{{{labels}}} "));
    has(format!("docket_relay_budget_limit{{{labels},operations=\"\",within_s=\"30\"}} 200\n"));
    has(format!("docket_relay_budget_used{{{labels},operations=\"\",within_s=\"30\"}} "));
    has(format!("docket_relay_deliveries{{{labels},status=\"error\"}} "));
    has(format!("docket_relay_last_contact_timestamp_seconds{{{labels}}} 17"));
    has(format!("docket_relay_denied{{{labels}}} 0\n"));
    has("docket_outbox_messages{account=\"main\",status=\"queued\"} 0\n".to_owned());
    assert!(!text.contains(given["access_token"].as_str()));
    for line in text.lines() {
        let is_sample = line.rsplit_once(' ').is_some_and(|(_, value)| value.parse::<f64>().is_ok());
        assert!(line.starts_with("# ") || is_sample, "{line}");
    }
    here.stop().await;
    there.stop().await;
}
