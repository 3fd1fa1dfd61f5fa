//! Who asks through the native API: by a bearer token, or by the session that a browser holds.
//!
//! A browser sends its cookie whoever made it ask, so that a session is believed in requests that change something only
//! when they say what another site cannot know, and the browser does not say that they come from elsewhere.

use super::native::Operation;
use super::problem::Problem;
use super::{App, Peer, events};
use docket_app::Hub;
use docket_app::outside::Network;
use docket_app::stream::Permit;
use docket_app::users::Signed;
use docket_core::connection::{Access, Caller};
use docket_core::ids::AccountId;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use subtle::ConstantTimeEq;

/// What the browser holds.
pub(super) const COOKIE: &str = "docket_session";
/// What a request by a session says when it changes something.
pub(super) const CSRF: HeaderName = HeaderName::from_static("docket-csrf");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Who asks.
pub(super) struct Asker {
    pub(super) caller: Caller,
    pub(super) access: Access,
    /// Its session; `None` with a token.
    pub(super) session: Option<Signed>,
}

impl Asker {
    /// Whoever asks what everybody may.
    fn anybody() -> Asker {
        Asker { caller: Caller::user(AccountId::default(), "nobody"), access: Access::Viewer, session: None }
    }

    /// What lets a stream go on: the token, or the session, is still there.
    pub(super) fn permit(&self, parts: &Parts) -> Permit {
        if let Some(session) = self.session.clone() {
            return Box::new(move |hub| hub.still_signed(&session));
        }
        let authorization = parts.headers.get(header::AUTHORIZATION).cloned();
        Box::new(move |hub| authorization.as_ref().and_then(|value| bearer(hub, value)).is_some())
    }
}

/// Why not, and who it was if that is known.
pub(super) type Refusal = Box<(Problem, Option<Caller>)>;

/// Who asks, if it may do that.
pub(super) fn admit(app: &App, operation: Operation<'_>, parts: &Parts) -> Result<Asker, Refusal> {
    let known = identify(app, parts);
    if operation.is_open() {
        return match from_here(app, parts) {
            Ok(()) => Ok(known.unwrap_or_else(Asker::anybody)),
            Err(problem) => Err(Box::new((problem, None))),
        };
    }
    let asker = known.ok_or_else(|| Box::new((Problem::unauthorized(), None)))?;
    let refuse = |problem| Err(Box::new((problem, Some(asker.caller.clone()))));
    if asker.access < operation.needs() {
        return refuse(Problem::access(asker.access, operation.needs()));
    }
    if operation == Operation::Events && asker.access < events::EXCHANGES && events::wants_exchanges(parts) {
        return refuse(Problem::access(asker.access, events::EXCHANGES));
    }
    if let Some(session) = &asker.session
        && let Err(problem) = meant(app, parts, session)
    {
        return refuse(problem);
    }
    Ok(asker)
}

fn identify(app: &App, parts: &Parts) -> Option<Asker> {
    let authorization = parts.headers.get(header::AUTHORIZATION);
    if let Some(authorization) = authorization.filter(|value| is_bearer(value)) {
        let (caller, access) = bearer(&app.hub, authorization)?;
        return Some(Asker { caller, access, session: None });
    }
    let session = app.hub.signed(cookie(&parts.headers)?)?;
    Some(Asker { caller: session.caller(), access: session.access, session: Some(session) })
}

fn is_bearer(authorization: &HeaderValue) -> bool {
    // What a proxy in front of us was shown is not for us.
    let scheme = authorization.to_str().ok().and_then(|text| text.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
}

fn bearer(hub: &Hub, authorization: &HeaderValue) -> Option<(Caller, Access)> {
    let (scheme, token) = authorization.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| hub.directory().bearer(token.trim(), hub.now())).flatten()
}

/// What the browser holds. With several it is not clear whose: a neighbouring site may have put one there.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    let texts = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut ours = pairs.filter(|(name, _)| *name == COOKIE).map(|(_, value)| value.trim_matches('"'));
    let first = ours.next().filter(|value| !value.is_empty())?;
    ours.all(|other| other == first).then_some(first)
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD)
}

/// A request by a session that changes something is meant by who has the session.
fn meant(app: &App, parts: &Parts, session: &Signed) -> Result<(), Problem> {
    if !changes(&parts.method) {
        return Ok(());
    }
    from_here(app, parts)?;
    let said = parts.headers.get(CSRF).map(HeaderValue::as_bytes).unwrap_or_default();
    match bool::from(session.csrf.as_bytes().ct_eq(said)) {
        true => Ok(()),
        false if said.is_empty() => {
            Err(foreign("the header Docket-CSRF is missing; GET /v1/session says what it must be"))
        }
        false => Err(foreign("Docket-CSRF is not this session's; GET /v1/session says what it must be")),
    }
}

fn foreign(detail: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "csrf", "Not asked for from here", detail)
}

