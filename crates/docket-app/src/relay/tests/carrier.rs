//! A counterpart, and the connecting half that speaks to it.

use docket_core::ids::{ConnectionId, Serial};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Field, Order};
use docket_dialects::Dialect;
use docket_dialects::connect::{
    Budget, Connect, ConnectError, Delivered, Held, Incoming, Inventory, Outgoing, Pulled, Remote, SecretSpec,
    SendError, Window,
};
use docket_dialects::dialect::BoxFuture;
use http::StatusCode;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// `PUT /orders/SERIAL`, `GET /news`, `GET /inventory`.
struct Carrier;

pub(super) fn speaks(id: &str) -> Option<(&'static Dialect, &'static dyn Connect)> {
    (id == "ppw").then_some((&docket_dialects::ppw::DIALECT, &Carrier as &dyn Connect))
}

fn answered(answer: Incoming) -> Result<Incoming, ConnectError> {
    match answer.status {
        StatusCode::OK => Ok(answer),
        StatusCode::UNAUTHORIZED => Err(ConnectError::Denied(answer.excerpt())),
        StatusCode::UNPROCESSABLE_ENTITY => Err(ConnectError::Refused(answer.excerpt())),
        _ => Err(ConnectError::Later { why: answer.excerpt(), after: answer.retry_after() }),
    }
}

async fn get(remote: &Remote<'_>, path: &'static str) -> Result<Value, ConnectError> {
    let call = Outgoing::get(path, format!("{}/{path}?token={}", remote.url()?, remote.secret("token")?));
    let answer = answered(remote.transport.send(call).await?)?;
    serde_json::from_slice(&answer.body).map_err(|error| ConnectError::later(error.to_string()))
}

impl Connect for Carrier {
    fn secrets(&self) -> &'static [SecretSpec] {
        &[SecretSpec { name: "token", help: "the token", required: true }]
    }

    fn budget(&self) -> Budget {
        const WINDOWS: &[Window] = &[Window { operations: &[], calls: 1000, within: Duration::from_secs(10) }];
        Budget { at_once: 3, windows: WINDOWS }
    }

    fn poll_every(&self) -> Duration {
        Duration::from_secs(60)
    }

    fn takes_orders(&self) -> bool {
        true
    }

    fn pull<'a>(&'a self, remote: &'a Remote<'a>) -> BoxFuture<'a, Result<Pulled, ConnectError>> {
        Box::pin(async move {
            let news = get(remote, "news").await?;
            let mut pulled = Pulled { more: news["more"] == true, ..Pulled::default() };
            for order in news["orders"].as_array().into_iter().flatten() {
                pulled.seen += 1;
                let (number, reference) = (order["number"].as_str().unwrap(), order["reference"].as_str());
                let mut command = Command::default().with(Field::Number, number);
                command = command.with(Field::Reference, reference.map(str::to_owned));
                command.keys = vec![remote.key(number)];
                let key = remote.key(number);
                let target = Target::Key { namespace: key.namespace, key: key.key };
                let request = Request::new(target, move |_| Ok(command.clone()));
                if let Some(Outcome::Done(done)) = remote.submit(None, request, None).await? {
                    pulled.changed += usize::from(done.changed);
                }
            }
            if news["problem"].is_string() {
                pulled.problems.push(news["problem"].to_string());
            }
            Ok(pulled)
        })
    }

    fn deliver<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        order: &'a Order,
    ) -> BoxFuture<'a, Result<Delivered, ConnectError>> {
        Box::pin(async move {
            let fields = &order.fields;
            let body = json!({"number": fields.number, "city": fields.city, "status": order.state.word()}).to_string();
            if remote.mirror(order.serial).await?.as_deref() == Some(&body) {
                return Ok(Delivered::nothing());
            }
            let url = format!("{}/orders/{}", remote.url()?, order.serial);
            let token = remote.secret("token")?;
            let call = Outgoing::post("order", url, "application/json", body.clone())
                .with_header(http::HeaderName::from_static("x-token"), token);
            match remote.transport.send(call).await {
                Ok(answer) => {
                    answered(answer)?;
                }
                Err(SendError::Unknown(why)) if fields.title.as_deref() == Some("billed") => {
                    return Err(ConnectError::Unknown(why));
                }
                Err(error) => return Err(error.into()),
            }
            remote.keep(order.serial, Some(body)).await?;
            Ok(Delivered { calls: 1, summary: format!("told, not {token}") })
        })
    }

    fn inventory<'a>(
        &'a self,
        remote: &'a Remote<'a>,
        _after: Option<String>,
    ) -> BoxFuture<'a, Result<Inventory, ConnectError>> {
        Box::pin(async move {
            let list = get(remote, "inventory").await?;
            let mut orders = Vec::new();
            for held in list.as_array().into_iter().flatten() {
                let serial = held["serial"].as_i64().map(Serial);
                let here = match serial {
                    Some(serial) => remote.ledger.order(&remote.caller(), Target::Serial(serial)).await?,
                    None => None,
                };
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let city = here.as_ref().map(|order| order.fields.city.clone().unwrap_or_default());
                orders.push(Held {
                    remote: text(&held["remote"]),
                    number: text(&held["number"]),
                    says: BTreeMap::from([("site.city".to_owned(), text(&held["city"]))]),
                    expected: city.map(|city| BTreeMap::from([("site.city".to_owned(), city)])),
                    serial: here.map(|order| order.serial),
                    updated_at: None,
                });
            }
            Ok(Inventory { orders, next: None })
        })
    }

    fn renew(&self, _mirror: &str) -> Option<String> {
        Some(String::new())
    }
}

