//! Connections: made, changed, given new credentials. Whatever face asks, this is where it is done.
//!
//! Credentials are issued as the dialect declares, shown once, and kept as hashes only. What calls are made with is
//! given by people, kept in the [`Vault`], and never shown.

use crate::directory::credential_hash;
use crate::jobs::product::{BUILT_IN, producer_of};
use crate::vault::{self, SECRET_LIMIT, Vault, VaultError};
use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::connection::{Access, Connection, Role, Scope};
use docket_core::ids::{AccountId, ConnectionId, Uuid};
use docket_dialects::Dialect;
use docket_dialects::connect::{Connect, settings};
use docket_dialects::dialect::{Credential, Issue, SettingKind};
use docket_store::{Store, StoreError, Token};
use rand::Rng;
use sha1::{Digest, Sha1};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// Why a connection was not made or changed.
#[derive(Debug)]
pub enum EnrollError {
    /// There is no such dialect.
    Dialect(String),
    /// There is no such connection.
    NotFound(String),
    /// The name is taken.
    Taken(String),
    /// The name or a value makes no sense.
    Invalid(String),
    /// A setting is unknown, or its value makes no sense.
    Setting {
        /// Which.
        name: String,
        /// What is wrong with it.
        what: String,
    },
    /// A connection that calls lacks what it calls with.
    Missing {
        /// For people: the dialect.
        title: &'static str,
        /// Names, and what they are.
        settings: Vec<(&'static str, &'static str)>,
    },
    /// The dialect has no half for this role.
    Role(String),
    /// Secrets cannot be kept.
    Vault(VaultError),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for EnrollError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EnrollError::Dialect(id) => {
                let known: Vec<&str> = docket_dialects::DIALECTS.iter().map(|dialect| dialect.id).collect();
                write!(f, "there is no dialect `{id}`; there are {}", known.join(", "))
            }
            EnrollError::NotFound(name) => write!(f, "there is no connection `{name}` in this account"),
            EnrollError::Taken(name) => write!(f, "the name `{name}` is taken in this account; choose another"),
            EnrollError::Invalid(what) | EnrollError::Setting { what, .. } | EnrollError::Role(what) => {
                f.write_str(what)
            }
            EnrollError::Missing { title, settings } => {
                let wanted = settings.iter().map(|(name, help)| format!("--set {name}=… ({help})"));
                write!(f, "a {title} connection that calls needs {}", wanted.collect::<Vec<_>>().join(", "))
            }
            EnrollError::Vault(error) => error.fmt(f),
            EnrollError::Store(error) => write!(f, "the store failed: {error}"),
        }
    }
}

impl std::error::Error for EnrollError {}

impl From<StoreError> for EnrollError {
    fn from(error: StoreError) -> EnrollError {
        EnrollError::Store(error)
    }
}

impl From<VaultError> for EnrollError {
    fn from(error: VaultError) -> EnrollError {
        EnrollError::Vault(error)
    }
}

/// What is asked for.
pub struct Enrollment<'a> {
    /// The dialect's id.
    pub dialect: &'a str,
    /// The connection's name, unique within the account.
    pub name: &'a str,
    /// The account's name; made when new.
    pub account: &'a str,
    /// Which sides it uses.
    pub role: Role,
    /// `key=value` of settings, `scope`, and credentials that are given rather than made.
    pub set: &'a [(String, String)],
    /// The served base, for printed URLs.
    pub base_url: &'a str,
}

/// A connection with the credentials just issued, to be shown once.
pub struct Enrolled {
    /// The connection.
    pub connection: Arc<Connection>,
    /// Name and value, in the dialect's order.
    pub printed: Vec<(String, String)>,
}

const NAMESPACE: Uuid = Uuid::from_u128(0x2b7a_5f10_44a9_4d0e_9a6b_d0c0_e7ac_c001);

/// A value that is longer is not said again in an error.
const SHOWN_LIMIT: usize = 200;
/// The longest text of a setting.
const SETTING_LIMIT: usize = 16 * 1024;

/// The longest name of a connection, token or account.
const NAME_LIMIT: usize = 64;

