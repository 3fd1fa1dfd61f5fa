//! Receivers: added, changed, given new secrets, tried. Whatever face asks, this is where it is done.

use super::send::{self, Message};
use super::settings::{RECEIVERS, Settings, Wrong, check_name, wrong};
use super::sign::Secret;
use crate::hub::uuid_v7;
use crate::outside::Outside;
use crate::trace::Trace;
use crate::vault::{Vault, VaultError};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ExchangeId, Sequence};
use docket_store::{Store, StoreError, Webhook, WebhookAttempt, WebhookChange, WebhookHealth, WebhookState};
use std::fmt;

/// How long the secret before stays valid, unless somebody says otherwise, and at most.
pub const KEEP_OLD_S: i64 = 86_400;
/// See there.
pub const KEEP_OLD_LIMIT_S: i64 = 30 * 86_400;
/// Entries are committed a little later than they say.
const SLACK_S: i64 = 60;

/// Why something was not done.
#[derive(Debug)]
pub enum WebhookError {
    /// There is no such receiver.
    NotFound,
    /// The name is taken.
    Taken(String),
    /// There are too many.
    TooMany,
    /// A member makes no sense.
    Wrong(Wrong),
    /// Secrets cannot be kept or read.
    Vault(VaultError),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WebhookError::NotFound => f.write_str("there is no such webhook"),
            WebhookError::Taken(name) => write!(f, "there is a webhook `{name}` already; choose another name"),
            WebhookError::TooMany => write!(f, "an account has at most {RECEIVERS} webhooks"),
            WebhookError::Wrong(wrong) => wrong.fmt(f),
            WebhookError::Vault(error) => error.fmt(f),
            WebhookError::Store(error) => write!(f, "the store failed: {error}"),
        }
    }
}

impl std::error::Error for WebhookError {}

impl From<StoreError> for WebhookError {
    fn from(error: StoreError) -> WebhookError {
        WebhookError::Store(error)
    }
}
impl From<VaultError> for WebhookError {
    fn from(error: VaultError) -> WebhookError {
        WebhookError::Vault(error)
    }
}
impl From<Wrong> for WebhookError {
    fn from(wrong: Wrong) -> WebhookError {
        WebhookError::Wrong(wrong)
    }
}

type Managed<T> = Result<T, WebhookError>;

/// What a receiver is added with.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// What is set.
    pub settings: Settings,
    /// A secret that is given rather than made.
    pub secret: Option<String>,
    /// Begin with what happened since.
    pub since: Option<Timestamp>,
}

/// What a sealed secret is bound to: it is worth nothing in another's place.
fn bound_to(account: AccountId, name: &str) -> String {
    format!("webhook\u{0}{account}\u{0}{name}")
}

async fn knows(store: &Store, account: AccountId, settings: &Settings) -> Managed<()> {
    let connections = match settings.connection {
        Some(_) => store.directory().await?.connections,
        None => Vec::new(),
    };
    settings.check(|name| connections.iter().any(|known| known.account == account && known.name == name))?;
    Ok(())
}

fn secret_of(given: Option<&str>) -> Result<Secret, Wrong> {
    match given {
        Some(text) => Secret::read(text).or_else(|what| wrong("secret", what)),
        None => Ok(Secret::make()),
    }
}

/// Adds a receiver; the secret is shown once.
///
/// # Errors
/// When something about it makes no sense, or it cannot be kept.
pub async fn add(
    store: &Store,
    vault: &Vault,
    account: AccountId,
    given: Given,
    now: Timestamp,
) -> Managed<(Webhook, String)> {
    check_name(&given.name)?;
    knows(store, account, &given.settings).await?;
    let secret = secret_of(given.secret.as_deref())?;
    let others = store.webhooks(Some(account)).await?;
    if others.iter().any(|other| other.name == given.name) {
        return Err(WebhookError::Taken(given.name));
    }
    if others.len() >= RECEIVERS {
        return Err(WebhookError::TooMany);
    }
    let place = match given.since {
        Some(since) => place_of(store, account, since).await?,
        None => store.head(account).await?,
    };
    let sealed = vault.seal(store, &bound_to(account, &given.name), &secret.text()).await?;
    let webhook = Webhook {
        id: 0,
        account,
        name: given.name,
        document: given.settings.text(),
        secret: sealed,
        old_secret: None,
        old_until_ms: 0,
        state: WebhookState::Enabled,
        state_ms: now.as_millisecond(),
        place,
        generation: 1,
        health: WebhookHealth::default(),
    };
    let name = webhook.name.clone();
    match store.add_webhook(webhook).await {
        Err(StoreError::Conflict) => Err(WebhookError::Taken(name)),
        added => Ok((added?, secret.text())),
    }
}

/// The receiver of a name or number.
///
/// # Errors
/// When there is none.
pub async fn find(store: &Store, account: AccountId, name: &str) -> Managed<Webhook> {
    let all = store.webhooks(Some(account)).await?;
    let id: Option<i64> = name.parse().ok();
    let by_name = all.iter().position(|known| known.name == name);
    let at = by_name.or_else(|| all.iter().position(|known| Some(known.id) == id));
    at.and_then(|at| all.into_iter().nth(at)).ok_or(WebhookError::NotFound)
}

/// What is set of a receiver.
pub fn settings(webhook: &Webhook) -> Settings {
    Settings::read(&webhook.document).unwrap_or(Settings {
        url: String::new(),
        events: Vec::new(),
        connection: None,
        description: None,
        created_at: Timestamp::UNIX_EPOCH,
    })
}

