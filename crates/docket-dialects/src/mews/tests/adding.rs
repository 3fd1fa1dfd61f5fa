//! `orders/add`.

use super::*;
use docket_core::order::Field;

fn added(hub: &Hub, body: Value) -> Arc<Order> {
    let answer = hub.post("orders/add", body).ok();
    assert_eq!(answer.as_object().unwrap().len(), 1);
    let order = OrderId(id(answer["OrderId"].as_str().unwrap()));
    hub.ledger.all_orders().into_iter().find(|kept| kept.id == order).unwrap()
}

fn gross(value: f64) -> Value {
    json!({"Currency": "EUR", "GrossValue": value, "TaxCodes": ["NL-S"]})
}

fn item() -> Value {
    json!({"Name": "Beer", "UnitCount": 10, "UnitAmount": gross(2.5)})
}

#[test]
fn the_general_customer_is_nobody() {
    let hub = Hub::new();
    let list = json!({"Extent": {"Customers": true}, "Limitation": {"Count": 100}});
    let listed = hub.post("customers/getAll", list).ok();
    let general = listed["Customers"].as_array().unwrap().iter().find(|one| one["LastName"] == "General").unwrap();
    let order = added(&hub, json!({"ServiceId": SPA, "AccountId": general["Id"], "Items": [item()]}));
    assert_eq!((&order.fields.customer_id, &order.fields.customer_name), (&None, &None));
    let list = json!({"ServiceIds": [SPA], "AccountIds": [general["Id"]], "Limitation": {"Count": 10}});
    let shown = hub.post("productServiceOrders/getAll", list).ok();
    assert_eq!(shown["ProductServiceOrders"][0]["Id"], json!(order.id.0));
    assert_eq!(shown["ProductServiceOrders"][0]["AccountId"], general["Id"]);
}

#[test]
fn a_whole_order() {
    let hub = Hub::new();
    let segment = Uuid::from_u128(0x5e);
    let order = added(
        &hub,
        json!({
            "LanguageCode": "en-US",
            "ServiceId": SPA.to_uppercase(),
            "AccountId": ANN,
            "Options": {"DisableItemGrouping": true},
            "ProductOrders": [
                {"ProductId": MASSAGE, "Count": 2, "UnitAmount": gross(100.1), "ExternalIdentifier": "line-1"},
                {"ProductId": MASSAGE},
            ],
            "Items": [
                item(),
                {"Name": "Rebate", "UnitCount": 1, "UnitAmount": gross(-5.0), "AccountingCategoryId": null},
            ],
            "ConsumptionUtc": "2026-01-16T09:30:00.000Z",
            "Notes": "no onions",
            "BusinessSegmentId": segment,
        }),
    );
    let fields = &order.fields;
    assert_eq!(order.state, State::Received);
    assert_eq!(fields.service.as_deref(), Some(SPA));
    assert_eq!(fields.title.as_deref(), Some("Spa"));
    assert_eq!(fields.customer_id.as_deref(), Some(ANN));
    assert_eq!(fields.customer_name.as_deref(), Some("Ann Lee"));
    assert_eq!(fields.customer_kind.as_deref(), Some("person"));
    assert_eq!(fields.due, Some(at("2026-01-16T09:30:00Z")));
    assert_eq!(fields.cost, Some(341.2));
    let lines: Vec<_> = fields
        .tasks
        .iter()
        .map(|task| (task.key.as_deref(), task.name.as_str(), task.quantity, task.unit_price))
        .collect();
    let expected = [
        (Some("line-1"), "Massage", Some(2.0), Some(100.1)),
        (Some(MASSAGE), "Massage", Some(1.0), Some(121.0)),
        (None, "Beer", Some(10.0), Some(2.5)),
        (None, "Rebate", Some(1.0), Some(-5.0)),
    ];
    assert_eq!(lines, expected);
    let (item, note) = order.notes().next().expect("a note");
    assert_eq!((note.text.as_str(), item.author.as_str(), note.site_wide), ("no onions", "mews main", false));
    let bag: Value = serde_json::from_str(order.wire("mews").unwrap()).unwrap();
    assert_eq!(bag["Added"]["ConsumptionUtc"], "2026-01-16T09:30:00.000Z");
    assert_eq!(bag["Added"]["Client"], "Sample Client 1.0.0");
    assert!(!order.wire("mews").unwrap().contains(ACCESS) && !order.wire("mews").unwrap().contains(CLIENT));

    let shown = hub.list(json!({})).ok()["ProductServiceOrders"][0].clone();
    assert_eq!(shown["Id"], json!(order.id.0));
    assert_eq!(shown["State"], "Confirmed");
    assert_eq!(shown["Origin"], "Connector");
    assert_eq!(shown["BusinessSegmentId"], json!(segment));
    assert_eq!(shown["CreatorProfileId"], shown["UpdaterProfileId"]);
    assert_eq!(shown["CreatedUtc"], "2026-01-15T10:00:00Z");
}

