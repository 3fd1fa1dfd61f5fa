//! The format, and every served transcript played against its dialect over the reference ledger.

mod connect;
mod examine;

use super::*;
use crate::dialect::{BoxFuture, Dialect, HubMemory, Issue, ServeContext, WireRequest, WireResponse};
use base64::Engine as _;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, UnitId, Uuid};
use docket_core::ledger::{Ledger as _, Outcome, Request as Ask, Submission, Target};
use docket_core::memory::MemoryLedger;
use futures_util::FutureExt as _;
use sha1::{Digest as _, Sha1};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

const ACCOUNT: AccountId = AccountId(1);

/// A dialect over the reference ledger.
struct MemoryStage {
    ledger: MemoryLedger,
    memory: HubMemory,
    dialect: &'static Dialect,
    next: i64,
}

impl MemoryStage {
    fn new(dialect: &'static Dialect) -> MemoryStage {
        let now: Timestamp = "2026-01-15T10:00:00Z".parse().unwrap();
        MemoryStage { ledger: MemoryLedger::new(now), memory: HubMemory::default(), dialect, next: 1 }
    }

    fn number(&mut self) -> i64 {
        self.next += 1;
        self.next
    }

    fn connection(&mut self, rest: &str) -> Option<Vec<(String, String)>> {
        let mut words = rest.split_whitespace();
        let first = words.next().unwrap_or("main");
        let (dialect, name, prefix) = match first.split_once(':') {
            Some((other, name)) => (crate::dialect(other)?, name, format!("{name}.")),
            None => (self.dialect, first, String::new()),
        };
        if dialect.serve.routes().is_empty() {
            return None;
        }
        let id = ConnectionId(self.number());
        let mut connection = Connection {
            id,
            account: ACCOUNT,
            name: name.to_owned(),
            dialect: dialect.id.to_owned(),
            role: Role::Serve,
            scope: Scope::Account,
            enabled: true,
            settings: words.filter_map(|w| w.split_once('=')).map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
            created_at: self.ledger.now(),
        };
        if let Some(scope) = connection.settings.remove("scope") {
            connection.scope = Scope::from_word(&scope).unwrap();
        }
        let mut bound = vec![("connection_id".to_owned(), id.to_string())];
        let mut claims: Vec<(&str, String)> = Vec::new();
        for credential in dialect.credentials {
            let given = connection.settings.get(credential.name).cloned();
            let value = given.unwrap_or_else(|| match credential.issue {
                Issue::Name => name.to_owned(),
                Issue::Secret(n) => "Sx9".repeat(n).chars().take(n).collect(),
                Issue::Hex(n) => "0a1b2c".repeat(n).chars().take(n).collect(),
                Issue::HexPair(a, b) => {
                    format!("{}-{}", "A1".repeat(a / 2), "B2C".repeat(b).chars().take(b).collect::<String>())
                }
                Issue::Password(n) => hex(&Sha1::digest("p".repeat(n))),
                Issue::Item => self.next.to_string(),
                Issue::AccountUuid => Uuid::from_u128(0xe0).to_string(),
                Issue::Url(pattern) => pattern.to_owned(),
            });
            if matches!(credential.issue, Issue::Item | Issue::AccountUuid) {
                connection.settings.insert(credential.name.to_owned(), value.clone());
            }
            if let Some(claim) = credential.claim {
                claims.push((claim, value.clone()));
            }
            bound.push((credential.name.to_owned(), value));
        }
        let value = |name: &str| bound.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()).unwrap_or_default();
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", value("key"), value("secret")));
        bound.push(("basic".to_owned(), basic));
        let claims: Vec<(&str, &str)> = claims.iter().map(|(k, v)| (*k, v.as_str())).collect();
        self.ledger.connect(connection, &claims);
        Some(bound.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value)).collect())
    }

    /// The dialect that answers at a path, this folder's before all others.
    fn at(&self, path: &str) -> &'static Dialect {
        let answers = |dialect: &&&'static Dialect| {
            dialect.serve.routes().iter().any(|route| match route.0.split_once('{') {
                Some((before, _)) => path.starts_with(before),
                None => path == route.0,
            })
        };
        let mut others = crate::DIALECTS.iter().filter(|_| !answers(&&self.dialect));
        others.find(answers).copied().unwrap_or(self.dialect)
    }

    /// A native create, as far as the reference ledger knows how.
    fn order(&mut self, text: &str) -> Result<Vec<(String, String)>, String> {
        let command = given::order(text)?;
        let caller = Caller::user(ACCOUNT, "transcript");
        let submission = Submission::one(Ask::create(command));
        let outcomes = self.ledger.submit(&caller, submission).now_or_never().ok_or("not at once")?;
        match outcomes.map_err(|fault| fault.to_string())?.into_iter().next() {
            Some(Outcome::Done(done)) => {
                let name = done.order.fields.number.clone().unwrap_or_default();
                let (id, serial) = (done.order.id.to_string(), done.order.serial.to_string());
                Ok(vec![(format!("order.{name}.id"), id), (format!("order.{name}.serial"), serial)])
            }
            outcome => Err(format!("{outcome:?}")),
        }
    }

    fn give(&mut self, given: Given) -> Result<Option<Vec<(String, String)>>, String> {
        let rest = given.rest.as_str();
        let now = self.ledger.now();
        match given.kind.as_str() {
            "connection" => Ok(self.connection(rest)),
            "order" => self.order(rest).map(Some),
            "clock" => {
                self.ledger.set_now(rest.parse().map_err(|e| format!("{e}"))?);
                Ok(Some(Vec::new()))
            }
            "service" => {
                let (name, service) = given::service(rest, now)?;
                let bound = vec![(name, service.id.to_string())];
                self.ledger.add_service(service);
                Ok(Some(bound))
            }
            "unit" => {
                let (name, unit) = given::unit(rest, UnitId(self.number()), now);
                let bound = vec![(name, unit.id.to_string())];
                self.ledger.put_unit(unit);
                Ok(Some(bound))
            }
            "report" => {
                let (unit, report) = given::report(rest, now)?;
                self.ledger.report(unit, report);
                Ok(Some(Vec::new()))
            }
            "customer" => {
                let (name, customer) = given::customer(rest, ACCOUNT, self.ledger.now());
                let bound = vec![(name, customer.id.to_string())];
                self.ledger.add_customer(customer);
                Ok(Some(bound))
            }
            "site" => {
                let site = given::site(rest, ACCOUNT)?;
                let id = site.id.map(|id| id.to_string()).unwrap_or_default();
                self.ledger.add_site(site);
                Ok(Some(vec![("site".to_owned(), id)]))
            }
            "move" | "ask" | "put" | "result" => self.work(&given.kind, rest).map(|()| Some(Vec::new())),
            _ => Ok(None),
        }
    }

    fn work(&mut self, kind: &str, rest: &str) -> Result<(), String> {
        let work = given::work(kind, rest)?;
        let order = work.order;
        let command = match work.bytes.clone() {
            Some(bytes) => {
                let kept = self.ledger.keep_blob(bytes.into()).now_or_never().ok_or("not at once")?;
                work.with_blob(kept.map_err(|fault| fault.to_string())?)
            }
            None => work.command,
        };
        let request = Ask::change(Target::Id(order), move |_| Ok(command.clone()));
        let hub = Caller::hub(ACCOUNT);
        let submitted = self.ledger.submit(&hub, Submission::one(request)).now_or_never().ok_or("not at once")?;
        match submitted.map_err(|fault| fault.to_string())?.first() {
            Some(Outcome::Done(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Stage for MemoryStage {
    fn give<'a>(&'a mut self, given: Given) -> BoxFuture<'a, Result<Option<Vec<(String, String)>>, String>> {
        let bound = MemoryStage::give(self, given);
        Box::pin(async move { bound })
    }

    fn send<'a>(
        &'a mut self,
        method: &'a str,
        target: &'a str,
        headers: &'a [(String, String)],
        body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>> {
        Box::pin(async move {
            let (path, query) = target.split_once('?').unwrap_or((target, ""));
            let mut request = WireRequest {
                method: method.parse().map_err(|_| "method")?,
                path: path.to_owned(),
                query: query.to_owned(),
                headers: http::HeaderMap::new(),
                body: bytes::Bytes::copy_from_slice(body.as_bytes()),
                origin: "http://127.0.0.1:8700".to_owned(),
                peer: None,
            };
            for (name, value) in headers {
                let name: http::HeaderName = name.parse().map_err(|_| "header name")?;
                request.headers.append(name, value.parse().map_err(|_| "header value")?);
            }
            self.next += 1;
            let seed = self.next as u128;
            let drawn = AtomicU64::new(0);
            let next = || u128::from(drawn.fetch_add(1, Ordering::Relaxed)) << 64;
            let random = move || (seed + next()).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
            let cx = ServeContext {
                ledger: &self.ledger,
                now: self.ledger.now(),
                exchange: ExchangeId(Uuid::from_u128(seed)),
                memory: &self.memory,
                planner: &crate::planner::OnTheSpot,
                random: &random,
            };
            Ok(self.at(path).serve.serve(cx, request).await)
        })
    }

    fn document<'a>(&'a mut self, _number: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async { None })
    }
}

