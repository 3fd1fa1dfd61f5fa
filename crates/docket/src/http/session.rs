//! Users through the native API: setting up, signing in, what somebody does about itself, who may do what.

use super::App;
use super::native::{Answered, empty, json};
use super::problem::Problem;
use super::who::{Asker, COOKIE, peer};
use axum::response::Response;
use bytes::Bytes;
use docket_app::Hub;
use docket_app::native::users as read;
use docket_app::users::{self, Opened, Origin, Shown, Signed, UserError};
use docket_core::Timestamp;
use docket_core::connection::{Access, Caller};
use docket_dialects::form::decode;
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode, header};
use serde_json::{Value, json as value};

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Setup,
    SetUp,
    SignIn,
    Show,
    Switch,
    SignOut,
    Sessions,
    End(&'a str),
    Password,
    OfferTotp,
    ConfirmTotp,
    RemoveTotp,
    Preferences,
    PutPreferences,
    Users,
    AddUser,
    ChangeUser(&'a str),
    RemoveUser(&'a str),
}

impl<'a> Operation<'a> {
    /// The operation of a method and path; `None` when the path is somebody else's.
    pub(super) fn of(method: &Method, segments: &[&'a str]) -> Option<Result<Operation<'a>, Problem>> {
        let reads = method == Method::GET || method == Method::HEAD;
        let (posts, puts) = (method == Method::POST, method == Method::PUT);
        let (patches, deletes) = (method == Method::PATCH, method == Method::DELETE);
        let found = match *segments {
            ["setup"] if reads => Operation::Setup,
            ["setup"] if posts => Operation::SetUp,
            ["session"] if posts => Operation::SignIn,
            ["session"] if reads => Operation::Show,
            ["session"] if patches => Operation::Switch,
            ["session"] if deletes => Operation::SignOut,
            ["sessions"] if reads => Operation::Sessions,
            ["sessions", id] if deletes => Operation::End(id),
            ["session", "password"] if puts => Operation::Password,
            ["session", "totp"] if posts => Operation::OfferTotp,
            ["session", "totp"] if puts => Operation::ConfirmTotp,
            ["session", "totp"] if deletes => Operation::RemoveTotp,
            ["session", "preferences"] if reads => Operation::Preferences,
            ["session", "preferences"] if puts => Operation::PutPreferences,
            ["users"] if reads => Operation::Users,
            ["users"] if posts => Operation::AddUser,
            ["users", name] if patches => Operation::ChangeUser(name),
            ["users", name] if deletes => Operation::RemoveUser(name),
            ["setup" | "session" | "sessions" | "users"]
            | ["session", "password" | "totp" | "preferences"]
            | ["sessions" | "users", _] => return Some(Err(Problem::method(method))),
            _ => return None,
        };
        Some(Ok(found))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Operation::Setup => "setup/show",
            Operation::SetUp => "setup/do",
            Operation::SignIn => "session/sign_in",
            Operation::Show => "session/show",
            Operation::Switch => "session/switch",
            Operation::SignOut => "session/sign_out",
            Operation::Sessions => "sessions/list",
            Operation::End(_) => "sessions/end",
            Operation::Password => "session/password",
            Operation::OfferTotp => "session/offer_totp",
            Operation::ConfirmTotp => "session/confirm_totp",
            Operation::RemoveTotp => "session/remove_totp",
            Operation::Preferences => "session/preferences",
            Operation::PutPreferences => "session/put_preferences",
            Operation::Users => "users/list",
            Operation::AddUser => "users/add",
            Operation::ChangeUser(_) => "users/change",
            Operation::RemoveUser(_) => "users/remove",
        }
    }

    /// Whether everybody may ask, signed in or not.
    pub(super) const fn is_open(self) -> bool {
        matches!(self, Operation::Setup | Operation::SetUp | Operation::SignIn)
    }

    /// The least role that may do it.
    pub(super) const fn needs(self) -> Access {
        match self {
            Operation::Users | Operation::AddUser | Operation::ChangeUser(_) | Operation::RemoveUser(_) => {
                Access::Admin
            }
            _ => Access::Viewer,
        }
    }

    /// What the wire log hides beside the usual.
    pub(super) const fn secrets(self) -> &'static [&'static str] {
        match self {
            Operation::Preferences | Operation::PutPreferences => USUAL,
            _ => SECRETS,
        }
    }
}

/// What the wire log hides of every exchange.
pub(super) const USUAL: &[&str] =
    &["claim", "docket-claim", "secret", "token", "password", "totp", "csrf", "docket-csrf", "recovery_codes"];
/// What it hides where people sign in and say who they are; elsewhere some of these words say something else.
const SECRETS: &[&str] =
    &["secret", "password", "totp", "csrf", "docket-csrf", "recovery_codes", "code", "old", "new", "uri", "svg"];

impl From<UserError> for Problem {
    fn from(error: UserError) -> Problem {
        let detail = error.to_string();
        match error {
            UserError::Credentials => Problem::new(StatusCode::UNAUTHORIZED, "credentials", "Not let in", detail),
            UserError::OwnPassword { member } => {
                // Not 401: the session goes on.
                Problem::new(StatusCode::FORBIDDEN, "credentials", "Not your password", detail).at(format!("/{member}"))
            }
            UserError::TotpNeeded => Problem::new(StatusCode::UNAUTHORIZED, "totp_needed", "A code is needed", detail),
            UserError::Throttled(after_s) => {
                Problem::new(StatusCode::TOO_MANY_REQUESTS, "throttled", "Too many wrong tries", detail).after(after_s)
            }
            UserError::SetupCode => Problem::new(StatusCode::FORBIDDEN, "setup_code", "Wrong set-up code", detail),
            UserError::SetUp => Problem::new(StatusCode::CONFLICT, "setup_done", "Set up already", detail),
            UserError::LastAdmin => Problem::new(StatusCode::CONFLICT, "last_admin", "The last administrator", detail),
            UserError::NotFound(what) => Problem::not_found(what),
            UserError::Taken(_) => Problem::new(StatusCode::CONFLICT, "taken", "Already taken", detail),
            UserError::Stands(_) => {
                Problem::new(StatusCode::CONFLICT, "totp_state", "Not possible as things stand", detail)
            }
            UserError::Forbidden(_) => Problem::new(StatusCode::FORBIDDEN, "forbidden", "Not allowed", detail),
            UserError::Invalid { member, detail } => {
                let pointer = if member.is_empty() { String::new() } else { format!("/{member}") };
                let title = "A member makes no sense";
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title, detail).at(pointer)
            }
            UserError::Vault(error) => {
                tracing::error!(%error, "the secret of a user cannot be kept or read");
                let detail = "the secret for codes cannot be kept or read; the log has the reason";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "fault", "Our failure", detail)
            }
            UserError::Fault(fault) => fault.into(),
        }
    }
}

