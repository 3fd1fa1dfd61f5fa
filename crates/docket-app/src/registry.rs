//! The dialects as every face tells of them: what can be set and done, and how each maps to the ledger. JSON, made
//! from the registry alone.

use docket_core::connection::Scope;
use docket_dialects::DIALECTS;
use docket_dialects::connect::{Connect, settings};
use docket_dialects::dialect::{Dialect, Issue, Operation, Served, Setting, SettingKind};
use serde_json::{Map, Value, json};

/// What every connection has: which orders of its account it sees.
const SCOPE: &[&str] = &["own", "routed", "account"];
const SCOPE_HELP: &str = "Which orders of the account it sees: its own, those routed to it as well, or all.";

/// Every dialect: its settings, credentials and operations.
pub fn dialects() -> Value {
    let list: Vec<Value> = DIALECTS.iter().map(|dialect| object(dialect)).collect();
    json!({ "dialects": list })
}

fn object(dialect: &Dialect) -> Value {
    let connect = dialect.connect;
    let roles: &[&str] = if connect.is_some() { &["serve", "connect", "both"] } else { &["serve"] };
    let called = connect.map_or(&[] as &[_], |connect| connect.operations());
    let operations: Vec<Value> = dialect.operations.iter().map(|one| operation(one, connect, called)).collect();
    let paths: Vec<&str> = dialect.serve.routes().iter().map(|route| route.0).collect();
    json!({
        "id": dialect.id,
        "title": dialect.title,
        "page": dialect.page,
        "roles": roles,
        "paths": paths,
        "settings": settings_of(dialect),
        "credentials": credentials(dialect),
        "operations": operations,
    })
}

fn operation(operation: &Operation, connect: Option<&dyn Connect>, called: &[&str]) -> Value {
    let served = match operation.served {
        Served::Yes => Value::Bool(true),
        Served::No(why) => why.into(),
    };
    let connected: Value = match connect {
        None => "counterparts of this dialect are not called".into(),
        Some(_) if called.contains(&operation.name) => true.into(),
        Some(_) => "the client half needs it for nothing".into(),
    };
    json!({"name": operation.name, "title": titled(operation.name), "served": served, "connected": connected})
}

/// Words for people from a name: `send_bid_comp` is `Send bid comp`, `getWorkOrders` is `Get work orders`.
fn titled(name: &str) -> String {
    let mut words = String::with_capacity(name.len() + 8);
    let mut before = ' ';
    for letter in name.chars() {
        let begins = letter.is_uppercase() && before.is_lowercase();
        match letter {
            '_' | '/' => words.push(' '),
            _ if words.is_empty() => words.extend(letter.to_uppercase()),
            _ if begins => {
                words.push(' ');
                words.extend(letter.to_lowercase());
            }
            _ => words.push(letter),
        }
        before = letter;
    }
    words
}

/// What a setting is to whoever fills it in.
struct Entry<'a> {
    name: &'a str,
    help: &'a str,
    kind: &'static str,
    default: Value,
    required: bool,
    secret: bool,
    role: &'static str,
}

