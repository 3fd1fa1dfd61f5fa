//! A call that was made, once more.

use super::{HEADER, Logged, MASK, ReplayError, cannot, put};
use crate::exchange::Masker;
use crate::hub::Hub;
use crate::relay::Line;
use crate::relay::governor::Purpose;
use base64::Engine as _;
use docket_core::ids::ExchangeId;
use docket_dialects::Dialect;
use docket_dialects::connect::Outgoing;
use docket_dialects::dialect::Issue;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value as Json, json};
use sha1::{Digest as _, Sha1};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// What it is called where its own name is not known any more.
const OPERATION: &str = "replay";
const TIMEOUT: Duration = Duration::from_secs(30);
const ANSWER_BYTES: usize = 32 << 20;

pub(super) async fn call(hub: &Arc<Hub>, logged: Logged, really: bool) -> Result<Json, ReplayError> {
    let line = Line::open(hub, &logged.connection, Purpose::Deliver).await.map_err(|why| cannot(why.to_string()))?;
    let secrets = hub.relay().vault().secrets(hub.store(), logged.connection.id).await;
    let secrets = secrets.map_err(|error| cannot(error.to_string()))?;
    let known = Known { dialect: logged.dialect, secrets };
    let outgoing = known.outgoing(&logged)?;
    let mut told = logged.told("out", really);
    if !really {
        let call = json!({"line": logged.exchange.request_line, "body": logged.exchange.request_body});
        put(&mut told, "would_call", call);
        return Ok(told);
    }
    let answer = line.remote().transport.send(outgoing).await.map_err(|error| cannot(error.to_string()))?;
    let masker = Masker::new(logged.dialect.secrets);
    let body = line.hide(&masker.body(&answer.headers, &answer.body));
    let ExchangeId(id) = answer.exchange;
    put(&mut told, "replayed_as", id.to_string().into());
    put(&mut told, "differs", logged.differs(answer.status.as_u16(), &body).into());
    put(&mut told, "answer", json!({"status": answer.status.as_u16(), "body": body}));
    Ok(told)
}

/// How the text is written that a secret is put into.
#[derive(Clone, Copy)]
enum Spelling {
    Plain,
    Json,
    Encoded,
}

impl Spelling {
    fn of(self, value: String) -> String {
        match self {
            Spelling::Plain => value,
            Spelling::Json => {
                let quoted = Json::from(value).to_string();
                quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(&quoted).to_owned()
            }
            Spelling::Encoded => utf8_percent_encode(&value, NON_ALPHANUMERIC).to_string(),
        }
    }
}

/// What the connection calls with.
struct Known {
    dialect: &'static Dialect,
    secrets: BTreeMap<String, String>,
}

impl Known {
    fn outgoing(&self, logged: &Logged) -> Result<Outgoing, ReplayError> {
        let body = &logged.exchange.request_body;
        let is_json = body.trim_start().starts_with(['{', '[']);
        let mut headers = HeaderMap::new();
        for (name, value) in &logged.headers() {
            let text = value.to_str().unwrap_or_default();
            let value = if text.contains(MASK) { self.header(name.as_str(), text)? } else { text.to_owned() };
            headers.append(
                name,
                HeaderValue::from_str(&value).map_err(|_| cannot(format!("its header {name} cannot be sent")))?,
            );
        }
        if let Ok(value) = HeaderValue::from_str(&logged.exchange.id.map(|id| id.to_string()).unwrap_or_default()) {
            headers.insert(HeaderName::from_static(HEADER), value);
        }
        let operations = self.dialect.operations.iter().map(|operation| operation.name);
        let operation = operations.into_iter().find(|name| *name == logged.exchange.operation).unwrap_or(OPERATION);
        Ok(Outgoing {
            operation,
            method: logged.method.clone(),
            url: self.filled(&logged.target, Spelling::Encoded)?,
            headers,
            body: self.filled(body, if is_json { Spelling::Json } else { Spelling::Encoded })?.into(),
            timeout: TIMEOUT,
            answer_bytes: ANSWER_BYTES,
        })
    }

    fn header(&self, name: &str, text: &str) -> Result<String, ReplayError> {
        match (name, text.split_once(' '), self.secrets.get("key"), self.secrets.get("secret")) {
            ("authorization", Some((scheme, _)), Some(key), Some(secret)) if scheme.eq_ignore_ascii_case("basic") => {
                let pair = base64::engine::general_purpose::STANDARD.encode(format!("{key}:{secret}"));
                Ok(format!("{scheme} {pair}"))
            }
            _ => self.value_of(name, Spelling::Plain).ok_or_else(|| self.missing(name)),
        }
    }

