//! What a run is given: credentials as they are presented on the wire, names, the time.

use base64::Engine as _;
use docket_core::Timestamp;
use docket_dialects::Dialect;
use docket_dialects::dialect::Issue;
use docket_dialects::transcript::Variables;
use sha1::{Digest as _, Sha1};

/// Shorter values are no secrets: everything would be stars.
const SHORTEST_SECRET: usize = 6;

/// Credentials, and what else the probes need to be told: names and values.
#[derive(Clone, Default)]
pub struct Given(Vec<(String, String)>);

impl Given {
    /// What was set, the later of two wins.
    pub fn new(set: Vec<(String, String)>) -> Given {
        Given(set)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The placeholders of a run. On the wire, callers present the SHA-1 of a password where the dialect says so.
    pub(super) fn variables(&self, dialect: &Dialect, now: Timestamp, nonce: &str) -> Result<Variables, String> {
        let mut variables: Variables = self.0.iter().cloned().collect();
        for credential in dialect.credentials {
            let clear = self.get(credential.name);
            if let (Issue::Password(_), Some(clear)) = (&credential.issue, clear) {
                let digest = hex::encode(Sha1::digest(clear.as_bytes()));
                variables.insert(credential.name.to_owned(), digest);
            }
            let hashed = self.get(&format!("{}_hash", credential.name));
            if let Some(hashed) = hashed {
                variables.insert(credential.name.to_owned(), hashed.to_owned());
            }
        }
        if let (Some(key), Some(secret)) = (self.get("key"), self.get("secret")) {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
            variables.insert("basic".to_owned(), pair);
        }
        let seconds = now.as_second();
        let named = [
            ("nonce", nonce.to_owned()),
            ("run", seconds.to_string()),
            ("now", seconds.to_string()),
            ("now_utc", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("soon", (seconds + 3_600).to_string()),
            ("later", (seconds + 4 * 3_600).to_string()),
        ];
        for (name, value) in named {
            if variables.insert(name.to_owned(), value).is_some() {
                return Err(format!("`{name}` is set by the probe itself"));
            }
        }
        Ok(variables)
    }

    /// A text in which what was given as a secret shows as stars.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, value) in &self.0 {
            let is_secret = ["token", "password", "secret", "key"].iter().any(|word| name.contains(word));
            if is_secret && value.len() >= SHORTEST_SECRET && text.contains(value.as_str()) {
                text = text.replace(value.as_str(), "***");
            }
        }
        text
    }
}
