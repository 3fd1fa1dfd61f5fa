//! `kill -9` while notes, files and photos are sent: what was acknowledged is there, and what is sent again afterwards,
//! acknowledged or not, is there once, with its bytes.

use super::process::{Process, cli, folder, free_port, http};
use serde_json::{Value, json};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const ROUNDS: u64 = 4;
const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const MULTIPART: &str = "content-type: multipart/form-data; boundary=bo\r\n";

/// What can be sent: a PPW note, a PPW file, a Pruvan photo.
const KINDS: &[&str] = &["note", "file", "photo"];

struct Field {
    storage: Vec<String>,
    bearer: String,
    ppw: Value,
    pruvan: Value,
    serial: i64,
}

impl Field {
    fn open(storage: Vec<String>) -> Field {
        let token = cli(&storage, &["token", "create", "killed"]);
        let ppw = cli(&storage, &["connection", "add", "ppw", "p", "--set", "scope=account"]);
        let pruvan = cli(&storage, &["connection", "add", "pruvan", "v", "--set", "scope=account"]);
        let bearer = format!("authorization: Bearer {}\r\n", token["token"].as_str().expect("a token"));
        Field { storage, bearer, ppw, pruvan, serial: 0 }
    }

    fn get(&self, address: SocketAddr, target: &str) -> String {
        let (status, body) = http(address, "GET", target, &self.bearer, "").expect("an answer");
        assert_eq!(status, 200, "GET {target}: {body}");
        body
    }

    /// Sends a thing; whether it was acknowledged.
    fn send(&self, address: SocketAddr, kind: &str, id: &str) -> bool {
        let answer = match kind {
            "photo" => {
                let payload = json!({"username": self.pruvan["username"], "token": self.pruvan["token"], "uuId": id,
                    "key2": "K-1", "evidenceType": "Before", "fileType": "picture", "fileName": format!("{id}.jpg")});
                http(address, "POST", "/pruvan/uploadPictures", MULTIPART, &multipart(&payload, id))
            }
            _ => self.send_ppw(address, kind, id),
        };
        let Some((status, body)) = answer else { return false };
        let said: Value = serde_json::from_str(&body).unwrap_or_default();
        assert!(status < 500 || status == 503, "{kind} {id}: {status} {body}");
        status == 200 && (said["success"] == true || said["status"] == true)
    }

    fn send_ppw(&self, address: SocketAddr, kind: &str, id: &str) -> Option<(u16, String)> {
        let password = Sha1::digest(self.ppw["password"].as_str().expect("a password"));
        let password: String = password.iter().map(|byte| format!("{byte:02x}")).collect();
        let payload = |event: &str, data: Value| {
            json!({"username": self.ppw["username"], "password": password, "site_id": "s", "event_name": event,
                "event_data": data.to_string()})
        };
        let order = self.serial.to_string();
        if kind == "file" {
            let data =
                json!({"dst_report_id": order, "file_id": id, "file_name": format!("{id}.txt"), "file_area": "1"});
            let body = multipart(&payload("send_file", data), id);
            return http(address, "POST", "/api/link/receiver.php", MULTIPART, &body);
        }
        let note = json!({"note_id": id, "note_type": "wo", "note_text": content(id)});
        let data = json!({"dst_report_id": order, "org_name": "Crew", "module_type": "job_notes", "note": [note]});
        http(address, "POST", "/api/link/receiver.php", FORM, &format!("payload={}", payload("send_notes", data)))
    }

    /// The ids of what the order has, by list, each with its text or the bytes of its file.
    fn stored(&self, address: SocketAddr) -> BTreeMap<String, Vec<String>> {
        let target = format!("/v1/orders/{}", self.serial);
        let order: Value = serde_json::from_str(&self.get(address, &target)).expect("JSON");
        let mut stored: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let items = |list: &str| order[list].as_array().cloned().unwrap_or_default();
        for item in items("notes") {
            let text = item["text"].as_str().expect("a text").to_owned();
            stored.entry(item["id"].as_str().expect("an id").to_owned()).or_default().push(text);
        }
        for item in items("attachments") {
            let content = self.get(address, &format!("{target}/attachments/{}/content", item["place"]));
            stored.entry(item["id"].as_str().expect("an id").to_owned()).or_default().push(content);
        }
        stored
    }
}

fn content(id: &str) -> String {
    format!("This is what {id} says.")
}

fn multipart(payload: &Value, id: &str) -> String {
    format!(
        "--bo\r\ncontent-disposition: form-data; name=\"payload\"\r\n\r\n{payload}\r\n--bo\r\n\
         content-disposition: form-data; name=\"file\"; filename=\"{id}.txt\"\r\ncontent-type: text/plain\r\n\r\n{}\r\n\
         --bo--\r\n",
        content(id)
    )
}

#[test]
fn what_is_sent_again_after_a_kill_is_stored_once() {
    let data = folder("killed");
    let port = free_port();
    let mut field = Field::open(vec!["--data".to_owned(), data.display().to_string()]);
    let mut process = Process::serve(&field.storage, port, &[]);
    let body = json!({"number": "K-1", "site": {"address1": "5 Elm Ct", "city": "Austin"}}).to_string();
    let (status, made) = http(process.address, "POST", "/v1/orders", &field.bearer, &body).expect("an answer");
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).expect("JSON");
    field.serial = made["serial"].as_i64().expect("a serial");
    let field = field;
    let (next, mut acknowledged) = (AtomicU64::new(0), 0);
    let mut all: Vec<(&str, String)> = Vec::new();
    for round in 0..ROUNDS {
        let sent = Mutex::new(Vec::<(&str, String, bool)>::new());
        let address = process.address;
        std::thread::scope(|scope| {
            for &kind in KINDS {
                let (field, sent, next) = (&field, &sent, &next);
                scope.spawn(move || {
                    // What gets no answer is what the kill cut off.
                    let mut done = true;
                    while done {
                        let id = format!("{kind}-{}", next.fetch_add(1, Ordering::Relaxed));
                        done = field.send(address, kind, &id);
                        sent.lock().expect("no client panics").push((kind, id, done));
                    }
                });
            }
            std::thread::sleep(Duration::from_millis(150 + 60 * round));
            process.kill();
        });
        process = Process::serve(&field.storage, port, &[]);
        let sent = sent.into_inner().expect("no client panics");
        let stored = field.stored(process.address);
        for (kind, id, done) in &sent {
            assert!(!done || stored.contains_key(id), "{kind} {id} was acknowledged and is gone");
            acknowledged += u64::from(*done);
        }
        for (kind, id, _) in sent {
            assert!(field.send(process.address, kind, &id), "{kind} {id}, sent again");
            all.push((kind, id));
        }
        let stored = field.stored(process.address);
        assert_eq!(stored.len(), all.len(), "nothing that nobody sent");
        for (_, id) in &all {
            assert_eq!(stored.get(id), Some(&vec![content(id)]), "{id} is there once, whole");
        }
    }
    println!("{acknowledged} of {} acknowledged before a kill, all there once", all.len());
    assert!(acknowledged > 0, "the clients got somewhere");
    assert!(process.terminate());
    let _ = std::fs::remove_dir_all(data);
}
