//! A request that can be sent as often as wanted, cut off anywhere, and garbled.

use crate::hub::{Answer, send};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

/// A request, ready to be sent as often as wanted.
#[derive(Clone)]
pub struct Parcel {
    /// Path and query.
    pub target: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
    /// What it says, and how the same request says something else.
    said: Option<(Value, Remake)>,
}

type Remake = Arc<dyn Fn(&Value) -> Parcel + Send + Sync>;

impl Parcel {
    /// A request with a body.
    pub fn new(target: &str, content_type: &str, body: impl Into<Vec<u8>>) -> Parcel {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Parcel { target: target.to_owned(), headers, body: body.into(), said: None }
    }

    /// What `make` makes of some JSON.
    pub fn saying(json: Value, make: impl Fn(&Value) -> Parcel + Send + Sync + 'static) -> Parcel {
        let parcel = make(&json);
        Parcel { said: Some((json, Arc::new(make))), ..parcel }
    }

    /// The same request, one of its members replaced by something else: every member, by everything else.
    pub fn garbled(&self) -> Vec<(String, Parcel)> {
        let Some((json, make)) = &self.said else { return Vec::new() };
        let mut pointers = Vec::new();
        collect_pointers(json, String::new(), &mut pointers);
        let mut garbled = Vec::new();
        for pointer in pointers {
            for bad in
                BAD.iter().map(|bad| serde_json::from_str::<Value>(bad).unwrap()).chain([json!("x".repeat(9_000))])
            {
                let mut other = json.clone();
                if let Some(place) = other.pointer_mut(&pointer).filter(|place| **place != bad) {
                    *place = bad.clone();
                    let shown: String = bad.to_string().chars().take(20).collect();
                    garbled.push((format!("{pointer} = {shown}"), make(&other)));
                }
            }
        }
        garbled
    }

    /// JSON in a field of a form.
    pub fn form(target: &str, field: &str, json: &Value) -> Parcel {
        let value: String = json.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect();
        Parcel::new(target, "application/x-www-form-urlencoded", format!("{field}={value}"))
    }

    /// JSON.
    pub fn json(target: &str, json: &Value) -> Parcel {
        Parcel::new(target, "application/json", json.to_string())
    }

    /// A multipart body of a JSON part and a file.
    pub fn multipart(target: &str, (field, json): (&str, &Value), name: &str, bytes: &[u8]) -> Parcel {
        let mut body = format!(
            "--bo\r\ncontent-disposition: form-data; name=\"{field}\"\r\n\r\n{json}\r\n--bo\r\n\
             content-disposition: form-data; name=\"file\"; filename=\"{name}\"\r\ncontent-type: image/jpeg\r\n\r\n"
        )
        .into_bytes();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--bo--\r\n");
        Parcel::new(target, "multipart/form-data; boundary=bo", body)
    }

    /// The same, with one more header.
    pub fn with(mut self, name: &str, value: &str) -> Parcel {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    fn head(&self, framing: &str) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\nhost: docket\r\n{framing}\r\n", self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }

    /// Sends it and reads the answer.
    pub async fn send(&self, address: SocketAddr) -> Answer {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        send(address, "POST", &self.target, &headers, &self.body).await
    }

    /// The first bytes of its body, said to be all.
    pub fn first(&self, bytes: usize) -> Parcel {
        Parcel { body: self.body[..bytes].to_vec(), ..self.clone() }
    }

    /// Sends it up to there and is gone.
    pub async fn cut(&self, address: SocketAddr, at: usize) {
        let framing = format!("content-length: {}", self.body.len());
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&[self.head(&framing).as_slice(), &self.body[..at]].concat()).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    /// Sends all of it in one piece of a chunked body and is gone before saying that this was all.
    pub async fn cut_before_the_last_chunk(&self, address: SocketAddr) {
        let mut bytes = self.head("transfer-encoding: chunked");
        bytes.extend_from_slice(format!("{:x}\r\n", self.body.len()).as_bytes());
        bytes.extend_from_slice(&self.body);
        bytes.extend_from_slice(b"\r\n");
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(&bytes).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

/// What no member of any request is meant to be, or hardly any.
const BAD: &[&str] = &[
    "null",
    "[]",
    "{}",
    "true",
    "-1",
    "1e308",
    "9223372036854775807",
    "\"\"",
    "\"\\u0000\"",
    "\"..\\/..\\/x\"",
    "[[[[[[[[[[]]]]]]]]]]",
    "[null,1,\"a\",{}]",
    "\"2026-02-30 25:61:61\"",
];

fn collect_pointers(json: &Value, at: String, pointers: &mut Vec<String>) {
    match json {
        Value::Object(members) => {
            for (name, value) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect_pointers(value, format!("{at}/{name}"), pointers);
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate().take(2) {
                collect_pointers(value, format!("{at}/{index}"), pointers);
            }
        }
        _ => {}
    }
    if !at.is_empty() {
        pointers.push(at);
    }
}
