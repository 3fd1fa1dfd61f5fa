//! Every dialect is mounted and answers in its own words.

use crate::hub::TestHub;

#[tokio::test]
async fn each_dialect_answers_at_its_paths() {
    let hub = TestHub::start().await;
    for dialect in docket_dialects::DIALECTS {
        for route in dialect.serve.routes() {
            let path = route.0.replace("{*path}", "x").replace("{service}", "x").replace("{*rest}", "x");
            for method in ["GET", "POST"] {
                let answer = hub.request(method, &path, &[], "").await;
                let text = answer.text();
                assert!(!text.contains("Nothing is served here"), "{} {method} {path}: {text}", dialect.id);
            }
        }
    }
}
