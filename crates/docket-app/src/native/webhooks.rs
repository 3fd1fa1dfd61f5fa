//! What is said about webhooks, as native JSON.

use super::members::Members;
use super::{NativeError, invalid};
use crate::webhooks::{Given, KEEP_OLD_LIMIT_S, KEEP_OLD_S, Settings};
use docket_core::Timestamp;
use serde_json::{Map, Value as Json};

/// The longest secret as text.
const SECRET_LIMIT: usize = 128;
/// The longest name.
const NAME_LIMIT: usize = 64;

fn members_of(body: &[u8]) -> Result<Members, NativeError> {
    let json = match body.is_empty() {
        true => Json::Object(Map::new()),
        false => serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?,
    };
    Members::of("", json)
}

/// `{"name":…,"url":…,"events":[…],"connection":…,"description":…,"secret":…,"since":…}`
///
/// # Errors
/// When it is not understood.
pub fn given(body: &[u8], now: Timestamp) -> Result<Given, NativeError> {
    let mut members = members_of(body)?;
    let name = members.short("name", NAME_LIMIT)?.ok_or_else(|| invalid("/name", "is missing"))?;
    let given = Given {
        name,
        settings: Settings {
            url: members.said("url")?,
            events: members.texts("events")?,
            connection: members.text("connection")?,
            description: members.text("description")?,
            created_at: now,
        },
        secret: members.short("secret", SECRET_LIMIT)?,
        since: members.time("since")?,
    };
    members.end("a webhook")?;
    Ok(given)
}

/// The members that a body has, changed; `null` takes one back.
///
/// # Errors
/// When one is not understood.
pub fn changed(mut settings: Settings, body: &[u8]) -> Result<Settings, NativeError> {
    let json: Json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    let named: Vec<String> = json.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    let mut members = Members::of("", json)?;
    for name in named {
        match name.as_str() {
            "url" => settings.url = members.said("url")?,
            "events" => settings.events = members.texts("events")?,
            "connection" => settings.connection = members.text("connection")?,
            "description" => settings.description = members.text("description")?,
            _ => {}
        }
        // What was null is read, too.
        members.take(&name).map_or(Ok(()), |_| Err(invalid(members.pointer(&name), "cannot be set")))?;
    }
    Ok(settings)
}

/// `{"from":"now"}`: what happened meanwhile is not sent.
///
/// # Errors
/// When it is not understood.
pub fn skips(body: &[u8]) -> Result<bool, NativeError> {
    let mut members = members_of(body)?;
    let skips = members.word("from", &[("now", true), ("place", false)])?;
    members.end("this request")?;
    Ok(skips.unwrap_or_default())
}

/// `{"since":…}` or `{"failed":true}`.
///
/// # Errors
/// When it is not understood.
pub fn replay(body: &[u8]) -> Result<Option<Timestamp>, NativeError> {
    let mut members = members_of(body)?;
    let (since, failed) = (members.time("since")?, members.flag("failed")?);
    members.end("this request")?;
    match (since, failed.unwrap_or_default()) {
        (Some(since), false) => Ok(Some(since)),
        (None, true) => Ok(None),
        _ => Err(invalid("", "say `since`, a moment, or `failed`: true")),
    }
}

/// `{"secret":…,"keep_old_s":…}`
///
/// # Errors
/// When it is not understood.
pub fn rotation(body: &[u8]) -> Result<(Option<String>, i64), NativeError> {
    let mut members = members_of(body)?;
    let secret = members.short("secret", SECRET_LIMIT)?;
    let keep_old_s = members.whole("keep_old_s", 0, KEEP_OLD_LIMIT_S)?.unwrap_or(KEEP_OLD_S);
    members.end("this request")?;
    Ok((secret, keep_old_s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_strictly() {
        let now = Timestamp::UNIX_EPOCH;
        let read = given(br#"{"name":"a","url":"https://a.example","events":["order.created"]}"#, now).unwrap();
        assert_eq!((read.name.as_str(), read.settings.events.len()), ("a", 1));
        let pointer = |result: Result<Settings, NativeError>| match result {
            Err(NativeError::Invalid { pointer, .. }) => pointer,
            other => panic!("{other:?}"),
        };
        let settings = Settings { connection: Some("acme".to_owned()), ..read.settings };
        let changed_by = |body: &str| changed(settings.clone(), body.as_bytes());
        assert_eq!(changed_by(r#"{"connection":null}"#).unwrap().connection, None);
        assert_eq!(changed_by(r#"{"url":"http://b"}"#).unwrap().connection.as_deref(), Some("acme"));
        assert_eq!(pointer(changed_by(r#"{"name":"b"}"#)), "/name");
        assert_eq!(pointer(changed_by(r#"{"url":null}"#)), "/url");
        assert!(replay(b"{}").is_err() && replay(br#"{"failed":true}"#).unwrap().is_none());
        assert!(skips(br#"{"from":"now"}"#).unwrap() && !skips(b"").unwrap());
        assert_eq!(rotation(b"").unwrap(), (None, KEEP_OLD_S));
    }
}