async fn change(store: &Store, webhook: &Webhook, change: WebhookChange, now: Timestamp) -> Managed<Webhook> {
    if !store.change_webhook(webhook.id, change, now.as_millisecond()).await? {
        return Err(WebhookError::NotFound);
    }
    store.webhook(webhook.id).await?.ok_or(WebhookError::NotFound)
}

/// Sets what a person wants.
///
/// # Errors
/// When it makes no sense, or cannot be kept.
pub async fn set(store: &Store, webhook: &Webhook, settings: Settings, now: Timestamp) -> Managed<Webhook> {
    knows(store, webhook.account, &settings).await?;
    let document = Some(settings.text());
    change(store, webhook, WebhookChange { document, ..WebhookChange::default() }, now).await
}

/// Gives it a new secret, which is shown once. The one before is valid for a while: messages carry both signatures.
///
/// # Errors
/// When the secret makes no sense, or cannot be kept.
pub async fn rotate(
    store: &Store,
    vault: &Vault,
    webhook: &Webhook,
    given: Option<&str>,
    keep_old_s: i64,
    now: Timestamp,
) -> Managed<(Webhook, String)> {
    let secret = secret_of(given)?;
    let sealed = vault.seal(store, &bound_to(webhook.account, &webhook.name), &secret.text()).await?;
    let until_ms = now.as_millisecond().saturating_add(keep_old_s.clamp(0, KEEP_OLD_LIMIT_S) * 1_000);
    let wanted = WebhookChange { secret: Some((sealed, until_ms)), ..WebhookChange::default() };
    Ok((change(store, webhook, wanted, now).await?, secret.text()))
}

/// The secrets that are valid now, the new one first.
///
/// # Errors
/// When they cannot be read.
pub async fn secrets(store: &Store, vault: &Vault, webhook: &Webhook, now: Timestamp) -> Managed<Vec<Secret>> {
    let old = webhook.old_secret.iter().filter(|_| webhook.old_until_ms > now.as_millisecond());
    let mut secrets = Vec::with_capacity(2);
    for sealed in std::iter::once(&webhook.secret).chain(old) {
        let text = vault.open(store, &bound_to(webhook.account, &webhook.name), sealed).await?;
        secrets.push(Secret::read(&text).or_else(|what| wrong("secret", what))?);
    }
    Ok(secrets)
}

/// Goes on sending, where it stopped or, when `skip`, with what is to come.
///
/// # Errors
/// When it is gone, or the store fails.
pub async fn enable(store: &Store, webhook: &Webhook, skip: bool, now: Timestamp) -> Managed<Webhook> {
    let place = match skip {
        true => Some(store.head(webhook.account).await?),
        false => None,
    };
    let state = Some(WebhookState::Enabled);
    let retry_failed = !skip && webhook.state != WebhookState::Paused;
    change(store, webhook, WebhookChange { state, place, retry_failed, ..WebhookChange::default() }, now).await
}

/// Stops sending until a person enables it again.
///
/// # Errors
/// When it is gone, or the store fails.
pub async fn pause(store: &Store, webhook: &Webhook, now: Timestamp) -> Managed<Webhook> {
    let state = Some(WebhookState::Paused);
    change(store, webhook, WebhookChange { state, ..WebhookChange::default() }, now).await
}

/// Sends everything since a moment again; a little of before may come, too.
///
/// # Errors
/// When it is gone, or the store fails.
pub async fn replay(store: &Store, webhook: &Webhook, since: Timestamp, now: Timestamp) -> Managed<Webhook> {
    let place = place_of(store, webhook.account, since).await?.min(webhook.place);
    change(store, webhook, WebhookChange { place: Some(place), ..WebhookChange::default() }, now).await
}

/// Sends what was given up again, at once: these messages, or all.
///
/// # Errors
/// When it is gone, or the store fails.
pub async fn retry(store: &Store, webhook: &Webhook, only: Option<Sequence>, now: Timestamp) -> Managed<Webhook> {
    let wanted =
        WebhookChange { retry: only.into_iter().collect(), retry_failed: only.is_none(), ..WebhookChange::default() };
    change(store, webhook, wanted, now).await
}

/// Sends a message that says it is a test, once, whatever state the receiver is in.
///
/// # Errors
/// When the secrets cannot be read, or the store fails.
pub async fn test(
    store: &Store,
    vault: &Vault,
    outside: &Outside,
    webhook: &Webhook,
    now: Timestamp,
) -> Managed<WebhookAttempt> {
    let (id, secrets) = (uuid_v7(now), secrets(store, vault, webhook, now).await?);
    let message = Message::test(&webhook.name, id, now);
    let outcome =
        send::attempt(outside, &settings(webhook), &secrets, &message, Trace::begun_by(ExchangeId(id)), now).await;
    let attempt = super::attempt_of(id, None, 1, now, &outcome);
    store.webhook_tested(webhook.id, &attempt).await?;
    Ok(attempt)
}

/// The place behind which everything since a moment lies.
async fn place_of(store: &Store, account: AccountId, since: Timestamp) -> Managed<Sequence> {
    let since = since.checked_sub(jiff::SignedDuration::from_secs(SLACK_S)).unwrap_or(Timestamp::MIN);
    let (mut least, mut most) = (0, store.head(account).await?.0);
    // Everything up to `least` is older, everything behind `most` is not.
    while least < most {
        let middle = least + (most - least) / 2;
        let entry = store.journal(account, Sequence(middle), 1).await?.into_iter().next();
        match entry {
            Some(entry) if entry.at < since => least = middle + 1,
            _ => most = middle,
        }
    }
    Ok(Sequence(least))
}
