//! `customers/*` and `companies/*`.

use super::*;
use docket_core::order::Field;

fn people(hub: &Hub, body: Value) -> Vec<Value> {
    let mut whole = json!({"Extent": {"Customers": true}, "Limitation": {"Count": 1000}});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    hub.post("customers/getAll", whole).ok()["Customers"].as_array().unwrap().clone()
}

fn companies(hub: &Hub, body: Value) -> Vec<Value> {
    let mut whole = json!({"Limitation": {"Count": 1000}});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    hub.post("companies/getAll", whole).ok()["Companies"].as_array().unwrap().clone()
}

fn last_names(found: &[Value]) -> Vec<&str> {
    found.iter().map(|customer| customer["LastName"].as_str().unwrap()).collect()
}

fn guest(last: &str) -> Value {
    json!({"LastName": last, "OverwriteExisting": false})
}

fn company(name: &str) -> Value {
    let options = json!({"Invoiceable": true, "AddFeesToInvoices": false, "AddTaxDeductedPaymentToInvoices": false});
    json!({"Name": name, "Options": options})
}

#[test]
fn whoever_an_order_is_for_can_be_looked_up() {
    let hub = Hub::new();
    hub.create(Command::default().with(Field::CustomerName, "Bo  van Dyk").with(Field::Service, SPA));
    hub.create(Command::default().with(Field::ClientCompany, "Lone Star Preservation").with(Field::Service, SPA));
    hub.create(Command::default().with(Field::Service, SPA));
    let orders = hub.list(json!({})).ok();
    for order in orders["ProductServiceOrders"].as_array().unwrap() {
        let id = &order["AccountId"];
        let found = match order["AccountType"].as_str().unwrap() {
            "Company" => companies(&hub, json!({"Ids": [id]})),
            _ => people(&hub, json!({"CustomerIds": [id]})),
        };
        assert_eq!((found.len(), &found[0]["Id"]), (1, id));
    }
    let found = people(&hub, json!({}));
    assert_eq!(last_names(&found), ["Dyk", "Lee", "General"]);
    assert_eq!(found[0]["FirstName"], "Bo  van");
    assert_eq!(companies(&hub, json!({}))[0]["Name"], "Lone Star Preservation");
}

#[test]
fn a_customer_is_added_found_and_ordered_for() {
    let hub = Hub::new();
    let body = json!({
        "LastName": "Okafor", "FirstName": "Ada", "Title": "Misses", "Sex": "Female", "BirthDate": "1987-02-03",
        "Email": "Ada@Example.com", "Phone": "+31 6 1", "Notes": "late", "LoyaltyCode": "L-1",
        "Classifications": ["Returning", "Media"], "Options": ["Invoiceable"], "Passport": {"Number": "NX1"},
        "Address": {"Line1": "1 Elm Ct", "City": "Utrecht", "PostalCode": "3511", "CountryCode": "NL"},
        "OverwriteExisting": false,
    });
    let ada = hub.post("customers/add", body.clone()).ok();
    assert_eq!(
        (&ada["FirstName"], &ada["LastName"], &ada["Title"]),
        (&json!("Ada"), &json!("Okafor"), &json!("Misses"))
    );
    assert_eq!((&ada["Address"]["City"], &ada["Address"]["Line2"]), (&json!("Utrecht"), &Value::Null));
    assert_eq!(ada["AddressId"], ada["Address"]["Id"]);
    assert_eq!((&ada["Passport"], &ada["IsActive"]), (&Value::Null, &json!(true)));
    assert!(ada["Number"].as_str().unwrap().parse::<u64>().unwrap() < 1 << 53);
    let kept = hub.ledger.customer(&Caller::hub(ACCOUNT), id(ada["Id"].as_str().unwrap())).now_or_never().unwrap();
    let kept = kept.unwrap().unwrap();
    assert!(!kept.data.as_deref().unwrap().contains("NX1"), "identity documents are not kept");
    assert!(!kept.data.as_deref().unwrap().contains(ACCESS));
    for filter in [
        json!({"Emails": ["ada@example.COM"]}),
        json!({"Emails": ["ada@example.com", "nobody@example.com"]}),
        json!({"FirstNames": ["Ada"]}),
        json!({"LastNames": ["Okafor", "Lee"], "LoyaltyCodes": ["L-1"]}),
        json!({"CustomerIds": [ada["Id"]], "ChainIds": [ada["ChainId"]], "ActivityStates": ["Active"]}),
    ] {
        assert_eq!(people(&hub, filter), std::slice::from_ref(&ada));
    }
    for nobody in [
        json!({"ActivityStates": ["Deleted"]}),
        json!({"DeletedUtc": {"StartUtc": "2026-01-01T00:00:00Z", "EndUtc": "2026-02-01T00:00:00Z"}}),
        json!({"CompanyIds": [Uuid::nil()]}),
        json!({"Extent": {"Customers": false}}),
    ] {
        assert!(people(&hub, nobody).is_empty());
    }
    hub.post("orders/add", with(smallest(), "AccountId", ada["Id"].clone())).ok();
    let orders = hub.list(json!({"AccountIds": [ada["Id"]]})).ok();
    assert_eq!(orders["ProductServiceOrders"].as_array().unwrap().len(), 1);
    // An order that names the customer does not make less of it.
    assert_eq!(people(&hub, json!({"CustomerIds": [ada["Id"]]})), [ada]);
}