/// What the counterpart was asked: path and body.
pub(super) type Asked = (String, String);

/// Answers each call with a status that can be changed; 0 hangs up when it has read the call.
pub(super) struct Counterpart {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Asked>>>,
    status: Arc<AtomicUsize>,
    answers: Arc<Mutex<BTreeMap<String, String>>>,
    most_at_once: Arc<AtomicUsize>,
}

impl Counterpart {
    pub(super) async fn start() -> Counterpart {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let answers: Arc<Mutex<BTreeMap<String, String>>> = Arc::default();
        let (status, most_at_once) = (Arc::new(AtomicUsize::new(200)), Arc::new(AtomicUsize::new(0)));
        let counterpart = Counterpart {
            address,
            seen: Arc::clone(&seen),
            status: Arc::clone(&status),
            answers: Arc::clone(&answers),
            most_at_once: Arc::clone(&most_at_once),
        };
        let running = Arc::new(AtomicUsize::new(0));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, answers, status) = (Arc::clone(&seen), Arc::clone(&answers), Arc::clone(&status));
                let (running, most_at_once) = (Arc::clone(&running), Arc::clone(&most_at_once));
                tokio::spawn(async move {
                    most_at_once.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let (mut text, mut buffer) = (String::new(), [0; 4096]);
                    while let Ok(read) = stream.read(&mut buffer).await {
                        text.push_str(&String::from_utf8_lossy(&buffer[..read]));
                        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
                        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                        if read == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                            let path = head.split(' ').nth(1).unwrap().to_owned();
                            seen.lock().push((path, body.to_owned()));
                            break;
                        }
                    }
                    let path = seen.lock().last().map(|(path, _)| path.clone()).unwrap_or_default();
                    let path = path.trim_start_matches('/').split('?').next().unwrap_or_default().to_owned();
                    let answer = answers.lock().get(&path).cloned().unwrap_or_else(|| "{}".to_owned());
                    let status = status.load(Ordering::SeqCst);
                    running.fetch_sub(1, Ordering::SeqCst);
                    if status > 0 {
                        let length = answer.len();
                        let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n\r\n{answer}");
                        let _ = stream.write_all(answer.as_bytes()).await;
                    }
                });
            }
        });
        counterpart
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The orders it was told since this was last asked: their numbers.
    pub(super) fn told(&self) -> Vec<String> {
        let seen = std::mem::take(&mut *self.seen.lock());
        let orders = seen.into_iter().filter(|(path, _)| path.starts_with("/orders/"));
        let number = |body: &str| serde_json::from_str::<Value>(body).unwrap()["number"].as_str().unwrap().to_owned();
        orders.map(|(_, body)| number(&body)).collect()
    }

    /// How often it was asked for something since this was last asked.
    pub(super) fn asked(&self, path: &str) -> usize {
        let mut seen = self.seen.lock();
        let before = seen.len();
        seen.retain(|(asked, _)| !asked.starts_with(path));
        before - seen.len()
    }

    pub(super) fn status(&self, status: usize) {
        self.status.store(status, Ordering::SeqCst);
    }

    pub(super) fn answer(&self, path: &str, answer: Value) {
        self.answers.lock().insert(path.to_owned(), answer.to_string());
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.most_at_once.swap(0, Ordering::SeqCst)
    }
}

/// A connection that is not there.
pub(super) const NOBODY: ConnectionId = ConnectionId(9_999);
