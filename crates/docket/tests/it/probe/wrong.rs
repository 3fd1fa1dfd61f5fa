//! A server that is wrong in one way at a time: in front of a hub, it changes what is answered.

use crate::hub::{Answer, send};
use serde_json::Value;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What was asked.
pub struct Asked {
    /// Path and query.
    pub target: String,
    /// Body, decoded if it is a form.
    pub body: String,
}

impl Asked {
    /// Whether this is in the request line or in the body.
    pub fn is(&self, text: &str) -> bool {
        self.target.contains(text) || self.body.contains(text)
    }
}

/// What is done wrong.
pub type Plant = fn(&Asked, &mut Answer);

pub struct Wrong {
    address: SocketAddr,
    plant: Arc<Mutex<Option<Plant>>>,
}

impl Wrong {
    pub async fn start(to: SocketAddr) -> Wrong {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let plant: Arc<Mutex<Option<Plant>>> = Arc::default();
        let planted = Arc::clone(&plant);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let plant = *planted.lock().unwrap();
                tokio::spawn(pass(stream, to, plant));
            }
        });
        Wrong { address, plant }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn plant(&self, plant: Plant) {
        *self.plant.lock().unwrap() = Some(plant);
    }
}

async fn pass(mut stream: TcpStream, to: SocketAddr, plant: Option<Plant>) {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 << 10]);
    let (head, end) = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
            let length = head.to_ascii_lowercase();
            let length = length.lines().find_map(|line| line.strip_prefix("content-length: "));
            if bytes.len() >= end + 4 + length.map_or(0, |length| length.trim().parse().unwrap()) {
                break (head, end);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => bytes.extend_from_slice(&buffer[..read]),
            _ => return,
        }
    };
    let mut lines = head.lines();
    let mut line = lines.next().unwrap().split(' ');
    let (method, target) = (line.next().unwrap().to_owned(), line.next().unwrap().to_owned());
    let headers: Vec<(&str, &str)> = lines
        .filter_map(|line| line.split_once(": "))
        .filter(|(name, _)| !["content-length", "connection", "host"].contains(&name.to_ascii_lowercase().as_str()))
        .collect();
    let body = &bytes[end + 4..];
    let mut answer = send(to, &method, &target, &headers, body).await;
    let decoded = docket_dialects::form::decode(body);
    let asked = Asked { target, body: String::from_utf8_lossy(&decoded).into_owned() };
    if let Some(plant) = plant {
        plant(&asked, &mut answer);
    }
    let mut out = format!("HTTP/1.1 {} Whatever\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        if !["content-length", "connection", "transfer-encoding"].contains(&name.as_str()) {
            out.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    out.push_str(&format!("content-length: {}\r\n\r\n", answer.body.len()));
    let _ = stream.write_all(out.as_bytes()).await;
    let _ = stream.write_all(&answer.body).await;
}

/// Changes the JSON of an answer.
pub fn edit(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if let Ok(mut json) = serde_json::from_slice::<Value>(&answer.body) {
        change(&mut json);
        answer.body = json.to_string().into_bytes();
    }
}

/// Changes the text of an answer.
pub fn replace(answer: &mut Answer, from: &str, to: &str) {
    answer.body = answer.text().replace(from, to).into_bytes();
}

/// Gives a member another name, in its place.
pub fn rename(json: &mut Value, from: &str, to: &str) {
    let Some(members) = json.as_object_mut() else { return };
    let old = std::mem::take(members);
    for (name, value) in old {
        members.insert(if name == from { to.to_owned() } else { name }, value);
    }
}

/// Makes a text of a value.
pub fn as_text(json: &mut Value) {
    *json = Value::String(json.to_string());
}
