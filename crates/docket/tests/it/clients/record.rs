//! A proxy that writes what it saw as a transcript: tokens, sessions and ids become bindings.

use super::super::process::{Process, cli, folder, free_port, http};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// The id of the recorded resource: found again wherever it stands.
const RESOURCE: i64 = 880_017;
/// Units made and removed before the one that stays, so that no order has its id.
const BURNT: usize = 40;

struct Exchange {
    head: Vec<String>,
    body: String,
    status: String,
    kind: String,
    answer: String,
}

/// An empty hub with one resource and one unit, and the proxy in front of it.
pub struct Recorder {
    client: String,
    /// Where the proxy listens.
    pub address: SocketAddr,
    /// The connection's token.
    pub token: String,
    unit: i64,
    seen: Arc<Mutex<Vec<Exchange>>>,
    _hub: Process,
}

impl Recorder {
    /// Starts both.
    pub fn start(client: &str) -> Recorder {
        let storage = vec!["--data".to_owned(), folder(&format!("record-{client}")).display().to_string()];
        let made = cli(
            &storage,
            &[
                "connection",
                "add",
                "wialon",
                "main",
                "--set",
                "scope=account",
                "--set",
                &format!("resource_id={RESOURCE}"),
            ],
        );
        let token = made["token"].as_str().expect("a token").to_owned();
        let hub = Process::serve(&storage, free_port(), &[]);
        let unit = make_unit(hub.address, &token);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let (seen, to) = (Arc::new(Mutex::new(Vec::new())), hub.address);
        let kept = Arc::clone(&seen);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || while carry(&stream, to, &kept).is_some() {});
            }
        });
        Recorder { client: client.to_owned(), address, token, unit, seen, _hub: hub }
    }

    /// Writes the transcript.
    pub fn write(self) {
        let seen = self.seen.lock().expect("nobody panicked");
        let mut text = format!(
            "title  = \"a session of {}\"\nsource = \"observed\"\npage   = \"Wialon Remote API, client libraries\"\n\
             roles  = [\"serve\"]\n---\n+ connection main\n\n+ unit Van 12\n",
            self.client
        );
        let (mut sid, mut order) = (String::new(), 0);
        for exchange in seen.iter() {
            let mut answer: Value = match serde_json::from_str(&exchange.answer) {
                Ok(answer) => answer,
                // The page of the hidden frame is compared elsewhere.
                Err(_) => continue,
            };
            if let Some(eid) = answer["eid"].as_str() {
                sid = eid.to_owned();
            }
            if answer[1].is_object() && answer[0].is_i64() {
                order = answer[0].as_i64().unwrap_or_default();
            }
            let bind = |text: &str| self.bind(text, &sid, order);
            for line in &exchange.head {
                let _ = write!(text, "\n> {}", bind(line));
            }
            let _ = write!(
                text,
                "\n\n{}\n\n< {}\n< content-type: {}\n",
                bind(&exchange.body),
                exchange.status,
                exchange.kind
            );
            self.generalise(&mut answer, "", order);
            let _ = write!(text, "\n{answer}\n");
        }
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/wialon/clients");
        std::fs::create_dir_all(&root).expect("the folder");
        std::fs::write(root.join(format!("{}.transcript", self.client)), text.replace("\n\n\n", "\n\n"))
            .expect("the transcript");
    }

    /// Puts bindings into a request, however its quotes, colons and blanks are escaped.
    fn bind(&self, text: &str, sid: &str, order: i64) -> String {
        let mut text = text.replace(&self.token, "{{token}}");
        if !sid.is_empty() {
            text = text.replace(sid, "{{sid}}");
        }
        text = text.replace(&RESOURCE.to_string(), "{{resource_id}}");
        for (number, name) in [(self.unit, "{{unit.van_12}}"), (order, "{{id}}")] {
            for key in ["id", "u"] {
                for quote in ["\"", "%22"] {
                    for colon in [":", "%3A"] {
                        for blank in ["", " ", "+", "%20"] {
                            for end in [",", "%2C", "}", "%7D"] {
                                let said = format!("{quote}{key}{quote}{colon}{blank}");
                                text = text.replace(&format!("{said}{number}{end}"), &format!("{said}{name}{end}"));
                            }
                        }
                    }
                }
            }
            // In lists of items the unit stands behind the resource.
            for comma in [", ", ",", "%2C+", "%2C%20", "%2C"] {
                for end in ["]", "%5D"] {
                    let said = format!("{{{{resource_id}}}}{comma}");
                    text = text.replace(&format!("{said}{number}{end}"), &format!("{said}{name}{end}"));
                }
            }
        }
        text
    }

    /// Puts bindings into an answer.
    fn generalise(&self, value: &mut Value, key: &str, order: i64) {
        match value {
            Value::Object(members) => {
                let names: Vec<String> = members.keys().cloned().collect();
                for name in names {
                    if let Some(inner) = members.get_mut(&name) {
                        self.generalise(inner, &name, order);
                    }
                    if key == "orders"
                        && name == order.to_string()
                        && let Some(inner) = members.remove(&name)
                    {
                        members.insert("{{id}}".to_owned(), inner);
                    }
                }
            }
            Value::Array(items) => {
                for item in items.iter_mut() {
                    self.generalise(item, key, order);
                }
                if let Some(first) = items.first_mut().filter(|first| first.as_i64() == Some(order)) {
                    *first = json!("{{id}}");
                }
                for item in items.iter_mut().filter(|item| item.as_i64() == Some(self.unit)) {
                    *item = json!("{{unit.van_12}}");
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                self.generalise_one(value, key, order)
            }
        }
        if key == "user" && value.is_object() {
            *value = json!("{{_}}");
        }
    }

    fn generalise_one(&self, value: &mut Value, key: &str, order: i64) {
        let number = value.as_i64();
        let bound = match key {
            "eid" | "gis_sid" => Some("{{sid}}"),
            "th" => Some("{{token}}"),
            "host" | "base_url" | "wsdk_version" | "token" => Some("{{_}}"),
            "tm" | "st" | "ct" | "ld" => Some("{{unix}}"),
            _ if number == Some(RESOURCE) => Some("{{resource_id}}"),
            "id" | "u" if number == Some(self.unit) => Some("{{unit.van_12}}"),
            "id" | "uid" if number == Some(order) => Some("{{id}}"),
            _ => None,
        };
        if let Some(bound) = bound {
            *value = json!(bound);
        }
    }
}

