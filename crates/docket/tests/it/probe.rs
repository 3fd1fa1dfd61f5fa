//! `docket probe`: all is well on Docket itself, and what a wrong server does wrong is found and named.

mod faults;
mod wrong;

use super::hub::TestHub;
use docket_app::clock::Clock;
use docket_app::enroll;
use docket_app::outside::{Outside, OutsideOptions};
use docket_app::probe::{self, Aim, Given, Report};
use docket_core::catalogue::{Customer, Service, ServiceKind};
use docket_core::ids::Uuid;
use docket_dialects::transcript::{Does, Verdict};
use serde_json::{Value, json};
use std::time::Duration;

/// A hub with what the probes of a dialect look at, and what they are told.
struct World {
    hub: TestHub,
    dialect: &'static str,
    set: Vec<(String, String)>,
}

const SPA: &str = "ae8da28c-e8a4-4141-9df0-8c998976c691";
const ANN: &str = "fadd5bb6-b428-45d5-94f8-fd0d89fece6d";

impl World {
    async fn of(dialect: &'static str) -> World {
        let hub = TestHub::start().await;
        let settings: &[(&str, &str)] = match dialect {
            "mews" => &[("scope", "account"), ("rate_limit", "0")],
            "planviewer" => &[("soft_cap", "1000")],
            _ => &[("scope", "account")],
        };
        let credentials = hub.connect(dialect, "probed", settings).await;
        let mut world = World { hub, dialect, set: credentials.into_iter().collect() };
        match dialect {
            "ppw" => world.work_orders().await,
            "pruvan" => {
                world.order(json!({"number": "CREW-1", "site": {"address1": "5 Elm Ct", "city": "Austin"}, "tasks": [{"name": "Mow"}]})).await;
                world.tell("order", "CREW-1");
                world.tell("both", "yes");
            }
            "mews" => world.hotel().await,
            "planviewer" => world.land().await,
            _ => {}
        }
        world
    }

    fn tell(&mut self, name: &str, value: &str) {
        self.set.push((name.to_owned(), value.to_owned()));
    }

    async fn order(&self, order: Value) -> Value {
        let made = self.hub.native("POST", "/v1/orders", &order.to_string()).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()
    }

    async fn work_orders(&mut self) {
        let site = json!({"address1": "5 Elm Ct", "city": "Austin", "region": "TX", "postal_code": "78701"});
        let tasks = json!([{"name": "Mow", "quantity": 2, "unit_price": 12.5}]);
        let order = json!({"number": "N-1", "site": site, "tasks": tasks, "due": "2026-02-03T12:00:00Z"});
        let made = self.order(order).await;
        self.order(json!({"number": "N-2", "site": site})).await;
        self.tell("report_id", &made["serial"].to_string());
    }

    async fn hotel(&mut self) {
        let (store, now) = (self.hub.app().store(), self.hub.app().now());
        let account = store.account("main", false).await.unwrap().unwrap();
        let uuid = |text: &str| Uuid::try_parse(text).unwrap();
        let spa = Service {
            id: uuid(SPA),
            slug: "spa".to_owned(),
            name: "Spa".to_owned(),
            kind: ServiceKind::Additional,
            parent: None,
            active: true,
            ordering: 0,
            data: None,
            created_at: now,
            updated_at: now,
        };
        store.put_service(account, spa).await.unwrap();
        let id = uuid(ANN);
        let ann = Customer { id, name: "Ann Lee".to_owned(), created_at: now, updated_at: now, ..Customer::default() };
        store.put_customer(account, ann).await.unwrap();
        for number in 1..=3 {
            self.order(json!({"number": format!("S-{number}"), "service": SPA, "customer": {"name": "Ann Lee"}})).await;
        }
        self.tell("account_id", ANN);
        self.tell("service", SPA);
    }