/// A browser that says where a request comes from says that it is a page of ours.
fn from_here(app: &App, parts: &Parts) -> Result<(), Problem> {
    if !changes(&parts.method) {
        return Ok(());
    }
    if parts.headers.get(SEC_FETCH_SITE).is_some_and(|site| site.as_bytes() != b"same-origin") {
        return Err(foreign("the browser says that another site asks"));
    }
    let Some(origin) = parts.headers.get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().ok().and_then(place);
    let host = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
    // The scheme a proxy was asked with is not known here; the place is.
    let is_host = |(scheme, place): (&str, String)| host.and_then(|host| with_port(scheme, host)) == Some(place);
    let is_public = origin.is_some() && origin == place(&app.public_url);
    match is_public || origin.is_some_and(is_host) {
        true => Ok(()),
        false => Err(foreign(
            "the browser says that another site asks; behind a proxy that changes Host, public_url must be set",
        )),
    }
}

/// Scheme, and host with port, of an origin.
fn place(origin: &str) -> Option<(&str, String)> {
    let (scheme, rest) = origin.split_once("://")?;
    let authority = rest.split('/').next().unwrap_or_default();
    with_port(scheme, authority).map(|place| (scheme, place))
}

/// A host with the port it means.
fn with_port(scheme: &str, authority: &str) -> Option<String> {
    let port = match scheme {
        "http" => "80",
        "https" => "443",
        _ => return None,
    };
    let authority = authority.to_ascii_lowercase();
    let is_said = authority.rsplit_once(':').is_some_and(|(_, last)| !last.contains(']'));
    Some(if is_said { authority } else { format!("{authority}:{port}") })
}

/// Where a request comes from: the other end of the connection, or what a proxy says that is believed.
pub(super) fn peer(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    behind(&app.proxies, peer, &parts.headers)
}

/// The last address on the way that is no proxy of ours; what stands before it anybody may have written.
fn behind(proxies: &[Network], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let ours = |address: IpAddr| proxies.iter().any(|network| network.contains(address.to_canonical()));
    let mut at = peer;
    let said: Vec<&str> = headers
        .get_all(FORWARDED_FOR)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(','))
        .collect();
    for text in said.into_iter().rev().map(str::trim) {
        if !ours(at) {
            break;
        }
        let address = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|at| at.ip()));
        let Some(address) = address else { break };
        at = address;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(lines: &[&'static str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(header::COOKIE, HeaderValue::from_static(line));
        }
        cookie(&headers).map(str::to_owned)
    }

    #[test]
    fn one_session_is_one_and_two_are_none() {
        assert_eq!(cookies(&["a=1; docket_session=x; b=2"]).as_deref(), Some("x"));
        assert_eq!(cookies(&["a=1", "docket_session=x"]).as_deref(), Some("x"));
        assert_eq!(cookies(&["docket_session=x; docket_session=x"]).as_deref(), Some("x"));
        assert_eq!(cookies(&["docket_session=x; docket_session=y"]), None);
        assert_eq!(cookies(&["docket_session=x", "docket_session=y"]), None);
        assert_eq!(cookies(&["docket_session="]), None);
        assert_eq!(cookies(&["not_docket_session=x"]), None);
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        let proxies: Vec<Network> = ["10.0.0.0/8", "127.0.0.1"].map(|text| text.parse().unwrap()).into();
        let from = |peer: &str, said: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for text in said {
                headers.append(FORWARDED_FOR, HeaderValue::from_static(text));
            }
            behind(&proxies, peer.parse().unwrap(), &headers).to_string()
        };
        assert_eq!(from("192.0.2.1", &["192.0.2.9"]), "192.0.2.1", "a stranger says what it likes");
        assert_eq!(from("127.0.0.1", &["192.0.2.9"]), "192.0.2.9");
        assert_eq!(from("::ffff:127.0.0.1", &["192.0.2.9"]), "192.0.2.9");
        assert_eq!(from("127.0.0.1", &["6.6.6.6, 192.0.2.9, 10.1.1.1"]), "192.0.2.9", "behind two of ours");
        assert_eq!(from("127.0.0.1", &["6.6.6.6", "192.0.2.9:4711"]), "192.0.2.9");
        assert_eq!(from("127.0.0.1", &["nonsense"]), "127.0.0.1");
        assert_eq!(from("127.0.0.1", &[]), "127.0.0.1");
    }

    #[test]
    fn origins_are_places() {
        assert_eq!(place("https://a.example"), Some(("https", "a.example:443".to_owned())));
        assert_eq!(place("http://A.example:8700/x"), Some(("http", "a.example:8700".to_owned())));
        assert_eq!(place("http://[::1]"), Some(("http", "[::1]:80".to_owned())));
        assert_eq!(place("http://[::1]:8700"), Some(("http", "[::1]:8700".to_owned())));
        assert_eq!(place("null"), None);
        assert_eq!(place("file://x"), None);
    }
}
