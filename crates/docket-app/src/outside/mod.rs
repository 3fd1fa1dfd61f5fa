//! Calls to addresses that counterparts supplied: files by URL, push pings, webhooks.
//!
//! The one HTTP client of the hub. A host is resolved, each of its addresses is checked, and the connection is made to
//! the very address that was checked, so that a name cannot mean one thing when asked and another when called.
//! Redirects go the same way again. Size and time are limited.

mod address;
mod connect;
mod resolve;
#[cfg(test)]
mod tests;

pub use address::{Filter, Network};
use bytes::Bytes;
pub use connect::{Authority, Sent, authorities};
use connect::{Connector, Reading};
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, StatusCode};
pub use resolve::{Resolve, SystemResolver};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;
use url::Url;

/// How many calls are made at once; more wait, within their time.
const AT_ONCE: usize = 64;
/// How many redirects are followed.
const HOPS: usize = 4;
/// The longest URL.
const URL_LIMIT: usize = 8 * 1024;
/// How we call ourselves.
pub const USER_AGENT: &str = concat!("docket/", env!("CARGO_PKG_VERSION"));

/// How the outside is called.
#[derive(Clone, Debug)]
pub struct OutsideOptions {
    /// Networks that may be called although they are not public.
    pub allow: Vec<Network>,
    /// The largest file that is fetched.
    pub body_bytes: usize,
    /// How long fetching one may take.
    pub timeout: Duration,
    /// Certificate authorities that are trusted beside the public ones.
    pub authorities: Vec<Authority>,
}

impl Default for OutsideOptions {
    fn default() -> OutsideOptions {
        OutsideOptions {
            allow: Vec::new(),
            body_bytes: 32 << 20,
            timeout: Duration::from_secs(20),
            authorities: Vec::new(),
        }
    }
}

impl OutsideOptions {
    /// For an address that the operator wrote into the configuration: it may lie wherever he likes.
    pub fn anywhere(authorities: Vec<Authority>) -> OutsideOptions {
        let networks = ["0.0.0.0/0", "::/0"].iter().filter_map(|text| text.parse().ok());
        OutsideOptions { allow: networks.collect(), authorities, ..OutsideOptions::default() }
    }
}

/// Which redirects are followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirects {
    /// None: the redirect is the answer.
    None,
    /// 307 and 308, with the same method and body.
    Kept,
    /// All, for a GET.
    All,
}

/// A call.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Where to.
    pub url: String,
    /// Headers beside those that every call has.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// For everything together.
    pub timeout: Duration,
    /// Which redirects are followed.
    pub redirects: Redirects,
    /// The largest answer.
    pub answer_bytes: usize,
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
}

/// Why there is no answer, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutsideError {
    /// The URL makes no sense.
    Url(String),
    /// The host leads to an address that may not be called.
    Refused {
        /// The host of the URL.
        host: String,
        /// What kind of address it is.
        kind: &'static str,
    },
    /// The host is not known.
    Unknown(String),
    /// No connection came about.
    Unreachable(String),
    /// It broke off, or was no HTTP.
    Broken(String),
    /// It took longer than this.
    Late(Duration),
    /// The answer is larger than this.
    TooLarge(usize),
    /// One redirect too many, or one that may not be followed.
    Redirect(String),
}

impl fmt::Display for OutsideError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OutsideError::Url(what) => write!(f, "the URL cannot be called: {what}"),
            OutsideError::Refused { host, kind } => write!(
                f,
                "`{host}` leads to an address that is {kind}; this hub calls such addresses only where `[outside] \
                 allow` in its configuration says so"
            ),
            OutsideError::Unknown(host) => write!(f, "there is no host `{host}`"),
            OutsideError::Unreachable(what) => write!(f, "no connection: {what}"),
            OutsideError::Broken(what) => write!(f, "the call broke off: {what}"),
            OutsideError::Late(limit) => write!(f, "no whole answer within {} s", limit.as_secs_f32()),
            OutsideError::TooLarge(limit) => write!(f, "the answer is larger than {limit} bytes"),
            OutsideError::Redirect(what) => write!(f, "the redirect is not followed: {what}"),
        }
    }
}

impl std::error::Error for OutsideError {}

/// The way to the outside. Cheap to share.
pub struct Outside {
    options: OutsideOptions,
    connector: Connector,
    slots: Semaphore,
    made: AtomicU64,
}

impl Outside {
    /// With the machine's own resolver.
    pub fn new(options: OutsideOptions) -> Outside {
        Outside::resolving(options, Arc::new(SystemResolver))
    }

    /// With a resolver of one's own.
    pub fn resolving(options: OutsideOptions, resolver: Arc<dyn Resolve>) -> Outside {
        let connector = Connector::new(Filter::allowing(options.allow.clone()), resolver, &options.authorities);
        Outside { options, connector, slots: Semaphore::new(AT_ONCE), made: AtomicU64::new(0) }
    }

    /// With room for so many calls at once.
    #[must_use]
    pub fn with_room(mut self, calls: usize) -> Outside {
        self.slots = Semaphore::new(calls);
        self
    }

    /// How many calls were begun so far.
    pub fn made(&self) -> u64 {
        self.made.load(Ordering::Relaxed)
    }

    /// Makes a call.
    pub async fn call(&self, call: Call) -> Result<Answer, OutsideError> {
        self.call_watched(call, &Sent::default()).await
    }

    /// Makes a call whose answer's status is what counts: of its body only the beginning is read, and not waited for long.
    pub async fn call_briefly(&self, call: Call) -> Result<Answer, OutsideError> {
        self.calling(call, &Sent::default(), Reading::Beginning).await
    }

