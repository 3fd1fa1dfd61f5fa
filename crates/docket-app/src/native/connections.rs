//! What is said about connections, as native JSON: settings by name, as the command line's `--set`.

use super::members::Members;
use super::read::escape;
use super::{NativeError, invalid};
use docket_core::connection::{Role, Scope};
use serde_json::Value as Json;

/// The longest name.
const NAME_LIMIT: usize = 64;
/// The longest id of a dialect.
const DIALECT_LIMIT: usize = 32;
/// More settings than any dialect has.
const SETTINGS_LIMIT: usize = 256;

/// What is set to what, and where in the body it stands.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Given {
    /// Name and value.
    pub set: Vec<(String, String)>,
    /// What is to be as when nobody says anything.
    pub unset: Vec<String>,
    pointers: Vec<(String, String)>,
}

impl Given {
    /// Where in the body a setting is, or would be.
    pub fn pointer(&self, name: &str) -> String {
        let found = self.pointers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| format!("/settings/{}", escape(name)), |(_, pointer)| pointer.clone())
    }

    fn put(&mut self, name: String, pointer: String, value: Json) -> Result<(), NativeError> {
        if self.pointers.iter().any(|(known, _)| *known == name) {
            return Err(invalid(pointer, "is said twice"));
        }
        match value {
            Json::Null => self.unset.push(name.clone()),
            Json::String(text) => self.set.push((name.clone(), text)),
            Json::Bool(flag) => self.set.push((name.clone(), flag.to_string())),
            Json::Number(number) => self.set.push((name.clone(), number.to_string())),
            Json::Array(_) | Json::Object(_) => {
                return Err(invalid(pointer, "must be a text, a number, true, false or null"));
            }
        }
        self.pointers.push((name, pointer));
        Ok(())
    }

    fn read(&mut self, members: &mut Members, group: &str) -> Result<(), NativeError> {
        let at = members.pointer(group);
        match members.take(group) {
            None => Ok(()),
            Some(Json::Object(values)) if values.len() > SETTINGS_LIMIT => {
                Err(invalid(at, format!("has more than {SETTINGS_LIMIT} members")))
            }
            Some(Json::Object(values)) => {
                let mut values = values.into_iter();
                values.try_for_each(|(name, value)| self.put(name.clone(), format!("{at}/{}", escape(&name)), value))
            }
            Some(_) => Err(invalid(at, "must be an object")),
        }
    }

    fn scope(&mut self, members: &mut Members) -> Result<(), NativeError> {
        let words = [Scope::Own, Scope::Routed, Scope::Account].map(|scope| (scope.word(), scope));
        match members.word("scope", &words)? {
            None => Ok(()),
            Some(scope) => self.put("scope".to_owned(), "/scope".to_owned(), scope.word().into()),
        }
    }
}

/// A connection that is asked for.
pub struct Added {
    /// Its name.
    pub name: String,
    /// Its dialect.
    pub dialect: String,
    /// Which sides it uses.
    pub role: Role,
    /// Whether it is in force at once.
    pub enabled: bool,
    /// Settings, given credentials, and what is called with.
    pub given: Given,
}

fn object(body: &[u8]) -> Result<Members, NativeError> {
    let json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    Members::of("", json)
}

/// `{"name":…,"dialect":…,"role":…,"settings":{…},"credentials":{…}}`
///
/// # Errors
/// When it is not understood.
pub fn added(body: &[u8]) -> Result<Added, NativeError> {
    let mut members = object(body)?;
    let missing = |name: &str| invalid(format!("/{name}"), "is missing");
    let name = members.short("name", NAME_LIMIT)?.ok_or_else(|| missing("name"))?;
    let dialect = members.short("dialect", DIALECT_LIMIT)?.ok_or_else(|| missing("dialect"))?;
    let words = [Role::Serve, Role::Connect, Role::Both].map(|role| (role.word(), role));
    let role = members.word("role", &words)?.unwrap_or_default();
    let enabled = members.flag("enabled")?.unwrap_or(true);
    let mut given = Given::default();
    given.scope(&mut members)?;
    given.read(&mut members, "settings")?;
    given.read(&mut members, "credentials")?;
    members.end("a connection")?;
    Ok(Added { name, dialect, role, enabled, given })
}