    async fn land(&mut self) {
        let store = self.hub.app().store();
        let account = store.account("main", false).await.unwrap().unwrap();
        enroll::ensure_products(store, account, self.hub.app().now()).await.unwrap();
        let site =
            json!({"address1": "Utrechtsestraat 61", "postal_code": "6811LW", "city": "Arnhem", "country": "NL"});
        self.order(json!({"number": "L-1", "site": site})).await;
        self.tell("product", "site_report");
    }

    /// Probes at a URL; each run makes things of its own.
    async fn probe(&self, url: &str, random: u64, only: &[&str]) -> Report {
        let aim = Aim {
            dialect: docket_dialects::dialect(self.dialect).unwrap(),
            url: url.to_owned(),
            given: Given::new(self.set.clone()),
            reach: Does::Costs,
            only: only.iter().map(|name| (*name).to_owned()).collect(),
            timeout: Duration::from_secs(10),
        };
        let now = self.hub.clock.now();
        let plan = probe::plan(&aim, now, random).unwrap();
        let outside = Outside::new(OutsideOptions::anywhere(Vec::new()));
        probe::run(&aim, plan, &outside, now, |_| {}).await
    }
}

fn shown(report: &Report) -> String {
    let lines: Vec<String> = report.checks.iter().map(|check| probe::line(check, 24)).collect();
    format!("{}\n{}", lines.join("\n"), report.summary())
}

/// Everything is played, everything is right down to the order of members, and nothing is left behind.
async fn conforms(dialect: &'static str) {
    let mut world = World::of(dialect).await;
    let report = world.probe(&world.hub.url(), 7, &[]).await;
    let shown = shown(&report);
    println!("{shown}");
    for check in &report.checks {
        assert_eq!(check.verdict, Verdict::Conforms, "{shown}");
        assert!(check.findings.is_empty() && check.left.is_empty(), "{shown}");
    }
    let orders = world.hub.native("GET", "/v1/orders?limit=1000", "").await.json();
    let mine = |order: &&Value| order.to_string().contains("00000007");
    for order in orders["orders"].as_array().unwrap().iter().filter(mine) {
        // What is billed, or cannot be taken back, is said before to stay.
        let stays = ["ppw", "mews", "planviewer"].contains(&dialect);
        assert!(stays || ["deleted", "canceled"].contains(&order["status"].as_str().unwrap()), "{order}");
    }
    world.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ppw_conforms() {
    conforms("ppw").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pruvan_conforms() {
    conforms("pruvan").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wialon_conforms() {
    conforms("wialon").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mews_conforms() {
    conforms("mews").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn planviewer_conforms() {
    conforms("planviewer").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_reading_changes_nothing() {
    for dialect in ["ppw", "pruvan", "wialon", "mews", "planviewer"] {
        let mut world = World::of(dialect).await;
        let before = world.hub.native("GET", "/v1/journal?after=0&limit=1000", "").await.json();
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        let (junit, json_file) = (file("probe.xml"), file("probe.json"));
        let mut args = vec!["probe".to_owned(), dialect.to_owned(), "--url".to_owned(), world.hub.url()];
        args.extend(["--read-only", "--junit", &junit, "--json-file", &json_file].map(str::to_owned));
        for (name, value) in &world.set {
            args.extend(["--set".to_owned(), format!("{name}={value}")]);
        }
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = world.hub.cli(&args).await;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        println!("{text}");
        assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert!(text.contains("only read") && text.contains(" 0 differ"), "{text}");
        let report: Value = serde_json::from_slice(&std::fs::read(&json_file).unwrap()).unwrap();
        assert_eq!((&report["conforms"], &report["dialect"]), (&json!(true), &json!(dialect)));
        assert!(std::fs::read_to_string(&junit).unwrap().contains("failures=\"0\""));
        let after = world.hub.native("GET", "/v1/journal?after=0&limit=1000", "").await.json();
        assert_eq!(before, after, "{dialect}");
        world.hub.stop().await;
    }
}
