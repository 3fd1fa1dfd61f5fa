//! Looking for news: everything once and in a while, what happened since in between.

use super::call::{Client, Failure};
use super::take::{history_between, known, take, uid_of};
use super::units::{self, Said, Units};
use super::{REREAD, files, leave};
use crate::connect::{ConnectError, Pulled};
use crate::wialon::wire::{Json, Object, integer};
use docket_core::Timestamp;
use docket_core::ids::{ExchangeId, Serial, Uuid};
use jiff::SignedDuration;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How many problems are told of one round.
const PROBLEMS_LIMIT: usize = 50;
/// What of a resource is shown: its name, and its orders.
const RESOURCE_FLAGS: i64 = 0x1 | 0x8_0000;
/// How often everything is read anew, in seconds, unless the connection says otherwise.
const REREAD_S: i64 = 600;
/// Who did not look for so long may have missed orders that came, were done, and left the listing.
const LONG: SignedDuration = SignedDuration::from_hours(12);
/// So far may the counterpart's clock be from ours.
const A_WHILE: SignedDuration = SignedDuration::from_mins(15);
/// Under which name it is kept when everything was last read.
const READ: &str = "read";
/// What was heard so long ago is as good as now.
const A_MOMENT: SignedDuration = SignedDuration::from_secs(2);
/// The session is over.
const SESSION_ENDED: i64 = -2;
/// Items came within reach, or left.
const ACCESS: i64 = -5;

/// One round of looking.
pub(super) struct Round {
    pub(super) pulled: Pulled,
    /// What is read came in this exchange.
    pub(super) exchange: ExchangeId,
    pub(super) units: Units,
    /// Orders whose files are looked at: here, and by their ids there.
    pub(super) files: Vec<(Serial, i64)>,
    /// How much had been said when it was read.
    said: u64,
    /// Something was left aside: everything is read anew.
    is_doubtful: bool,
}

impl Round {
    pub(super) async fn new(client: &Client<'_>, exchange: ExchangeId) -> Result<Round, ConnectError> {
        Ok(Round {
            pulled: Pulled::default(),
            exchange,
            units: Units::of(client).await?,
            files: Vec::new(),
            said: client.session.said(),
            is_doubtful: false,
        })
    }

    pub(super) fn problem(&mut self, what: String) {
        let problems = &mut self.pulled.problems;
        if problems.len() < PROBLEMS_LIMIT && !problems.contains(&what) {
            problems.push(what);
        }
    }

    /// Whether something was said about an order since what is read was asked for. Then it may be older than that, and
    /// the order is looked at in the next round.
    pub(super) fn is_older(&mut self, client: &Client<'_>, order: Serial) -> bool {
        let is_older = client.session.has_said_since(order, self.said);
        self.is_doubtful |= is_older;
        is_older
    }

    /// Something is looked at anew in the next round.
    pub(super) fn doubt(&mut self) {
        self.is_doubtful = true;
    }

    /// Whether what is read came in an exchange of a round.
    pub(super) fn is_known_exchange(&self) -> bool {
        self.exchange.0 != Uuid::nil()
    }
}

/// One round of looking for news.
pub(super) async fn pull(client: &Client<'_>) -> Result<Pulled, ConnectError> {
    let _alone = client.session.reading.lock().await;
    client.resource().await?;
    let reread_s = client.remote.connection.integer(REREAD, REREAD_S).max(1);
    // Whatever goes wrong from here on, something may have been missed.
    let since = client.session.lock().followed_since.take();
    let is_fresh = since.filter(|since| client.remote.now.duration_since(*since).as_secs() < reread_s);
    let news = match is_fresh {
        Some(since) => events(client).await?.map(|round| (round, since)),
        None => None,
    };
    let (round, since) = match news {
        Some(news) => news,
        None => (everything(client).await?, client.remote.now),
    };
    if !round.is_doubtful {
        let mut state = client.session.lock();
        state.followed_since = Some(since).filter(|_| state.sid.is_some());
        state.heard_until = Some(client.remote.now);
    }
    Ok(round.pulled)
}

/// Hears what happened, unless that was done a moment ago.
pub(super) async fn hear(client: &Client<'_>) -> Result<(), ConnectError> {
    let is_heard = {
        let state = client.session.lock();
        let heard_until = state.heard_until.filter(|_| state.followed_since.is_some());
        heard_until.is_some_and(|at| client.remote.now.duration_since(at) < A_MOMENT)
    };
    if is_heard { Ok(()) } else { pull(client).await.map(drop) }
}