#[test]
fn the_same_address_is_the_same_customer() {
    let hub = Hub::new();
    let body = with(guest("Okafor"), "Email", json!("ada@example.com"));
    let body = with(body, "Notes", json!("late"));
    let ada = hub.post("customers/add", body.clone()).ok();
    hub.post("customers/add", body.clone()).fails(403, "A customer with this e-mail address already exists");
    hub.ledger.set_now(at("2026-01-16T10:00:00Z"));
    let body = with(with(body, "OverwriteExisting", json!(true)), "LastName", json!("Eze"));
    let changed = hub.post("customers/add", with(body, "Notes", Value::Null)).ok();
    assert_eq!((&changed["Id"], &changed["LastName"], &changed["Notes"]), (&ada["Id"], &json!("Eze"), &json!("late")));
    assert_eq!((&changed["CreatedUtc"], &changed["UpdatedUtc"]), (&ada["CreatedUtc"], &json!("2026-01-16T10:00:00Z")));
    assert_eq!(people(&hub, json!({})).len(), 3);
    // Two without an address are two.
    assert_ne!(hub.post("customers/add", guest("Li")).ok()["Id"], hub.post("customers/add", guest("Li")).ok()["Id"]);
}

#[test]
fn bad_customers_and_companies_are_not_kept() {
    let hub = Hub::new();
    for (member, value) in [
        ("LastName", json!(null)),
        ("LastName", json!(" ")),
        ("LastName", json!(5)),
        ("OverwriteExisting", json!(null)),
        ("Title", json!("Mr")),
        ("Sex", json!("male")),
        ("BirthDate", json!("3 Feb 1987")),
        ("Email", json!("ada@")),
        ("CarRegistrationNumber", json!("x".repeat(256))),
        ("ItalianLotteryCode", json!("x")),
        ("Classifications", json!(["Returning", "Returning"])),
        ("Options", json!(["None"])),
        ("CompanyId", json!(ANN)),
        ("ChainId", json!(Uuid::nil())),
        ("Address", json!("1 Elm Ct")),
        ("Passport", json!("NX1")),
    ] {
        hub.post("customers/add", with(guest("Li"), member, value)).fails(400, &format!("Invalid {member}"));
    }
    hub.post("customers/add", with(guest("Li"), "Address", json!({"Line1": 1}))).fails(400, "Invalid Line1");
    for (member, value) in [
        ("Name", json!("")),
        ("Options", json!(null)),
        ("InvoicingEmail", json!("no")),
        ("WebsiteUrl", json!("example dot com")),
        ("ExternalIdentifier", json!("x".repeat(256))),
        ("MotherCompanyId", json!(ANN)),
        ("ChainId", json!(Uuid::nil())),
        ("Telephone", json!(5)),
    ] {
        hub.post("companies/add", with(company("Acme"), member, value)).fails(400, &format!("Invalid {member}"));
    }
    let basic = json!({"Basic": "Good"});
    hub.post("companies/add", with(company("Acme"), "CreditRating", basic)).fails(400, "Invalid Basic");
    assert_eq!(last_names(&people(&hub, json!({}))), ["Lee", "General"]);
    assert!(companies(&hub, json!({})).is_empty());
    let list = json!({"Extent": {"Customers": true}, "Limitation": {"Count": 1}});
    for (member, value) in [
        ("Extent", json!(null)),
        ("ChainIds", json!([Uuid::nil()])),
        ("ActivityStates", json!(["active"])),
        ("CompanyIds", json!([ANN, ANN])),
        ("Emails", json!([])),
    ] {
        hub.post("customers/getAll", with(list.clone(), member, value)).fails(400, &format!("Invalid {member}"));
    }
    let cursor = json!({"Count": 1, "Cursor": Uuid::nil()});
    hub.post("customers/getAll", with(list.clone(), "Limitation", cursor.clone())).fails(400, "Invalid Cursor");
    hub.post("companies/getAll", json!({"Limitation": cursor})).fails(400, "Invalid Cursor");
    let half = json!({"TimeFilter": "Created", "StartUtc": "2026-01-01T00:00:00Z", "Limitation": {"Count": 1}});
    hub.post("companies/getAll", half).fails(400, "Invalid EndUtc");
    hub.post("companies/getAll", json!({"TimeFilter": "Never", "Limitation": {"Count": 1}}))
        .fails(400, "Invalid TimeFilter");
}

