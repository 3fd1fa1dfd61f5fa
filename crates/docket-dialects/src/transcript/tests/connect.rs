//! Every transcript of a connecting half, played against it over the reference ledger.

use super::*;
use crate::connect::{Remote, Transport};
use docket_core::order::{Body, ChoiceAnswer, Command, Field, Item, Order, Question, Transition, Value as Held};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A connecting half over the reference ledger.
struct ConnectStage {
    inner: MemoryStage,
    connection: Option<Arc<Connection>>,
    secrets: BTreeMap<String, String>,
    drawn: AtomicU64,
}

impl ConnectStage {
    fn new(dialect: &'static Dialect) -> ConnectStage {
        let (inner, secrets) = (MemoryStage::new(dialect), BTreeMap::new());
        ConnectStage { inner, connection: None, secrets, drawn: AtomicU64::new(1) }
    }

    /// `+ connection NAME SETTING=VALUE…`: secrets are given the same way, and are made up where they are not.
    fn connection(&mut self, rest: &str) -> Option<Vec<(String, String)>> {
        let connect = self.inner.dialect.connect?;
        let mut words = rest.split_whitespace();
        let name = words.next().unwrap_or("main").to_owned();
        let given = words.filter_map(|word| word.split_once('='));
        let mut settings: BTreeMap<String, String> = given.map(|(k, v)| (k.to_owned(), v.to_owned())).collect();
        settings.entry("url".to_owned()).or_insert_with(|| "http://counterpart.example".to_owned());
        let mut bound = Vec::new();
        for secret in connect.secrets() {
            let value = settings.remove(secret.name).unwrap_or_else(|| format!("the-{}", secret.name));
            bound.push((secret.name.to_owned(), value.clone()));
            self.secrets.insert(secret.name.to_owned(), value);
        }
        let value = |name: &str| self.secrets.get(name).cloned().unwrap_or_default();
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", value("key"), value("secret")));
        let connection = Connection {
            id: ConnectionId(self.inner.number()),
            account: ACCOUNT,
            name,
            dialect: self.inner.dialect.id.to_owned(),
            role: Role::Connect,
            scope: Scope::Routed,
            enabled: true,
            settings,
            created_at: self.inner.ledger.now(),
        };
        bound.extend([("basic".to_owned(), basic), ("connection_id".to_owned(), connection.id.to_string())]);
        self.connection = Some(self.inner.ledger.connect(connection, &[]));
        Some(bound)
    }

    fn find(&self, number: &str) -> Option<Arc<Order>> {
        let is_it =
            |order: &&Arc<Order>| order.fields.number.as_deref() == Some(number) || order.id.to_string() == number;
        self.inner.ledger.all_orders().iter().find(is_it).cloned()
    }

    fn change(&self, order: &Order, command: Command) -> Result<(), String> {
        let request = Ask::change(Target::Id(order.id), move |_| Ok(command.clone()));
        let submitted = self.inner.ledger.submit(&Caller::hub(ACCOUNT), Submission::one(request)).now_or_never();
        match submitted.ok_or("not at once")?.map_err(|fault| fault.to_string())?.first() {
            Some(Outcome::Done(_)) => Ok(()),
            other => Err(format!("{other:?}")),
        }
    }

    /// `+ answer NUMBER CHOICE`: somebody answers the open question.
    fn answer(&self, rest: &str) -> Result<(), String> {
        let (number, choice) = rest.split_once(' ').ok_or("an order and a choice")?;
        let order = self.find(number).ok_or("no such order")?;
        let (item, question) = order.open_question().ok_or("no open question")?;
        let answer = ChoiceAnswer { choice: choice.to_owned(), by: "desk".to_owned(), at: self.inner.ledger.now() };
        let body = Question { answer: Some(answer), ..question.clone() }.into();
        let put = vec![Item { body, ..item.clone() }];
        self.change(&order, Command { put, ..Command::default() }.moving(Transition::Resume))
    }

    fn give(&mut self, given: Given) -> Result<Option<Vec<(String, String)>>, String> {
        match given.kind.as_str() {
            "connection" => Ok(self.connection(&given.rest)),
            // What is given is handed over.
            "order" => {
                let bound = self.inner.order(&given.rest)?;
                let serial = bound.iter().find(|(name, _)| name.ends_with(".id")).map(|(_, id)| id.clone());
                let order = serial.and_then(|id| self.find(&id)).ok_or("no order")?;
                let to = self.connection.iter().map(|connection| connection.id).collect();
                self.change(&order, Command { route_to: to, ..Command::default() })?;
                Ok(Some(bound))
            }
            "answer" => self.answer(&given.rest).map(|()| Some(Vec::new())),
            // `+ id NUMBER`: binds `id`, for orders that came from the counterpart.
            "id" => {
                let order = self.find(&given.rest).ok_or("no such order")?;
                Ok(Some(vec![("id".to_owned(), order.id.to_string())]))
            }
            _ => self.inner.give(given),
        }
    }