/// Who a request turned out to be from; goes with the answer.
#[derive(Clone)]
pub(super) struct SignedIn(pub(super) Caller);

pub(super) async fn perform(
    app: &App,
    asker: &Asker,
    operation: Operation<'_>,
    parts: &Parts,
    body: &Bytes,
) -> Answered {
    let mut answered = match operation {
        Operation::Setup => Ok(setup(&app.hub).await?),
        Operation::SetUp => set_up(app, asker, parts, body).await,
        Operation::SignIn => {
            let opened = users::sign_in(&app.hub, read::proof(body)?, origin(app, asker, parts)).await?;
            opening(app, StatusCode::CREATED, &opened)
        }
        Operation::Users | Operation::AddUser | Operation::ChangeUser(_) | Operation::RemoveUser(_) => {
            of_users(&app.hub, asker, operation, body).await
        }
        _ => {
            let session = asker.session.as_ref().ok_or_else(Problem::no_session)?;
            of_oneself(app, session, operation, parts, body).await
        }
    }?;
    answered.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(answered)
}

fn origin<'a>(app: &App, asker: &'a Asker, parts: &'a Parts) -> Origin<'a> {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin { peer: peer(app, parts), agent, instead_of: asker.session.as_ref() }
}

async fn setup(hub: &Hub) -> Answered {
    Ok(json(StatusCode::OK, value!({"needed": users::is_needed(hub).await?}).to_string()))
}

async fn set_up(app: &App, asker: &Asker, parts: &Parts, body: &Bytes) -> Answered {
    let (code, name, password) = read::set_up(body)?;
    let opened = users::set_up(&app.hub, &code, &name, password, origin(app, asker, parts)).await?;
    opening(app, StatusCode::CREATED, &opened)
}

/// The session, and what the browser is to hold.
fn opening(app: &App, status: StatusCode, opened: &Opened) -> Answered {
    let mut response = json(status, shown(&app.hub, &opened.signed).to_string());
    let lasts_s = app.hub.users().options().lasts.as_secs();
    put_cookie(app, &mut response, &opened.token, lasts_s);
    response.extensions_mut().insert(SignedIn(opened.signed.caller()));
    Ok(response)
}

fn put_cookie(app: &App, response: &mut Response, token: &str, lasts_s: u64) {
    let secure = if app.public_url.starts_with("https://") { "; Secure" } else { "" };
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={lasts_s}{secure}");
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        response.headers_mut().insert(header::SET_COOKIE, value);
    }
}

/// Who has signed in, where, and what it must say with changes.
fn shown(hub: &Hub, signed: &Signed) -> Value {
    let (index, directory) = (hub.users().index(), hub.directory());
    let known = index.person(signed.person);
    let named = |id| directory.accounts().iter().find(|(known, _)| *known == id).map(|(_, name)| name.clone());
    let accounts: Vec<Value> = index
        .memberships(signed.person)
        .filter(|member| !member.disabled)
        .filter_map(|member| Some(value!({"name": named(member.account)?, "role": member.access.word()})))
        .collect();
    value!({
        "user": {
            "name": signed.name,
            "totp": known.is_some_and(|known| known.totp),
            "recovery_codes_left": known.map_or(0, |known| known.recovery_codes),
        },
        "account": named(signed.account),
        "role": signed.access.word(),
        "accounts": accounts,
        "csrf": signed.csrf,
        "expires_at": signed.ends_at.to_string(),
    })
}