/// Plays every transcript of a dialect; those that need what only the whole hub has are played there.
fn play_all(dialect: &'static Dialect) {
    let found = Transcript::files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance").join(dialect.id));
    let mut failures = Vec::new();
    let mut played = 0;
    for path in &found {
        let name = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap_or(path).display().to_string();
        let outcome = Transcript::parse(&std::fs::read_to_string(path).unwrap())
            .and_then(|transcript| play(&transcript, &mut MemoryStage::new(dialect)).now_or_never().unwrap());
        match outcome {
            Ok(true) => played += 1,
            Ok(false) => {}
            Err(error) => failures.push(format!("{name}:{error}")),
        }
    }
    assert!(failures.is_empty(), "{} of {} failed:\n{}", failures.len(), found.len(), failures.join("\n"));
    assert!(played > 0, "no transcript of {} was played", dialect.id);
}

#[test]
fn transcripts_ppw() {
    play_all(&crate::ppw::DIALECT);
}

#[test]
fn transcripts_pruvan() {
    play_all(&crate::pruvan::DIALECT);
}

#[test]
fn transcripts_wialon() {
    play_all(&crate::wialon::DIALECT);
}

#[test]
fn transcripts_mews() {
    play_all(&crate::mews::DIALECT);
}

#[test]
fn transcripts_planviewer() {
    play_all(&crate::planviewer::DIALECT);
}

