//! `reservations/*`.

use super::*;
use docket_core::order::Field;

fn stay(hub: &Hub, state: State, start: &str) -> OrderId {
    let command = Command { to: Some(Move::Become(state)), ..Command::default() };
    hub.create(command.with(Field::Service, STAY).with(Field::CustomerId, ANN).with(Field::Start, at(start))).id
}

fn list(hub: &Hub, body: Value) -> Vec<Value> {
    let mut whole = json!({"Limitation": {"Count": 1000}});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    hub.post("reservations/getAll/2023-06-06", whole).ok()["Reservations"].as_array().unwrap().clone()
}

fn shown(hub: &Hub, order: OrderId) -> Value {
    list(hub, json!({"ReservationIds": [order.0]}))[0].clone()
}

#[test]
fn a_reservation_as_it_is_shown() {
    let hub = Hub::new();
    let rate = Uuid::from_u128(1);
    let bag = json!({"State": "Confirmed", "Origin": "Distributor", "RateId": rate, "Purpose": "Leisure",
        "PersonCounts": [{"AgeCategoryId": rate, "Count": 2}], "ChannelNumber": "C-1"});
    let order = hub.import("0f515589-99b4-423d-b83a-b237009f0509", 50, STAY, bag);
    let now = "2026-01-15T10:00:00Z";
    let found = list(&hub, json!({}));
    let derived = |member: &str| found[0][member].clone();
    let mut expected = json!({
        "Id": order.id.0, "ServiceId": STAY, "AccountId": ANN, "AccountType": "Customer",
        "CreatorProfileId": derived("CreatorProfileId"), "UpdaterProfileId": derived("UpdaterProfileId"),
        "BookerId": null, "Number": "50", "State": "Confirmed", "Origin": "Distributor", "CommanderOrigin": null,
        "OriginDetails": null, "CreatedUtc": now, "UpdatedUtc": now, "CancelledUtc": null, "VoucherId": null,
        "BusinessSegmentId": null,
        "Options": {"OwnerCheckedIn": false, "AllCompanionsCheckedIn": false, "AnyCompanionCheckedIn": false,
            "ConnectorCheckIn": false},
    });
    let rest = json!({
        "RateId": rate, "CreditCardId": null, "GroupId": derived("GroupId"),
        "RequestedResourceCategoryId": derived("RequestedResourceCategoryId"), "AssignedResourceId": null,
        "AvailabilityBlockId": null, "PartnerCompanyId": null, "TravelAgencyId": null, "AssignedResourceLocked": false,
        "ChannelNumber": "C-1", "ChannelManagerNumber": null, "CancellationReason": null, "ReleasedUtc": null,
        "StartUtc": now, "EndUtc": "2026-01-16T10:00:00Z", "ScheduledStartUtc": now, "ActualStartUtc": null,
        "ScheduledEndUtc": "2026-01-16T10:00:00Z", "ActualEndUtc": null, "Purpose": "Leisure", "QrCodeData": null,
        "PersonCounts": [{"AgeCategoryId": rate, "Count": 2}],
    });
    expected.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
    assert_eq!(found, [expected]);
    assert!(hub.list(json!({"ProductServiceOrderIds": [order.id.0]})).ok()["ProductServiceOrders"][0].is_null());
}