    /// What the half is told, and what it answers, in words.
    async fn tell(&mut self, what: &str, way: &dyn Transport) -> Result<Option<String>, String> {
        let Some(connect) = self.inner.dialect.connect else { return Ok(None) };
        let connection = self.connection.clone().ok_or("no connection")?;
        let random = || u128::from(self.drawn.fetch_add(1, Ordering::Relaxed));
        let remote = Remote {
            connection: &connection,
            secrets: &self.secrets,
            transport: way,
            ledger: &self.inner.ledger,
            origin: "http://127.0.0.1:8700",
            now: self.inner.ledger.now(),
            memory: &self.inner.memory,
            random: &random,
        };
        let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
        Ok(Some(match verb {
            "pull" => match connect.pull(&remote).await {
                Ok(pulled) => {
                    let counts = format!("{} seen, {} changed", pulled.seen, pulled.changed);
                    std::iter::once(counts).chain(pulled.problems).collect::<Vec<_>>().join("; ")
                }
                Err(error) => error.to_string(),
            },
            "deliver" => {
                let order = self.find(rest).ok_or("no such order")?;
                connect.deliver(&remote, &order).await.map_or_else(|error| error.to_string(), |done| done.summary)
            }
            _ => return Err(format!("{verb} is neither pull nor deliver")),
        }))
    }
}

/// What an order holds, by canonical names.
fn document(order: &Order) -> Value {
    let mut document = Map::new();
    for &field in Field::ALL {
        let value = match order.fields.get(field) {
            Held::Null => continue,
            Held::Text(text) => json!(text),
            Held::Integer(number) => json!(number),
            Held::Number(number) => json!(number),
            Held::Flag(flag) => json!(flag),
            Held::Time(time) => json!(time.to_string()),
            Held::Texts(texts) => json!(texts),
            Held::Integers(numbers) => json!(numbers),
            Held::Tasks(tasks) => tasks.iter().map(|task| json!(task.name)).collect(),
        };
        document.insert(field.name().to_owned(), value);
    }
    document.insert("status".to_owned(), json!(order.state.word()));
    let notes = order.notes().map(|(_, note)| json!(note.text)).collect();
    document.insert("notes".to_owned(), notes);
    let asked = order.items.iter().filter_map(|item| match &item.body {
        Body::Question(question) => Some(json!(question.message)),
        _ => None,
    });
    document.insert("questions".to_owned(), asked.collect());
    Value::Object(document)
}

impl Stage for ConnectStage {
    fn give<'a>(&'a mut self, given: Given) -> BoxFuture<'a, Result<Option<Vec<(String, String)>>, String>> {
        let bound = ConnectStage::give(self, given);
        Box::pin(async move { bound })
    }

    fn send<'a>(
        &'a mut self,
        _method: &'a str,
        _target: &'a str,
        _headers: &'a [(String, String)],
        _body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>> {
        Box::pin(async { Err("an exchange must stand behind what the connecting half is told".to_owned()) })
    }

    fn tell<'a>(&'a mut self, what: &'a str, way: &'a dyn Transport) -> BoxFuture<'a, Result<Option<String>, String>> {
        Box::pin(ConnectStage::tell(self, what, way))
    }

    fn document<'a>(&'a mut self, number: &'a str) -> BoxFuture<'a, Option<String>> {
        let found = self.find(number).map(|order| document(&order).to_string());
        Box::pin(std::future::ready(Some(found.unwrap_or_else(|| "there is no such order".to_owned()))))
    }
}

#[test]
fn transcripts_of_connecting_halves() {
    let (mut failures, mut played) = (Vec::new(), 0);
    for dialect in crate::DIALECTS.iter().filter(|dialect| dialect.connect.is_some()) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance").join(dialect.id);
        for path in Transcript::files(&folder) {
            let transcript = Transcript::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
            if !transcript.roles.iter().any(|role| role == "connect") {
                continue;
            }
            let outcome = play(&transcript, &mut ConnectStage::new(dialect)).now_or_never().unwrap();
            match outcome {
                Ok(true) => played += 1,
                Ok(false) => failures.push(format!("{}: was not played", path.display())),
                Err(error) => failures.push(format!("{}:{error}", path.display())),
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(played > 0);
}

#[test]
fn a_call_that_is_not_as_written_is_found() {
    let text = |call: &str| {
        format!(
            "title = \"t\"\nsource = \"inferred\"\npage = \"p\"\nroles = [\"connect\"]\n---\n+ connection main\n\
             + order {{\"number\":\"WO-1\",\"service\":\"A\",\"site\":{{\"address1\":\"A 1\",\"postal_code\":\"1000AA\"}}}}\n\
             ! deliver WO-1: {{{{_}}}}\n{call}\n"
        )
    };
    let played = |call: &str| {
        let transcript = Transcript::parse(&text(call)).unwrap();
        play(&transcript, &mut ConnectStage::new(&crate::planviewer::DIALECT)).now_or_never().unwrap()
    };
    let right = "> GET /product_api/v1/products/list\n> authorization: Basic {{basic}}\n\n< 200\n\n[]\n";
    assert_eq!(played(right), Ok(true));
    for wrong in [
        String::new(),
        right.replace("GET", "POST"),
        right.replace("list", "lists"),
        right.replace("{{basic}}", "x"),
        format!("{right}\n{right}"),
    ] {
        assert!(played(&wrong).is_err(), "{wrong}");
    }
}
