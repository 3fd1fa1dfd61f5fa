//! E-mail, by SMTP.
//!
//! Connections are kept open for a while and used again. Every step has a limit, so a server that falls silent holds up
//! only what it was given.

use super::{Refusal, identity};
use crate::notify::one_line;
use docket_core::Timestamp;
use docket_store::OutboxMail;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, transport::smtp};
use parking_lot::Mutex;
use percent_encoding::percent_decode_str;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout};
use url::Url;

/// For connecting, saying who we are, and TLS.
const GREETING: Duration = Duration::from_secs(30);
/// For handing over a message. Servers may look into it before they say yes (RFC 5321, 4.5.3.2.6), and who does not wait
/// for that yes has sent it twice.
const HANDOVER: Duration = Duration::from_secs(10 * 60);
/// For seeing that a kept connection still works.
const PROOF: Duration = Duration::from_secs(5);
/// How long a connection is kept, and how many of them.
const KEPT: Duration = Duration::from_secs(30);
const KEPT_AT_ONCE: usize = super::AT_ONCE;
/// Ports where the URL names none.
const PLAIN: u16 = 25;
const SUBMISSION: u16 = 587;
const SECURED: u16 = 465;
/// Answers that are about us, not about a message: authentication is wanted or failed (RFC 4954).
const ABOUT_US: [u16; 5] = [530, 534, 535, 538, 454];

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
    /// A PEM file of authorities that are trusted beside the public ones; empty for none.
    pub ca_file: PathBuf,
}

/// How a connection is secured.
enum Security {
    /// Not at all.
    None,
    /// By STARTTLS where the server can.
    Offered(TlsParameters),
    /// By STARTTLS, or not used.
    Required(TlsParameters),
    /// From the first byte.
    Whole(TlsParameters),
}

/// A mail server, and connections to it that are not in use.
pub(super) struct Smtp {
    host: String,
    port: u16,
    hello: ClientId,
    security: Security,
    credentials: Option<Credentials>,
    from: Mailbox,
    idle: Mutex<Vec<(AsyncSmtpConnection, Instant)>>,
}

fn tls(host: &str, options: &MailOptions) -> Result<TlsParameters, String> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if !options.ca_file.as_os_str().is_empty() {
        let wrong = |error: &dyn std::fmt::Display| format!("[mail] ca_file: {}: {error}", options.ca_file.display());
        let pem = std::fs::read(&options.ca_file).map_err(|error| wrong(&error))?;
        builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| wrong(&error))?);
    }
    builder.build().map_err(|error| format!("[mail] server: {error}"))
}

