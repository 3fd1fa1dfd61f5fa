//! Searching the wire log, newest first, in either direction from a place.
//!
//! Tags say which chunks can match; those are unpacked and looked through, off the threads that serve requests. How much is
//! looked through for one page is bounded: a page may end early, with the place to go on from.

use super::{ANY, STRIDE, unpack};
use crate::db::Weight;
use crate::value::Val;
use crate::{Answer, Exchange, Store, StoreError};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, Serial, Uuid};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many chunks are looked through for one page …
const CHUNKS_LIMIT: usize = 512;
/// … or for how long.
const TIME_LIMIT: Duration = Duration::from_secs(2);
/// How many exchanges are looked up by their ids for one page.
const IDS_LIMIT: usize = 2_000;
/// An exchange is noted when it ended; its id is of when it began, so much earlier at most.
const LONGEST_MS: i64 = 15 * 60 * 1000;
/// The most words of a search.
const WORDS_LIMIT: usize = 8;

/// What was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// This status.
    Exactly(i64),
    /// 1 to 5: 1xx to 5xx.
    Class(i64),
    /// Nothing: no answer came.
    Nothing,
}

impl StatusFilter {
    /// `200`, `4xx` or `none`.
    pub fn from_word(word: &str) -> Option<StatusFilter> {
        if word == "none" {
            return Some(StatusFilter::Nothing);
        }
        if let Some(class) = word.strip_suffix("xx") {
            return class.parse().ok().filter(|class| (1..=5).contains(class)).map(StatusFilter::Class);
        }
        word.parse().ok().filter(|status| (100..=599).contains(status)).map(StatusFilter::Exactly)
    }

    fn takes(self, status: i64) -> bool {
        match self {
            StatusFilter::Exactly(wanted) => status == wanted,
            StatusFilter::Class(class) => status / 100 == class,
            StatusFilter::Nothing => status == 0,
        }
    }

    fn tag(self) -> String {
        match self {
            StatusFilter::Exactly(status) => format!("s:{status}"),
            StatusFilter::Class(class) => format!("s:{class}xx"),
            StatusFilter::Nothing => "s:none".to_owned(),
        }
    }
}

/// Which exchanges are wanted.
#[derive(Clone, Debug, Default)]
pub struct ExchangeQuery {
    /// Through this connection.
    pub connection: Option<ConnectionId>,
    /// In this dialect.
    pub dialect: Option<String>,
    /// Made for this delivery: the order, through the connection.
    pub delivery: Option<(ConnectionId, Serial)>,
    /// Calls we made, rather than requests we answered.
    pub outbound: Option<bool>,
    /// Of this operation.
    pub operation: Option<String>,
    /// Answered so; none is any.
    pub statuses: Vec<StatusFilter>,
    /// Only these; `None` is any.
    pub ids: Option<Vec<ExchangeId>>,
    /// All of these words are in it, whatever the case.
    pub words: Vec<String>,
    /// Noted at this moment or later.
    pub from: Option<Timestamp>,
    /// Noted before this moment.
    pub until: Option<Timestamp>,
    /// Older than this one.
    pub before: Option<ExchangeId>,
    /// Newer than this one; those next to it are wanted.
    pub after: Option<ExchangeId>,
    /// At most so many.
    pub limit: usize,
}

/// A page, newest first. Heads and bodies are left out.
#[derive(Clone, Debug, Default)]
pub struct ExchangePage {
    /// The exchanges.
    pub exchanges: Vec<Exchange>,
    /// Where older ones go on; `None` when there are none.
    pub older: Option<ExchangeId>,
    /// Where newer ones go on.
    pub newer: Option<ExchangeId>,
}

/// Calls we made show the whole URL, requests we answered only what stood behind the host.
fn is_outbound(exchange: &Exchange) -> bool {
    exchange.request_line.split(' ').nth(1).is_some_and(|target| target.starts_with("http"))
}

impl Exchange {
    /// Whether it is a call we made, rather than a request we answered.
    pub fn is_outbound(&self) -> bool {
        is_outbound(self)
    }
}

/// What a chunk is found by for an exchange in it.
pub(super) fn tags(exchange: &Exchange) -> impl Iterator<Item = String> {
    let status = match exchange.status {
        0 => vec![StatusFilter::Nothing.tag()],
        status => vec![StatusFilter::Exactly(status).tag(), StatusFilter::Class(status / 100).tag()],
    };
    let way = way(is_outbound(exchange));
    let own = [format!("d:{}", exchange.dialect), format!("o:{}", exchange.operation), way.to_owned()];
    own.into_iter().chain(status).chain(exchange.connection.zip(exchange.delivery).map(delivered))
}

/// What a chunk is found by that has a call for a delivery in it.
fn delivered((connection, serial): (ConnectionId, Serial)) -> String {
    format!("y:{connection}-{serial}")
}

const fn way(outbound: bool) -> &'static str {
    if outbound { "w:out" } else { "w:in" }
}

impl ExchangeQuery {
    /// The words of a text.
    pub fn words_of(text: &str) -> Vec<String> {
        text.split_whitespace().take(WORDS_LIMIT).map(str::to_lowercase).collect()
    }

