//! Handing an order over: which product, which place, which intention; ordering it once; giving answers.

use super::call::{Client, Failure, read, until_midnight};
use super::mirror::{Intent, Mirror};
use super::place::{self, Found};
use super::question::{Answered, INTENTION, PLACE, answered, ask};
use super::{ACCEPTS, DAILY_CAP, IDEMPOTENCY_KEY, PRODUCT, poll};
use crate::connect::{ConnectError, Delivered};
use crate::planviewer::map::amsterdam_date;
use docket_core::Timestamp;
use docket_core::ids::{Serial, Uuid};
use docket_core::ledger::{Outcome, Request, Target};
use docket_core::order::{Command, Order, Rejection, State};
use http::StatusCode;
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// For how long the list of products is good.
const GOOD_FOR: SignedDuration = SignedDuration::from_mins(15);
/// Under which name it is kept.
const PRODUCTS: &str = "products";
/// Under which name it is kept how many orders were placed today.
const PLACED: &str = "placed";
/// Whose turn it is to count.
const WHOLE: Serial = Serial(0);
/// The default of the setting [`DAILY_CAP`].
const USUAL_CAP: i64 = 10;
const ORDER: &str = "jobs/order";

/// Brings the counterpart in line with an order.
pub(super) async fn deliver(client: &Client<'_>, order: &Order) -> Result<Delivered, ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(order.serial).await;
    let order = &remote.anew(order).await?;
    let mut mirror = Mirror::of(remote, order.serial).await?;
    if mirror.job.is_none() {
        mirror.job = remote.remote_id(order).and_then(|id| Uuid::try_parse(id).ok());
    }
    let summary = match mirror.job {
        Some(job) => {
            known(client, order, job, &mirror).await?;
            poll::answer(client, order, &mut mirror).await?
        }
        None if remote.is_origin_of(order) => None,
        None => place(client, order, &mut mirror).await?,
    };
    Ok(match summary {
        Some(summary) => Delivered { calls: client.calls(), summary },
        None => Delivered { calls: client.calls(), ..Delivered::nothing() },
    })
}

/// Lets the order be known by its job, and the job be followed.
async fn known(client: &Client<'_>, order: &Order, job: Uuid, mirror: &Mirror) -> Result<(), ConnectError> {
    let remote = client.remote;
    mirror.follow(remote, order.serial).await?;
    if remote.remote_id(order).is_some() || order.state == State::Deleted {
        return Ok(());
    }
    let key = remote.key(&job.to_string());
    let request =
        Request::change(Target::Id(order.id), move |_| Ok(Command { keys: vec![key.clone()], ..Command::default() }));
    match remote.submit(None, request, None).await? {
        Some(Outcome::Done(_)) | Some(Outcome::Rejected(Rejection::NotFound)) | None => Ok(()),
        Some(Outcome::Rejected(rejection)) => {
            Err(ConnectError::Refused(format!("job {job} cannot be our order {}: {rejection}", order.serial)))
        }
        Some(Outcome::Outdated) => Err(ConnectError::later("the order changed meanwhile")),
    }
}

/// Orders what was not ordered yet; `None` when there is nothing to order, or nothing until somebody answers.
async fn place(client: &Client<'_>, order: &Order, mirror: &mut Mirror) -> Result<Option<String>, ConnectError> {
    let intent = match mirror.intent.clone() {
        Some(intent) if intent.safe => intent,
        Some(intent) => {
            return Err(ConnectError::Unknown(format!(
                "intention {} was ordered at {} and no answer came. The API has no list of jobs: look at the \
                 counterpart's dashboard whether it is there",
                intent.intention, intent.at
            )));
        }
        // Only what is still to be done is ordered: it costs money.
        None if !order.state.is_open() => return Ok(None),
        None => match choose(client, order).await? {
            Chosen::This(intention, safe) => {
                let key = Uuid::from_u128((client.remote.random)());
                Intent { at: client.remote.now, intention, key, safe }
            }
            Chosen::Asked(what) => return Ok(Some(what)),
            Chosen::Waiting => return Ok(None),
        },
    };
    let is_first = mirror.intent.is_none();
    if is_first {
        count(client).await?;
        mirror.intent = Some(intent.clone());
        mirror.keep(client.remote, order.serial).await?;
    }
    let job = match send(client, &intent).await {
        Ok(job) => job,
        Err(failure) => return Err(failed(client, order, mirror, (&intent, is_first), failure).await?),
    };
    (mirror.job, mirror.intent) = (Some(job), None);
    mirror.keep(client.remote, order.serial).await?;
    known(client, order, job, mirror).await?;
    Ok(Some(format!("ordered as job {job}")))
}

