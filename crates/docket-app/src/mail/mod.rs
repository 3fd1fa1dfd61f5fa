//! The outbox: sends owed messages by the server of their channel; without one they stay where they can be read.
//!
//! A message is claimed for a short time, handed to its server, and noted. Whoever owes one rings; besides, the outbox is
//! looked at every few seconds, for what other processes owe and what is to be tried again. A process that dies between
//! the server's yes and the note sends the message again, for nobody can tell whether the yes was meant: both have one
//! `Message-ID` (for the gateway of text messages one `Idempotency-Key`), and between the yes and the note there is one
//! write.
//!
//! ```text
//! owed ─► claim ─► queue of its channel ─► a few at once ─► smtp | sms ─► sent, again later, or failed
//!           ▲ renewed while it takes                                          └─► noted in the outbox
//! ```

mod shown;
mod sms;
mod smtp;
#[cfg(test)]
mod tests;

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::ids::Uuid;
use docket_core::ledger::Channel;
use docket_store::{OutboxMail, Tried};
use jiff::SignedDuration;
use rustc_hash::FxHashSet;
pub use shown::document;
pub use sms::SmsOptions;
pub use smtp::MailOptions;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

/// How often the outbox is looked at when nobody rings, and what was claimed is claimed again.
const EVERY: Duration = Duration::from_secs(3);
/// For how long a message is claimed: so long one waits that was with a process that died.
const CLAIM_MS: i64 = 12_000;
/// How many messages of a channel are on their way at once.
const AT_ONCE: usize = 8;
/// How many of a channel are claimed ahead.
const AHEAD: usize = 32;
/// The pause after the first failed attempt; it doubles with each.
const FIRST_PAUSE_MS: i64 = 5_000;
/// The longest pause between two attempts.
const LONGEST_PAUSE_MS: i64 = 30 * 60_000;
/// After so many attempts, about five days, a message is given up.
const ATTEMPTS: i64 = 250;
/// The longest error that is kept.
const WORDS: usize = 1_000;
/// How long what is on its way may still take when the hub stops.
const LAST: Duration = Duration::from_secs(10);

/// What messages are sent by.
#[derive(Clone, Debug, Default)]
pub struct PostOptions {
    /// The mail server, if there is one.
    pub mail: Option<MailOptions>,
    /// The gateway of text messages, if there is one.
    pub sms: Option<SmsOptions>,
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Refusal {
    /// It may be another time; not before so long from now, if the server said so.
    Later(String, Option<Duration>),
    /// It never will be.
    Never(String),
}

/// A server that takes messages of a channel.
enum Way {
    Smtp(Box<smtp::Smtp>),
    Sms(Box<sms::Gateway>),
}

impl Way {
    async fn send(&self, now: Timestamp, owed: &OutboxMail) -> Result<(), Refusal> {
        match self {
            Way::Smtp(smtp) => smtp.send(now, owed).await,
            Way::Sms(gateway) => gateway.send(owed).await,
        }
    }
}

/// What identifies a message wherever it is sent, and whenever again.
fn identity(owed: &OutboxMail) -> Uuid {
    const NAMESPACE: Uuid = Uuid::from_u128(0x6f0c_3d52_7b1e_4c7a_9d60_0b0c_5e27_a11e);
    let name = format!("{}/{}/{}/{}", owed.account.0, owed.id, owed.at.as_nanosecond(), owed.mail.to);
    Uuid::new_v5(&NAMESPACE, name.as_bytes())
}

/// One channel: its server, what was claimed for it, and how much is on its way.
struct Lane {
    channel: Channel,
    way: Arc<Way>,
    claimed: VecDeque<OutboxMail>,
    /// The last claim got as many as it wanted.
    more: bool,
    /// Numbers of what is on its way.
    sending: FxHashSet<i64>,
}

/// The sender of one process.
pub struct Post {
    lanes: Vec<Lane>,
}

impl Post {
    /// A sender by these servers. What makes no sense in the options is said now.
    pub fn new(options: PostOptions) -> Result<Post, String> {
        let mut lanes = Vec::new();
        let mut add = |channel, way| {
            lanes.push(Lane {
                channel,
                way: Arc::new(way),
                claimed: VecDeque::new(),
                more: false,
                sending: FxHashSet::default(),
            });
        };
        if let Some(mail) = options.mail {
            add(Channel::Email, Way::Smtp(Box::new(smtp::Smtp::new(mail)?)));
        }
        if let Some(sms) = options.sms {
            add(Channel::Sms, Way::Sms(Box::new(sms::Gateway::new(sms)?)));
        }
        Ok(Post { lanes })
    }

    /// Sends until the hub stops, and then ends what is on its way.
    pub async fn run(mut self, hub: Arc<Hub>) {
        if self.lanes.is_empty() {
            return;
        }
        let mut sending = JoinSet::new();
        let mut look = true;
        let mut beat = tokio::time::interval(EVERY);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while !hub.is_stopping() {
            self.start(&hub, &mut sending, look).await;
            look = tokio::select! {
                () = hub.owed() => true,
                Some(ended) = sending.join_next(), if !sending.is_empty() => {
                    match ended {
                        Ok(id) => self.ended(id),
                        // Its place stays taken, and it is not tried again by this process.
                        Err(error) => tracing::error!(%error, "an attempt at a message broke off"),
                    }
                    false
                }
                _ = beat.tick() => {
                    if !sending.is_empty() {
                        hold(&hub, CLAIM_MS).await;
                    }
                    true
                }
                () = hub.stopped() => false,
            };
        }
        let rest = async { while sending.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST, rest).await.is_err() {
            tracing::warn!("some messages were still on their way; they are sent again");
        }
        sending.shutdown().await;
        // What was claimed and not begun is anybody's again.
        hold(&hub, 0).await;
    }