/// Whether it is `.` or `..`, which no path can end with: clients take them for directories.
pub(crate) fn is_dots(name: &str) -> bool {
    matches!(name, "." | "..")
}

fn check_name(kind: &str, name: &str) -> Result<(), EnrollError> {
    let fits = !name.is_empty() && name.len() <= NAME_LIMIT;
    let plain = name.chars().all(|character| character.is_ascii_alphanumeric() || "-_.".contains(character));
    if fits && plain && !is_dots(name) {
        return Ok(());
    }
    Err(EnrollError::Invalid(format!("{kind} `{name}`: use 1 to {NAME_LIMIT} letters, digits, `-`, `_` and `.`")))
}

/// Adds a connection that only serves.
pub async fn add(store: &Store, request: Enrollment<'_>, now: Timestamp) -> Result<Enrolled, EnrollError> {
    add_with(store, None, request, now).await
}

/// Adds a connection; what it calls with goes into the vault.
pub async fn add_with(
    store: &Store,
    vault: Option<&Vault>,
    request: Enrollment<'_>,
    now: Timestamp,
) -> Result<Enrolled, EnrollError> {
    let dialect =
        docket_dialects::dialect(request.dialect).ok_or_else(|| EnrollError::Dialect(request.dialect.to_owned()))?;
    check_name("name", request.name)?;
    check_name("account", request.account)?;
    let mut connection = Connection {
        id: ConnectionId(0),
        account: AccountId(0),
        name: request.name.to_owned(),
        dialect: dialect.id.to_owned(),
        role: request.role,
        // Who calls a counterpart hands it orders that came from elsewhere.
        scope: if request.role == Role::Serve { Scope::default() } else { Scope::Routed },
        enabled: true,
        settings: BTreeMap::new(),
        created_at: now,
    };
    let Sorted { given, secrets } = sort_settings(dialect, &mut connection, request.set)?;
    let names: Vec<&str> = secrets.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name.as_str()).collect();
    check_complete(dialect, &connection, &names)?;
    let account = store.account(request.account, true).await?;
    connection.account = account.ok_or_else(|| EnrollError::Invalid("the account could not be made".to_owned()))?;
    let issued = match request.role {
        Role::Connect => Issued::default(),
        Role::Serve | Role::Both => issue(store, dialect, &mut connection, &given, request.base_url).await?,
    };
    let connection = match store.add_connection(connection, issued.hashes).await {
        Err(StoreError::Conflict) => return Err(EnrollError::Taken(request.name.to_owned())),
        other => other?,
    };
    if !secrets.is_empty() {
        let kept = keep(store, vault, &connection, &secrets).await;
        if kept.is_err() {
            // Without its secrets it is of no use to anybody.
            store.remove_connection(connection.id).await?;
        }
        kept?;
    }
    if connection.role != Role::Serve {
        let begun = crate::relay::resolve::begin(store, connection.account).await;
        begun.map_err(|fault| EnrollError::Store(StoreError::Failed(fault.to_string())))?;
    }
    Ok(Enrolled { connection, printed: issued.printed })
}

async fn keep(
    store: &Store,
    vault: Option<&Vault>,
    connection: &Connection,
    secrets: &BTreeMap<String, Option<String>>,
) -> Result<(), EnrollError> {
    let none = || EnrollError::Invalid("secrets cannot be kept here".to_owned());
    Ok(vault.ok_or_else(none)?.keep(store, connection, secrets).await?)
}

