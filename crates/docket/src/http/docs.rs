//! The documentation, served by the hub itself: `/docs`, its pages, and the page of every problem's code.
//!
//! The pages are the Markdown files of the `docs` folder, compiled in and rendered once.

use axum::body::Body;
use axum::extract::Path;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode, header};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use rust_embed::Embed;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

#[derive(Embed)]
#[folder = "../../docs"]
#[include = "*.md"]
struct Files;

const STYLE: &str = include_str!("docs.css");
/// Nothing but our own style sheet is loaded, and nothing is run.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a page of a problem says in its head.
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) statuses: Vec<u16>,
    pub(super) title: String,
}

struct Page {
    title: String,
    html: Bytes,
}

static SOURCES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let read = |name: &str| Some(String::from_utf8_lossy(&Files::get(name)?.data).into_owned());
    Files::iter().filter_map(|name| Some((name.strip_suffix(".md")?.to_owned(), read(&name)?))).collect()
});

static PROBLEMS: LazyLock<Vec<Problem>> = LazyLock::new(|| {
    let pages = SOURCES.iter().filter_map(|(name, text)| Some((name.strip_prefix("errors/")?, text)));
    pages.filter_map(|(code, text)| problem_of(code, text)).collect()
});

static PAGES: LazyLock<BTreeMap<String, Page>> = LazyLock::new(|| {
    let pages = SOURCES.iter().map(|(name, text)| (name.clone(), rendered(name, text)));
    let mut pages: BTreeMap<String, Page> = pages.collect();
    pages.insert(String::new(), index(&pages));
    pages
});

/// What the page of a problem says: `**404 or 410: Not found**`.
pub(super) fn problem(code: &str) -> Option<&'static Problem> {
    PROBLEMS.iter().find(|known| known.code == code)
}

fn problem_of(code: &str, text: &str) -> Option<Problem> {
    let line = text.lines().find_map(|line| line.strip_prefix("**")?.strip_suffix("**"))?;
    let (statuses, title) = line.split_once(": ")?;
    let numbers = statuses.split(|letter: char| !letter.is_ascii_digit()).filter_map(|number| number.parse().ok());
    Some(Problem { code: code.to_owned(), statuses: numbers.collect(), title: title.to_owned() })
}

/// `GET /docs`
pub(super) async fn front() -> Response {
    shown("")
}

/// `GET /docs/{page}`
pub(super) async fn page(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "style.css" => answer(StatusCode::OK, "text/css; charset=utf-8", Bytes::from_static(STYLE.as_bytes())),
        name => shown(name.trim_end_matches('/').trim_end_matches(".md")),
    }
}

fn shown(name: &str) -> Response {
    const HTML: &str = "text/html; charset=utf-8";
    match PAGES.get(name) {
        Some(page) => answer(StatusCode::OK, HTML, page.html.clone()),
        None => {
            let text = framed("Not found", "<h1>There is no such page</h1>", 0);
            answer(StatusCode::NOT_FOUND, HTML, text.into())
        }
    }
}