impl Smtp {
    pub(super) fn new(options: MailOptions) -> Result<Smtp, String> {
        let wrong = |what: &dyn std::fmt::Display| format!("[mail] server: {what}");
        let url = Url::parse(&options.server).map_err(|error| wrong(&error))?;
        let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(wrong(&"it names no host; write it as smtp://host:25"));
        }
        let wanted = url.query_pairs().find(|(name, _)| name == "tls").map(|(_, value)| value.into_owned());
        let (security, port) = match (url.scheme(), wanted.as_deref()) {
            ("smtp", None | Some("none")) => (Security::None, PLAIN),
            ("smtp", Some("opportunistic")) => (Security::Offered(tls(&host, &options)?), SUBMISSION),
            ("smtp", Some("required")) => (Security::Required(tls(&host, &options)?), SUBMISSION),
            ("smtps", _) => (Security::Whole(tls(&host, &options)?), SECURED),
            ("smtp", Some(other)) => return Err(wrong(&format!("tls={other} is neither required nor opportunistic"))),
            (other, _) => return Err(wrong(&format!("`{other}` is neither smtp nor smtps"))),
        };
        let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let credentials = match (options.username.as_str(), url.password()) {
            ("", Some(password)) => Some(Credentials::new(decoded(url.username()), decoded(password))),
            ("", None) => None,
            (username, _) => Some(Credentials::new(username.to_owned(), options.password.clone())),
        };
        let name = url.path().trim_matches('/');
        Ok(Smtp {
            port: url.port().unwrap_or(port),
            hello: if name.is_empty() { ClientId::default() } else { ClientId::Domain(name.to_owned()) },
            from: options.from.parse().map_err(|error| format!("[mail] from: {error}"))?,
            host,
            security,
            credentials,
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Hands a message over; done when the server has said yes.
    pub(super) async fn send(&self, now: Timestamp, owed: &OutboxMail) -> Result<(), Refusal> {
        let message = message(&self.from, now, owed).map_err(Refusal::Never)?;
        let mut connection = self.connection().await?;
        let text = message.formatted();
        match timeout(HANDOVER, connection.send(message.envelope(), &text)).await {
            Ok(Ok(_)) => {
                self.keep(connection);
                Ok(())
            }
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => {
                let words = format!("the mail server said nothing within {} s", HANDOVER.as_secs());
                Err(Refusal::Later(words, None))
            }
        }
    }

    /// A connection that works: one that was kept, or a new one.
    async fn connection(&self) -> Result<AsyncSmtpConnection, Refusal> {
        loop {
            let kept = self.idle.lock().pop();
            let Some((mut connection, since)) = kept else { break };
            let is_fresh = since.elapsed() < KEPT;
            if is_fresh && timeout(PROOF, connection.test_connected()).await.unwrap_or(false) {
                return Ok(connection);
            }
        }
        // Whatever is refused before there is a message is not about it.
        match timeout(GREETING, self.connect()).await {
            Ok(connected) => connected.map_err(|error| Refusal::Later(error.to_string(), None)),
            Err(_) => {
                let words = format!("{}:{} did not greet within {} s", self.host, self.port, GREETING.as_secs());
                Err(Refusal::Later(words, None))
            }
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, smtp::Error> {
        let whole = match &self.security {
            Security::Whole(tls) => Some(tls.clone()),
            _ => None,
        };
        let server = (self.host.as_str(), self.port);
        let mut connection = AsyncSmtpConnection::connect_tokio1(server, None, &self.hello, whole, None).await?;
        match &self.security {
            Security::Required(tls) => connection.starttls(tls.clone(), &self.hello).await?,
            Security::Offered(tls) if connection.can_starttls() => {
                connection.starttls(tls.clone(), &self.hello).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], credentials).await?;
        }
        Ok(connection)
    }

    fn keep(&self, connection: AsyncSmtpConnection) {
        let mut idle = self.idle.lock();
        if idle.len() < KEPT_AT_ONCE && !connection.has_broken() {
            idle.push((connection, Instant::now()));
        }
    }
}

/// What the server's no means for a message.
fn refusal(error: &smtp::Error) -> Refusal {
    let is_about_us = error.status().is_some_and(|code| ABOUT_US.contains(&u16::from(code)));
    if error.is_permanent() && !is_about_us {
        return Refusal::Never(error.to_string());
    }
    Refusal::Later(error.to_string(), None)
}

fn message(from: &Mailbox, now: Timestamp, owed: &OutboxMail) -> Result<Message, String> {
    let mail = &owed.mail;
    let to: Mailbox = mail.to.trim().parse().map_err(|error| format!("recipient `{}`: {error}", mail.to))?;
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let builder = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&mail.subject))
        .date(SystemTime::from(now))
        .message_id(Some(format!("<{}@{}>", identity(owed), from.email.domain())))
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
    let built = match &mail.html {
        Some(html) => builder.multipart(MultiPart::alternative_plain_html(mail.text.clone(), html.clone())),
        None => builder.header(ContentType::TEXT_PLAIN).body(mail.text.clone()),
    };
    built.map_err(|error| error.to_string())
}

#[cfg(test)]
pub(super) fn written(from: &str, now: Timestamp, owed: &OutboxMail) -> Result<String, String> {
    let message = message(&from.parse().map_err(|error| format!("{error}"))?, now, owed)?;
    String::from_utf8(message.formatted()).map_err(|error| error.to_string())
}
