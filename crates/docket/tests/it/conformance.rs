//! Every transcript, played as a client against the whole hub: real sockets, real store.

use super::hub::TestHub;
use base64::Engine as _;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, UnitId};
use docket_core::ledger::{Ledger as _, Outcome, Request, Submission, Target};
use docket_core::order::Command;
use docket_dialects::dialect::{BoxFuture, Dialect, Issue, WireResponse};
use docket_dialects::transcript::{Given, Stage, Transcript, given, play};
use docket_store::Append;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use sha1::{Digest as _, Sha1};
use std::path::Path;

type Bound = Vec<(String, String)>;

/// The running hub as a stage.
struct HubStage {
    hub: TestHub,
    dialect: &'static Dialect,
}

impl HubStage {
    async fn account(&self) -> AccountId {
        let found = self.hub.app().store().account("main", true).await.expect("the store answers");
        found.expect("it was to be made")
    }

    async fn connection(&self, rest: &str) -> Result<Bound, String> {
        let mut words = rest.split_whitespace();
        let first = words.next().unwrap_or("main");
        let (dialect, name, prefix) = match first.split_once(':') {
            Some((other, name)) => {
                (docket_dialects::dialect(other).ok_or("no such dialect")?, name, format!("{name}."))
            }
            None => (self.dialect, first, String::new()),
        };
        let mut set = vec![("scope", "account")];
        set.extend(words.filter_map(|word| word.split_once('=')));
        let mut bound: Bound = self.hub.connect(dialect.id, name, &set).await.into_iter().collect();
        for credential in dialect.credentials {
            // On the wire, callers present the SHA-1 of a password.
            if let (Issue::Password(_), Some((_, value))) =
                (&credential.issue, bound.iter_mut().find(|(name, _)| name == credential.name))
            {
                *value = Sha1::digest(value.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
            }
        }
        let value = |name: &str| bound.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let pair = format!("{}:{}", value("key").unwrap_or_default(), value("secret").unwrap_or_default());
        bound.push(("basic".to_owned(), base64::engine::general_purpose::STANDARD.encode(pair)));
        Ok(bound.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect())
    }

    async fn submit(&self, caller: &Caller, request: Request) -> Result<Bound, String> {
        let outcomes = self.hub.app().submit(caller, Submission::one(request)).await.map_err(|e| e.to_string())?;
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => {
                let name = done.order.fields.number.clone().unwrap_or_default();
                let (id, serial) = (done.order.id.to_string(), done.order.serial.to_string());
                Ok(vec![(format!("order.{name}.id"), id), (format!("order.{name}.serial"), serial)])
            }
            outcome => Err(format!("{outcome:?}")),
        }
    }

    async fn work(&self, kind: &str, rest: &str) -> Result<Bound, String> {
        let work = given::work(kind, rest)?;
        let (caller, order) = (Caller::hub(self.account().await), work.order);
        let command: Command = match work.bytes.clone() {
            Some(bytes) => {
                let address = self.hub.app().store().put_blob(bytes).await.map_err(|e| e.to_string())?;
                work.with_blob(address)
            }
            None => work.command,
        };
        self.submit(&caller, Request::change(Target::Id(order), move |_| Ok(command.clone()))).await?;
        Ok(Vec::new())
    }

    async fn give(&mut self, given: Given) -> Result<Option<Bound>, String> {
        let (rest, now) = (given.rest.as_str(), self.hub.app().now());
        let account = self.account().await;
        let store = self.hub.app().store().clone();
        let bound = match given.kind.as_str() {
            "connection" => self.connection(rest).await?,
            "clock" => {
                self.hub.clock.set(rest.parse().map_err(|error| format!("{error}"))?);
                Vec::new()
            }
            "order" => {
                let command = given::order(rest)?;
                self.submit(&Caller::user(account, "transcript"), Request::create(command)).await?
            }
            "service" => {
                let (name, service) = given::service(rest, now)?;
                let id = service.id.to_string();
                self.hub.app().put_service(account, service).await.map_err(|error| error.to_string())?;
                vec![(name, id)]
            }
            "unit" => {
                let id = UnitId(store.next_item().await.map_err(|error| error.to_string())?);
                let (name, unit) = given::unit(rest, id, now);
                self.hub.app().put_unit(account, unit).await.map_err(|error| error.to_string())?;
                vec![(name, id.to_string())]
            }
            "report" => {
                self.hub.app().take_reports(account, [given::report(rest, now)?]);
                Vec::new()
            }
            "customer" => {
                let (name, customer) = given::customer(rest, account, now);
                let id = customer.id.to_string();
                store.put_customer(account, customer).await.map_err(|error| error.to_string())?;
                vec![(name, id)]
            }
            "site" => {
                let site = given::site(rest, account)?;
                let id = site.id.map(|id| id.to_string()).unwrap_or_default();
                let append = Append { account, sites: vec![site], ..Append::default() };
                store.append(append).await.map_err(|error| error.to_string())?;
                vec![("site".to_owned(), id)]
            }
            "move" | "ask" | "put" | "result" => self.work(&given.kind, rest).await?,
            other => return Err(format!("nobody knows how to give {other}")),
        };
        Ok(Some(bound))
    }
}