/// Keeps what a failed order means: what surely was not placed can be placed again. What was tried before may have been,
/// whatever this time is answered; only a counterpart that heeds the key and does not know the intention says it was not.
async fn failed(
    client: &Client<'_>,
    order: &Order,
    mirror: &mut Mirror,
    (intent, is_first): (&Intent, bool),
    failure: Failure,
) -> Result<ConnectError, ConnectError> {
    let is_refused = failure.status == Some(StatusCode::BAD_REQUEST);
    if !failure.perhaps && (is_first || is_refused) {
        count_back(client).await?;
        mirror.intent = None;
        mirror.keep(client.remote, order.serial).await?;
        return Ok(match failure.error {
            // An intention lives for a while only, and is listed anew the next time.
            ConnectError::Refused(why) if is_refused && !is_first => ConnectError::later(why),
            error => error,
        });
    }
    Ok(match failure.error {
        error if intent.safe => error,
        error => ConnectError::Unknown(format!("intention {} was ordered: {error}", intent.intention)),
    })
}

#[derive(Deserialize)]
struct Ordered {
    #[serde(default)]
    uuid: String,
    job: Job,
}

#[derive(Deserialize)]
struct Job {
    uuid: Uuid,
}

/// Places the order.
async fn send(client: &Client<'_>, intent: &Intent) -> Result<Uuid, Failure> {
    let body = json!({"uuids": [intent.intention]});
    let headers = [(IDEMPOTENCY_KEY, intent.key.to_string())];
    let answer = client.post(ORDER, ORDER, &body, &headers).await?;
    let ordered: Vec<Ordered> = read(ORDER, &answer)?;
    let own = intent.intention.to_string();
    // The answer names intentions, each with its job.
    let named = ordered.iter().find(|ordered| ordered.uuid.eq_ignore_ascii_case(&own));
    let only = || if let [only] = ordered.as_slice() { Some(only) } else { None };
    named.or_else(only).map(|ordered| ordered.job.uuid).ok_or_else(|| Failure {
        error: ConnectError::later(format!("{ORDER}: the answer names no job for what was ordered")),
        perhaps: true,
        status: Some(answer.status),
        said: String::new(),
    })
}

/// How many orders were placed in a day.
#[derive(Default, Deserialize, Serialize)]
struct Placed {
    day: String,
    count: i64,
}

/// Takes back the count of an order that surely was not placed.
async fn count_back(client: &Client<'_>) -> Result<(), ConnectError> {
    let _turn = client.remote.turn(WHOLE).await;
    let kept = client.remote.place(PLACED).await?;
    let Some(mut placed) = kept.and_then(|text| serde_json::from_str::<Placed>(&text).ok()) else { return Ok(()) };
    placed.count = placed.count.saturating_sub(1).max(0);
    Ok(client.remote.keep_place(PLACED, serde_json::to_string(&placed).ok()).await?)
}

/// Counts one more order of today, if that may be placed.
async fn count(client: &Client<'_>) -> Result<(), ConnectError> {
    let _turn = client.remote.turn(WHOLE).await;
    let cap = client.remote.connection.integer(DAILY_CAP, USUAL_CAP);
    let now = client.remote.now;
    let day = amsterdam_date(now).to_string();
    let kept = client.remote.place(PLACED).await?;
    let placed: Placed = kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let count = if placed.day == day { placed.count } else { 0 };
    if cap > 0 && count >= cap {
        let why =
            format!("{count} orders were placed today, and `{DAILY_CAP}` is {cap}: this one waits until tomorrow");
        return Err(ConnectError::Later { why, after: until_midnight(now) });
    }
    let text = serde_json::to_string(&Placed { day, count: count + 1 }).unwrap_or_default();
    Ok(client.remote.keep_place(PLACED, Some(text)).await?)
}

/// What is to be ordered.
enum Chosen {
    /// This intention; whether the counterpart heeds keys.
    This(Uuid, bool),
    /// The user was asked.
    Asked(String),
    /// The user has not answered.
    Waiting,
}

/// Chooses product, place and intention, or asks.
async fn choose(client: &Client<'_>, order: &Order) -> Result<Chosen, ConnectError> {
    let own = client.remote.connection.id;
    let none = || ConnectError::Refused("none of what was offered is meant".to_owned());
    let chosen = answered(order, own, PLACE);
    if chosen == Answered::Open || answered(order, own, INTENTION) == Answered::Open {
        return Ok(Chosen::Waiting);
    }
    let product = product(client, order).await?;
    let location = match chosen {
        Answered::So(location) => location,
        Answered::None => return Err(none()),
        Answered::No | Answered::Open => match place::find(client, order).await? {
            Found::One(location) => location.uuid,
            Found::Several(several) => {
                let offers: Vec<(String, String)> = several.into_iter().map(|one| (one.uuid, one.title)).collect();
                let message = "Several places may be meant. Which one is the document to be about?";
                ask(client, order, PLACE, message, &offers).await?;
                return Ok(Chosen::Asked(format!("asked which of {} places is meant", offers.len())));
            }
        },
    };
    let (intentions, safe) = intentions(client, &location, &product).await?;
    match (answered(order, own, INTENTION), intentions.as_slice()) {
        (Answered::None, _) => Err(none()),
        (_, []) => Err(ConnectError::Refused(format!("{} cannot be ordered for this place", product.name))),
        (Answered::No, [only]) => Ok(Chosen::This(only.uuid, safe)),
        (Answered::So(meant), _) => match intentions.iter().find(|known| known.uuid.to_string() == meant) {
            Some(known) => Ok(Chosen::This(known.uuid, safe)),
            None => Err(ConnectError::Refused("what was chosen cannot be ordered any more".to_owned())),
        },
        (_, several) => {
            let offers: Vec<(String, String)> =
                several.iter().map(|one| (one.uuid.to_string(), one.title(&product))).collect();
            let message = format!("There are several of {} for this place. Which one is meant?", product.name);
            ask(client, order, INTENTION, &message, &offers).await?;
            Ok(Chosen::Asked(format!("asked which of {} intentions is meant", offers.len())))
        }
    }
}

