//! What is explained is what would happen, and it does not happen.

use super::explain;
use crate::clock::SteeredClock;
use crate::enroll::{self, Enrollment};
use crate::hub::{Hub, HubOptions};
use docket_core::connection::{Caller, Role};
use docket_core::ids::AccountId;
use docket_core::ledger::{Ledger, Request, Submission};
use docket_core::order::{Command, Field};
use docket_dialects::{Dialect, WireRequest, dialect};
use http::{HeaderMap, HeaderValue, Method};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::Arc;

struct World {
    hub: Arc<Hub>,
    account: AccountId,
    _data: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        let data = tempfile::tempdir().unwrap();
        let clock = Arc::new(SteeredClock::at("2026-01-15T10:00:00Z".parse().unwrap()));
        let hub = Hub::open(HubOptions::embedded(data.path(), clock)).await.unwrap();
        let account = hub.store().account("main", true).await.unwrap().unwrap();
        World { hub, account, _data: data }
    }

    async fn connect(&self, dialect: &str, set: &[(&str, &str)]) -> BTreeMap<String, String> {
        let set: Vec<(String, String)> =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let request = Enrollment {
            dialect,
            name: dialect,
            account: "main",
            role: Role::Serve,
            set: &set,
            base_url: "http://hub.example",
        };
        let enrolled = enroll::add(self.hub.store(), request, self.hub.now()).await.unwrap();
        self.hub.refresh_directory().await.unwrap();
        enrolled.printed.into_iter().collect()
    }

    async fn explained(&self, id: &str, target: &str, content_type: &'static str, body: &str) -> Json {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut headers = HeaderMap::new();
        headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let request = WireRequest {
            method: Method::POST,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: body.to_owned().into(),
            origin: "http://hub.example".to_owned(),
            peer: None,
        };
        explain(&self.hub, known(id), self.hub.new_exchange(), request).await
    }
}

fn known(id: &str) -> &'static Dialect {
    dialect(id).unwrap()
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn a_push_is_explained_and_does_not_happen() {
    let world = World::new().await;
    let key = world.connect("pruvan", &[("auto_admin", "off")]).await["api_key"].clone();
    let target = format!("/api/?apiKey={key}");
    let push = r#"workOrders={"workOrders":[{"workOrderNumber":"N-1","address1":"5 Elm Ct","city":"Austin","state":"TX","zip":"78701","services":[{"serviceName":"Mow"}],"instructions":"old"}]}"#;
    let before = world.hub.head(world.account).await.unwrap();

    let told = world.explained("pruvan", &target, FORM, push).await;
    assert_eq!(told["answer"]["status"], 200);
    assert!(told["answer"]["body"].as_str().unwrap().contains(r#""created":1"#), "{told}");
    assert_eq!(told["caller"], "pruvan pruvan");
    assert_eq!(
        (told["orders"][0]["would"].as_str(), told["orders"][0]["number"].as_str()),
        (Some("be created"), Some("N-1"))
    );
    assert_eq!(told["orders"][0]["order"]["site"]["address1"], "5 Elm Ct");
    assert_eq!(world.hub.head(world.account).await.unwrap(), before, "nothing was written");

    // The same for good, and then what the originator may no longer write.
    let request = WireRequest {
        method: Method::POST,
        path: "/api/".to_owned(),
        query: format!("apiKey={key}"),
        headers: HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(FORM))]),
        body: push.to_owned().into(),
        origin: "http://hub.example".to_owned(),
        peer: None,
    };
    let cx = docket_dialects::ServeContext {
        ledger: &*world.hub,
        now: world.hub.now(),
        exchange: world.hub.new_exchange(),
        memory: &world.hub.memory,
        planner: &*world.hub,
        random: &|| 7,
    };
    assert_eq!(known("pruvan").serve.serve(cx, request).await.status, 200);
    let before = world.hub.head(world.account).await.unwrap();
    let push = r#"workOrders={"workOrders":[{"workOrderNumber":"N-1","instructions":"new","clientStatus":"Hold"}]}"#;
    let told = world.explained("pruvan", &target, FORM, push).await;
    let order = &told["orders"][0];
    assert_eq!(order["would"], "be changed");
    assert!(order["changes"].to_string().contains("client_status"), "{order}");
    assert_eq!(order["refused"][0]["field"], "instructions");
    assert_eq!(order["refused"][0]["rule"], "auto_admin_off");
    assert_eq!(world.hub.head(world.account).await.unwrap(), before, "nothing was written");
    world.hub.close().await.unwrap();
}

#[tokio::test]
async fn a_batch_sees_its_own_earlier_effects() {
    let world = World::new().await;
    let key = world.connect("pruvan", &[]).await["api_key"].clone();
    let push = r#"workOrders={"workOrders":[{"workOrderNumber":"T-1","address1":"5 Elm Ct","city":"Austin","state":"TX","zip":"78701","services":[{"serviceName":"Mow"}]},
        {"workOrderNumber":"T-1","city":"Dallas"}]}"#;
    let told = world.explained("pruvan", &format!("/api/?apiKey={key}"), FORM, push).await;
    let would: Vec<&str> =
        told["orders"].as_array().unwrap().iter().filter_map(|line| line["would"].as_str()).collect();
    assert_eq!(would, ["be created", "be changed"], "{told}");
    world.hub.close().await.unwrap();
}

#[tokio::test]
async fn strangers_are_told_what_strangers_are_answered() {
    let world = World::new().await;
    let caller = Caller::user(world.account, "token t");
    let create = Request::create(Command::default().with(Field::Number, "SECRET-1"));
    world.hub.submit(&caller, Submission::one(create)).await.unwrap();
    world.connect("pruvan", &[]).await;
    let push = r#"workOrders={"workOrders":[{"workOrderNumber":"SECRET-1"}]}"#;
    let told = world.explained("pruvan", "/api/?apiKey=wrong", FORM, push).await;
    assert_eq!((&told["caller"], &told["orders"]), (&Json::Null, &Json::Array(Vec::new())));
    assert!(!told.to_string().contains("SECRET-1"));
    world.hub.close().await.unwrap();
}

#[tokio::test]
async fn files_are_looked_at_and_not_kept() {
    let world = World::new().await;
    let bytes = bytes::Bytes::from_static(b"%PDF-1.4");
    let rehearsal = super::rehearsal::Rehearsal::of(&world.hub);
    let address = rehearsal.keep_blob(bytes.clone()).await.unwrap();
    assert_eq!(rehearsal.blob(&address).await.unwrap().as_deref(), Some(&bytes[..]));
    assert_eq!(world.hub.blob(&address).await.unwrap(), None);
    assert_eq!(address, world.hub.keep_blob(bytes.to_vec()).await.unwrap(), "the same address");
    world.hub.close().await.unwrap();
}