fn calls(dialect: &'static Dialect, role: Role) -> Result<Option<&'static dyn Connect>, EnrollError> {
    match (role, dialect.connect) {
        (Role::Serve, _) => Ok(None),
        (_, Some(connect)) => Ok(Some(connect)),
        (_, None) => Err(EnrollError::Role(format!(
            "{} is only served so far: it calls no counterparts; use the role serve",
            dialect.title
        ))),
    }
}

/// Says what is missing for calling.
fn check_complete(dialect: &'static Dialect, connection: &Connection, secrets: &[&str]) -> Result<(), EnrollError> {
    let Some(connect) = calls(dialect, connection.role)? else { return Ok(()) };
    let no_url = connection.setting("url").is_none_or(str::is_empty);
    let url = no_url.then_some(("url", "where the counterpart is"));
    let missing = connect.secrets().iter().filter(|secret| secret.required && !secrets.contains(&secret.name));
    let missing = missing.map(|secret| (secret.name, secret.help));
    let settings: Vec<_> = url.into_iter().chain(missing).collect();
    match settings.is_empty() {
        true => Ok(()),
        false => Err(EnrollError::Missing { title: dialect.title, settings }),
    }
}

/// Makes sure that an account has documents to order: those the built-in producer makes, unless it has others of its.
pub async fn ensure_products(store: &Store, account: AccountId, now: Timestamp) -> Result<(), EnrollError> {
    let known = store.services(account).await?;
    let documents = || known.iter().filter(|service| service.kind == ServiceKind::Document);
    if documents().any(|service| producer_of(service) == BUILT_IN) {
        return Ok(());
    }
    let products = [
        ("site_report", "Site report"),
        ("site_report_json", "Site report as data"),
        ("site_report_csv", "Site report as a table"),
        ("order_report", "Order report"),
        ("order_report_json", "Order report as data"),
        ("order_report_csv", "Order report as a table"),
        (docket_dialects::planviewer::document::SOURCE_DOCUMENT, "Document on file"),
    ];
    for (ordering, (slug, name)) in (1..).zip(products) {
        if documents().any(|service| service.slug == slug) {
            continue;
        }
        let service = Service {
            id: Uuid::new_v5(&NAMESPACE, format!("{slug}\u{1f}{account}").as_bytes()),
            slug: slug.to_owned(),
            name: name.to_owned(),
            kind: ServiceKind::Document,
            parent: None,
            active: true,
            ordering,
            data: None,
            created_at: now,
            updated_at: now,
        };
        store.put_service(account, service).await?;
    }
    Ok(())
}

/// Changes settings of a connection that only serves.
pub async fn set(store: &Store, connection: &Connection, set: &[(String, String)]) -> Result<Connection, EnrollError> {
    set_with(store, None, connection, set).await
}

/// Changes settings of a connection, and what it calls with.
pub async fn set_with(
    store: &Store,
    vault: Option<&Vault>,
    connection: &Connection,
    set: &[(String, String)],
) -> Result<Connection, EnrollError> {
    let dialect = docket_dialects::dialect(&connection.dialect)
        .ok_or_else(|| EnrollError::Dialect(connection.dialect.clone()))?;
    let mut changed = connection.clone();
    let Sorted { given, secrets } = sort_settings(dialect, &mut changed, set)?;
    if let Some(name) = given.into_keys().next() {
        let what = format!("`{name}` is a credential; `docket connection rotate` gives new ones");
        return Err(EnrollError::Setting { name, what });
    }
    let known = vault::names(store, connection.id).await?;
    let kept = known.iter().filter(|name| !secrets.contains_key(*name)).map(String::as_str);
    let new = secrets.iter().filter(|(_, value)| value.is_some()).map(|(name, _)| name.as_str());
    check_complete(dialect, &changed, &kept.chain(new).collect::<Vec<_>>())?;
    if !secrets.is_empty() {
        keep(store, vault, &changed, &secrets).await?;
    }
    store.put_connection(changed.clone()).await?;
    Ok(changed)
}

/// A connection whose settings of these names are what the dialect says when nobody says otherwise. What belongs to its
/// identity (a number, an id that callers know) is no setting and stays.
pub fn without(connection: &Connection, names: &[String]) -> Connection {
    let own = docket_dialects::dialect(&connection.dialect).map_or(&[] as &[_], |dialect| dialect.settings);
    let is_setting = |name: &String| own.iter().any(|known| known.name == name) || settings::setting(name).is_some();
    let mut changed = connection.clone();
    changed.settings.retain(|name, _| !(names.contains(name) && is_setting(name)));
    changed
}

/// Gives a connection new credentials; the old ones are worth nothing from then on.
pub async fn rotate(
    store: &Store,
    connection: &Connection,
    given: &[(String, String)],
    base_url: &str,
) -> Result<Enrolled, EnrollError> {
    let dialect = docket_dialects::dialect(&connection.dialect)
        .ok_or_else(|| EnrollError::Dialect(connection.dialect.clone()))?;
    if connection.role == Role::Connect {
        let names = dialect.connect.map_or(&[] as &[_], |connect| connect.secrets());
        let names: Vec<String> = names.iter().map(|secret| format!("{}=…", secret.name)).collect();
        let what = format!(
            "`{name}` only calls, nobody calls it; what it calls with is the counterpart's to renew: `docket connection \
             set {name} {}`",
            names.join(" "),
            name = connection.name
        );
        return Err(EnrollError::Role(what));
    }
    let mut changed = connection.clone();
    // What callers present is renewed here, and never what we call with ourselves.
    changed.role = Role::Serve;
    let Sorted { given, .. } = sort_settings(dialect, &mut changed, given)?;
    let issued = issue(store, dialect, &mut changed, &given, base_url).await?;
    changed.role = connection.role;
    store.put_credentials(connection.id, issued.hashes).await?;
    Ok(Enrolled { connection: Arc::new(changed), printed: issued.printed })
}

/// Adds a bearer token of the native API and answers it, once.
pub async fn add_token(store: &Store, account: &str, name: &str, now: Timestamp) -> Result<String, EnrollError> {
    let text = format!("docket_{}", letters(40));
    add_given_token(store, account, name, &text, now).await.map(|()| text)
}

/// The account of a name; made when new.
pub async fn account_of(store: &Store, name: &str) -> Result<AccountId, EnrollError> {
    check_name("account", name)?;
    let id = store.account(name, true).await?;
    id.ok_or_else(|| EnrollError::Invalid("the account could not be made".to_owned()))
}

/// Adds a bearer token whose text is given.
pub async fn add_given_token(
    store: &Store,
    account: &str,
    name: &str,
    text: &str,
    now: Timestamp,
) -> Result<(), EnrollError> {
    check_name("name", name)?;
    let account = account_of(store, account).await?;
    add_token_for(store, account, (name, text), (Access::Admin, None), now).await
}

/// Adds a bearer token that may do so much, until then; shown once.
pub async fn add_limited_token(
    store: &Store,
    account: AccountId,
    name: &str,
    access: Access,
    until: Option<Timestamp>,
    now: Timestamp,
) -> Result<String, EnrollError> {
    check_name("name", name)?;
    if until.is_some_and(|until| until <= now) {
        return Err(EnrollError::Invalid("a token must be worth something for a while: its end is over".to_owned()));
    }
    let text = format!("docket_{}", letters(40));
    add_token_for(store, account, (name, &text), (access, until), now).await.map(|()| text)
}

async fn add_token_for(
    store: &Store,
    account: AccountId,
    (name, text): (&str, &str),
    (access, until): (Access, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), EnrollError> {
    let token = Token {
        account,
        name: name.to_owned(),
        hash: credential_hash(text),
        created_at: now,
        access,
        until_ms: until.map(Timestamp::as_millisecond),
    };
    match store.add_token(token).await {
        Err(StoreError::Conflict) => Err(EnrollError::Taken(name.to_owned())),
        other => Ok(other?),
    }
}

/// What is neither `scope` nor a setting.
struct Sorted {
    /// Credentials for callers that are given rather than made.
    given: BTreeMap<String, String>,
    /// What is called with; nothing removes it.
    secrets: BTreeMap<String, Option<String>>,
}

/// Applies `scope` and settings.
fn sort_settings(
    dialect: &'static Dialect,
    connection: &mut Connection,
    set: &[(String, String)],
) -> Result<Sorted, EnrollError> {
    let connect = calls(dialect, connection.role)?;
    let mut sorted = Sorted { given: BTreeMap::new(), secrets: BTreeMap::new() };
    for (name, value) in set {
        let own = dialect.settings.iter().find(|setting| setting.name == name);
        let setting = own.or_else(|| connect.and_then(|_| settings::setting(name)));
        let secret = connect.and_then(|connect| connect.secrets().iter().find(|secret| secret.name == name));
        if name == "scope" {
            connection.scope = Scope::from_word(value)
                .ok_or_else(|| wrong(name, format!("scope `{value}`: use own, routed or account")))?;
        } else if let Some(secret) = secret {
            if value.len() > SECRET_LIMIT {
                return Err(wrong(name, format!("`{name}` is longer than {SECRET_LIMIT} bytes")));
            }
            if value.is_empty() && secret.required {
                return Err(wrong(name, format!("`{name}` is empty: {}", secret.help)));
            }
            sorted.secrets.insert(name.clone(), Some(value.clone()).filter(|value| !value.is_empty()));
        } else if let Some(setting) = setting {
            if value.is_empty() && own.is_none() {
                // Back to the vendor's.
                connection.settings.remove(name);
                continue;
            }
            if value.len() > SETTING_LIMIT {
                return Err(wrong(name, format!("`{name}` is longer than {SETTING_LIMIT} bytes")));
            }
            check_setting(name, value, &setting.kind)?;
            connection.settings.insert(name.clone(), value.clone());
        } else if is_credential(dialect, name) && connection.role != Role::Connect {
            sorted.given.insert(name.clone(), value.clone());
        } else {
            return Err(wrong(name, unknown(dialect, connect, name)));
        }
    }
    Ok(sorted)
}

fn wrong(name: &str, what: String) -> EnrollError {
    EnrollError::Setting { name: name.to_owned(), what }
}

fn unknown(dialect: &Dialect, connect: Option<&dyn Connect>, name: &str) -> String {
    let own = dialect.settings.iter().map(|setting| setting.name);
    let common = settings::SETTINGS.iter().filter(|_| connect.is_some()).map(|setting| setting.name);
    let secrets = connect.map_or(&[] as &[_], |connect| connect.secrets()).iter().map(|secret| secret.name);
    let known: Vec<&str> = std::iter::once("scope").chain(own).chain(common).chain(secrets).collect();
    let callable = connect.is_none() && settings::setting(name).is_some();
    let hint = if callable { "; it is for connections with the role connect or both" } else { "" };
    format!("{} has no setting `{name}`{hint}; it has {}", dialect.title, known.join(", "))
}

fn is_credential(dialect: &Dialect, name: &str) -> bool {
    dialect.credentials.iter().any(|credential| {
        let hashed = matches!(credential.issue, Issue::Password(_));
        credential.name == name || (hashed && name.strip_suffix("_hash") == Some(credential.name))
    })
}

fn check_setting(name: &str, value: &str, kind: &SettingKind) -> Result<(), EnrollError> {
    let wanted = match kind {
        SettingKind::Flag if ["true", "false", "on", "off", "yes", "no", "1", "0"].contains(&value) => return Ok(()),
        SettingKind::Flag => "true or false".to_owned(),
        SettingKind::Integer(least, most) => match value.parse::<i64>() {
            Ok(number) if (*least..=*most).contains(&number) => return Ok(()),
            _ => format!("a whole number from {least} to {most}"),
        },
        SettingKind::Word(words) if words.contains(&value) => return Ok(()),
        SettingKind::Word(words) => words.join(" or "),
        SettingKind::Text => return Ok(()),
        SettingKind::Currency if value.len() == 3 && value.bytes().all(|byte| byte.is_ascii_uppercase()) => {
            return Ok(());
        }
        SettingKind::Currency => "three capital letters, such as EUR".to_owned(),
        SettingKind::TimeZone if jiff::tz::TimeZone::get(value).is_ok() => return Ok(()),
        SettingKind::TimeZone => "the name of a time zone, such as Europe/Amsterdam".to_owned(),
        SettingKind::Url if value.is_empty() || is_web_address(value) => return Ok(()),
        SettingKind::Url => "an address that begins with http:// or https://".to_owned(),
    };
    let shown = if value.len() > SHOWN_LIMIT { "too long" } else { value };
    Err(wrong(name, format!("setting `{name}` is `{shown}`: use {wanted}")))
}

fn is_web_address(value: &str) -> bool {
    url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

#[derive(Default)]
struct Issued {
    printed: Vec<(String, String)>,
    hashes: Vec<(String, String)>,
}

impl Issued {
    fn value_of(&self, name: &str) -> &str {
        self.printed.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

async fn issue(
    store: &Store,
    dialect: &Dialect,
    connection: &mut Connection,
    given: &BTreeMap<String, String>,
    base_url: &str,
) -> Result<Issued, EnrollError> {
    let mut issued = Issued::default();
    for credential in dialect.credentials {
        let name = credential.name;
        let fixed = given.get(name).cloned();
        if let Some(hash) = given.get(&format!("{name}_hash")) {
            issued.printed.push((format!("{name}_hash"), hash.clone()));
            claim(&mut issued, credential, &hash.to_ascii_lowercase());
            continue;
        }
        let value = match &credential.issue {
            Issue::Name => fixed.unwrap_or_else(|| connection.name.clone()),
            Issue::Secret(length) | Issue::Password(length) => fixed.unwrap_or_else(|| letters(*length)),
            Issue::Hex(length) => fixed.unwrap_or_else(|| hexadecimal(*length, false)),
            Issue::HexPair(first, second) => {
                fixed.unwrap_or_else(|| format!("{}-{}", hexadecimal(*first, true), hexadecimal(*second, true)))
            }
            Issue::Item => match fixed.or_else(|| connection.settings.get(name).cloned()) {
                Some(item) => item,
                None => store.next_item().await?.to_string(),
            },
            Issue::AccountUuid => fixed.or_else(|| connection.settings.get(name).cloned()).unwrap_or_else(|| {
                let derived = format!("{name}\u{1f}{}", connection.account);
                Uuid::new_v5(&NAMESPACE, derived.as_bytes()).to_string()
            }),
            Issue::Url(template) => url(base_url, template, &issued),
        };
        if matches!(credential.issue, Issue::Item | Issue::AccountUuid) {
            connection.settings.insert(name.to_owned(), value.clone());
        }
        let presented = match &credential.issue {
            Issue::Password(_) => hex::encode(Sha1::digest(value.as_bytes())),
            _ => value.clone(),
        };
        claim(&mut issued, credential, &presented);
        issued.printed.push((name.to_owned(), value));
    }
    // A URL may name a credential that is issued after it.
    for credential in dialect.credentials {
        if let Issue::Url(template) = &credential.issue {
            let value = url(base_url, template, &issued);
            if let Some(slot) = issued.printed.iter_mut().find(|(name, _)| name == credential.name) {
                slot.1 = value;
            }
        }
    }
    Ok(issued)
}

fn claim(issued: &mut Issued, credential: &Credential, presented: &str) {
    if let Some(kind) = credential.claim {
        issued.hashes.push((kind.to_owned(), credential_hash(presented)));
    }
}

fn url(base_url: &str, template: &str, issued: &Issued) -> String {
    let mut path = template.to_owned();
    for (name, _) in &issued.printed {
        path = path.replace(&format!("{{{name}}}"), issued.value_of(name));
    }
    format!("{}{path}", base_url.trim_end_matches('/'))
}

/// So many random letters and digits.
pub fn letters(length: usize) -> String {
    // Nothing that is easily taken for something else.
    const ALPHABET: &[u8] = b"abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut rng = rand::rng();
    (0..length)
        .filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())))
        .map(|&byte| char::from(byte))
        .collect()
}

fn hexadecimal(length: usize, upper: bool) -> String {
    let mut rng = rand::rng();
    let digits: String = (0..length).filter_map(|_| char::from_digit(rng.random_range(0..16), 16)).collect();
    if upper { digits.to_ascii_uppercase() } else { digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_mean_nothing_are_refused() {
        let is_fine = |kind: SettingKind, value: &str| check_setting("x", value, &kind).is_ok();
        assert!(is_fine(SettingKind::Currency, "USD"));
        assert!(["dollars", "usd", ""].iter().all(|value| !is_fine(SettingKind::Currency, value)));
        assert!(is_fine(SettingKind::TimeZone, "Etc/UTC") && is_fine(SettingKind::TimeZone, "Europe/Amsterdam"));
        assert!(["Mars/X", ""].iter().all(|value| !is_fine(SettingKind::TimeZone, value)));
        assert!(is_fine(SettingKind::Url, "") && is_fine(SettingKind::Url, "http://127.0.0.1:8080/hook?key=1"));
        assert!(["notaurl", "ftp://a.example/", "mailto:a@b.c"].iter().all(|value| !is_fine(SettingKind::Url, value)));
    }
}
