//! PocketBase, the embedded-database backend a user would pick: the same order as one record, over HTTP.

use crate::Outcome;
use crate::client::{Client, request};
use crate::load::{Table, run};
use crate::rows::native_order;
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Starts PocketBase, makes a collection anybody may create in, and races it.
pub async fn pocketbase(
    binary: &Path,
    folder: &Path,
    connections: &[usize],
    duration: Duration,
    table: &mut Table,
) -> Outcome<()> {
    if !table.wants("PocketBase create") {
        return Ok(());
    }
    let data = folder.join("pocketbase").display().to_string();
    race_with(binary, &data, None, "PocketBase create", connections, duration, table).await?;
    // As it comes, it does not sync each commit; with this it promises what Docket promises.
    // A folder apart: PocketBase writes migrations beside its data and would take up the first one's.
    let hooks = folder.join("synced/hooks");
    std::fs::create_dir_all(&hooks)?;
    std::fs::write(hooks.join("durable.pb.js"), DURABLE)?;
    let (data, name) = (folder.join("synced/pocketbase").display().to_string(), "PocketBase create, synced");
    race_with(binary, &data, Some(&hooks), name, connections, duration, table).await
}

/// Makes PocketBase's writing connection sync every commit, and says so.
const DURABLE: &str = r#"onBootstrap((e) => {
    e.next();
    e.app.nonconcurrentDB().newQuery("PRAGMA synchronous=FULL").execute();
    const row = new DynamicModel({ synchronous: 0 });
    e.app.nonconcurrentDB().newQuery("PRAGMA synchronous").one(row);
    console.log("synchronous", row.synchronous);
});
"#;

async fn race_with(
    binary: &Path,
    data: &str,
    hooks: Option<&Path>,
    name: &str,
    connections: &[usize],
    duration: Duration,
    table: &mut Table,
) -> Outcome<()> {
    let created = Command::new(binary)
        .args(["superuser", "upsert", "bench@example.com", "bench-bench-bench", "--dir", data])
        .output()?;
    if !created.status.success() {
        return Err(format!("pocketbase superuser: {}", String::from_utf8_lossy(&created.stderr)).into());
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let address = format!("127.0.0.1:{port}");
    let mut command = Command::new(binary);
    command.args(["serve", "--http", &address, "--dir", data]);
    if let Some(hooks) = hooks {
        command.arg("--hooksDir").arg(hooks);
    }
    let log = std::fs::File::create(format!("{data}.log"))?;
    let mut child = command.stdout(log).stderr(Stdio::null()).spawn()?;
    let outcome = race(&address, name, connections, duration, table).await;
    let _ = child.kill();
    let _ = child.wait();
    let said = std::fs::read_to_string(format!("{data}.log")).unwrap_or_default();
    if hooks.is_some() && !said.contains("synchronous 2") {
        return Err(format!("PocketBase did not take up synchronous=FULL: {said}").into());
    }
    outcome
}

async fn race(address: &str, name: &str, connections: &[usize], duration: Duration, table: &mut Table) -> Outcome<()> {
    let mut client = None;
    for _ in 0..200 {
        match Client::connect(address).await {
            Ok(connected) => {
                client = Some(connected);
                break;
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
    let mut client = client.ok_or("PocketBase did not start")?;
    let json_type = "content-type: application/json\r\n";
    let login = json!({"identity": "bench@example.com", "password": "bench-bench-bench"}).to_string();
    let target = "/api/collections/_superusers/auth-with-password";
    let answer = client.send(&request("POST", target, json_type, &login)).await?;
    let token = answer.json()?["token"].as_str().ok_or("PocketBase gave no token")?.to_owned();
    let collection = json!({
        "name": "orders", "type": "base", "createRule": "",
        "fields": [
            {"name": "number", "type": "text"}, {"name": "title", "type": "text"},
            {"name": "client_status", "type": "text"}, {"name": "description", "type": "text"},
            {"name": "instructions", "type": "text"}, {"name": "due", "type": "date"},
            {"name": "site", "type": "json"}, {"name": "tasks", "type": "json"},
            {"name": "customer", "type": "json"}
        ],
        "indexes": ["CREATE UNIQUE INDEX idx_number ON orders (number)"]
    });
    let headers = format!("{json_type}authorization: {token}\r\n");
    let answer = client.send(&request("POST", "/api/collections", &headers, &collection.to_string())).await?;
    if answer.status != 200 {
        return Err(format!("PocketBase collection: {}", String::from_utf8_lossy(&answer.body)).into());
    }
    for &connections in connections {
        let order = native_order();
        let make = Arc::new(move |_: usize, _: u64| {
            let target = "/api/collections/orders/records";
            request("POST", target, "content-type: application/json\r\n", &order.render())
        });
        let row = run(name, address, connections, duration, 1, make, |answer| answer.status == 200);
        table.add(row.await?);
    }
    Ok(())
}