#[test]
fn pages_of_customers() {
    let hub = Hub::new();
    for number in 0..5 {
        hub.ledger.set_now(at(&format!("2026-01-1{number}T10:00:00Z")));
        hub.post("customers/add", guest(&format!("Guest{number}"))).ok();
    }
    let expected = ["Guest4", "Guest3", "Guest2", "Guest1", "Guest0", "Lee", "General"];
    for count in 1..8 {
        let (mut paged, mut cursor) = (Vec::new(), Value::Null);
        loop {
            let body = json!({"Extent": {}, "Limitation": {"Count": count, "Cursor": cursor}});
            let page = hub.post("customers/getAll", body).ok();
            cursor = page["Cursor"].clone();
            if cursor.is_null() {
                break;
            }
            paged.extend(
                page["Customers"].as_array().unwrap().iter().map(|c| c["LastName"].as_str().unwrap().to_owned()),
            );
        }
        assert_eq!(paged, expected, "{count} at a time");
    }
    let span = json!({"StartUtc": "2026-01-11T00:00:00Z", "EndUtc": "2026-01-13T00:00:00Z"});
    assert_eq!(last_names(&people(&hub, json!({"CreatedUtc": span}))), ["Guest2", "Guest1"]);
    assert_eq!(last_names(&people(&hub, json!({"UpdatedUtc": span}))), ["Guest2", "Guest1"]);
}

#[test]
fn a_company_is_added_and_known_by_its_name() {
    let hub = Hub::new();
    let mother = hub.post("companies/add", company("Acme Holding")).ok()["Companies"][0]["Id"].clone();
    let mut body = company("Acme");
    for (member, value) in [
        ("InvoicingEmail", json!("bills@acme.example")),
        ("WebsiteUrl", json!("https://acme.example/")),
        ("Telephone", json!("+31 20 1")),
        ("CreditRating", json!({"Basic": "CreditOk"})),
        ("ExternalIdentifier", json!("A-1")),
        ("MotherCompanyId", mother.clone()),
        ("Address", json!({"City": "Utrecht"})),
        ("TaxIdentifier", json!("NL1")),
    ] {
        body = with(body, member, value);
    }
    let answer = hub.post("companies/add", body).ok();
    assert_eq!(answer["Cursor"], Value::Null);
    let acme = answer["Companies"][0].clone();
    assert_eq!(
        (&acme["InvoicingEmail"], &acme["Options"]["Invoiceable"]),
        (&json!("bills@acme.example"), &json!(true))
    );
    assert_eq!((&acme["CreditRating"]["Basic"], &acme["Address"]["City"]), (&json!("CreditOk"), &json!("Utrecht")));
    for filter in [
        json!({"Names": ["Acme"]}),
        json!({"ExternalIdentifiers": ["A-1"]}),
        json!({"MotherCompanyIds": [mother]}),
        json!({"Ids": [acme["Id"]], "ChainIds": [acme["ChainId"]], "ActivityStates": ["Active", "Deleted"]}),
    ] {
        assert_eq!(companies(&hub, filter), std::slice::from_ref(&acme));
    }
    let span = json!({"TimeFilter": "Updated", "StartUtc": "2026-01-15T10:00:00Z", "EndUtc": "2026-01-15T10:00:00Z"});
    assert_eq!(companies(&hub, span).len(), 2);
    assert!(companies(&hub, json!({"ActivityStates": ["Deleted"]})).is_empty());
    // The name is what other dialects know it by.
    hub.create(Command::default().with(Field::ClientCompany, "acme").with(Field::Service, SPA));
    let order = hub.list(json!({"AccountIds": [acme["Id"]]})).ok()["ProductServiceOrders"][0].clone();
    assert_eq!((&order["AccountType"], &order["AccountId"]), (&json!("Company"), &acme["Id"]));
    let again = hub.post("companies/add", with(company("ACME"), "Telephone", json!("+31 20 2"))).ok();
    let again = &again["Companies"][0];
    assert_eq!(
        (&again["Id"], &again["Telephone"], &again["TaxIdentifier"]),
        (&acme["Id"], &json!("+31 20 2"), &json!("NL1"))
    );
    let guest = hub.post("customers/add", with(guest("Li"), "CompanyId", acme["Id"].clone())).ok();
    assert_eq!(people(&hub, json!({"CompanyIds": [acme["Id"]]})), [guest]);
}
