//! One call: asked of the dialect, made, kept in the wire log.

use super::desk::{Owed, news_again};
use super::{AnnounceOptions, Listener, within};
use crate::exchange::RawExchange;
use crate::hub::Hub;
use crate::outside::{Answer, Call, OutsideError, Redirects};
use crate::trace::{self, Span, Trace};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId};
use docket_dialects::Announcement;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;
use url::Url;

/// How much of an answer is looked at: nothing of it matters but its status.
const ANSWER: usize = 64 * 1024;

/// A call that ended.
pub(super) struct Ended {
    pub(super) account: AccountId,
    pub(super) connection: ConnectionId,
    pub(super) name: String,
    /// Why it was not heard, for people.
    pub(super) problem: Option<String>,
}

pub(super) async fn make(
    hub: Arc<Hub>,
    options: AnnounceOptions,
    listener: Listener,
    owed: Owed,
    ended: mpsc::Sender<Ended>,
) {
    let problem = attempt(&hub, options, &listener, owed).await.err();
    let connection = &listener.connection;
    let (account, name) = (connection.account, connection.name.clone());
    // Nobody to tell means that the hub stops; the call is owed still and made again at the next start.
    let _ = ended.send(Ended { account, connection: connection.id, name, problem }).await;
}

async fn attempt(hub: &Hub, options: AnnounceOptions, listener: &Listener, owed: Owed) -> Result<(), String> {
    let (exchange, mut announcement) = match owed.fresh {
        Some(fresh) => fresh,
        None => {
            let news = news_again(hub, listener, &owed).await.map_err(|fault| fault.to_string())?;
            let exchange = hub.new_exchange();
            if news.is_empty() {
                return Ok(());
            }
            let asked = within(hub, exchange, |cx| listener.announce.announce(cx, &listener.connection, &news)).await;
            match asked.map_err(|fault| fault.to_string())? {
                Some(announcement) => (exchange, announcement),
                None => return Ok(()),
            }
        }
    };
    let named = owed.trace.as_deref().and_then(Trace::read);
    let span = Span::within(named.unwrap_or_else(|| Trace::begun_by(exchange)), rand::random());
    trace::put(span, &mut announcement.headers);
    let begun = Instant::now();
    let at = hub.now();
    let answer = hub.outside().call(call_of(&announcement)).await;
    let problem = match &answer {
        Ok(answer) if answer.status.is_success() => None,
        Ok(answer) => Some(format!("the answer is {}", answer.status)),
        Err(error) => Some(error.to_string()),
    };
    if options.log {
        let took_us = i64::try_from(begun.elapsed().as_micros()).unwrap_or(i64::MAX);
        hub.exchanges().log(RawExchange { at, took_us, ..raw(listener, exchange, announcement, answer) }).await;
    }
    problem.map_or(Ok(()), Err)
}

fn call_of(announcement: &Announcement) -> Call {
    Call {
        method: announcement.method.clone(),
        url: announcement.url.clone(),
        headers: announcement.headers.clone(),
        body: announcement.body.clone(),
        timeout: announcement.timeout,
        redirects: if announcement.follow_redirects { Redirects::Kept } else { Redirects::None },
        answer_bytes: ANSWER,
    }
}

/// A URL as the wire log shows it: what stands before the host, the path and the values of the query may be secrets.
/// Many a receiver is known by its path alone.
fn masked(url: &str) -> (String, String) {
    let Ok(mut url) = Url::parse(url.trim()) else { return (url.to_owned(), String::new()) };
    // Both only fail where there is nothing to take away.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let hidden = |part: &str| match part.split_once('=') {
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    };
    let query: Vec<String> = url.query().unwrap_or_default().split('&').map(hidden).collect();
    let query = if url.query().is_none_or(str::is_empty) { String::new() } else { query.join("&") };
    url.set_query(None);
    url.set_fragment(None);
    if url.path() != "/" {
        url.set_path("***");
    }
    (url.to_string(), query)
}

fn raw(
    listener: &Listener,
    id: ExchangeId,
    announcement: Announcement,
    answer: Result<Answer, OutsideError>,
) -> RawExchange {
    let (path, query) = masked(&announcement.url);
    let (status, response_headers, response_body) = match answer {
        Ok(answer) => (Some(answer.status), answer.headers, answer.body),
        Err(error) => (None, http::HeaderMap::new(), error.to_string().into()),
    };
    RawExchange {
        id,
        account: listener.connection.account,
        connection: Some(listener.connection.id),
        dialect: listener.dialect.id,
        secrets: listener.dialect.secrets,
        operation: announcement.operation,
        at: docket_core::Timestamp::UNIX_EPOCH,
        took_us: 0,
        method: announcement.method,
        path,
        query,
        headers: announcement.headers,
        body: announcement.body,
        status,
        response_headers,
        response_body,
        delivery: None,
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn secrets_in_urls_are_not_shown() {
        let shown = masked("https://ann:pw@host.example/push/9f2c?key=abc&x&y=1#z");
        assert_eq!(shown, ("https://host.example/***".to_owned(), "key=***&***&y=***".to_owned()));
        assert_eq!(masked("http://host.example"), ("http://host.example/".to_owned(), String::new()));
        assert_eq!(masked("no url"), ("no url".to_owned(), String::new()));
    }
}
