//! `orderItems/*`: the lines of orders.

use super::*;
use docket_core::order::{Charge, ChargeKind, Field, Item, Origin, Task, Transition, Value as Held};

fn gross(value: f64) -> Value {
    json!({"Currency": "EUR", "GrossValue": value, "TaxCodes": ["NL-S"]})
}

fn ordered(hub: &Hub) -> Uuid {
    let body = json!({
        "ServiceId": SPA,
        "AccountId": ANN,
        "ConsumptionUtc": "2026-01-16T09:30:00Z",
        "ProductOrders": [
            {"ProductId": MASSAGE, "Count": 2, "ExternalIdentifier": "line-1"},
            {"ProductId": MASSAGE, "UnitAmount": gross(60.5)},
            {"ProductId": MASSAGE, "UnitAmount": gross(60.5)},
        ],
        "Items": [{"Name": "Beer", "UnitCount": 10, "UnitAmount": gross(2.5), "AccountingCategoryId": Uuid::from_u128(4)}],
    });
    id(hub.post("orders/add", body).ok()["OrderId"].as_str().unwrap())
}

fn list(hub: &Hub, body: Value) -> Vec<Value> {
    let mut whole = json!({"Limitation": {"Count": 1000}});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    hub.post("orderItems/getAll", whole).ok()["OrderItems"].as_array().unwrap().clone()
}

fn of_order(hub: &Hub, order: Uuid) -> Vec<Value> {
    list(hub, json!({"ServiceOrderIds": [order]}))
}

#[track_caller]
fn named<'a>(items: &'a [Value], name: &str) -> &'a Value {
    items.iter().find(|item| item["BillingName"] == name).unwrap()
}

fn order_of(hub: &Hub, order: Uuid) -> Arc<Order> {
    hub.ledger.all_orders().into_iter().find(|known| known.id.0 == order).unwrap()
}

#[test]
fn a_line_as_it_is_shown() {
    let hub = Hub::new();
    let order = ordered(&hub);
    let items = of_order(&hub, order);
    assert_eq!(items.len(), 4);
    let first = items.iter().find(|item| item["ExternalIdentifier"] == "line-1").unwrap();
    let amount = |value: f64, net: f64| {
        let tax = ((value - net) * 10_000.0).round() / 10_000.0;
        json!({"Currency": "EUR", "NetValue": net, "GrossValue": value, "TaxValues": [{"Code": "NL-S", "Value": tax}],
            "Breakdown": {"Items": [{"TaxRateCode": "NL-S", "NetValue": net, "TaxValue": tax}]}})
    };
    let shown = hub.list(json!({})).ok()["ProductServiceOrders"][0].clone();
    let expected = json!({
        "Id": first["Id"], "EnterpriseId": ENTERPRISE, "AccountId": ANN, "AccountType": "Customer", "ServiceId": SPA,
        "ServiceOrderId": order, "Notes": null, "BillId": null, "AccountingCategoryId": null, "BillingName": "Massage",
        "ExternalIdentifier": "line-1", "UnitCount": 2, "UnitAmount": amount(121.0, 100.0),
        "Amount": amount(242.0, 200.0), "OriginalAmount": amount(242.0, 200.0), "RevenueType": "Additional",
        "CreatorProfileId": shown["CreatorProfileId"], "UpdaterProfileId": shown["UpdaterProfileId"],
        "CreatedUtc": "2026-01-15T10:00:00Z", "UpdatedUtc": "2026-01-15T10:00:00Z",
        "ConsumedUtc": "2026-01-16T09:30:00Z", "CanceledUtc": null, "ClosedUtc": null, "StartUtc": null,
        "ClaimedUtc": null, "AccountingState": "Open", "Type": "ProductOrder",
        "Options": {"CanceledWithReservation": false},
        "Data": {"Discriminator": "Product", "Rebate": null,
            "Product": {"ProductId": MASSAGE, "AgeCategoryId": null, "ProductType": "Product"},
            "AllowanceDiscount": null, "AllowanceProfits": null},
        "TaxExemptionReason": null, "TaxExemptionLegalReference": null,
    });
    assert_eq!(first, &expected);
    let beer = named(&items, "Beer");
    assert_eq!((&beer["Type"], &beer["Data"]), (&json!("CustomItem"), &Value::Null));
    assert_eq!(beer["AccountingCategoryId"], json!(Uuid::from_u128(4)));
    // The rate of a tax is not known here: gross and net are the same where no product tells them apart.
    assert_eq!((&beer["Amount"]["GrossValue"], &beer["Amount"]["NetValue"]), (&json!(25.0), &json!(25.0)));
    assert_eq!(beer["Amount"]["TaxValues"], json!([{"Code": "NL-S", "Value": 0.0}]));
    let own_price = items.iter().filter(|item| item["UnitAmount"]["GrossValue"] == 60.5);
    assert_eq!(own_price.map(|item| item["UnitAmount"]["NetValue"].as_f64().unwrap()).collect::<Vec<_>>(), [50.0; 2]);
}

