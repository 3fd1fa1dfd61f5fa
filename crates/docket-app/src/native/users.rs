//! What is said about users and sessions, as native JSON.

use super::members::Members;
use super::{NativeError, invalid};
use crate::users::{Added, Change, NAME_LIMIT, PREFERENCES_LIMIT, Proof};
use docket_core::connection::Access;
use serde_json::Value as Json;

/// The longest text that is looked at where a password or a code is given.
const SECRET_LIMIT: usize = 4_096;

type Read<T> = Result<T, NativeError>;

fn members(body: &[u8]) -> Read<Members> {
    // What is no JSON may hold a password all the same: it is not repeated.
    let json = serde_json::from_slice(body).map_err(|error| {
        NativeError::Syntax(format!("line {}, column {}: this is no JSON", error.line(), error.column()))
    })?;
    Members::of("", json)
}

fn secret(members: &mut Members, name: &str) -> Read<String> {
    let missing = || invalid(format!("/{name}"), "is missing");
    // As it was typed: blanks belong to it.
    match members.take(name) {
        Some(Json::String(text)) if text.len() > SECRET_LIMIT => Err(invalid(format!("/{name}"), "is too long")),
        Some(Json::String(text)) if !text.is_empty() => Ok(text),
        Some(Json::String(_)) | None => Err(missing()),
        Some(_) => Err(invalid(format!("/{name}"), "must be a text")),
    }
}

fn name(members: &mut Members) -> Read<String> {
    members.short("name", SECRET_LIMIT)?.ok_or_else(|| invalid("/name", "is missing"))
}

fn role(members: &mut Members) -> Read<Option<Access>> {
    members.word("role", &Access::ALL.map(|access| (access.word(), access)))
}

/// `{"name":…,"password":…,"totp":…}`
///
/// # Errors
/// When it is not understood.
pub fn proof(body: &[u8]) -> Read<Proof> {
    let mut members = members(body)?;
    let proof = Proof {
        name: name(&mut members)?,
        password: secret(&mut members, "password")?,
        code: members.short("totp", SECRET_LIMIT)?,
    };
    members.end("a sign-in")?;
    Ok(proof)
}

/// `{"code":…,"name":…,"password":…}`
///
/// # Errors
/// When it is not understood.
pub fn set_up(body: &[u8]) -> Read<(String, String, String)> {
    let mut members = members(body)?;
    let read = (secret(&mut members, "code")?, name(&mut members)?, secret(&mut members, "password")?);
    members.end("setting up")?;
    Ok(read)
}

/// `{"account":…}`
///
/// # Errors
/// When it is not understood.
pub fn account(body: &[u8]) -> Read<String> {
    let mut members = members(body)?;
    let account = members.said("account")?;
    members.end("a session")?;
    Ok(account)
}

/// `{"old":…,"new":…}`
///
/// # Errors
/// When it is not understood.
pub fn passwords(body: &[u8]) -> Read<(String, String)> {
    let mut members = members(body)?;
    let read = (secret(&mut members, "old")?, secret(&mut members, "new")?);
    members.end("a change of password")?;
    Ok(read)
}

/// An object with one secret text.
///
/// # Errors
/// When it is not understood.
pub fn only(body: &[u8], name: &str) -> Read<String> {
    let mut members = members(body)?;
    let read = secret(&mut members, name)?;
    members.end("this request")?;
    Ok(read)
}

/// Any JSON object, as short as it can be written.
///
/// # Errors
/// When it is none, or too large.
pub fn preferences(body: &[u8]) -> Read<String> {
    let json: Json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    if !json.is_object() {
        return Err(invalid("", "must be an object"));
    }
    let text = json.to_string();
    match text.len() {
        0..=PREFERENCES_LIMIT => Ok(text),
        _ => Err(invalid("", format!("may have {PREFERENCES_LIMIT} bytes at most"))),
    }
}

/// `{"name":…,"password":…,"role":…}`
///
/// # Errors
/// When it is not understood. Who names no role is asked to: nobody gets everything by accident.
pub fn added(body: &[u8]) -> Read<Added> {
    let mut members = members(body)?;
    let added = Added {
        name: members.short("name", NAME_LIMIT)?.ok_or_else(|| invalid("/name", "is missing"))?,
        password: secret(&mut members, "password")?,
        access: role(&mut members)?.ok_or_else(|| invalid("/role", "is missing"))?,
    };
    members.end("a user")?;
    Ok(added)
}

/// `{"role":…,"disabled":…,"password":…,"totp":false}`
///
/// # Errors
/// When it is not understood.
pub fn change(body: &[u8]) -> Read<Change> {
    let mut members = members(body)?;
    let password = match members.take("password") {
        None => None,
        Some(Json::String(text)) if text.len() <= SECRET_LIMIT => Some(text),
        Some(_) => return Err(invalid("/password", "must be a text of ordinary length")),
    };
    let no_totp = match members.flag("totp")? {
        Some(true) => return Err(invalid("/totp", "can only be turned off here; users turn it on themselves")),
        off => off.is_some(),
    };
    let change = Change { access: role(&mut members)?, disabled: members.flag("disabled")?, password, no_totp };
    members.end("a user")?;
    Ok(change)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer<T>(read: Read<T>) -> String {
        match read {
            Err(NativeError::Invalid { pointer, .. }) => pointer,
            Err(NativeError::Syntax(detail)) => detail,
            Err(error) => panic!("{error:?}"),
            Ok(_) => "read".to_owned(),
        }
    }

    #[test]
    fn what_is_wrong_is_pointed_at_and_never_repeated() {
        assert_eq!(pointer(proof(br#"{"name":"ann"}"#)), "/password");
        assert_eq!(pointer(proof(br#"{"name":"ann","password":7}"#)), "/password");
        assert_eq!(pointer(proof(br#"{"name":"ann","password":" x ","more":1}"#)), "/more");
        assert_eq!(pointer(added(br#"{"name":"ann","password":"x"}"#)), "/role");
        assert_eq!(pointer(change(br#"{"totp":true}"#)), "/totp");
        assert_eq!(pointer(preferences(b"[]")), "");
        let detail = pointer(proof(br#"{"password":"hunter2"#));
        assert!(!detail.contains("hunter"), "{detail}");
        assert_eq!(proof(br#"{"name":"ann","password":" x "}"#).unwrap().password, " x ");
    }

    #[test]
    fn preferences_are_bounded() {
        let text = |length: usize| format!("{{ \"a\" : \"{}\"}}", "x".repeat(length));
        assert_eq!(preferences(text(3).as_bytes()).unwrap(), r#"{"a":"xxx"}"#);
        assert!(preferences(text(PREFERENCES_LIMIT - 8).as_bytes()).is_ok());
        assert_eq!(pointer(preferences(text(PREFERENCES_LIMIT - 7).as_bytes())), "");
    }
}