    /// The text with each star put back.
    fn filled(&self, text: &str, spelling: Spelling) -> Result<String, ReplayError> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(MASK) {
            out.push_str(before);
            let name = name_before(&out);
            out.push_str(&self.value_of(&name, spelling).ok_or_else(|| self.missing(&name))?);
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn missing(&self, name: &str) -> ReplayError {
        let known: Vec<&str> = self.secrets.keys().map(String::as_str).collect();
        cannot(format!(
            "`{name}` is masked in the wire log and is none of what the connection calls with ({}); \
             `docket relay retry` makes the whole delivery again",
            known.join(", ")
        ))
    }

    /// A secret by the name it has on the wire: case, blanks and underscores make no difference. A whole address that is
    /// a secret (a push URL) has it among its parameters.
    fn value_of(&self, name: &str, spelling: Spelling) -> Option<String> {
        let plain = |name: &str| -> String {
            name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
        };
        let wanted = plain(name);
        let parameter = |address: &str| {
            let address = url::Url::parse(address.trim()).ok()?;
            let found = address.query_pairs().find(|(name, _)| plain(name) == wanted)?;
            Some(found.1.into_owned())
        };
        let Some((known, value)) = self.secrets.iter().find(|(known, _)| plain(known) == wanted) else {
            return self.secrets.values().find_map(|value| parameter(value)).map(|value| spelling.of(value));
        };
        let issued = self.dialect.credentials.iter().find(|credential| credential.name == known);
        let value = match issued.map(|credential| &credential.issue) {
            // On the wire, callers present the SHA-1 of a password.
            Some(Issue::Password(_)) => hex::encode(Sha1::digest(value.as_bytes())),
            _ => value.clone(),
        };
        Some(spelling.of(value))
    }
}

/// The name of what comes next: `"name":"`, `\"name\":\"`, `%22name%22%3A%22`, `name=`.
fn name_before(text: &str) -> String {
    let mut rest = text;
    loop {
        let shorter = ["%22", "%3A", "%5C", "%20"]
            .iter()
            .find_map(|code| rest.strip_suffix(code))
            .or_else(|| rest.strip_suffix(['"', '\\', ':', '=', ' ']));
        match shorter {
            Some(shorter) => rest = shorter,
            None => break,
        }
    }
    let letters = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let start = rest.char_indices().rev().take_while(|(_, c)| letters(*c)).last().map_or(rest.len(), |(at, _)| at);
    let name = rest.get(start..).unwrap_or_default();
    // The encoded quote before it ends in two digits.
    let encoded = start > 0 && rest.get(..start).is_some_and(|before| before.ends_with('%'));
    if encoded { name.get(2..).unwrap_or(name).to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_are_put_back_however_they_are_written() {
        let secrets = [("client_token", "c\"1"), ("api_key", "k&1"), ("password", "p")];
        let secrets = secrets.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let known = Known { dialect: docket_dialects::dialect("ppw").unwrap(), secrets };
        let json = known.filled(r#"{"ClientToken":"***","x":1}"#, Spelling::Json).unwrap();
        assert_eq!(json, r#"{"ClientToken":"c\"1","x":1}"#);
        assert_eq!(
            known.filled("http://h/api/?apiKey=***&x=1", Spelling::Encoded).unwrap(),
            "http://h/api/?apiKey=k%261&x=1"
        );
        let password = hex::encode(Sha1::digest(b"p"));
        let form = known.filled("payload=%7B%22password%22%3A%22***%22%7D", Spelling::Encoded).unwrap();
        assert_eq!(form, format!("payload=%7B%22password%22%3A%22{password}%22%7D"));
        let pushes = [("push_key".to_owned(), "https://h/api/?account=7&apiKey=k%261".to_owned())].into();
        let pushes = Known { dialect: docket_dialects::dialect("pruvan").unwrap(), secrets: pushes };
        assert_eq!(
            pushes.filled("https://h/api/?account=7&apiKey=***", Spelling::Encoded).unwrap(),
            "https://h/api/?account=7&apiKey=k%261",
            "the secret is the whole address"
        );
        let error = known.filled("sid=***", Spelling::Encoded).err().unwrap();
        assert!(error.to_string().contains("`sid` is masked"), "{error}");
    }
}