/// A call in the plainest layout.
fn call(hub: SocketAddr, sid: &str, svc: &str, params: &Value) -> Value {
    let body = format!("svc={svc}&params={params}&sid={sid}");
    let headers = "content-type: application/x-www-form-urlencoded\r\n";
    let (_, answer) = http(hub, "POST", "/wialon/ajax.html", headers, &body).expect("the hub answers");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert!(answer.get("error").is_none(), "{svc}: {answer}");
    answer
}

/// Makes the unit that stays.
fn make_unit(hub: SocketAddr, token: &str) -> i64 {
    let login = call(hub, "", "token/login", &json!({"token": token}));
    let (sid, user) = (login["eid"].as_str().expect("a session"), &login["user"]["id"]);
    let make = |name: &str| {
        let params = json!({"creatorId": user, "name": name, "hwTypeId": 9, "dataFlags": 1});
        call(hub, sid, "core/create_unit", &params)["item"]["id"].as_i64().expect("an id")
    };
    for _ in 0..BURNT {
        let unit = make("Spare");
        call(hub, sid, "item/delete_item", &json!({"itemId": unit}));
    }
    make("Van 12")
}

/// First line, headers, body.
type Message = (String, Vec<(String, String)>, Vec<u8>);

/// Reads a head and the body it announces.
fn read(reader: &mut BufReader<&TcpStream>) -> Option<Message> {
    let mut first = String::new();
    reader.read_line(&mut first).ok().filter(|&length| length > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 || line.trim().is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some((first.trim_end().to_owned(), headers, body))
}

/// Carries one request to the hub and its answer back; `None` when the client is gone.
fn carry(client: &TcpStream, hub: SocketAddr, seen: &Mutex<Vec<Exchange>>) -> Option<()> {
    let (line, headers, body) = read(&mut BufReader::new(client))?;
    let target = line.rsplit_once(' ')?.0.to_owned();
    let mut onward = TcpStream::connect(hub).ok()?;
    let mut head = format!("{line}\r\nhost: {hub}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    let kind = headers.iter().find(|(name, _)| name == "content-type");
    if let Some((name, value)) = kind {
        let _ = write!(head, "{name}: {value}\r\n");
    }
    onward.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    onward.write_all(&body).ok()?;
    let (status, answered, answer) = read(&mut BufReader::new(&onward))?;
    let header = |name: &str| {
        let found = answered.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    seen.lock().ok()?.push(Exchange {
        head: [target].into_iter().chain(kind.map(|(name, value)| format!("{name}: {value}"))).collect(),
        body: String::from_utf8_lossy(&body).into_owned(),
        status: status.split(' ').nth(1)?.to_owned(),
        kind: header("content-type"),
        answer: String::from_utf8_lossy(&answer).into_owned(),
    });
    let mut back = client;
    let head =
        format!("{status}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n", header("content-type"), answer.len());
    back.write_all(head.as_bytes()).ok()?;
    back.write_all(&answer).ok()
}