fn moment(ms: i64) -> Option<String> {
    Timestamp::from_millisecond(ms).ok().map(|at| at.to_string())
}

async fn of_oneself(app: &App, signed: &Signed, operation: Operation<'_>, parts: &Parts, body: &Bytes) -> Answered {
    let hub = &app.hub;
    match operation {
        Operation::Switch => {
            let opened = users::switch(hub, signed, &read::account(body)?).await?;
            opening(app, StatusCode::OK, &opened)
        }
        Operation::SignOut => {
            users::end(hub, signed).await?;
            let mut response = empty(StatusCode::NO_CONTENT);
            put_cookie(app, &mut response, "", 0);
            Ok(response)
        }
        Operation::Sessions => {
            let shown = |held: users::Held| {
                value!({
                    "id": held.id.to_string(),
                    "current": held.is_current,
                    "created_at": moment(held.created_ms),
                    "last_seen_at": moment(held.seen_ms),
                    "address": held.address,
                    "agent": held.agent,
                })
            };
            let list: Vec<Value> = users::sessions(hub, signed).into_iter().map(shown).collect();
            Ok(json(StatusCode::OK, value!({"sessions": list}).to_string()))
        }
        Operation::End(id) => {
            users::end_one(hub, signed, id).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Operation::Password => {
            let (old, new) = read::passwords(body)?;
            users::change_password(hub, signed, peer(app, parts), old, new).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Operation::OfferTotp => {
            let offer = users::offer_totp(hub, signed).await?;
            let body = value!({"secret": offer.secret, "uri": offer.uri, "svg": offer.svg});
            Ok(json(StatusCode::OK, body.to_string()))
        }
        Operation::ConfirmTotp => {
            let codes = users::confirm_totp(hub, signed, &read::only(body, "code")?).await?;
            Ok(json(StatusCode::OK, value!({"recovery_codes": codes}).to_string()))
        }
        Operation::RemoveTotp => {
            users::remove_totp(hub, signed, peer(app, parts), read::only(body, "password")?).await?;
            Ok(empty(StatusCode::NO_CONTENT))
        }
        Operation::Preferences => Ok(json(StatusCode::OK, users::preferences(hub, signed).await?)),
        Operation::PutPreferences => {
            let document = read::preferences(body)?;
            users::put_preferences(hub, signed, &document).await?;
            Ok(json(StatusCode::OK, document))
        }
        _ => Ok(json(StatusCode::OK, shown(hub, signed).to_string())),
    }
}

fn user(user: &Shown) -> Value {
    value!({
        "name": user.name,
        "role": user.access.word(),
        "disabled": user.disabled,
        "totp": user.totp,
        "created_at": moment(user.created_ms),
        "last_seen_at": user.seen_ms.and_then(moment),
    })
}

async fn of_users(hub: &Hub, asker: &Asker, operation: Operation<'_>, body: &Bytes) -> Answered {
    let account = asker.caller.account;
    match operation {
        Operation::AddUser => {
            let added = users::add(hub, account, read::added(body)?).await?;
            tracing::info!(name = added.name, by = asker.caller.label, "made a user");
            Ok(json(StatusCode::CREATED, user(&added).to_string()))
        }
        Operation::ChangeUser(name) => {
            let by = asker.session.as_ref().map(|session| session.person);
            let changed = users::change(hub, account, (by, &named(name)), read::change(body)?).await?;
            tracing::info!(name = changed.name, by = asker.caller.label, "changed a user");
            Ok(json(StatusCode::OK, user(&changed).to_string()))
        }
        Operation::RemoveUser(name) => {
            users::remove(hub, account, &named(name)).await?;
            tracing::info!(name = &*named(name), by = asker.caller.label, "removed a user");
            Ok(empty(StatusCode::NO_CONTENT))
        }
        _ => {
            let list: Vec<Value> = users::list(hub, account).await?.iter().map(user).collect();
            Ok(json(StatusCode::OK, value!({"users": list}).to_string()))
        }
    }
}

/// A name as it stands in a path; `@` and `+` may be escaped there.
fn named(segment: &str) -> String {
    let plain = segment.replace('+', "%2B");
    String::from_utf8_lossy(&decode(plain.as_bytes())).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_paths_may_be_escaped() {
        assert_eq!(named("ann%40acme.example"), "ann@acme.example");
        assert_eq!(named("ann+x"), "ann+x");
        assert_eq!(named("ann%2Bx"), "ann+x");
    }

    #[test]
    fn paths_of_others_are_left_to_them() {
        let status = |method: Method, path: &str| {
            let segments: Vec<&str> = path.split('/').collect();
            Operation::of(&method, &segments).map(|found| found.map(Operation::name).map_err(|p| p.status().as_u16()))
        };
        assert_eq!(status(Method::POST, "session"), Some(Ok("session/sign_in")));
        assert_eq!(status(Method::PUT, "session"), Some(Err(405)));
        assert_eq!(status(Method::GET, "users/ann"), Some(Err(405)));
        assert_eq!(status(Method::GET, "session/nothing"), None);
        assert_eq!(status(Method::GET, "orders"), None);
    }
}