#[test]
fn every_filter() {
    let hub = Hub::new();
    let first = stay(&hub, State::Assigned, "2026-01-20T14:00:00Z");
    let second = stay(&hub, State::Waiting, "2026-02-20T14:00:00Z");
    hub.create(Command::default().with(Field::Service, SPA));
    let ids =
        |body: Value| -> Vec<Uuid> { list(&hub, body).iter().map(|stay| id(stay["Id"].as_str().unwrap())).collect() };
    let both = [second.0, first.0];
    assert_eq!(ids(json!({})), both);
    assert_eq!(ids(json!({"ServiceIds": [STAY], "EnterpriseIds": [ENTERPRISE], "AccountIds": [ANN]})), both);
    assert_eq!(ids(json!({"ReservationIds": [first.0, Uuid::nil()]})), [first.0]);
    assert_eq!(ids(json!({"States": ["Optional"]})), [second.0]);
    assert_eq!(ids(json!({"Numbers": ["2"]})), [second.0]);
    assert_eq!(ids(json!({"ReservationGroupIds": [shown(&hub, first)["GroupId"]]})), [first.0]);
    let span = |start: &str, end: &str| json!({"StartUtc": format!("{start}T00:00:00Z"), "EndUtc": format!("{end}T00:00:00Z")});
    assert_eq!(ids(json!({"ScheduledStartUtc": span("2026-01-20", "2026-01-21")})), [first.0]);
    assert_eq!(ids(json!({"ScheduledEndUtc": span("2026-02-21", "2026-02-22")})), [second.0]);
    assert_eq!(ids(json!({"CollidingUtc": span("2026-01-21", "2026-01-22")})), [first.0]);
    assert_eq!(ids(json!({"CreatedUtc": span("2026-01-15", "2026-01-16")})), both);
    assert_eq!(ids(json!({"UpdatedUtc": span("2026-01-16", "2026-01-17")})), [] as [Uuid; 0]);
    for none in ["PartnerCompanyIds", "TravelAgencyIds", "AvailabilityBlockIds", "AssignedResourceIds"] {
        assert_eq!(ids(json!({none: [Uuid::nil()]})), [] as [Uuid; 0]);
    }
    assert_eq!(ids(json!({"ChannelNumbers": ["C-1"]})), [] as [Uuid; 0]);
    assert_eq!(ids(json!({"ActualStartUtc": span("2026-01-01", "2026-02-01")})), [] as [Uuid; 0]);
    let page = ids(json!({"Limitation": {"Count": 1}}));
    assert_eq!(ids(json!({"Limitation": {"Count": 1, "Cursor": page[0]}})), [first.0]);
    assert_eq!(ids(json!({"Limitation": {"Count": 1, "Cursor": first.0}})), [] as [Uuid; 0]);
    let year = span("2026-01-01", "2026-02-01");
    for (body, member) in [
        (json!({"ServiceIds": [SPA]}), "ServiceIds"),
        (json!({"ScheduledStartUtc": year, "ActualStartUtc": year}), "ActualStartUtc"),
        (json!({"ScheduledEndUtc": year, "ActualEndUtc": year}), "ActualEndUtc"),
        (json!({"PartnerCompanyIds": vec![ANN; 101]}), "PartnerCompanyIds"),
        (json!({"ChannelNumbers": []}), "ChannelNumbers"),
        (json!({"Limitation": {"Count": 1, "Cursor": Uuid::nil()}}), "Cursor"),
    ] {
        let mut whole = json!({"Limitation": {"Count": 1}});
        whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
        hub.post("reservations/getAll/2023-06-06", whole).fails(400, &format!("Invalid {member}"));
    }
}

#[test]
fn a_stay_from_optional_to_processed() {
    let hub = Hub::new();
    let order = stay(&hub, State::Waiting, "2026-01-15T14:00:00Z");
    let confirmed =
        hub.post("reservations/confirm", json!({"ReservationIds": [order.0], "SendConfirmationEmail": false}));
    assert_eq!(confirmed.ok(), json!({"ReservationIds": [order.0]}));
    assert_eq!(shown(&hub, order)["State"], "Confirmed");
    assert_eq!(hub.post("reservations/start", json!({"ReservationId": order.0})).ok(), json!({}));
    let started = shown(&hub, order);
    assert_eq!((&started["State"], &started["ActualStartUtc"]), (&json!("Started"), &json!("2026-01-15T10:00:00Z")));
    hub.ledger.set_now(at("2026-01-16T09:00:00Z"));
    let open = json!({"ReservationId": order.0, "AllowOpenBalance": true});
    hub.post("reservations/process", open.clone()).fails(400, "Invalid Notes");
    hub.post("reservations/process", with(open, "Notes", json!("pays later"))).ok();
    let done = shown(&hub, order);
    assert_eq!((&done["State"], &done["ActualEndUtc"]), (&json!("Processed"), &json!("2026-01-16T09:00:00Z")));
    let notes = json!({"ServiceOrderIds": [order.0], "Limitation": {"Count": 1}});
    assert_eq!(hub.post("serviceOrderNotes/getAll", notes).ok()["ServiceOrderNotes"][0]["Text"], "pays later");
}