/// What is to be different about a connection.
pub struct Changed {
    /// Whether it is in force.
    pub enabled: Option<bool>,
    /// Settings, and what is called with; `null` is as when nobody says anything.
    pub given: Given,
}

/// `{"settings":{…},"scope":…,"enabled":…}`
///
/// # Errors
/// When it is not understood.
pub fn changed(body: &[u8]) -> Result<Changed, NativeError> {
    let mut members = object(body)?;
    let enabled = members.flag("enabled")?;
    let mut given = Given::default();
    given.scope(&mut members)?;
    given.read(&mut members, "settings")?;
    members.end("what can be changed about a connection; its credentials are rotated")?;
    Ok(Changed { enabled, given })
}

/// `{"credentials":{…}}`, or nothing at all: credentials that are given rather than made.
///
/// # Errors
/// When it is not understood.
pub fn rotated(body: &[u8]) -> Result<Given, NativeError> {
    let mut given = Given::default();
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(given);
    }
    let mut members = object(body)?;
    given.read(&mut members, "credentials")?;
    members.end("a rotation")?;
    match given.unset.first() {
        Some(name) => Err(invalid(given.pointer(name), "must be a text; leave it out to have it made")),
        None => Ok(given),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(error: NativeError) -> String {
        match error {
            NativeError::Invalid { pointer, .. } => pointer,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn settings_are_texts_numbers_and_flags() {
        let body = br#"{"name":"a","dialect":"mews","role":"both","scope":"account",
            "settings":{"rate_limit":7,"portfolio":true,"url":"https://x.example","since":null},"credentials":{"a/b":"c"}}"#;
        let Ok(added) = added(body) else { panic!("understood") };
        let expected = [
            ("scope", "account"),
            ("rate_limit", "7"),
            ("portfolio", "true"),
            ("url", "https://x.example"),
            ("a/b", "c"),
        ];
        let set: Vec<(&str, &str)> = added.given.set.iter().map(|(name, value)| (&**name, &**value)).collect();
        assert_eq!(set, expected);
        assert_eq!(
            (added.role, added.enabled, added.given.unset.as_slice()),
            (Role::Both, true, &["since".to_owned()][..])
        );
        assert_eq!(added.given.pointer("a/b"), "/credentials/a~1b");
        assert_eq!(added.given.pointer("calls"), "/settings/calls");
        assert_eq!(added.given.pointer("scope"), "/scope");
    }

    #[test]
    fn what_makes_no_sense_is_pointed_at() {
        let cases: [(&[u8], &str); 7] = [
            (b"{}", "/name"),
            (br#"{"name":"a"}"#, "/dialect"),
            (br#"{"name":"a","dialect":"ppw","role":"king"}"#, "/role"),
            (br#"{"name":"a","dialect":"ppw","settings":{"x":[]}}"#, "/settings/x"),
            (br#"{"name":"a","dialect":"ppw","settings":[]}"#, "/settings"),
            (br#"{"name":"a","dialect":"ppw","settings":{"x":"1"},"credentials":{"x":"2"}}"#, "/credentials/x"),
            (br#"{"name":"a","dialect":"ppw","colour":"red"}"#, "/colour"),
        ];
        for (body, expected) in cases {
            let Err(error) = added(body) else { panic!("{expected}") };
            assert_eq!(pointer(error), expected);
        }
        let Err(error) = changed(br#"{"name":"b"}"#) else { panic!("a name stays") };
        assert_eq!(pointer(error), "/name");
        assert!(rotated(b" ").is_ok_and(|given| given.set.is_empty()));
        let Err(error) = rotated(br#"{"credentials":{"token":null}}"#) else { panic!("nothing is no credential") };
        assert_eq!(pointer(error), "/credentials/token");
    }
}