#[test]
fn ids_are_the_same_whatever_becomes_of_the_lines() {
    let hub = Hub::new();
    let order = ordered(&hub);
    let before = of_order(&hub, order);
    let mut tasks = order_of(&hub, order).fields.tasks.clone();
    tasks.reverse();
    tasks[0].unit_price = Some(3.0);
    tasks.push(Task { name: "Towel".to_owned(), ..Task::default() });
    hub.change(OrderId(order), Command::default().with(Field::Tasks, Held::Tasks(tasks)));
    let after = of_order(&hub, order);
    for item in &before {
        assert!(after.iter().any(|other| other["Id"] == item["Id"]));
    }
    let beer = named(&after, "Beer");
    assert_eq!(beer["Amount"]["GrossValue"], 30.0);
    // The sent price no longer holds, so neither do its tax codes.
    assert_eq!(beer["UnitAmount"]["TaxValues"], json!([{"Code": null, "Value": 0.0}]));
    assert_eq!((after.len(), named(&after, "Towel")["Amount"]["GrossValue"].as_f64()), (5, Some(0.0)));
}

#[test]
fn twins_keep_what_they_were_sent_with() {
    let hub = Hub::new();
    let line = |code: &str, price: f64| {
        let amount = json!({"Currency": "EUR", "GrossValue": price, "TaxCodes": [code]});
        json!({"Name": "Beer", "UnitCount": 1, "UnitAmount": amount})
    };
    let body = json!({"ServiceId": SPA, "AccountId": ANN, "Items": [line("A", 1.0), line("B", 2.0), line("C", 3.0)]});
    let order = id(hub.post("orders/add", body).ok()["OrderId"].as_str().unwrap());
    let codes = |items: &[Value]| {
        let mut found: Vec<String> = items
            .iter()
            .filter(|item| item["AccountingState"] == "Open")
            .map(|item| format!("{} {}", item["UnitAmount"]["GrossValue"], item["UnitAmount"]["TaxValues"][0]["Code"]))
            .collect();
        found.sort();
        found
    };
    let items = of_order(&hub, order);
    assert_eq!(codes(&items), [r#"1.0 "A""#, r#"2.0 "B""#, r#"3.0 "C""#]);
    let first = items.iter().find(|item| item["UnitAmount"]["GrossValue"] == 1.0).unwrap();
    hub.post("orderItems/cancel", json!({"OrderItemIds": [first["Id"]]})).ok();
    assert_eq!(codes(&of_order(&hub, order)), [r#"2.0 "B""#, r#"3.0 "C""#]);
}

#[test]
fn many_lines_are_no_burden() {
    let hub = Hub::new();
    let line =
        |number: usize| json!({"Name": format!("line {}", number % 7), "UnitCount": 1, "UnitAmount": gross(2.5)});
    let lines: Vec<Value> = (0..5000).map(line).collect();
    let body = json!({"ServiceId": SPA, "AccountId": ANN, "Items": lines});
    let order = id(hub.post("orders/add", body).ok()["OrderId"].as_str().unwrap());
    let items = of_order(&hub, order);
    let distinct: std::collections::HashSet<&str> = items.iter().map(|item| item["Id"].as_str().unwrap()).collect();
    assert_eq!((items.len(), distinct.len()), (1000, 1000));
}

#[test]
fn every_filter() {
    let hub = Hub::new();
    let first = ordered(&hub);
    hub.ledger.set_now(at("2026-02-01T00:00:00Z"));
    let bar = json!({"ServiceId": BAR, "AccountId": ANN, "Items": [{"Name": "Rum", "UnitCount": 1, "UnitAmount": gross(9.0)}]});
    let second = id(hub.post("orders/add", bar).ok()["OrderId"].as_str().unwrap());
    let count = |body: Value| list(&hub, body).len();
    let span = |start: &str, end: &str| json!({"StartUtc": format!("{start}T00:00:00Z"), "EndUtc": format!("{end}T00:00:00Z")});
    assert_eq!(count(json!({"ServiceOrderIds": [first, second, Uuid::nil()]})), 5);
    assert_eq!(count(json!({"ServiceIds": [SPA]})), 4);
    assert_eq!(count(json!({"ServiceIds": [BAR], "EnterpriseIds": [ENTERPRISE], "Currency": "EUR"})), 1);
    assert_eq!(count(json!({"AccountIds": [ANN]})), 5);
    assert_eq!(count(json!({"AccountIds": [Uuid::nil()]})), 0);
    assert_eq!(count(json!({"BillIds": [Uuid::nil()]})), 0);
    assert_eq!(count(json!({"CreatedUtc": span("2026-01-15", "2026-01-16")})), 4);
    assert_eq!(count(json!({"UpdatedUtc": span("2026-01-20", "2026-02-02")})), 1);
    assert_eq!(count(json!({"ConsumedUtc": span("2026-01-16", "2026-01-17")})), 4);
    assert_eq!(count(json!({"CanceledUtc": span("2026-01-01", "2026-02-02")})), 0);
    assert_eq!(count(json!({"ClosedUtc": span("2026-01-01", "2026-02-02")})), 0);
    assert_eq!(count(json!({"AccountIds": [ANN], "Types": ["CustomItem"]})), 2);
    assert_eq!(count(json!({"AccountIds": [ANN], "AccountingStates": ["Open"], "Types": ["ProductOrder"]})), 3);
    assert_eq!(count(json!({"AccountIds": [ANN], "AccountingStates": ["Closed", "Inactive"]})), 0);
    let rum = list(&hub, json!({"ServiceOrderIds": [second]}))[0]["Id"].clone();
    assert_eq!(count(json!({"OrderItemIds": [rum, Uuid::nil()]})), 1);
    assert_eq!(count(json!({"OrderItemIds": [rum], "ServiceOrderIds": [first]})), 0);
    hub.become_state(OrderId(second), State::Closed);
    assert_eq!(count(json!({"ClosedUtc": span("2026-01-31", "2026-02-02"), "AccountingStates": ["Closed"]})), 1);
    hub.become_state(OrderId(first), State::Canceled);
    assert_eq!(count(json!({"CanceledUtc": span("2026-01-31", "2026-02-02"), "AccountingStates": ["Canceled"]})), 4);
    for (body, member) in [
        (json!({}), "OrderItemIds"),
        (json!({"EnterpriseIds": [ENTERPRISE], "Types": ["CustomItem"]}), "OrderItemIds"),
        (json!({"AccountIds": vec![ANN; 101]}), "AccountIds"),
        (json!({"ServiceIds": [Uuid::nil()]}), "ServiceIds"),
        (json!({"ServiceIds": [SPA], "EnterpriseIds": [Uuid::nil()]}), "EnterpriseIds"),
        (json!({"ServiceIds": [SPA], "Currency": "USD"}), "Currency"),
        (json!({"ServiceIds": [SPA], "Types": ["Product"]}), "Types"),
        (json!({"ServiceIds": [SPA], "AccountingStates": ["open"]}), "AccountingStates"),
        (json!({"ServiceIds": [SPA], "Limitation": {"Count": 1, "Cursor": Uuid::nil()}}), "Cursor"),
    ] {
        let mut whole = json!({"Limitation": {"Count": 1}});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        hub.post("orderItems/getAll", whole).fails(400, &format!("Invalid {member}"));
    }
}

#[test]
fn pages_go_from_the_newest_order_and_lose_nothing() {
    let hub = Hub::new();
    let orders = [ordered(&hub), ordered(&hub), ordered(&hub)];
    let whole = list(&hub, json!({"ServiceIds": [SPA]}));
    let by_order: Vec<Value> = whole.iter().step_by(4).map(|item| item["ServiceOrderId"].clone()).collect();
    assert_eq!(by_order, orders.iter().rev().map(|order| json!(order)).collect::<Vec<_>>());
    for filter in
        [json!({"ServiceIds": [SPA]}), json!({"OrderItemIds": whole.iter().map(|i| &i["Id"]).collect::<Vec<_>>()})]
    {
        let (mut paged, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let body = with(filter.clone(), "Limitation", json!({"Count": 3, "Cursor": cursor}));
            let page = hub.post("orderItems/getAll", body).ok();
            cursor = page["Cursor"].clone();
            let items = page["OrderItems"].as_array().unwrap();
            assert_eq!(items.last().map_or(&Value::Null, |last| &last["Id"]), &cursor);
            if items.is_empty() {
                break;
            }
            // A line that is canceled meanwhile stays where it is.
            hub.post("orderItems/cancel", json!({"OrderItemIds": [items[0]["Id"]]})).ok();
            paged.extend(items.iter().map(|item| item["Id"].clone()));
        }
        assert_eq!(paged, whole.iter().map(|item| item["Id"].clone()).collect::<Vec<_>>());
    }
}

#[test]
fn lines_are_canceled_one_by_one_and_with_the_last_the_order() {
    let hub = Hub::new();
    let order = ordered(&hub);
    let items = of_order(&hub, order);
    let twin = items.iter().find(|item| item["UnitAmount"]["GrossValue"] == 60.5).unwrap();
    hub.ledger.set_now(at("2026-01-15T11:00:00Z"));
    let cancel = |ids: Value| hub.post("orderItems/cancel", json!({"OrderItemIds": ids}));
    assert_eq!(cancel(json!([twin["Id"], named(&items, "Beer")["Id"], twin["Id"]])).ok(), json!({}));
    let kept = order_of(&hub, order);
    assert_eq!((kept.fields.tasks.len(), kept.fields.cost, kept.state), (2, Some(302.5), State::Received));
    let after = of_order(&hub, order);
    assert_eq!(after.len(), 4);
    for item in &after {
        let gone = [&twin["Id"], &named(&items, "Beer")["Id"]].contains(&&item["Id"]);
        let before = items.iter().find(|other| other["Id"] == item["Id"]).unwrap();
        assert_eq!(item["Amount"], before["Amount"]);
        let expected = if gone { ("Canceled", json!("2026-01-15T11:00:00Z")) } else { ("Open", Value::Null) };
        assert_eq!((item["AccountingState"].as_str().unwrap(), item["CanceledUtc"].clone()), expected);
    }
    // Saying it again changes nothing; a client may ask for no body then.
    let revision = kept.revision;
    let again = json!({"OrderItemIds": [twin["Id"]]});
    let answer = hub.post_with("orderItems/cancel", &[("prefer", "return=minimal")], again);
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(order_of(&hub, order).revision, revision);
    let left: Vec<Value> = after.iter().filter(|i| i["AccountingState"] == "Open").map(|i| i["Id"].clone()).collect();
    cancel(json!(left)).ok();
    let gone = order_of(&hub, order);
    assert_eq!((gone.state, gone.fields.tasks.len()), (State::Canceled, 2));
    assert!(of_order(&hub, order).iter().all(|item| item["AccountingState"] == "Canceled"));
    assert_eq!(hub.list(json!({})).ok()["ProductServiceOrders"][0]["State"], "Canceled");
    cancel(json!([left[0]])).ok();
}

#[test]
fn all_or_nothing_is_canceled() {
    let hub = Hub::new();
    let (first, second) = (ordered(&hub), ordered(&hub));
    let item = |order| of_order(&hub, order)[0]["Id"].clone();
    let (one, other) = (item(first), item(second));
    hub.become_state(OrderId(second), State::Invoiced);
    let cancel = |ids: Value| hub.post("orderItems/cancel", json!({"OrderItemIds": ids}));
    cancel(json!([one, other])).fails(403, "not allowed: an order item that is closed cannot be canceled");
    assert_eq!(order_of(&hub, first).fields.tasks.len(), 4);
    for ids in [json!([Uuid::nil()]), json!([first]), json!([]), json!(null), json!(vec![one.clone(); 11])] {
        cancel(ids).fails(400, "Invalid OrderItemIds");
    }
    // An id of an order that has no such line.
    let mut bytes = id(one.as_str().unwrap()).into_bytes();
    bytes[15] ^= 1;
    cancel(json!([Uuid::from_bytes(bytes)])).fails(400, "Invalid OrderItemIds");
    let portfolio = Hub::with(&[("portfolio", "true")]);
    portfolio.post("orderItems/cancel", json!({"OrderItemIds": [one]})).fails(400, "Invalid EnterpriseId");
}

#[test]
fn orders_of_other_dialects_have_lines_too() {
    let hub = Hub::new();
    let task = |name: &str, quantity, price| Task {
        name: name.to_owned(),
        instructions: Some("twice".to_owned()),
        quantity,
        unit_price: price,
        ..Task::default()
    };
    let tasks = vec![task("Mow", None, Some(40.0)), task("Haul", Some(2.5), Some(10.0)), task("Trim", Some(3.0), None)];
    let order = hub.create(Command::default().with(Field::Service, "Yard").with(Field::Tasks, Held::Tasks(tasks)));
    let items = of_order(&hub, order.id.0);
    let line = |name: &str| {
        let item = named(&items, name);
        (item["UnitCount"].as_i64().unwrap(), item["Amount"]["GrossValue"].as_f64().unwrap())
    };
    assert_eq!((line("Mow"), line("Haul"), line("Trim")), ((1, 40.0), (1, 25.0), (3, 0.0)));
    assert_eq!(named(&items, "Mow")["Notes"], "twice");
    // What the field invoices for a line is what the line comes to; anything else is a line of its own.
    let origin = Origin { connection: Some(ConnectionId(9)), dialect: "ppw".to_owned() };
    let charge = |id: &str, kind, description: &str, price| {
        let description = description.to_owned();
        let charge = Charge { kind, description, quantity: Some(2.0), unit_price: Some(price), ..Charge::default() };
        Item::new(id, origin.clone(), at("2026-01-15T10:00:00Z"), charge)
    };
    let put = vec![
        charge("1", ChargeKind::Invoice, "Mow", 45.0),
        charge("2", ChargeKind::Invoice, "Dump fee", 12.0),
        charge("3", ChargeKind::Bid, "New fence", 900.0),
    ];
    hub.change(order.id, Command { put, ..Command::default() });
    let items = of_order(&hub, order.id.0);
    let amount = |name: &str| named(&items, name)["Amount"]["GrossValue"].as_f64().unwrap();
    assert_eq!((items.len(), amount("Mow"), amount("Dump fee")), (4, 90.0, 24.0));
    let fee = named(&items, "Dump fee")["Id"].clone();
    let answer = hub.post("orderItems/cancel", json!({"OrderItemIds": [fee]}));
    answer.fails(403, "not allowed: an order item that was invoiced cannot be canceled");
    // An order of which only the cost is known is one line, and canceling that cancels the order.
    let order = hub.create(Command::default().with(Field::Title, "Delivery").with(Field::Cost, 17.5));
    let items = of_order(&hub, order.id.0);
    assert_eq!(named(&items, "Delivery")["Amount"]["GrossValue"], 17.5);
    hub.post("orderItems/cancel", json!({"OrderItemIds": [items[0]["Id"]]})).ok();
    assert_eq!(order_of(&hub, order.id.0).state, State::Canceled);
    assert!(of_order(&hub, hub.create(Command::default().moving(Transition::Start)).id.0).is_empty());
}

#[test]
fn a_net_house_prices_net() {
    let hub = Hub::with(&[("pricing", "Net"), ("currency", "USD")]);
    let net = json!({"Currency": "USD", "NetValue": 10.0, "TaxCodes": ["US-A", "US-B"]});
    let body = json!({"ServiceId": SPA, "AccountId": ANN, "ProductOrders": [{"ProductId": MASSAGE}],
        "Items": [{"Name": "Beer", "UnitCount": 1, "UnitAmount": net}]});
    let order = id(hub.post("orders/add", body).ok()["OrderId"].as_str().unwrap());
    let items = of_order(&hub, order);
    let massage = &named(&items, "Massage")["Amount"];
    assert_eq!((massage["NetValue"].as_f64(), massage["GrossValue"].as_f64()), (Some(100.0), Some(121.0)));
    assert_eq!(massage["Currency"], "EUR");
    let beer = &named(&items, "Beer")["Amount"];
    assert_eq!(beer["TaxValues"], json!([{"Code": "US-A", "Value": 0.0}, {"Code": "US-B", "Value": 0.0}]));
}
