//! The outbox: sends owed mails when a mail server is configured; without one they stay where they can be read.

use crate::hub::Hub;
use docket_store::OutboxMail;
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
        match hub.store().outbox(BATCH).await {
            Ok(mails) => {
                for owed in mails.into_iter().filter(|owed| is_due(owed, hub.now().as_millisecond())) {
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

/// When a mail is tried again: twice as long after every attempt, counted from when it was owed.
fn is_due(owed: &OutboxMail, now_ms: i64) -> bool {
    let doublings = u32::try_from(owed.attempts.clamp(0, 20)).unwrap_or_default();
    let waited =
        FIRST_PAUSE_MS.saturating_mul((1_i64 << doublings) - 1).min(LONGEST_PAUSE_MS.saturating_mul(owed.attempts));
    !owed.mail.to.is_empty() && now_ms >= owed.at.as_millisecond().saturating_add(waited)
}

async fn attempt(hub: &Hub, transport: &AsyncSmtpTransport<Tokio1Executor>, from: &str, owed: OutboxMail) {
    let lease = format!("mail/{}", owed.id);
    if !matches!(hub.store().lease(&lease, hub.holder(), hub.now(), 60_000).await, Ok(true)) {
        return;
    }
    let error = match message(from, &owed) {
        Ok(message) => transport.send(message).await.err().map(|error| error.to_string()),
        Err(error) => Some(error),
    };
    match &error {
        Some(error) => tracing::warn!(mail = owed.id, %error, "a mail could not be sent"),
        None => tracing::info!(mail = owed.id, "mail sent"),
    }
    if let Err(error) = hub.store().mail_tried(owed.id, hub.now(), error).await {
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

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::Timestamp;
    use docket_core::ids::AccountId;
    use docket_core::ledger::Mail;

    fn owed(attempts: i64, to: &str) -> OutboxMail {
        OutboxMail {
            id: 1,
            account: AccountId(1),
            mail: Mail { connection: None, to: to.to_owned(), subject: String::new(), text: String::new() },
            at: Timestamp::UNIX_EPOCH,
            sent_at: None,
            attempts,
            error: None,
        }
    }

    #[test]
    fn attempts_are_spaced_out() {
        assert!(is_due(&owed(0, "a@b.c"), 0));
        assert!(!is_due(&owed(1, "a@b.c"), 29_999));
        assert!(is_due(&owed(1, "a@b.c"), 30_000));
        assert!(is_due(&owed(2, "a@b.c"), 90_000));
        assert!(!is_due(&owed(0, ""), 0), "nobody to send it to");
    }
}
