//! Messages as they are shown: by the native API and the command line.

use docket_store::{MailStatus, OutboxMail};
use serde_json::{Value, json};

/// A message: what it says, to whom, and how it stands.
pub fn document(owed: &OutboxMail) -> Value {
    let mail = &owed.mail;
    let waits = owed.status == MailStatus::Queued;
    json!({
        "id": owed.id,
        "status": owed.status.word(),
        "channel": mail.channel.word(),
        "to": mail.to,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "order": mail.order.map(|serial| serial.0),
        "connection": mail.connection.map(|connection| connection.0),
        "owed_at": owed.at.to_string(),
        "attempts": owed.attempts,
        "error": owed.error,
        "next_attempt_at": owed.due_at.filter(|_| waits).map(|due| due.to_string()),
        "useful_until": mail.until.map(|until| until.to_string()),
        "ended_at": owed.ended_at.map(|ended| ended.to_string()),
    })
}