#[test]
fn the_format_reads_back() {
    let text = "title  = \"t\"\nsource = \"inferred\"   # why\npage   = \"p\"\nroles  = [\"serve\", \"connect\"]\n---\n\
                + connection main a=b\n! deliver N: told: {{_}}\n! pull\n> POST /x?y={{z}}\n> a: b\n\nbody\n\nmore\n\n< 200\n< c: d\n\n{\"e\":1}\n\n= order N\n{}\n";
    let transcript = Transcript::parse(text).unwrap();
    assert_eq!(transcript.source, Source::Inferred);
    assert_eq!(transcript.roles, ["serve", "connect"]);
    assert_eq!(transcript.steps.len(), 5);
    assert_eq!(transcript.steps[1], Step::Told("deliver N".to_owned(), Some("told: {{_}}".to_owned())));
    assert_eq!(transcript.steps[2], Step::Told("pull".to_owned(), None));
    let Step::Exchange(request, answer) = &transcript.steps[3] else { panic!("{:?}", transcript.steps) };
    assert_eq!((request.body.as_str(), answer.body.as_str()), ("body\n\nmore", "{\"e\":1}"));
    assert_eq!(request.headers, [("a".to_owned(), "b".to_owned())]);
}

#[test]
fn comparison_binds_and_finds_differences() {
    let mut variables = Variables::new();
    let expected = r#"[{"id":"{{id}}","at":"{{unix}}","in":"{\"id\":\"{{id}}\"}","name":"a {{_}} c"},null]"#;
    let right = r#"[{"in":"{ \"id\": 7 }","id":7,"at":123,"name":"a b c"},null]"#;
    assert_eq!(compare(expected, right, false, &mut variables), Ok(()));
    for wrong in [
        r#"[{"in":"{\"id\":8}","id":7,"at":123,"name":"a b c"},null]"#,
        r#"[{"in":"{\"id\":7}","id":7,"at":"x","name":"a b c"},null]"#,
        r#"[{"in":"{\"id\":7}","id":7,"at":1,"name":"a b d"},null]"#,
        r#"[{"in":"{\"id\":7}","id":7,"at":1,"name":"a b c","more":1},null]"#,
        r#"[{"in":"{\"id\":7}","id":7,"at":1,"name":"a b c"}]"#,
    ] {
        assert!(compare(expected, wrong, false, &mut Variables::new()).is_err(), "{wrong}");
    }
    let named = compare(r#"{"{{id}}":1}"#, r#"{"7":1}"#, false, &mut variables);
    assert_eq!(named, Ok(()), "names of members take what is bound");
    assert_eq!(compare("{\"a\":1}", "{\"a\":1.0,\"b\":2}", true, &mut variables), Ok(()));
}
