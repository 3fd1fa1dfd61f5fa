//! Products, locations, intentions.

use super::*;

#[test]
fn products_are_the_active_documents() {
    let expected = json!([
        { "slug": "percelenrapport", "name": "Percelenrapport" },
        { "slug": "test-example-product", "name": "Test example product" },
    ]);
    assert_eq!(body(&Hub::new().get("products/list")), expected);
}

pub(super) fn field(fields: &[&str], query: &str) -> Json {
    json!({ "field": { "fields": fields, "query": query } })
}

fn titles(hub: &Hub, query: &Json) -> Vec<String> {
    let answer = hub.post("search/structured", &json!({ "entity": "adres", "query": query }));
    assert_eq!(answer.status, StatusCode::OK, "{query}");
    let list = body(&answer);
    list.as_array().expect("a list").iter().map(|hit| hit["title"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn search_finds_by_code_and_number_loosely_best_first() {
    let hub = Hub::new();
    let query = json!({ "entity": "adres", "query": { "bool": { "must": [
        field(&["postcode"], "3511AB"),
        { "field": { "method": "match", "fields": ["huisnummer"], "query": "2" } } ] } } });
    let answer = body(&hub.post("search/structured", &query));
    let hits = answer.as_array().expect("a list");
    assert_eq!(hits.len(), 2);
    assert_eq!(hits[0]["title"], "Voorbeeldstraat 2, 3511AB Utrecht");
    assert_eq!(hits[1]["title"], "Voorbeeldstraat 52, 3511AB Utrecht");
    assert!(hits[0]["score"].as_f64() > hits[1]["score"].as_f64());
    let expected = json!({ "type": "adres", "postcode": "3511AB", "huisnummer": "2", "huisnummertoevoeging": null,
        "huisletter": null, "openbareruimtenaam": "Voorbeeldstraat", "woonplaatsnaam": "Utrecht" });
    assert_eq!(hits[0]["properties"], expected);
    let id = site("Voorbeeldstraat 2", "3511 AB", "Utrecht").id.expect("an id");
    assert_eq!(hits[0]["uuid"], id.to_string());
}

#[test]
fn search_forms() {
    let hub = Hub::new();
    let arnhem = ["Utrechtsestraat 61, 6811LW Arnhem"];
    assert_eq!(titles(&hub, &field(&["postcode"], "6811 lw")), arnhem);
    assert_eq!(titles(&hub, &field(&["openbareruimtenaam", "huisnummer"], "utrechtsestraat 61")), arnhem);
    assert_eq!(titles(&hub, &field(&["openbareruimtenaam"], "East Main")), ["111 East Main, 78664 Round Rock"]);
    assert_eq!(titles(&hub, &field(&["huisnummer"], "111")), ["111 East Main, 78664 Round Rock"]);
    assert!(titles(&hub, &field(&["postcode"], "9999ZZ")).is_empty());
    assert!(titles(&hub, &field(&["huisletter"], "a")).is_empty());
    let best =
        json!({ "dis-max": { "queries": [field(&["woonplaatsnaam"], "arnhem"), field(&["postcode"], "78664")] } });
    assert_eq!(titles(&hub, &best).len(), 2);
    let not =
        json!({ "bool": { "must": [field(&["type"], "adres")], "must_not": [field(&["woonplaatsnaam"], "utrecht")] } });
    assert_eq!(titles(&hub, &not).len(), 2);
    let should =
        json!({ "bool": { "should": [field(&["woonplaatsnaam"], "Arnhem"), field(&["woonplaatsnaam"], "x")] } });
    assert_eq!(titles(&hub, &should), arnhem);
    let lots = hub.post("search/structured", &json!({ "entity": "perceel", "query": field(&["sectie"], "B") }));
    assert_eq!((lots.status, body(&lots)), (StatusCode::OK, json!([])));
}

#[test]
fn bad_searches_answer_400() {
    let hub = Hub::new();
    let mut deep = field(&["postcode"], "1");
    for _ in 0..30 {
        deep = json!({ "bool": { "must": [deep] } });
    }
    let good = field(&["postcode"], "1");
    let (long, many) = ("7 ".repeat(10_000), vec!["postcode"; 10_000]);
    let answer = hub.post("search/structured", &json!({ "entity": "adres", "query": field(&many, "6811LW") }));
    assert_eq!(answer.status, StatusCode::OK, "a field named often is one field");
    for bad in [
        json!({ "entity": "adres", "query": field(&["postcode"], &long) }),
        json!({ "entity": "adres", "query": { "bool": { "must": vec![good.clone(); 150] } } }),
        json!({}),
        json!({ "entity": "adres" }),
        json!({ "entity": "straat", "query": good }),
        json!({ "entity": 1, "query": good }),
        json!({ "entity": "adres", "query": {} }),
        json!({ "entity": "adres", "query": { "term": {} } }),
        json!({ "entity": "adres", "query": { "bool": {} } }),
        json!({ "entity": "adres", "query": { "bool": { "must": [] } } }),
        json!({ "entity": "adres", "query": { "dis-max": { "queries": [] } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["sectie"], "query": "1" } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": [], "query": "1" } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": " " } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": 6811 } } }),
        json!({ "entity": "adres", "query": { "field": { "fields": ["postcode"], "query": "1", "method": "fuzzy" } } }),
        json!({ "entity": "adres", "query": deep }),
        json!([]),
    ] {
        let answer = hub.post("search/structured", &bad);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(!message(&answer).is_empty());
    }
}

#[test]
fn addresses_come_apart() {
    let line = |street: &str, number: &str, letter: &str, addition: &str| Line {
        street: street.to_owned(),
        number: number.to_owned(),
        letter: Some(letter.to_owned()).filter(|text| !text.is_empty()),
        addition: Some(addition.to_owned()).filter(|text| !text.is_empty()),
    };
    for (text, expected) in [
        ("Utrechtsestraat 61", line("Utrechtsestraat", "61", "", "")),
        ("111 East Main", line("East Main", "111", "", "")),
        ("12B Main St", line("Main St", "12", "B", "")),
        ("123 1/2 Oak", line("Oak", "123", "", "1/2")),
        ("5th Avenue 10", line("5th Avenue", "10", "", "")),
        ("1e Jan Steenstraat 5", line("1e Jan Steenstraat", "5", "", "")),
        ("Plein 1944 12", line("Plein 1944", "12", "", "")),
        ("Voorbeeldstraat 7a", line("Voorbeeldstraat", "7", "a", "")),
        ("Voorbeeldstraat 7 a", line("Voorbeeldstraat", "7", "a", "")),
        ("Voorbeeldstraat 7-2", line("Voorbeeldstraat", "7", "", "2")),
        ("Voorbeeldstraat 7a-2", line("Voorbeeldstraat", "7", "a", "2")),
        ("Voorbeeldstraat 7 bis", line("Voorbeeldstraat", "7", "", "bis")),
        ("Voorbeeldstraat 7 a 2", line("Voorbeeldstraat", "7", "a", "2")),
        ("Voorbeeldstraat 7-hs", line("Voorbeeldstraat", "7", "", "hs")),
        ("  Dam   1 ", line("Dam", "1", "", "")),
        ("Landgoed Zypendaal", line("Landgoed Zypendaal", "", "", "")),
        ("61", line("61", "", "", "")),
        ("", line("", "", "", "")),
    ] {
        assert_eq!(address::split(text), expected, "{text}");
    }
}

#[test]
fn intentions_are_listed_stay_the_same_and_expire() {
    let hub = Hub::new();
    let wanted = json!({ "uuids": [arnhem_id().to_string()], "products": ["test-example-product", "percelenrapport"] });
    let first = body(&hub.post("intentions/list", &wanted));
    assert_eq!(first[0]["uuid"], arnhem_id().to_string());
    let intentions = first[0]["intentions"].as_array().expect("a list");
    assert_eq!(intentions.len(), 2);
    assert_eq!(intentions[0]["product"], "test-example-product");
    assert_eq!(intentions[0]["properties"]["title"], "Test example product, Utrechtsestraat 61, 6811LW Arnhem");
    assert_eq!(first, body(&hub.post("intentions/list", &wanted)));
    let uuid = intentions[0]["uuid"].as_str().expect("a uuid");
    hub.ledger.set_now(moment("2026-01-16T09:59:59Z"));
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
    hub.ledger.set_now(moment("2026-01-16T10:00:00Z"));
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::BAD_REQUEST);
    hub.post("intentions/list", &wanted);
    assert_eq!(hub.post("jobs/order", &json!({ "uuids": [uuid] })).status, StatusCode::OK);
}

#[test]
fn intentions_of_one_request_have_a_limit() {
    let hub = Hub::new();
    let slugs: Vec<String> = (0..30).map(|number| format!("report-{number}")).collect();
    for slug in &slugs {
        hub.ledger.add_service(product(slug, slug, 1));
    }
    let uuids = vec![arnhem_id().to_string(); 100];
    let ask = |count: usize| hub.post("intentions/list", &json!({ "uuids": uuids, "products": slugs[..count] }));
    assert_eq!(ask(20).status, StatusCode::OK);
    assert_eq!(message(&ask(21)), "uuids, products: at most 2000 intentions are listed at once");
}

#[test]
fn bad_intention_requests_answer_400() {
    let hub = Hub::new();
    let id = arnhem_id().to_string();
    for bad in [
        json!({}),
        json!({ "uuids": [id] }),
        json!({ "products": ["percelenrapport"] }),
        json!({ "uuids": [], "products": ["percelenrapport"] }),
        json!({ "uuids": [id], "products": [] }),
        json!({ "uuids": [id], "products": ["gone"] }),
        json!({ "uuids": [id], "products": ["mow"] }),
        json!({ "uuids": [JOB], "products": ["percelenrapport"] }),
        json!({ "uuids": ["x"], "products": ["percelenrapport"] }),
        json!({ "uuids": [1], "products": ["percelenrapport"] }),
        json!({ "uuids": id, "products": "percelenrapport" }),
    ] {
        assert_eq!(hub.post("intentions/list", &bad).status, StatusCode::BAD_REQUEST, "{bad}");
    }
}