    fn matches(&self, exchange: &Exchange) -> bool {
        let Some(id) = exchange.id else { return false };
        self.connection.is_none_or(|wanted| exchange.connection == Some(wanted))
            && self.delivery.is_none_or(|wanted| exchange.connection.zip(exchange.delivery) == Some(wanted))
            && self.dialect.as_ref().is_none_or(|wanted| exchange.dialect == *wanted)
            && self.operation.as_ref().is_none_or(|wanted| exchange.operation == *wanted)
            && self.outbound.is_none_or(|wanted| is_outbound(exchange) == wanted)
            && (self.statuses.is_empty() || self.statuses.iter().any(|wanted| wanted.takes(exchange.status)))
            && self.from.is_none_or(|from| exchange.at >= from)
            && self.until.is_none_or(|until| exchange.at < until)
            && self.before.is_none_or(|before| id < before)
            && self.after.is_none_or(|after| id > after)
            && self.has_words(exchange)
    }

    fn has_words(&self, exchange: &Exchange) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let texts = [
            &exchange.request_line,
            &exchange.operation,
            &exchange.request_headers,
            &exchange.request_body,
            &exchange.response_headers,
            &exchange.response_body,
        ];
        let texts = texts.map(|text| text.to_lowercase());
        self.words.iter().all(|word| texts.iter().any(|text| text.contains(word.as_str())))
    }

    /// Groups of tags: a chunk that can match has one of each.
    fn tagged(&self) -> Vec<Vec<String>> {
        let mut groups = Vec::new();
        groups.extend(self.delivery.map(|delivery| vec![delivered(delivery)]));
        groups.extend(self.dialect.as_ref().map(|dialect| vec![format!("d:{dialect}")]));
        groups.extend(self.operation.as_ref().map(|operation| vec![format!("o:{operation}")]));
        groups.extend(self.outbound.map(|outbound| vec![way(outbound).to_owned()]));
        if !self.statuses.is_empty() {
            groups.push(self.statuses.iter().map(|status| status.tag()).collect());
        }
        groups
    }

    /// Ids lie between these two, neither of them included.
    fn bounds(&self) -> (Uuid, Uuid) {
        let of = |ms: i64| Uuid::from_u128(u128::from(u64::try_from(ms.max(0)).unwrap_or_default()) << 80);
        let from = self.from.map(|from| of(from.as_millisecond().saturating_sub(LONGEST_MS)));
        let until = self.until.map(|until| of(until.as_millisecond().saturating_add(1)));
        let low = self.after.map(|after| after.0).max(from).unwrap_or(Uuid::nil());
        let high = [self.before.map(|before| before.0), until].into_iter().flatten().min();
        (low, high.unwrap_or(Uuid::max()))
    }
}

/// The next chunks that can match, in the order they are looked through in.
fn chunks_of(account: AccountId, query: &ExchangeQuery, beyond: Option<Uuid>) -> (String, Vec<Val>) {
    let (low, high) = query.bounds();
    let mut params: Vec<Val> = vec![
        account.0.into(),
        query.connection.or(query.delivery.map(|(id, _)| id)).map_or(ANY, |id| id.0).into(),
        low.into(),
        high.into(),
    ];
    let mut text = "SELECT c.id, c.first_id, c.last_id FROM exchange_in i JOIN exchange_chunk c ON c.id = i.chunk \
         WHERE i.account = $1 AND i.connection = $2 AND c.last_id > $3 AND c.first_id < $4"
        .to_owned();
    for group in query.tagged() {
        let first = params.len() + 1;
        params.extend(group.into_iter().map(Val::Text));
        let marks: Vec<String> = (first..=params.len()).map(|number| format!("${number}")).collect();
        text.push_str(&format!(
            " AND (c.tagged = 0 OR EXISTS (SELECT 1 FROM exchange_tag t WHERE t.chunk = c.id AND t.account = $1 \
             AND t.tag IN ({})))",
            marks.join(", ")
        ));
    }
    let (column, sign, order) = match query.after {
        Some(_) => ("c.first_id", '>', "c.first_id"),
        None => ("c.last_id", '<', "c.last_id DESC"),
    };
    if let Some(beyond) = beyond {
        params.push(beyond.into());
        text.push_str(&format!(" AND {column} {sign} ${}", params.len()));
    }
    params.push((STRIDE as i64).into());
    text.push_str(&format!(" ORDER BY {order} LIMIT ${}", params.len()));
    (text, params)
}

/// What was found so far, the wanted end first.
struct Found {
    newer: bool,
    limit: usize,
    list: Vec<(Uuid, Exchange)>,
}

impl Found {
    fn add(&mut self, exchanges: Vec<Exchange>) {
        self.list.extend(exchanges.into_iter().filter_map(|exchange| Some((exchange.id?.0, exchange))));
        match self.newer {
            true => self.list.sort_unstable_by_key(|(id, _)| *id),
            false => self.list.sort_unstable_by_key(|(id, _)| std::cmp::Reverse(*id)),
        }
        self.list.truncate(self.limit.saturating_add(1));
    }

