//! Operating the hub through the native API: connections are made and take effect at once, accounts stay walls, roles
//! hold, secrets are shown once and kept nowhere; the map, the hub's figures, the wire log, copies of everything.

mod backup;
mod connections;
mod exchanges;
mod places;
mod system;

use crate::hub::TestHub;
use docket_app::enroll;
use docket_core::connection::Access;
use serde_json::Value;

/// A bearer token of a role in an account.
pub async fn token(hub: &TestHub, account: &str, role: Access) -> String {
    let app = hub.app();
    let id = enroll::account_of(app.store(), account).await.unwrap();
    let name = format!("{account}-{}", role.word());
    let token = enroll::add_limited_token(app.store(), id, &name, role, None, app.now()).await.unwrap();
    app.refresh_directory().await.unwrap();
    token
}

/// Status and JSON body of a native request with a token.
pub async fn ask(hub: &TestHub, token: &str, method: &str, target: &str, body: &str) -> (u16, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = hub.request(method, target, &headers, body).await;
    let json = if answer.body.is_empty() { Value::Null } else { answer.json() };
    (answer.status, json)
}
