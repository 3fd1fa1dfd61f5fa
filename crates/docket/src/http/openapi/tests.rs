//! The document and the router say the same, and the document makes sense.

use super::*;
use docket_core::order::ItemKind;
use std::collections::BTreeSet;
use std::path::Path;

/// No path has more segments.
const DEEPEST: usize = 6;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

fn whole() -> &'static Value {
    document().unwrap_or_else(|wrong| panic!("{wrong}"))
}

fn described() -> BTreeSet<(String, String)> {
    let all = GROUPS.iter().flat_map(|group| group.operations);
    all.map(|described| (described.method.to_owned(), described.path.to_owned())).collect()
}

/// The patterns of paths in the router's sources: `["orders", order, "history"]`.
fn patterns() -> BTreeSet<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()) {
        if file.extension().is_none_or(|kind| kind != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(file).unwrap();
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        for rest in source.split("[\"").skip(1) {
            let Some(inner) = rest.split(']').next() else { continue };
            // A text that ends in a bracket begins no pattern, and patterns are short.
            if inner.contains(['\n', '(', ';']) || inner.split(',').count() > DEEPEST {
                continue;
            }
            let mut paths: Vec<Vec<String>> = vec![Vec::new()];
            let parts: Vec<String> = format!("\"{inner}").split(',').map(|part| part.trim().to_owned()).collect();
            let is_part = |part: &String| {
                part.split('|').all(|word| {
                    word.trim().trim_matches('"').chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
                })
            };
            if parts.len() > DEEPEST || !parts.iter().all(is_part) {
                continue;
            }
            for (place, part) in parts.iter().map(String::as_str).enumerate() {
                let words: Vec<String> = match part.starts_with('"') {
                    true => part.split('|').map(|word| word.trim().trim_matches('"').to_owned()).collect(),
                    // Any name, and the words that tables know, which stand behind one.
                    false if place < 2 => vec![format!("{{{part}}}")],
                    false => candidates(part),
                };
                let longer = |path: &Vec<String>| {
                    let path = path.clone();
                    words.iter().map(move |word| [path.clone(), vec![word.clone()]].concat()).collect::<Vec<_>>()
                };
                paths = paths.iter().flat_map(longer).collect();
            }
            found.extend(paths);
        }
    }
    found
}

fn candidates(name: &str) -> Vec<String> {
    let mut words = vec![format!("{{{name}}}")];
    words.extend(ItemKind::ALL.iter().map(|kind| kind.plural().to_owned()));
    words.extend(["heartbeat", "progress", "ask", "fail", "release"].map(str::to_owned));
    words
}

/// A path with its names left out.
fn shape(path: &str) -> String {
    let part = |part: &str| if part.starts_with('{') { "{}".to_owned() } else { part.to_owned() };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[test]
fn every_path_of_the_router_is_described() {
    let described: BTreeSet<(String, String)> =
        described().into_iter().map(|(method, path)| (method, shape(&path))).collect();
    let mut seen = BTreeSet::new();
    for pattern in patterns() {
        let path = format!("/v1/{}", pattern.join("/"));
        for method in METHODS {
            if routed(&method.parse().unwrap(), &path).is_ok() {
                seen.insert((method.to_owned(), shape(&path)));
            }
        }
    }
    // A word of a table may stand where a name does: `/v1/orders/notes` is the order `notes`.
    let is_word_for_name = |method: &str, path: &str| {
        described.iter().any(|(known, wanted)| {
            let (given, wanted): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), wanted.split('/').collect());
            known == method
                && given.len() == wanted.len()
                && given.iter().zip(&wanted).all(|(given, wanted)| *wanted == "{}" || given == wanted)
        })
    };
    let missing: Vec<_> = seen.iter().filter(|(method, path)| !is_word_for_name(method, path)).collect();
    assert_eq!(missing, Vec::<&(String, String)>::new(), "routed, but not described");
    let unseen: Vec<_> = described.difference(&seen).collect();
    assert_eq!(unseen, Vec::<&(String, String)>::new(), "described, but not in the router's patterns");
    assert!(seen.len() > 80, "{}", seen.len());
}

#[test]
fn what_is_described_is_routed_and_makes_sense() {
    let document = whole();
    assert_eq!(document["openapi"], "3.1.1");
    let mut ids = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            assert!(ids.insert(id.to_owned()), "{id} twice");
            assert!(!operation["summary"].as_str().unwrap().is_empty());
            let given = operation["responses"].as_object().unwrap();
            assert!(given.keys().any(|status| status.starts_with('2')), "{method} {path} never succeeds");
        }
    }
    assert!(ids.len() > 80, "{}", ids.len());
}

/// Whoever uses a component finds it, and each is used.
#[test]
fn every_component_is_used() {
    let document = whole();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    let mut names = Vec::new();
    references(document, &mut names);
    let names: BTreeSet<String> = names.into_iter().collect();
    let sections = ["schemas", "parameters", "headers"];
    let is_there = |name: &&String| sections.iter().any(|section| document["components"][*section].get(name).is_some());
    let strange: Vec<&String> = names.iter().filter(|name| !is_there(name)).collect();
    assert_eq!(strange, Vec::<&String>::new(), "used, but not there");
    // Those that others include, or that events carry in their data.
    let besides =
        ["Item", "ItemNew", "Claimed", "Field", "Transition", "UnitMoved", "Missed", "WebhookChange", "LineOutcome"];
    let unused: Vec<&String> =
        schemas.keys().filter(|name| !names.contains(*name) && !besides.contains(&name.as_str())).collect();
    assert_eq!(unused, Vec::<&String>::new(), "never used");
}

#[test]
fn examples_fit_their_schemas() {
    let document = whole();
    let mut seen = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let bodies = operation["responses"].as_object().unwrap().values().chain([&operation["requestBody"]]);
            for (media, body) in bodies.filter_map(|body| body["content"].as_object()).flatten() {
                let Some(example) = body.get("example") else { continue };
                let mut schema = body["schema"].clone();
                schema["components"] = document["components"].clone();
                let errors: Vec<String> = jsonschema::validator_for(&schema)
                    .unwrap()
                    .iter_errors(example)
                    .map(|error| format!("{}: {error}", error.instance_path()))
                    .collect();
                assert!(errors.is_empty(), "{method} {path} {media}: {errors:?}\n{example:#}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn other_methods_are_named() {
    assert_eq!(allowed("/v1/orders"), "GET, HEAD, POST");
    assert_eq!(allowed("/v1/orders/7"), "GET, HEAD, PATCH, DELETE");
    assert_eq!(allowed("/v1/positions"), "POST");
}