    /// Whether a chunk that reaches from here on can change nothing any more.
    fn is_done(&self, reach: Uuid) -> bool {
        // One more than is wanted says whether it goes on.
        let last = self.list.get(self.limit).map(|(id, _)| *id);
        last.is_some_and(|last| if self.newer { reach > last } else { reach < last })
    }

    /// The page. `cut` is as far as was looked, when not everything was.
    fn page(mut self, cut: Option<Uuid>) -> ExchangePage {
        if let Some(cut) = cut {
            self.list.retain(|(id, _)| if self.newer { *id <= cut } else { *id >= cut });
        }
        let goes_on = self.list.len() > self.limit;
        self.list.truncate(self.limit);
        let last = self.list.last().map(|(id, _)| *id);
        let on = if goes_on { last } else { cut };
        let back = self.list.first().map(|(id, _)| *id);
        let mut exchanges: Vec<Exchange> = self.list.into_iter().map(|(_, exchange)| exchange).collect();
        let (on, back) = (on.map(ExchangeId), back.map(ExchangeId));
        if self.newer {
            exchanges.reverse();
            return ExchangePage { exchanges, older: back, newer: on.or(last.map(ExchangeId)) };
        }
        ExchangePage { exchanges, older: on, newer: back }
    }
}

impl Store {
    /// A page of the wire log. Who asks for what is newer than an exchange always gets a place to ask again from.
    pub async fn search_exchanges(&self, account: AccountId, query: ExchangeQuery) -> Answer<ExchangePage> {
        if let Some(ids) = query.ids.clone() {
            return self.among(account, query, ids).await;
        }
        let query = Arc::new(query);
        let mut found = Found { newer: query.after.is_some(), limit: query.limit, list: Vec::new() };
        let (begun, mut looked, mut beyond) = (Instant::now(), 0, None);
        loop {
            let (text, params) = chunks_of(account, &query, beyond);
            let chunks = self.db().query(Weight::Page, text, params).await?;
            let count = chunks.len();
            for chunk in chunks {
                let (id, first, last) = (chunk.int(0)?, chunk.uuid(1)?, chunk.uuid(2)?);
                let reach = if found.newer { first } else { last };
                if found.is_done(reach) {
                    return Ok(found.page(None).with_newest(&query));
                }
                if looked >= CHUNKS_LIMIT || (looked > 0 && begun.elapsed() > TIME_LIMIT) {
                    return Ok(found.page(beyond).with_newest(&query));
                }
                found.add(self.matching(id, account, &query).await?);
                looked += 1;
                beyond = Some(reach);
            }
            if count < STRIDE {
                return Ok(found.page(None).with_newest(&query));
            }
        }
    }

    /// What matches in a chunk, heads and bodies aside.
    async fn matching(&self, id: i64, account: AccountId, query: &Arc<ExchangeQuery>) -> Answer<Vec<Exchange>> {
        let Some((version, body)) = self.packed(id).await? else { return Ok(Vec::new()) };
        let query = Arc::clone(query);
        let looked = tokio::task::spawn_blocking(move || -> Answer<Vec<Exchange>> {
            let all = unpack(version, &body)?;
            let wanted = all.into_iter().filter(|one| one.account == account && query.matches(one));
            Ok(wanted.map(outlined).collect())
        });
        looked.await.map_err(|error| StoreError::Failed(format!("reading was cut short: {error}")))?
    }

    /// Those of some exchanges that match.
    async fn among(&self, account: AccountId, query: ExchangeQuery, ids: Vec<ExchangeId>) -> Answer<ExchangePage> {
        let mut found = Found { newer: query.after.is_some(), limit: query.limit, list: Vec::new() };
        let is_ahead =
            |id: &ExchangeId| query.before.is_none_or(|at| *id < at) && query.after.is_none_or(|at| *id > at);
        let ids: BTreeSet<ExchangeId> = ids.into_iter().filter(is_ahead).collect();
        let ordered: Vec<ExchangeId> = match found.newer {
            true => ids.into_iter().collect(),
            false => ids.into_iter().rev().collect(),
        };
        let mut cut = None;
        for (looked, id) in ordered.into_iter().enumerate() {
            if found.list.len() > found.limit {
                break;
            }
            if looked >= IDS_LIMIT {
                return Ok(found.page(cut).with_newest(&query));
            }
            cut = Some(id.0);
            let exchange = self.exchange(account, id).await?.filter(|exchange| query.matches(exchange));
            found.add(exchange.map(outlined).into_iter().collect());
        }
        Ok(found.page(None).with_newest(&query))
    }
}

impl ExchangePage {
    /// Who looks for newer ones and finds none goes on from where it stood.
    fn with_newest(mut self, query: &ExchangeQuery) -> ExchangePage {
        self.newer = self.newer.or(query.after);
        self
    }
}

fn outlined(exchange: Exchange) -> Exchange {
    Exchange {
        request_headers: String::new(),
        request_body: String::new(),
        response_headers: String::new(),
        response_body: String::new(),
        ..exchange
    }
}