    /// Makes a call and notes whether anything of it went out: while nothing did, it surely was not done.
    pub async fn call_watched(&self, call: Call, sent: &Sent) -> Result<Answer, OutsideError> {
        self.calling(call, sent, Reading::Whole).await
    }

    async fn calling(&self, call: Call, sent: &Sent, reading: Reading) -> Result<Answer, OutsideError> {
        let timeout = call.timeout;
        let calling = async {
            // Never closed, so there is always a slot to come.
            let _slot = self.slots.acquire().await;
            self.made.fetch_add(1, Ordering::Relaxed);
            self.follow(call, sent, reading).await
        };
        tokio::time::timeout(timeout, calling).await.unwrap_or(Err(OutsideError::Late(timeout)))
    }

    /// Gets a file: its bytes and its media type.
    pub async fn fetch(&self, url: &str) -> Result<(Bytes, String), OutsideError> {
        let call = Call {
            method: Method::GET,
            url: url.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            timeout: self.options.timeout,
            redirects: Redirects::All,
            answer_bytes: self.options.body_bytes,
        };
        let answer = self.call(call).await?;
        if answer.status != StatusCode::OK {
            return Err(OutsideError::Broken(format!("the answer is {}", answer.status)));
        }
        Ok((answer.body, media_type(&answer.headers)))
    }

    async fn follow(&self, call: Call, sent: &Sent, reading: Reading) -> Result<Answer, OutsideError> {
        let mut url = parse(&call.url)?;
        let (mut method, mut body, mut headers) = (call.method, call.body, call.headers);
        for _ in 0..=HOPS {
            let request = request(&url, &method, &headers, body.clone())?;
            let answer = self.connector.exchange(&url, request, (call.answer_bytes, reading), sent).await?;
            let Some(next) = next(&url, call.redirects, &answer)? else { return Ok(answer) };
            if next.origin() != url.origin() {
                // What was meant for one host is no other's business.
                headers =
                    headers.into_iter().filter_map(|(name, value)| Some((name?, value))).filter(is_plain).collect();
            }
            if matches!(answer.status, StatusCode::SEE_OTHER) {
                (method, body) = (Method::GET, Bytes::new());
            }
            url = next;
        }
        Err(OutsideError::Redirect(format!("more than {HOPS} of them")))
    }
}

fn is_plain((name, _): &(header::HeaderName, HeaderValue)) -> bool {
    [header::CONTENT_TYPE, header::ACCEPT].contains(name)
}

fn parse(text: &str) -> Result<Url, OutsideError> {
    if text.len() > URL_LIMIT {
        return Err(OutsideError::Url(format!("it is longer than {URL_LIMIT} bytes")));
    }
    let url = Url::parse(text.trim()).map_err(|error| OutsideError::Url(error.to_string()))?;
    checked(url)
}

fn checked(url: Url) -> Result<Url, OutsideError> {
    match url.scheme() {
        "http" | "https" if url.has_host() => Ok(url),
        "http" | "https" => Err(OutsideError::Url("it names no host".to_owned())),
        other => Err(OutsideError::Url(format!("`{other}` is neither http nor https"))),
    }
}

/// Where the answer sends us on to, if it does and we go.
fn next(from: &Url, redirects: Redirects, answer: &Answer) -> Result<Option<Url>, OutsideError> {
    let follows = match answer.status {
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT => redirects != Redirects::None,
        StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND | StatusCode::SEE_OTHER => redirects == Redirects::All,
        _ => false,
    };
    let location = answer.headers.get(header::LOCATION).filter(|_| follows);
    let Some(location) = location else { return Ok(None) };
    let wrong = |what: &str| OutsideError::Redirect(what.to_owned());
    let location = location.to_str().map_err(|_| wrong("its address is no text"))?;
    let url = from.join(location).map_err(|error| OutsideError::Redirect(error.to_string()))?;
    if from.scheme() == "https" && url.scheme() != "https" {
        return Err(wrong("it leads from https to http"));
    }
    checked(url).map(Some)
}

fn request(url: &Url, method: &Method, headers: &HeaderMap, body: Bytes) -> Result<Request<Bytes>, OutsideError> {
    use base64::Engine as _;
    let target = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let host = match url.port() {
        Some(port) => format!("{}:{port}", url.host_str().unwrap_or_default()),
        None => url.host_str().unwrap_or_default().to_owned(),
    };
    let value = |text: &str| HeaderValue::from_str(text).map_err(|error| OutsideError::Url(error.to_string()));
    let mut all = headers.clone();
    if !url.username().is_empty() || url.password().is_some() {
        let decoded = |text: &str| docket_dialects::form::decode(text.replace('+', "%2B").as_bytes()).to_vec();
        let mut pair = decoded(url.username());
        pair.push(b':');
        pair.extend(decoded(url.password().unwrap_or_default()));
        let basic = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
        all.insert(header::AUTHORIZATION, value(&basic)?);
    }
    all.insert(header::HOST, value(&host)?);
    all.insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    all.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    all.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let mut request = Request::new(body);
    *request.method_mut() = method.clone();
    *request.uri_mut() = target.parse().map_err(|error| OutsideError::Url(format!("{error}")))?;
    *request.headers_mut() = all;
    Ok(request)
}

/// What the answer calls its body, without parameters.
fn media_type(headers: &HeaderMap) -> String {
    let named = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let plain = named.and_then(|text| text.split(';').next()).map(|text| text.trim().to_ascii_lowercase());
    plain.filter(|text| text.contains('/')).unwrap_or_else(|| "application/octet-stream".to_owned())
}
