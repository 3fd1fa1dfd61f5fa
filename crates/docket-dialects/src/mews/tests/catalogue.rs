//! `services/getAll`, `products/getAll`, `configuration/get`, `enterprises/getAll`.

use super::*;
use docket_core::order::Field;

fn names(answer: &Value, list: &str) -> Vec<String> {
    answer[list].as_array().unwrap().iter().map(|entry| entry["Name"].as_str().unwrap().to_owned()).collect()
}

fn all(body: Value) -> Value {
    with(body, "Limitation", json!({"Count": 1000}))
}

#[test]
fn services_with_every_filter() {
    let hub = Hub::new();
    hub.ledger.add_service(Service {
        created_at: at("2024-06-01T00:00:00Z"),
        updated_at: at("2024-07-01T00:00:00Z"),
        data: Some(r#"{"Promotions":{"DuringStay":true},"Options":{"BillAsPackage":true}}"#.to_owned()),
        ..service("22222222-2222-4222-8222-222222222222", "Sauna", ServiceKind::Additional, None)
    });
    let list = |body: Value| names(&hub.post("services/getAll", all(body)).ok(), "Services");
    let newest_first = ["Sauna", "Stay", "Spa", "Bar", "General"];
    assert_eq!(list(json!({})), newest_first);
    assert_eq!(list(json!({"ServiceType": "Bookable"})), ["Stay"]);
    assert_eq!(list(json!({"ServiceType": "Additional"})), ["Sauna", "Spa", "Bar", "General"]);
    assert_eq!(list(json!({"ServiceIds": [BAR, SPA, Uuid::nil()]})), ["Spa", "Bar"]);
    assert_eq!(list(json!({"EnterpriseIds": [ENTERPRISE]})).len(), 5);
    let june = json!({"StartUtc": "2024-06-01T00:00:00Z", "EndUtc": "2024-08-01T00:00:00Z"});
    assert_eq!(list(json!({"UpdatedUtc": june})), ["Sauna"]);
    let mut cursor = Value::Null;
    let mut paged = Vec::new();
    loop {
        let body = json!({"Limitation": {"Count": 2, "Cursor": cursor}});
        let page = hub.post("services/getAll", body).ok();
        cursor = page["Cursor"].clone();
        if cursor.is_null() {
            break;
        }
        paged.extend(names(&page, "Services"));
    }
    assert_eq!(paged, newest_first);
    for (body, member) in [
        (json!({"ServiceType": "Orderable"}), "ServiceType"),
        (json!({"ServiceIds": []}), "ServiceIds"),
        (json!({"EnterpriseIds": [Uuid::nil()]}), "EnterpriseIds"),
        (json!({"Limitation": null}), "Limitation"),
        (json!({"Limitation": {"Count": 1, "Cursor": Uuid::nil()}}), "Cursor"),
    ] {
        let mut whole = all(json!({}));
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        hub.post("services/getAll", whole).fails(400, &format!("Invalid {member}"));
    }
}

#[test]
fn a_service_as_it_is_shown() {
    let hub = Hub::new();
    let promotions = json!({"BeforeCheckIn": false, "AfterCheckIn": false, "DuringStay": false, "BeforeCheckOut": false,
        "AfterCheckOut": false, "DuringCheckOut": false});
    let answer = hub.post("services/getAll", all(json!({"ServiceIds": [SPA]}))).ok();
    let expected = json!({
        "Id": SPA,
        "EnterpriseId": ENTERPRISE,
        "IsActive": true,
        "Name": "Spa",
        "Names": {"en-US": "Spa"},
        "StartTime": null,
        "EndTime": null,
        "Options": {"BillAsPackage": false},
        "Promotions": promotions,
        "Type": "Orderable",
        "Ordering": 0,
        "Data": {"Discriminator": "Additional", "Value": {"Promotions": promotions}},
        "ExternalIdentifier": null,
        "CreatedUtc": "2023-01-02T00:00:00Z",
        "UpdatedUtc": "2023-01-02T00:00:00Z",
    });
    assert_eq!(answer, json!({"Services": [expected], "Cursor": SPA}));
    let stay = hub.post("services/getAll", all(json!({"ServiceIds": [STAY]}))).ok()["Services"][0].clone();
    assert_eq!(stay["Type"], "Reservable");
    assert_eq!(stay["Data"]["Discriminator"], "Bookable");
    assert_eq!(stay["Data"]["Value"]["TimeUnitPeriod"], "Day");
}

#[test]
fn products_of_services() {
    let hub = Hub::new();
    let answer = hub.post("products/getAll", all(json!({"ServiceIds": [SPA, STAY]}))).ok();
    assert_eq!(answer["Cursor"], MASSAGE);
    assert_eq!(answer["CustomerProducts"], json!([]));
    let product = &answer["Products"][0];
    assert_eq!(product["ServiceId"], SPA);
    assert_eq!(product["Price"]["GrossValue"], 121.0);
    assert_eq!(product["Price"]["TaxValues"], json!([{"Code": "NL-S", "Value": 21.0}]));
    assert_eq!(product["Pricing"]["Discriminator"], "Absolute");
    assert_eq!(product["Pricing"]["Value"], product["Price"]);
    let none = json!({"Products": [], "CustomerProducts": [], "Cursor": null});
    assert_eq!(hub.post("products/getAll", all(json!({"ServiceIds": [BAR]}))).ok(), none);
    let other = all(json!({"ServiceIds": [SPA], "ProductIds": [SPA]}));
    assert_eq!(hub.post("products/getAll", other).ok(), none);
    let empty = hub.post_with("products/getAll", &[("prefer", "return=minimal")], all(json!({"ServiceIds": [BAR]})));
    assert_eq!(empty.status, 204);
    hub.post("products/getAll", all(json!({}))).fails(400, "Invalid ServiceIds");
    hub.post("products/getAll", all(json!({"ServiceIds": [Uuid::nil()]}))).fails(400, "Invalid ServiceIds");
    let flag = all(json!({"ServiceIds": [SPA], "IncludeDefault": 1}));
    hub.post("products/getAll", flag).fails(400, "Invalid IncludeDefault");
}

#[test]
fn the_configuration() {
    let hub = Hub::with(&[("enterprise_name", "Hotel Docket"), ("time_zone", "Europe/Prague")]);
    for body in [json!({}), json!({"EnterpriseId": null}), json!({"EnterpriseId": ENTERPRISE})] {
        let answer = hub.post("configuration/get", body).ok();
        assert_eq!(answer["NowUtc"], "2026-01-15T10:00:00Z");
        let enterprise = &answer["Enterprise"];
        assert_eq!(enterprise["Id"], ENTERPRISE);
        assert_eq!(enterprise["Name"], "Hotel Docket");
        assert_eq!(enterprise["TimeZoneIdentifier"], "Europe/Prague");
        assert_eq!(enterprise["OperationalEditableHistoryInterval"], "P0M7DT0H0M0S");
        assert_eq!(enterprise["Currencies"], json!([{"Currency": "EUR", "IsDefault": true, "IsEnabled": true}]));
        assert_eq!(enterprise["IsPortfolio"], false);
        assert_eq!(enterprise["Address"]["Id"], enterprise["AddressId"]);
    }
    hub.post("configuration/get", json!({"EnterpriseId": Uuid::nil()})).fails(400, "Invalid EnterpriseId");
    hub.post("configuration/get", json!({"EnterpriseId": [ENTERPRISE]})).fails(400, "Invalid EnterpriseId");
}

#[test]
fn a_portfolio_has_a_placeholder() {
    let hub = Hub::with(&[("portfolio", "true")]);
    let placeholder = hub.post("configuration/get", json!({})).ok();
    assert_eq!(placeholder["Enterprise"]["IsPortfolio"], true);
    assert_ne!(placeholder["Enterprise"]["Id"], ENTERPRISE);
    let own = hub.post("configuration/get", json!({"EnterpriseId": ENTERPRISE})).ok();
    assert_eq!(own["Enterprise"]["IsPortfolio"], false);
    let scope = hub.post("enterprises/getAll", all(json!({}))).ok();
    assert_eq!(scope["Enterprises"][0]["Id"], ENTERPRISE);
}

#[test]
fn enterprises_in_scope() {
    let hub = Hub::new();
    let answer = hub.post("enterprises/getAll", all(json!({"EnterpriseIds": [ENTERPRISE]}))).ok();
    assert_eq!(answer["Cursor"], ENTERPRISE);
    assert_eq!(answer["Enterprises"][0]["LinkedUtc"], "2023-01-01T00:00:00Z");
    let none = json!({"Enterprises": [], "Cursor": null});
    let linked = json!({"StartUtc": "2022-01-01T00:00:00Z", "EndUtc": "2022-02-01T00:00:00Z"});
    for body in [
        json!({"ExternalIdentifiers": ["x"], "Limitation": {"Count": 1}}),
        json!({"LinkedUtc": linked, "Limitation": {"Count": 1}}),
        json!({"Limitation": {"Count": 1, "Cursor": ENTERPRISE}}),
    ] {
        assert_eq!(hub.post("enterprises/getAll", body).ok(), none);
    }
    hub.post("enterprises/getAll", all(json!({"EnterpriseIds": [Uuid::nil()]}))).fails(400, "Invalid EnterpriseIds");
    hub.post("enterprises/getAll", all(json!({"ExternalIdentifiers": []}))).fails(400, "Invalid ExternalIdentifiers");
}

#[test]
fn a_service_with_the_id_of_its_name_is_found_by_either() {
    let hub = Hub::new();
    let by_name = docket_core::catalogue::service_id(ACCOUNT, "Sauna").to_string();
    hub.ledger.add_service(service(&by_name, "Sauna", ServiceKind::Additional, None));
    let named = hub.create(Command::default().with(Field::Service, "sauna"));
    let by_id = hub.create(Command::default().with(Field::Service, by_name.as_str()));
    assert_eq!(hub.ids(json!({"ServiceIds": [by_name]})), [by_id.id.0, named.id.0]);
}

#[test]
fn the_company_that_work_is_done_for_owns_an_order_without_a_customer() {
    let hub = Hub::new();
    let order = hub.create(Command::default().with(Field::ClientCompany, "Acme Bank"));
    let shown = hub.face(&order);
    assert_eq!(shown["AccountType"], "Company");
    assert_eq!(hub.ids(json!({"ServiceIds": [shown["ServiceId"]], "AccountIds": [shown["AccountId"]]})), [order.id.0]);
    let order =
        hub.create(Command::default().with(Field::ClientCompany, "Acme Bank").with(Field::CustomerName, "Ann Lee"));
    assert_eq!(hub.face(&order)["AccountType"], "Customer");
    assert_ne!(hub.face(&order)["AccountId"], shown["AccountId"]);
}
