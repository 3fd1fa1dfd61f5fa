//! What every answer of the native API says besides: how many requests are left, which trace it is part of, what else
//! can be done at a path, where a problem is explained.

use super::hub::TestHub;

#[tokio::test]
async fn each_token_has_its_own_bucket() {
    let mut hub = TestHub::start_with(|config| {
        config.limits.requests = 5;
        config.limits.requests_within_s = 10;
    })
    .await;
    let first = hub.native("GET", "/v1/tokens", "").await;
    assert_eq!(first.header("ratelimit-policy"), "\"caller\";q=5;w=10");
    assert_eq!(first.header("ratelimit"), "\"caller\";r=4;t=2");
    let other = hub.native("POST", "/v1/tokens", r#"{"name":"other","role":"viewer"}"#).await.json();
    for _ in 0..3 {
        assert_eq!(hub.native("GET", "/v1/tokens", "").await.status, 200);
    }
    let refused = hub.native("POST", "/v1/orders", r#"{"number":"one too many"}"#).await;
    assert_eq!((refused.status, refused.json()["code"].as_str()), (429, Some("rate_limit")));
    assert_eq!((refused.header("retry-after"), refused.header("ratelimit")), ("2", "\"caller\";r=0;t=10"));
    let bearer = format!("Bearer {}", other["token"].as_str().unwrap());
    let orders = hub.request("GET", "/v1/orders", &[("authorization", &bearer)], "").await;
    assert_eq!((orders.status, orders.json()["orders"].as_array().unwrap().len()), (200, 0), "nothing was done");
    hub.clock.advance_ms(2_000);
    assert_eq!(hub.native("GET", "/v1/orders", "").await.status, 200);
    assert_eq!(hub.native("GET", "/v1/orders", "").await.status, 429);
    assert_eq!(hub.request("GET", "/v1/openapi.json", &[], "").await.status, 200, "what is open to all is not counted");
    hub.stop().await;
}

#[tokio::test]
async fn a_trace_goes_on_here() {
    let mut hub = TestHub::start().await;
    let bearer = format!("Bearer {}", hub.token);
    let given = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    let mut spans = Vec::new();
    for _ in 0..2 {
        let headers = [("authorization", bearer.as_str()), ("traceparent", given)];
        let answer = hub.request("GET", "/v1/units", &headers, "").await;
        let span = answer.header("traceparent").to_owned();
        assert!(span.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && span.ends_with("-01"), "{span}");
        assert!(!span.contains("b7ad6b7169203331"), "the span is ours: {span}");
        spans.push(span);
    }
    assert_ne!(spans[0], spans[1]);
    let begun = hub.native("GET", "/v1/units/none", "").await;
    assert!(begun.header("traceparent").starts_with("00-") && !begun.header("traceparent").contains("0af765"));
    hub.stop().await;
}

#[tokio::test]
async fn problems_are_explained_where_they_say() {
    let mut hub = TestHub::start().await;
    let problem = hub.native("GET", "/v1/orders/nothing", "").await.json();
    let page = hub.request("GET", problem["type"].as_str().unwrap(), &[], "").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(page.text().contains("There is no such order") && !page.text().contains("<script"));
    let index = hub.request("GET", "/docs", &[], "").await.text();
    assert!(index.contains("href=\"/docs/native-api\"") && index.contains("href=\"/docs/errors/rate_limit\""));
    assert_eq!(hub.request("GET", "/docs/native-api.md", &[], "").await.status, 200);
    assert_eq!(hub.request("GET", "/docs/style.css", &[], "").await.header("content-type"), "text/css; charset=utf-8");
    for missing in ["/docs/nothing", "/docs/errors", "/docs/..%2fCargo.toml", "/docs/../Cargo.toml"] {
        assert_eq!(hub.request("GET", missing, &[], "").await.status, 404, "{missing}");
    }
    let method = hub.native("PUT", "/v1/orders/7", "{}").await;
    assert_eq!((method.status, method.header("allow")), (405, "GET, HEAD, PATCH, DELETE"));
    hub.stop().await;
}
