//! The outbox: sends owed mails when a mail server is configured; without one they stay where they can be read.

use crate::hub::Hub;
use docket_core::ledger::Channel;
use docket_store::{OutboxMail, Tried};
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use std::sync::Arc;
use std::time::Duration;

/// How often the outbox is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// How many mails are looked at in one go.
const BATCH: usize = 50;
/// The longest pause between two attempts at one mail.
const LONGEST_PAUSE_MS: i64 = 6 * 60 * 60 * 1000;
/// The pause after the first failed attempt; it doubles with each.
const FIRST_PAUSE_MS: i64 = 30 * 1000;

/// The mail server.
#[derive(Clone, Debug)]
pub struct MailOptions {
    /// `smtp://host:25`, `smtps://host`, `smtp://host?tls=required`.
    pub server: String,
    /// User name, if it wants one.
    pub username: String,
    /// Password.
    pub password: String,
    /// Who the mails are from.
    pub from: String,
}

/// Sends mails until the hub stops.
pub async fn run(hub: Arc<Hub>, options: MailOptions) {
    let transport = match transport(&options) {
        Ok(transport) => transport,
        Err(error) => {
            tracing::error!(%error, "[mail] server makes no sense; mails stay in the outbox");
            return;
        }
    };
    while hub.rest(EVERY).await {
        match hub.store().claim_mails(Channel::Email, hub.holder(), hub.now(), 60_000, BATCH).await {
            Ok(mails) => {
                for owed in mails {
                    attempt(&hub, &transport, &options.from, owed).await;
                }
            }
            Err(error) => tracing::warn!(%error, "the outbox could not be read"),
        }
    }
}

fn transport(options: &MailOptions) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&options.server)?;
    if !options.username.is_empty() {
        builder = builder.credentials(Credentials::new(options.username.clone(), options.password.clone()));
    }
    Ok(builder.timeout(Some(Duration::from_secs(30))).build())
}

async fn attempt(hub: &Hub, transport: &AsyncSmtpTransport<Tokio1Executor>, from: &str, owed: OutboxMail) {
    let error = match message(from, &owed) {
        Ok(message) => transport.send(message).await.err().map(|error| error.to_string()),
        Err(error) => Some(error),
    };
    let tried = match error {
        Some(error) => {
            tracing::warn!(mail = owed.id, %error, "a mail could not be sent");
            let pause = FIRST_PAUSE_MS.saturating_mul(1 << owed.attempts.clamp(0, 20)).min(LONGEST_PAUSE_MS);
            Tried::Again { error, due: hub.now() + jiff::SignedDuration::from_millis(pause) }
        }
        None => Tried::Sent,
    };
    if let Err(error) = hub.store().mail_tried(owed.id, hub.now(), tried).await {
        tracing::error!(%error, mail = owed.id, "what became of a mail could not be noted");
    }
}

fn message(from: &str, owed: &OutboxMail) -> Result<Message, String> {
    let from = from.parse().map_err(|error| format!("[mail] from: {error}"))?;
    let to = owed.mail.to.parse().map_err(|error| format!("recipient: {error}"))?;
    Message::builder()
        .from(from)
        .to(to)
        .subject(&owed.mail.subject)
        .header(ContentType::TEXT_PLAIN)
        .body(owed.mail.text.clone())
        .map_err(|error| error.to_string())
}