#[test]
fn the_journal_names_the_exchange() {
    let hub = Hub::new();
    let order = added(&hub, smallest());
    let history = hub.ledger.history(&Caller::hub(ACCOUNT), order.serial).now_or_never().unwrap().unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].exchange, Some(ExchangeId(Uuid::from_u128(1))));
    assert_eq!(history[0].actor, "mews main");
}

#[test]
fn a_call_that_is_repeated_makes_a_second_order() {
    let hub = Hub::new();
    assert_ne!(added(&hub, smallest()).id, added(&hub, smallest()).id);
}

#[test]
fn older_and_looser_spellings() {
    let hub = Hub::new();
    let mut body = smallest();
    body.as_object_mut().unwrap().remove("AccountId");
    body["CustomerId"] = json!(ANN);
    body["Items"] = json!([]);
    body["Notes"] = json!("  ");
    body["Options"] = json!(null);
    // For a single enterprise the member is ignored, whatever it names.
    body["EnterpriseId"] = json!(Uuid::nil());
    let order = added(&hub, body);
    assert_eq!(order.fields.customer_id.as_deref(), Some(ANN));
    assert_eq!(order.fields.due, None);
    assert!(order.items.is_empty());
}

#[test]
fn services_known_by_name_can_be_ordered() {
    let hub = Hub::new();
    hub.create(Command::default().with(Field::Service, "Grass Cut"));
    let services = hub.post("services/getAll", json!({"Limitation": {"Count": 1000}})).ok();
    for name in ["Grass Cut", "General"] {
        let all = services["Services"].as_array().unwrap();
        let service = all.iter().find(|service| service["Name"] == name).unwrap()["Id"].clone();
        let order = added(&hub, json!({"ServiceId": service, "AccountId": ANN, "Items": [item()]}));
        assert_eq!(order.fields.service.as_deref(), Some(name));
        assert_eq!(hub.face(&order)["ServiceId"], service);
    }
    // So can what producers make: it is listed as an additional service like any other.
    let report = "33333333-3333-4333-8333-333333333333";
    hub.ledger.add_service(service(report, "Site report", ServiceKind::Document, None));
    let order = added(&hub, json!({"ServiceId": report, "AccountId": ANN, "Items": [item()]}));
    assert_eq!(order.fields.service.as_deref(), Some(report));
    // The general service has become a catalogue entry and is still listed once.
    let services = hub.post("services/getAll", json!({"Limitation": {"Count": 1000}})).ok();
    assert_eq!(services["Services"].as_array().unwrap().len(), 6);
    let ids: Vec<&Value> = services["Services"].as_array().unwrap().iter().map(|service| &service["Id"]).collect();
    let ids: Vec<&Value> = ids.into_iter().filter(|id| **id != json!(STAY)).collect();
    assert_eq!(hub.ids(json!({"ServiceIds": ids})).len(), 4, "every order is found, service by service");
    assert_eq!(hub.ids(json!({"ServiceIds": ids, "Limitation": {"Count": 3}})).len(), 3);
}

