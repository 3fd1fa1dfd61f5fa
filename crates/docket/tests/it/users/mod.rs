//! Users against the real hub: signing in and out, codes, guessing, what other sites can make a browser do, accounts as
//! walls, roles, setting up, and when sessions end.

mod codes;
mod manage;
mod sessions;
mod setup;
mod sign_in;
mod walls;

use crate::hub::{Answer, TestHub};
use docket::config::Config;
use docket_app::users;
use docket_core::connection::Access;
use serde_json::{Value, json};

pub const PASSWORD: &str = "correct horse";

/// A browser: it keeps the cookie it was given, and says what a page of ours says.
#[derive(Clone, Default)]
pub struct Browser {
    pub cookie: String,
    pub csrf: String,
}

/// Makes somebody, as `docket user add` does.
pub async fn person(hub: &TestHub, name: &str, account: &str, access: Access) {
    let now_ms = hub.app().now().as_millisecond();
    users::grant(hub.app().store(), (name, account), access, Some(PASSWORD), now_ms).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    hub.app().refresh_people().await.unwrap();
}

/// Lets somebody into one more account.
pub async fn granted(hub: &TestHub, name: &str, account: &str, access: Access) {
    let now_ms = hub.app().now().as_millisecond();
    users::grant(hub.app().store(), (name, account), access, None, now_ms).await.unwrap();
    hub.app().refresh_directory().await.unwrap();
    hub.app().refresh_people().await.unwrap();
}

/// Tries to sign in; what came back, and the browser as it is then.
pub async fn try_sign_in(hub: &TestHub, body: Value) -> (Answer, Browser) {
    let mut browser = Browser::default();
    let answer = browser.ask(hub, "POST", "/v1/session", &body.to_string()).await;
    (answer, browser)
}

/// Signs somebody in.
pub async fn sign_in(hub: &TestHub, name: &str) -> Browser {
    let (answer, browser) = try_sign_in(hub, json!({"name": name, "password": PASSWORD})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    browser
}

/// The problem's code.
pub fn code(answer: &Answer) -> (u16, String) {
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

impl Browser {
    /// Asks as a page of ours does.
    pub async fn ask(&mut self, hub: &TestHub, method: &str, target: &str, body: &str) -> Answer {
        let origin = hub.url();
        let headers = [("origin", origin.as_str()), ("sec-fetch-site", "same-origin")];
        self.ask_with(hub, (method, target), &headers, body).await
    }

    /// Asks with headers of one's own.
    pub async fn ask_with(
        &mut self,
        hub: &TestHub,
        (method, target): (&str, &str),
        more: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let mut headers = vec![("content-type", "application/json"), ("user-agent", "Test/1.0")];
        let cookie = format!("theme=dark; docket_session={}", self.cookie);
        if !self.cookie.is_empty() {
            headers.push(("cookie", cookie.as_str()));
        }
        if !self.csrf.is_empty() && !more.iter().any(|(name, _)| *name == "docket-csrf") {
            headers.push(("docket-csrf", self.csrf.as_str()));
        }
        headers.extend_from_slice(more);
        let answer = hub.request(method, target, &headers, body).await;
        if let Some(set) = answer.header("set-cookie").strip_prefix("docket_session=") {
            self.cookie = set.split(';').next().unwrap_or_default().to_owned();
            self.csrf = match answer.body.is_empty() {
                true => String::new(),
                false => answer.json()["csrf"].as_str().unwrap_or_default().to_owned(),
            };
        }
        answer
    }

    /// Asks for something to read.
    pub async fn get(&mut self, hub: &TestHub, target: &str) -> Answer {
        self.ask(hub, "GET", target, "").await
    }
}

/// One hub on each kind of store that can be tested here.
pub async fn each() -> Vec<TestHub> {
    each_with(|_| {}).await
}

/// The same, its configuration changed.
pub async fn each_with(change: impl Fn(&mut Config)) -> Vec<TestHub> {
    let mut hubs = vec![TestHub::start_with(&change).await];
    if let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") {
        let url = crate::postgres::fresh_database(&server);
        let on_postgres = TestHub::start_with(|config| {
            change(config);
            config.database_url = url;
        });
        hubs.push(on_postgres.await);
    }
    hubs
}