#[test]
fn steps_are_refused_from_the_wrong_state() {
    use State::*;
    let steps = [
        ("reservations/confirm", vec![Waiting]),
        ("reservations/start", vec![Assigned, Accepted]),
        ("reservations/process", vec![Started]),
        ("reservations/cancel", vec![Received, Assigned, Accepted, Rejected, Waiting]),
    ];
    for (step, allowed) in steps {
        for &state in State::ALL {
            let hub = Hub::new();
            let order = stay(&hub, state, "2026-01-15T14:00:00Z");
            let many = matches!(step, "reservations/confirm" | "reservations/cancel");
            let body = if many { json!({"ReservationIds": [order.0]}) } else { json!({"ReservationId": order.0}) };
            let answer = hub.post(step, body);
            let expected = if state == Deleted {
                400
            } else if allowed.contains(&state) {
                200
            } else {
                403
            };
            assert_eq!(answer.status, expected, "{step} from {state:?}");
        }
    }
    let hub = Hub::new();
    let tomorrow = stay(&hub, State::Assigned, "2026-01-16T14:00:00Z");
    hub.post("reservations/start", json!({"ReservationId": tomorrow.0}))
        .fails(403, "not allowed: a reservation cannot be started before its day");
    // Midnight is the enterprise's.
    let hub = Hub::with(&[("time_zone", "Pacific/Kiritimati")]);
    let here = stay(&hub, State::Assigned, "2026-01-16T08:00:00Z");
    hub.post("reservations/start", json!({"ReservationId": here.0})).ok();
}

#[test]
fn steps_are_of_reservations_only_and_of_all_or_none() {
    let hub = Hub::new();
    let order = stay(&hub, State::Waiting, "2026-01-15T14:00:00Z");
    let spa =
        hub.create(Command { to: Some(Move::Become(State::Waiting)), ..Command::default() }.with(Field::Service, SPA));
    for other in [json!(Uuid::nil()), json!(spa.id.0)] {
        for step in ["reservations/confirm", "reservations/cancel"] {
            hub.post(step, json!({"ReservationIds": [order.0, other]})).fails(400, "Invalid ReservationIds");
        }
        for step in ["reservations/start", "reservations/process"] {
            hub.post(step, json!({"ReservationId": other})).fails(400, "Invalid ReservationId");
        }
    }
    assert_eq!(shown(&hub, order)["State"], "Optional");
    hub.post("reservations/confirm", json!({})).fails(400, "Invalid ReservationIds");
    hub.post("reservations/confirm", json!({"ReservationIds": []})).fails(400, "Invalid ReservationIds");
    // The older member names one.
    let gone = json!({"ReservationId": order.0, "PostCancellationFee": true, "SendEmail": false, "Notes": "ill"});
    assert_eq!(hub.post("reservations/cancel", gone).ok(), json!({"ReservationIds": [order.0]}));
    let shown = shown(&hub, order);
    assert_eq!((&shown["State"], &shown["CancelledUtc"]), (&json!("Canceled"), &json!("2026-01-15T10:00:00Z")));
}

#[test]
fn products_are_added_to_a_stay() {
    let hub = Hub::new();
    let order = stay(&hub, State::Started, "2026-01-15T14:00:00Z");
    let body = json!({"ReservationId": order.0, "ProductId": MASSAGE, "Count": 2});
    let add = || hub.post("reservations/addProduct", body.clone()).ok()["ItemIds"].clone();
    let (first, second) = (add(), add());
    assert_ne!(first, second);
    let items = json!({"ServiceOrderIds": [order.0], "Limitation": {"Count": 9}});
    let items = hub.post("orderItems/getAll", items).ok()["OrderItems"].as_array().unwrap().clone();
    let mut ids: Vec<&Value> = items.iter().map(|item| &item["Id"]).collect();
    ids.reverse();
    assert!(ids.contains(&&first[0]) && ids.contains(&&second[0]) && ids.len() == 2);
    for item in &items {
        assert_eq!((&item["ServiceId"], &item["ServiceOrderId"]), (&json!(STAY), &json!(order.0)));
        assert_eq!((&item["RevenueType"], &item["Amount"]["GrossValue"]), (&json!("Product"), &json!(242.0)));
        assert_eq!(item["ConsumedUtc"], "2026-01-15T14:00:00Z");
    }
    let kept = hub.ledger.all_orders()[0].clone();
    assert_eq!((kept.fields.cost, kept.fields.tasks.len()), (Some(484.0), 2));
    assert!(!kept.wire("mews").unwrap().contains(ACCESS));
    for (member, value) in [
        ("ReservationId", json!(Uuid::nil())),
        ("ProductId", json!(Uuid::nil())),
        ("Count", json!(0)),
        ("Count", json!(null)),
        ("StartUtc", json!("soon")),
    ] {
        hub.post("reservations/addProduct", with(body.clone(), member, value)).fails(400, &format!("Invalid {member}"));
    }
    hub.become_state(order, State::Closed);
    hub.post("reservations/addProduct", body)
        .fails(403, "not allowed: a reservation that is over gets no more products");
}