/// What a counterpart has, as it was shown.
pub(super) struct Listing {
    pub(super) orders: Vec<Object>,
}

/// The orders of the resource.
pub(super) async fn listing(client: &Client<'_>) -> Result<Listing, ConnectError> {
    const SVC: &str = "core/search_item";
    let resource = client.resource().await?;
    let answer = client.call(SVC, &json!({"id": resource, "flags": RESOURCE_FLAGS})).await?;
    let shown = answer.json.get("item").and_then(Json::as_object);
    let shown = shown.ok_or_else(|| Failure::odd(SVC, "the answer has no `item`"))?;
    Ok(Listing { orders: orders_of(shown, resource)? })
}

/// The orders of a resource that is shown. Where there are none, they may not be seen.
fn orders_of(shown: &Object, resource: i64) -> Result<Vec<Object>, ConnectError> {
    let Some(orders) = shown.get("orders") else {
        let why = format!("the token may not see the orders of resource {resource}: it needs the right to view orders");
        return Err(ConnectError::Setting(why));
    };
    let mut found: Vec<Object> = match orders {
        Json::Object(orders) => orders.values().filter_map(Json::as_object).cloned().collect(),
        Json::Array(orders) => orders.iter().filter_map(Json::as_object).cloned().collect(),
        _ => return Err(ConnectError::later("the orders of the resource are neither an object nor a list")),
    };
    // As they came to be.
    found.sort_by_key(uid_of);
    Ok(found)
}

/// Reads everything, and is told from then on what happens.
async fn everything(client: &Client<'_>) -> Result<Round, ConnectError> {
    const SVC: &str = "core/update_data_flags";
    let resource = client.resource().await?;
    let mut round = Round::new(client, ExchangeId(Uuid::nil())).await?;
    // What is watched already is not shown: so nothing is, first.
    let spec = json!([
        {"type": "id", "data": resource, "flags": 1, "mode": 2},
        {"type": "type", "data": "avl_unit", "flags": 1, "mode": 2},
        {"type": "id", "data": resource, "flags": RESOURCE_FLAGS, "mode": 0},
        {"type": "type", "data": "avl_unit", "flags": units::FLAGS, "mode": 0},
        {"type": "access", "data": 1, "flags": 0, "mode": 0},
    ]);
    let answer = client.call(SVC, &json!({"spec": spec})).await?;
    round.exchange = answer.exchange;
    let items = answer.json.as_array().ok_or_else(|| Failure::odd(SVC, "the answer is no list"))?;
    let mut shown: BTreeMap<i64, Object> = BTreeMap::new();
    for item in items {
        let id = item.get("i").and_then(integer);
        if let (Some(id), Some(data)) = (id, item.get("d").and_then(Json::as_object)) {
            shown.insert(id, data.clone());
        }
    }
    let own = shown.remove(&resource);
    let own =
        own.ok_or_else(|| ConnectError::Setting(format!("there is no resource {resource} that the token sees")))?;
    let orders = orders_of(&own, resource)?;
    let there: Vec<(i64, Object)> = shown.into_iter().collect();
    units::match_all(client, &there, &mut round.pulled).await?;
    round.units = Units::of(client).await?;
    client.session.lock().listed.clear();
    for sent in &orders {
        take(client, &mut round, sent).await?;
    }
    let listed: BTreeSet<i64> = orders.iter().filter_map(uid_of).collect();
    catch_up(client, &mut round).await?;
    let (gone, intents) = leave::missing(client, &listed).await?;
    client.session.lock().intents.extend(intents);
    leave::all(client, &mut round, &gone).await?;
    files::pull(client, &mut round).await?;
    let mut said = Said::default();
    there.iter().for_each(|(id, unit)| said.shown(*id, unit, client.remote.now));
    said.catch_up(client, &mut round.pulled).await?;
    said.take_in(client, &mut round.pulled).await?;
    if !round.is_doubtful {
        client.remote.keep_place(READ, Some(client.remote.now.to_string())).await?;
    }
    Ok(round)
}