impl Entry<'_> {
    fn object(self) -> Map<String, Value> {
        let members = [
            ("name", self.name.into()),
            ("title", titled(self.name).into()),
            ("help", self.help.into()),
            ("kind", self.kind.into()),
            ("default", self.default),
            ("required", self.required.into()),
            ("secret", self.secret.into()),
            ("role", self.role.into()),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

fn settings_of(dialect: &Dialect) -> Vec<Value> {
    let mut list = vec![scope()];
    list.extend(dialect.settings.iter().map(|known| own(dialect, known)));
    if let Some(connect) = dialect.connect {
        list.extend(settings::SETTINGS.iter().map(|known| common(known, connect)));
        list.extend(connect.secrets().iter().map(|secret| {
            let (name, help, required) = (secret.name, secret.help, secret.required);
            let (kind, default) = ("secret", Value::Null);
            Value::Object(Entry { name, help, kind, default, required, secret: true, role: "connect" }.object())
        }));
    }
    list
}

fn scope() -> Value {
    let (name, help, default) = ("scope", SCOPE_HELP, Scope::default().word().into());
    let mut object = Entry { name, help, kind: "word", default, required: false, secret: false, role: "both" }.object();
    object.insert("choices".to_owned(), SCOPE.into());
    Value::Object(object)
}

fn own(dialect: &Dialect, setting: &Setting) -> Value {
    let secret = dialect.secrets.iter().any(|secret| secret.eq_ignore_ascii_case(setting.name));
    let role = if setting.is_for_calling() { "connect" } else { "serve" };
    shown(setting, setting.default.to_owned(), false, secret, role)
}

fn common(setting: &Setting, connect: &dyn Connect) -> Value {
    let default = settings::default_of(setting, connect);
    shown(setting, default, setting.name == "url", false, "connect")
}

fn shown(setting: &Setting, default: String, required: bool, secret: bool, role: &'static str) -> Value {
    let (name, help, default) = (setting.name, setting.help, default.into());
    let kind = match setting.kind {
        SettingKind::Flag => "flag",
        SettingKind::Integer(..) => "integer",
        SettingKind::Word(_) => "word",
        SettingKind::Text => "text",
        SettingKind::Currency => "currency",
        SettingKind::TimeZone => "time_zone",
        SettingKind::Url => "url",
    };
    let mut object = Entry { name, help, kind, default, required, secret, role }.object();
    match setting.kind {
        SettingKind::Integer(least, most) => {
            object.insert("minimum".to_owned(), least.into());
            object.insert("maximum".to_owned(), most.into());
        }
        SettingKind::Word(words) => {
            object.insert("choices".to_owned(), words.into());
        }
        _ => {}
    }
    Value::Object(object)
}

/// What a connection that serves is given. Each may be given instead of made, as a setting of its name.
fn credentials(dialect: &Dialect) -> Vec<Value> {
    let is_secret = |issue: &Issue| !matches!(issue, Issue::Name | Issue::Item | Issue::AccountUuid);
    let list = dialect.credentials.iter();
    list.map(|known| json!({"name": known.name, "title": titled(known.name), "secret": is_secret(&known.issue)}))
        .collect()
}

/// Names under which settings, credentials and what is called with may travel in requests and answers about connections:
/// the wire log hides their values.
pub fn secret_names() -> Vec<&'static str> {
    let mut names: Vec<&'static str> = Vec::new();
    for dialect in DIALECTS {
        names.extend(dialect.secrets);
        names.extend(dialect.connect.map_or(&[] as &[_], |connect| connect.secrets()).iter().map(|one| one.name));
        let issued = dialect.credentials.iter();
        names.extend(
            issued
                .filter(|one| !matches!(one.issue, Issue::Name | Issue::Item | Issue::AccountUuid))
                .map(|one| one.name),
        );
    }
    names.extend(["credentials", "password_hash"]);
    names.sort_unstable();
    names.dedup();
    names
}

/// How a dialect maps to the ledger.
pub fn crosswalk(dialect: &Dialect) -> Value {
    let statuses: Vec<Value> = dialect
        .statuses
        .iter()
        .map(|row| json!({"state": row.state.word(), "shown": row.shown, "read": row.read, "note": row.note}))
        .collect();
    let fields: Vec<Value> =
        dialect.fields.iter().map(|row| json!({"field": row.field, "member": row.member, "note": row.note})).collect();
    let operations: Vec<Value> = dialect
        .operations
        .iter()
        .map(|operation| match operation.served {
            Served::Yes => json!({"name": operation.name, "served": true}),
            Served::No(reason) => json!({"name": operation.name, "served": false, "reason": reason}),
        })
        .collect();
    json!({
        "id": dialect.id, "title": dialect.title, "page": dialect.page,
        "statuses": statuses, "fields": fields, "operations": operations,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_says_what_a_form_needs() {
        let all = dialects();
        let list = all["dialects"].as_array().unwrap();
        assert_eq!(list.len(), DIALECTS.len());
        for dialect in list {
            for setting in dialect["settings"].as_array().unwrap() {
                let kind = setting["kind"].as_str().unwrap();
                assert_eq!(setting.get("choices").is_some(), kind == "word", "{setting}");
                assert_eq!(setting.get("maximum").is_some(), kind == "integer", "{setting}");
                assert!(
                    !setting["help"].as_str().unwrap().is_empty() && !setting["title"].as_str().unwrap().is_empty()
                );
            }
        }
        let mews = list.iter().find(|dialect| dialect["id"] == "mews").unwrap();
        let setting = |name: &str| {
            let found = mews["settings"].as_array().unwrap().iter().find(|setting| setting["name"] == name);
            found.unwrap_or_else(|| panic!("{name}")).clone()
        };
        assert_eq!(setting("webhook_key")["secret"], true);
        assert_eq!(setting("access_token")["required"], true);
        assert_eq!(
            (setting("poll_s")["default"].as_str(), &setting("poll_s")["role"]),
            (Some("60"), &json!("connect"))
        );
        assert_eq!(setting("currency")["role"], "serve");
    }

    #[test]
    fn names_become_words() {
        assert_eq!(titled("send_bid_comp"), "Send bid comp");
        assert_eq!(titled("getWorkOrders"), "Get work orders");
        assert_eq!(titled("core/search_items"), "Core search items");
    }

    #[test]
    fn what_is_issued_is_hidden() {
        let names = secret_names();
        for dialect in DIALECTS {
            let made = dialect
                .credentials
                .iter()
                .filter(|one| !matches!(one.issue, Issue::Name | Issue::Item | Issue::AccountUuid));
            assert!(made.into_iter().all(|one| names.contains(&one.name)), "{}", dialect.id);
        }
        assert!(names.contains(&"credentials"));
    }
}