/// A product.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Product {
    slug: String,
    #[serde(default)]
    name: String,
}

#[derive(Deserialize, Serialize)]
struct Products {
    at: Timestamp,
    list: Vec<Product>,
}

/// The product that an order is for: the one it names, if it is sold there, else the one that is set.
async fn product(client: &Client<'_>, order: &Order) -> Result<Product, ConnectError> {
    let list = products(client).await?;
    let named = order.fields.service.as_deref().unwrap_or_default().trim();
    let services = client.remote.ledger.services(&client.remote.caller()).await?;
    let entry = services.iter().find(|service| service.id.to_string() == named);
    let words =
        [Some(named), entry.map(|entry| &*entry.slug), entry.map(|entry| &*entry.name), client.setting(PRODUCT)];
    let find = |word: &str| {
        let word = word.to_lowercase();
        list.iter().find(|known| known.slug.to_lowercase() == word || known.name.trim().to_lowercase() == word)
    };
    let found = words.into_iter().flatten().filter(|word| !word.is_empty()).find_map(find);
    found.cloned().ok_or_else(|| {
        let what = entry.map(|entry| &*entry.name).filter(|name| !name.is_empty()).unwrap_or(named);
        let what = if what.is_empty() { "no product" } else { what };
        ConnectError::Refused(format!("the order is for {what}, which is not sold there: set `{PRODUCT}`"))
    })
}

async fn products(client: &Client<'_>) -> Result<Vec<Product>, ConnectError> {
    const OPERATION: &str = "products/list";
    let kept = client.remote.place(PRODUCTS).await?;
    let kept = kept.and_then(|text| serde_json::from_str::<Products>(&text).ok());
    let now = client.remote.now;
    if let Some(kept) = kept.filter(|kept| now.duration_since(kept.at).abs() < GOOD_FOR) {
        return Ok(kept.list);
    }
    let answer = client.get(OPERATION, OPERATION).await?;
    let list: Vec<Product> = read(OPERATION, &answer)?;
    let text = serde_json::to_string(&Products { at: now, list: list.clone() }).unwrap_or_default();
    client.remote.keep_place(PRODUCTS, Some(text)).await?;
    Ok(list)
}

#[derive(Deserialize)]
struct AtLocation {
    #[serde(default)]
    intentions: Vec<Intention>,
}

/// What can be ordered.
#[derive(Deserialize)]
struct Intention {
    uuid: Uuid,
    #[serde(default)]
    product: String,
    #[serde(default)]
    properties: Value,
}

impl Intention {
    /// What people call it.
    fn title(&self, product: &Product) -> String {
        let text = |name: &str| self.properties.get(name).and_then(Value::as_str).map(str::trim);
        let said = ["title", "plannaam", "plan_id"].into_iter().filter_map(text).find(|text| !text.is_empty());
        match (said, text("datum").filter(|date| !date.is_empty())) {
            (Some(said), Some(date)) if !said.contains(date) => format!("{said} ({date})"),
            (Some(said), _) => said.to_owned(),
            (None, _) => format!("{} {}", product.name, self.uuid),
        }
    }
}

/// What can be ordered of a product at a location, and whether the counterpart heeds keys.
async fn intentions(
    client: &Client<'_>,
    location: &str,
    product: &Product,
) -> Result<(Vec<Intention>, bool), ConnectError> {
    const OPERATION: &str = "intentions/list";
    let body = json!({"uuids": [location], "products": [product.slug]});
    let answer = client.post(OPERATION, OPERATION, &body, &[]).await?;
    let safe = answer.headers.get(ACCEPTS).is_some_and(|value| value == "true");
    let found: Vec<AtLocation> = read(OPERATION, &answer)?;
    let all = found.into_iter().flat_map(|at| at.intentions);
    let of_it = all.filter(|intention| intention.product.is_empty() || intention.product == product.slug);
    Ok((of_it.collect(), safe))
}