#[test]
fn every_bad_member_has_its_name() {
    let hub = Hub::new();
    let unknown = json!(Uuid::from_u128(5));
    let order = |member: &str, value: Value| with(smallest(), member, value);
    let items = |items: Value| with(smallest(), "Items", items);
    let line = |member: &str, value: Value| items(json!([with(item(), member, value)]));
    let product = |value: Value| order("ProductOrders", json!([value]));
    let amount = |value: Value| line("UnitAmount", value);
    for (body, member) in [
        (order("ServiceId", json!(null)), "ServiceId"),
        (order("ServiceId", json!("x")), "ServiceId"),
        (order("ServiceId", unknown.clone()), "ServiceId"),
        (order("ServiceId", json!(STAY)), "ServiceId"),
        (order("ServiceId", json!(MASSAGE)), "ServiceId"),
        (order("ServiceId", json!(BAR)), "ProductId"),
        (order("AccountId", json!(null)), "AccountId"),
        (order("AccountId", json!(7)), "AccountId"),
        (order("AccountId", unknown.clone()), "AccountId"),
        (with(order("AccountId", json!(null)), "CustomerId", unknown.clone()), "CustomerId"),
        (order("EnterpriseId", json!("x")), "EnterpriseId"),
        (order("Options", json!([])), "Options"),
        (order("Options", json!({"DisableItemGrouping": "yes"})), "DisableItemGrouping"),
        (order("ProductOrders", json!(null)), "Items"),
        (order("ProductOrders", json!([])), "Items"),
        (order("ProductOrders", json!({})), "ProductOrders"),
        (product(json!("x")), "ProductOrders"),
        (product(json!({})), "ProductId"),
        (product(json!({"ProductId": unknown})), "ProductId"),
        (product(json!({"ProductId": SPA})), "ProductId"),
        (product(json!({"ProductId": MASSAGE, "Count": 0})), "Count"),
        (product(json!({"ProductId": MASSAGE, "Count": 1.5})), "Count"),
        (product(json!({"ProductId": MASSAGE, "UnitAmount": 5})), "UnitAmount"),
        (product(json!({"ProductId": MASSAGE, "UnitAmount": {"Currency": "EUR", "TaxCodes": []}})), "UnitAmount"),
        (product(json!({"ProductId": MASSAGE, "ExternalIdentifier": 5})), "ExternalIdentifier"),
        (items(json!("x")), "Items"),
        (items(json!([null])), "Items"),
        (line("Name", json!("")), "Name"),
        (line("UnitCount", json!(null)), "UnitCount"),
        (line("UnitCount", json!(-1)), "UnitCount"),
        (line("UnitCount", json!(3_000_000_000_i64)), "UnitCount"),
        (line("AccountingCategoryId", json!("x")), "AccountingCategoryId"),
        (amount(json!(null)), "UnitAmount"),
        (amount(json!({})), "Currency"),
        (amount(json!({"Currency": "eur", "TaxCodes": [], "GrossValue": 1})), "Currency"),
        (amount(json!({"Currency": "EUR", "GrossValue": 1})), "TaxCodes"),
        (amount(json!({"Currency": "EUR", "TaxCodes": "NL-S", "GrossValue": 1})), "TaxCodes"),
        (amount(json!({"Currency": "EUR", "TaxCodes": ["NL-S", "NL-R"], "GrossValue": 1})), "TaxCodes"),
        (amount(json!({"Currency": "EUR", "TaxCodes": [], "GrossValue": "1"})), "GrossValue"),
        (amount(json!({"Currency": "EUR", "TaxCodes": [], "NetValue": 1})), "UnitAmount"),
        (amount(json!({"Currency": "EUR", "TaxCodes": [], "NetValue": 1, "GrossValue": 1})), "UnitAmount"),
        (order("ConsumptionUtc", json!("soon")), "ConsumptionUtc"),
        (order("Notes", json!(["x"])), "Notes"),
        (order("BusinessSegmentId", json!("x")), "BusinessSegmentId"),
        (order("BillId", unknown.clone()), "BillId"),
        (order("LinkedReservationId", unknown.clone()), "LinkedReservationId"),
    ] {
        hub.post("orders/add", body).fails(400, &format!("Invalid {member}"));
    }
    hub.is_untouched();
}