/// What came and went while nobody looked for long: a day after they ended orders are in the history only.
async fn catch_up(client: &Client<'_>, round: &mut Round) -> Result<(), ConnectError> {
    let now = client.remote.now;
    let last = client.remote.place(READ).await?.and_then(|text| text.parse::<Timestamp>().ok());
    let last = last.unwrap_or(client.remote.connection.created_at);
    if now.duration_since(last) <= LONG {
        return Ok(());
    }
    let (from, to) = (last.checked_sub(A_WHILE).unwrap_or(last), now.checked_add(A_WHILE).unwrap_or(now));
    let filed = match history_between(client, from, to).await {
        Ok(filed) => filed,
        Err(ConnectError::Refused(why)) => {
            round.problem(format!("what came and went since {last} cannot be read: {why}"));
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    for sent in &filed {
        let is_known = match uid_of(sent) {
            Some(uid) => known(client, uid).await?.is_some(),
            None => true,
        };
        if !is_known {
            take(client, round, sent).await?;
        }
    }
    Ok(())
}

/// What happened, put together: of each order the last word counts.
#[derive(Default)]
struct News {
    orders: BTreeMap<i64, Option<Object>>,
    units: Vec<(i64, Object)>,
    said: Said,
    /// What is told does not say everything: everything is read anew.
    is_over: bool,
}

/// Hears what happened since; `None` when everything has to be read anew.
async fn events(client: &Client<'_>) -> Result<Option<Round>, ConnectError> {
    let resource = client.resource().await?;
    let mut round = Round::new(client, ExchangeId(Uuid::nil())).await?;
    let answer = match client.events().await {
        Ok(answer) => answer,
        // The session ended: another is begun.
        Err(_) if client.session.lock().sid.is_none() => return Ok(None),
        Err(failure) => return Err(failure.into()),
    };
    round.exchange = answer.exchange;
    let events = answer.json.get("events").and_then(Json::as_array);
    let events = events.ok_or_else(|| Failure::odd("avl_evts", "the answer has no list `events`"))?;
    let mut news = News::default();
    events.iter().for_each(|event| news.hear(client, resource, event));
    if news.is_over {
        return Ok(None);
    }
    units::match_all(client, &news.units, &mut round.pulled).await?;
    if !news.units.is_empty() {
        round.units = Units::of(client).await?;
    }
    let mut gone = Vec::new();
    for (id, sent) in &news.orders {
        match sent {
            Some(sent) => take(client, &mut round, sent).await?,
            None => gone.extend(client.session.lock().listed.get(id).copied()),
        }
    }
    leave::all(client, &mut round, &gone).await?;
    files::pull(client, &mut round).await?;
    news.said.take_in(client, &mut round.pulled).await?;
    Ok(Some(round))
}

impl News {
    fn hear(&mut self, client: &Client<'_>, resource: i64, event: &Json) {
        let item = event.get("i").and_then(integer).unwrap_or(0);
        let kind = event.get("t").and_then(Json::as_str).unwrap_or_default();
        let data = event.get("d").and_then(Json::as_object);
        match (item, kind, data) {
            (SESSION_ENDED, ..) => {
                let sid = client.session.lock().sid.clone();
                sid.iter().for_each(|sid| client.session.forget(sid));
                self.is_over = true;
            }
            (ACCESS, ..) => self.is_over = true,
            (item, "d", _) if item == resource => self.is_over = true,
            (item, _, Some(data)) if item == resource => self.hear_orders(data),
            (item, "m", Some(_)) if item > 0 => {
                let message = event.get("d").unwrap_or(&Json::Null);
                self.said.message(item, message, client.remote.now);
            }
            (item, "u", Some(data)) if item > 0 => {
                self.said.shown(item, data, client.remote.now);
                if data.contains_key("nm") || data.contains_key("uid") {
                    self.units.push((item, data.clone()));
                }
            }
            _ => {}
        }
    }

    fn hear_orders(&mut self, data: &Object) {
        if let Some(Json::Object(all)) = data.get("orders") {
            // The whole collection, which is only told first.
            self.is_over |= !all.is_empty();
        }
        let Some(Json::Array(told)) = data.get("ordersu") else { return };
        let Some(id) = told.first().and_then(integer) else { return };
        match told.get(1) {
            Some(Json::Object(sent)) => {
                self.orders.insert(id, Some(sent.clone()));
            }
            Some(Json::Null) | None => {
                self.orders.insert(id, None);
            }
            Some(_) => self.is_over = true,
        }
    }
}