    /// Claims what is due and sends some of it.
    async fn start(&mut self, hub: &Arc<Hub>, sending: &mut JoinSet<i64>, look: bool) {
        for lane in &mut self.lanes {
            let room = AT_ONCE.saturating_sub(lane.sending.len());
            if lane.claimed.len() < room && (look || lane.more) {
                lane.claim(hub).await;
            }
            while lane.sending.len() < AT_ONCE {
                let Some(owed) = lane.claimed.pop_front() else { break };
                let id = owed.id;
                lane.sending.insert(id);
                let (hub, way) = (Arc::clone(hub), Arc::clone(&lane.way));
                sending.spawn(async move {
                    attempt(&hub, &way, owed).await;
                    id
                });
            }
        }
    }

    fn ended(&mut self, id: i64) {
        for lane in &mut self.lanes {
            lane.sending.remove(&id);
        }
    }
}

impl Lane {
    async fn claim(&mut self, hub: &Hub) {
        match hub.store().claim_mails(self.channel, hub.holder(), hub.now(), CLAIM_MS, AHEAD).await {
            Ok(mails) => {
                self.more = mails.len() == AHEAD;
                // One whose claim ran out while it was on its way is still on its way.
                let (sending, claimed) = (&self.sending, &mut self.claimed);
                for mail in mails {
                    if !sending.contains(&mail.id) && !claimed.iter().any(|known| known.id == mail.id) {
                        claimed.push_back(mail);
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the outbox could not be read"),
        }
    }
}

async fn hold(hub: &Hub, for_ms: i64) {
    if let Err(error) = hub.store().hold_mails(hub.holder(), hub.now(), for_ms).await {
        tracing::warn!(%error, "messages on their way could not be claimed again");
    }
}

async fn attempt(hub: &Hub, way: &Way, owed: OutboxMail) {
    let ended = match unsendable(&owed, hub.now()) {
        Some(why) => Err(Refusal::Never(why)),
        None => way.send(hub.now(), &owed).await,
    };
    let tried = judged(&owed, hub.now(), ended);
    let (message, channel) = (owed.id, owed.mail.channel.word());
    match &tried {
        Tried::Sent => tracing::info!(message, channel, "message sent"),
        Tried::Again { error, .. } => tracing::warn!(message, channel, error, "a message could not be sent yet"),
        Tried::Failed { error } => tracing::warn!(message, channel, error, "a message was given up"),
    }
    note(hub, message, tried).await;
}

/// Why a message is not even tried.
fn unsendable(owed: &OutboxMail, now: Timestamp) -> Option<String> {
    if owed.mail.to.trim().is_empty() {
        return Some("nobody is named to send it to".to_owned());
    }
    let until = owed.mail.until.filter(|until| *until < now)?;
    let last = owed.error.as_ref().map(|error| format!("; the last attempt said: {error}")).unwrap_or_default();
    Some(format!("it was of no use any more after {until}{last}"))
}

/// What becomes of a message after an attempt.
fn judged(owed: &OutboxMail, now: Timestamp, ended: Result<(), Refusal>) -> Tried {
    let (error, not_before) = match ended {
        Ok(()) => return Tried::Sent,
        Err(Refusal::Never(error)) => return Tried::Failed { error: cut(error) },
        Err(Refusal::Later(error, not_before)) => (cut(error), not_before),
    };
    if owed.attempts + 1 >= ATTEMPTS {
        return Tried::Failed { error: format!("given up after {ATTEMPTS} attempts: {error}") };
    }
    let doublings = u32::try_from(owed.attempts.clamp(0, 20)).unwrap_or_default();
    let pause_ms = FIRST_PAUSE_MS.saturating_mul(1_i64 << doublings).min(LONGEST_PAUSE_MS);
    let asked_ms = not_before.and_then(|asked| i64::try_from(asked.as_millis()).ok()).unwrap_or_default();
    let pause = SignedDuration::from_millis(pause_ms.max(asked_ms.min(LONGEST_PAUSE_MS)));
    Tried::Again { error, due: now.checked_add(pause).unwrap_or(now) }
}

fn cut(mut words: String) -> String {
    if let Some((at, _)) = words.char_indices().nth(WORDS) {
        words.truncate(at);
        words.push('…');
    }
    words
}

/// Writes down what became of a message, and again if that fails: what is not written down is sent again.
async fn note(hub: &Hub, message: i64, tried: Tried) {
    for pause_ms in [100, 300, 1_000, 2_000, 4_000] {
        match hub.store().mail_tried(message, hub.now(), tried.clone()).await {
            Ok(()) => return,
            Err(error) => tracing::error!(%error, message, "what became of a message could not be noted"),
        }
        tokio::time::sleep(Duration::from_millis(pause_ms)).await;
    }
}