#[test]
fn net_prices_where_the_enterprise_prices_net() {
    let hub = Hub::with(&[("pricing", "Net"), ("currency", "USD")]);
    let net = json!({"Currency": "EUR", "TaxCodes": ["US-A", "US-B"], "NetValue": 9.5});
    let order = added(&hub, with(smallest(), "Items", json!([with(item(), "UnitAmount", net)])));
    assert_eq!(order.fields.tasks[0].unit_price, Some(100.0));
    assert_eq!(order.fields.tasks[1].unit_price, Some(9.5));
    assert_eq!(order.fields.cost, None, "not in the enterprise's currency");
    hub.post("orders/add", with(smallest(), "Items", json!([item()]))).fails(400, "Invalid UnitAmount");
    let configuration = hub.post("configuration/get", json!({})).ok();
    assert_eq!(configuration["Enterprise"]["Pricing"], "Net");
    assert_eq!(configuration["Enterprise"]["Currencies"][0]["Currency"], "USD");
}

#[test]
fn consumption_lies_within_the_editable_history() {
    let hub = Hub::new();
    for (moment, status) in [
        ("2026-01-08T10:00:00Z", 200),
        ("2026-01-08T09:59:59Z", 403),
        ("2030-01-01T00:00:00Z", 200),
        ("1990-01-01T00:00:00Z", 403),
    ] {
        let answer = hub.post("orders/add", with(smallest(), "ConsumptionUtc", json!(moment)));
        assert_eq!(answer.status, status, "{moment}");
        if status == 403 {
            answer.fails(403, "Consumption cannot lie more than 7 days in the past");
        }
    }
}

#[test]
fn a_linked_reservation_is_an_order_against_a_bookable_service() {
    let hub = Hub::new();
    let stay = hub.create(Command::default().with(Field::Service, STAY)).id.0;
    let order = added(&hub, with(smallest(), "LinkedReservationId", json!(stay)));
    assert_eq!(hub.face(&order)["LinkedReservationId"], json!(stay));
    assert_eq!(hub.ids(json!({"LinkedReservationIds": [stay]})), [order.id.0]);
    hub.post("orders/add", with(smallest(), "LinkedReservationId", json!(order.id.0)))
        .fails(400, "Invalid LinkedReservationId");
}

#[test]
fn a_portfolio_token_says_which_enterprise() {
    let hub = Hub::with(&[("portfolio", "true")]);
    hub.post("orders/add", smallest()).fails(400, "Invalid EnterpriseId");
    hub.post("orders/add", with(smallest(), "EnterpriseId", json!(Uuid::nil()))).fails(400, "Invalid EnterpriseId");
    hub.post("orders/add", with(smallest(), "EnterpriseId", json!(ENTERPRISE))).ok();
    assert_eq!(hub.ids(json!({"EnterpriseIds": [ENTERPRISE]})).len(), 1);
    assert_eq!(hub.ids(json!({})).len(), 1);
}

#[test]
fn an_inactive_service_takes_no_orders() {
    let hub = Hub::new();
    let closed = "11111111-1111-4111-8111-111111111111";
    hub.ledger.add_service(Service { active: false, ..service(closed, "Sauna", ServiceKind::Additional, None) });
    let body = json!({"ServiceId": closed, "AccountId": ANN, "Items": [item()]});
    hub.post("orders/add", body).fails(400, "Invalid ServiceId");
}