impl Stage for HubStage {
    fn give<'a>(&'a mut self, given: Given) -> BoxFuture<'a, Result<Option<Bound>, String>> {
        Box::pin(HubStage::give(self, given))
    }

    fn send<'a>(
        &'a mut self,
        method: &'a str,
        target: &'a str,
        headers: &'a [(String, String)],
        body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>> {
        Box::pin(async move {
            // Blanks and braces of a query are sent as they stand in the transcript, but for blanks, which no HTTP has.
            let target = target.replace(' ', "%20");
            let headers: Vec<(&str, &str)> =
                headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = self.hub.request(method, &target, &headers, body).await;
            let mut found = HeaderMap::new();
            for (name, value) in &answer.headers {
                let name: HeaderName = name.parse().map_err(|_| "a header name")?;
                found.append(name, HeaderValue::from_str(value).map_err(|_| "a header value")?);
            }
            let status = StatusCode::from_u16(answer.status).map_err(|error| error.to_string())?;
            let body = answer.body.into();
            Ok(WireResponse { status, headers: found, body, operation: "", connection: None })
        })
    }

    fn document<'a>(&'a mut self, number: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async move {
            let found = self.hub.native("GET", &format!("/v1/orders?number={}", number.replace(' ', "%20")), "").await;
            let found = found.json()["orders"][0]["id"].as_str().map(str::to_owned);
            let id = found.as_deref().unwrap_or(number);
            let answer = self.hub.native("GET", &format!("/v1/orders/{id}"), "").await;
            // A missing order is compared as nothing, and fails.
            Some(if answer.status == 200 { answer.text() } else { "null".to_owned() })
        })
    }
}

async fn play_all(id: &str) {
    play_each(id, 1, &|| None).await;
}

/// Every so many of the transcripts, each against a hub of its own, over a database if one is named.
async fn play_each(id: &str, every: usize, database: &dyn Fn() -> Option<String>) {
    let dialect = docket_dialects::dialect(id).expect("a dialect");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance").join(id);
    let found = Transcript::files(&root);
    assert!(!found.is_empty(), "no transcripts in {}", root.display());
    let mut failures = Vec::new();
    for path in found.iter().step_by(every) {
        let name = path.strip_prefix(&root).unwrap_or(path).display().to_string();
        let text = std::fs::read_to_string(path).expect("it is there");
        let transcript = match Transcript::parse(&text) {
            Ok(transcript) => transcript,
            Err(error) => {
                failures.push(format!("{name}: {error}"));
                continue;
            }
        };
        // What a connecting half must call is played where the dialects are.
        if !transcript.roles.iter().any(|role| role == "serve") {
            continue;
        }
        let change = |config: &mut docket::config::Config| {
            config.jobs.producers = 0;
            // What units said is there for the services that read it.
            config.tracking.follow = 0;
            config.database_url = database().unwrap_or_default();
        };
        let mut stage = HubStage { hub: TestHub::start_with(change).await, dialect };
        if let Err(error) = play(&transcript, &mut stage).await {
            failures.push(format!("{name}: {error}"));
        }
        stage.hub.stop().await;
    }
    let played = found.len().div_ceil(every);
    println!("{id}: {played} transcripts, {} failed", failures.len());
    assert!(failures.is_empty(), "{} of {played} failed:\n{}", failures.len(), failures.join("\n"));
}

/// The dialects know nothing of stores, and the store's own suite runs on both: a sample of the transcripts tells whether
/// the hub between them does.
#[tokio::test]
async fn a_sample_of_all_over_postgres() {
    let Ok(server) = std::env::var("DOCKET_TEST_POSTGRES") else {
        eprintln!("skipped: DOCKET_TEST_POSTGRES names no server (cargo xtask test starts one)");
        return;
    };
    for dialect in docket_dialects::DIALECTS {
        play_each(dialect.id, 8, &|| Some(super::postgres::fresh_database(&server))).await;
    }
}

#[tokio::test]
async fn ppw() {
    play_all("ppw").await;
}

#[tokio::test]
async fn pruvan() {
    play_all("pruvan").await;
}

#[tokio::test]
async fn wialon() {
    play_all("wialon").await;
}

#[tokio::test]
async fn mews() {
    play_all("mews").await;
}

#[tokio::test]
async fn planviewer() {
    play_all("planviewer").await;
}