fn answer(status: StatusCode, kind: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "public, max-age=300"),
        (HeaderName::from_static("content-security-policy"), POLICY),
        (HeaderName::from_static("x-content-type-options"), "nosniff"),
        (HeaderName::from_static("referrer-policy"), "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

fn framed(title: &str, body: &str, depth: usize) -> String {
    let back = match depth {
        0 => "",
        _ => "<nav><a href=\"/docs\">Documentation</a></nav>",
    };
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{} · Docket</title>\
         <link rel=\"stylesheet\" href=\"/docs/style.css\"></head><body>{back}<main>{body}</main></body></html>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn index(pages: &BTreeMap<String, Page>) -> Page {
    let mut body = String::from("<h1>Documentation</h1>");
    let groups = [("", "Pages"), ("dialects/", "Order APIs"), ("design/", "Design"), ("errors/", "Problems by code")];
    for (folder, title) in groups {
        let of_it = |name: &str| name.strip_prefix(folder).is_some_and(|rest| !rest.contains('/'));
        let _ = write!(body, "<h2>{title}</h2><ul>");
        for (name, page) in pages.iter().filter(|(name, _)| of_it(name)) {
            let _ = write!(body, "<li><a href=\"/docs/{name}\">{}</a></li>", escaped(&page.title));
        }
        body.push_str("</ul>");
    }
    body.push_str("<p>For programs: <a href=\"/v1/openapi.json\">the OpenAPI document</a>.</p>");
    Page { title: "Documentation".to_owned(), html: framed("Documentation", &body, 0).into() }
}

fn rendered(name: &str, text: &str) -> Page {
    let mut events: Vec<Event<'_>> = Vec::new();
    let (mut heading, mut title) = (None, String::new());
    for event in Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
        let event = match event {
            // There is none in our pages, and none is let through.
            Event::Html(html) | Event::InlineHtml(html) => Event::Text(html),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                Event::Start(Tag::Link { link_type, dest_url: target(&dest_url), title, id })
            }
            other => other,
        };
        match &event {
            Event::Start(Tag::Heading { .. }) => heading = Some((events.len(), String::new())),
            Event::Text(said) | Event::Code(said) => {
                if let Some((_, text)) = &mut heading {
                    text.push_str(said);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some((at, said)) = heading.take() {
                    if let Some(Event::Start(Tag::Heading { id, .. })) = events.get_mut(at) {
                        *id = Some(anchor(&said).into());
                    }
                    if title.is_empty() {
                        title = said;
                    }
                }
            }
            _ => {}
        }
        events.push(event);
    }
    let mut body = String::new();
    html::push_html(&mut body, events.into_iter());
    let html = framed(&title, &body, 1 + name.matches('/').count()).into();
    Page { title, html }
}

/// Links between the files are links between the pages.
fn target<'a>(link: &CowStr<'a>) -> CowStr<'a> {
    match link.split_once(".md") {
        Some((page, rest)) if !page.contains(':') && (rest.is_empty() || rest.starts_with('#')) => {
            format!("{page}{rest}").into()
        }
        _ => link.clone(),
    }
}

/// What a heading is linked to by, as in the Markdown files.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_says_its_statuses() {
        assert!(PROBLEMS.len() > 25);
        assert_eq!(PROBLEMS.len(), SOURCES.keys().filter(|name| name.starts_with("errors/")).count());
        assert!(PROBLEMS.iter().all(|problem| !problem.statuses.is_empty() && !problem.title.is_empty()));
        assert!(problem("body").is_some_and(|body| body.statuses.starts_with(&[400, 408, 413])));
    }

    /// Where links of our pages lead, there is a page, and the heading too.
    #[test]
    fn links_between_pages_lead_somewhere() {
        let mut seen = 0;
        for (name, page) in PAGES.iter() {
            let html = String::from_utf8_lossy(&page.html).into_owned();
            assert!(!html.contains("<script"), "{name}");
            for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                if link.contains(':') || link == "/v1/openapi.json" || link == "/docs/style.css" {
                    continue;
                }
                let base = url::Url::parse(&format!("http://hub/docs/{name}")).unwrap();
                let whole = base.join(link).unwrap();
                let path = whole.path().trim_start_matches("/docs").trim_start_matches('/').to_owned();
                let found = PAGES.get(&path).unwrap_or_else(|| panic!("{name}: {link} leads nowhere"));
                if let Some(part) = whole.fragment() {
                    let html = String::from_utf8_lossy(&found.html).into_owned();
                    assert!(html.contains(&format!("id=\"{part}\"")), "{name}: {link} has no such heading");
                }
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen}");
    }

    #[test]
    fn what_is_html_is_shown_not_run() {
        let page = rendered("x", "# A `b`\n\n<script>alert(1)</script>\n\nx <b>y</b> [more](relay.md#a)\n");
        let html = String::from_utf8_lossy(&page.html).into_owned();
        assert!(!html.contains("<script>") && html.contains("href=\"relay#a\"") && html.contains("id=\"a-b\""));
        assert_eq!(page.title, "A b");
    }
}
