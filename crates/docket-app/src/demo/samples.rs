//! What the vendors' sample requests name, so that they get their sample answers.

use super::{DemoError, Seeding, simulate};
use crate::producer;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, ServiceKind, Unit, site_of};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{OrderId, Serial, UnitId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Record, Request, Submission, Target};
use docket_core::order::{Command, ExternalKey, Field, Fields, Move, Order, Origin, State, Task, Transition};
use docket_dialects::planviewer::document::SOURCE_DOCUMENT;
use docket_dialects::planviewer::intention;
use jiff::SignedDuration;
use serde_json::json;
use std::sync::Arc;

/// The highest serial that a sample names.
pub(super) const LAST_SERIAL: Serial = Serial(12_249_473);

/// How many units there are.
const UNITS: usize = 10;

const PPW_SEEDED: &str = "2017-04-09T13:40:00Z";
const JOB_ORDERED: &str = "2018-01-11T09:12:00Z";
const JOB_DONE: &str = "2018-01-11T09:13:00Z";
const MEWS_CREATED: &str = "2023-04-23T14:58:02Z";
const MEWS_NEXT: &str = "2023-04-24T09:30:41Z";

const PRODUCT: &str = "test_example_product";
const JOB: Uuid = Uuid::from_u128(0x9dee3afd_3079_47e0_91f1_ab6e1d58f11a);
const INTENTION: Uuid = Uuid::from_u128(0x0fe30323_a86e_4048_a7e7_6d60c3365dcb);
const JOB_FILE: &str =
    "20180111_test_example_product_utrechtsestraat_61_6811lw_arnhem_nl_imro_0268_fbpparkeren_vg01.pdf";

/// The bookable service, whose orders are reservations.
const STAY: Uuid = Uuid::from_u128(0xbd26d8db_86da_4f96_9efc_e5a4654a4a94);
const SPA: Uuid = Uuid::from_u128(0xae8da28c_e8a4_4141_9df0_8c998976c691);

pub(super) async fn seed(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    units(seeding).await?;
    catalogue(seeding).await?;
    work_orders(seeding).await?;
    job(seeding).await?;
    stays(seeding).await?;
    service_orders(seeding).await
}

pub(super) fn moment(text: &str) -> Result<Timestamp, DemoError> {
    text.parse().map_err(|_| DemoError::Unexpected(format!("{text} is no moment")))
}

fn uuid(text: &str) -> Result<Uuid, DemoError> {
    Uuid::try_parse(text).map_err(|_| DemoError::Unexpected(format!("{text} is no UUID")))
}

async fn units(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let now = seeding.hub.now();
    for number in 0..UNITS {
        let unit = Unit {
            id: UnitId(seeding.hub.store().next_item().await?),
            name: format!("Van {}", number + 1),
            unique_id: format!("3550000000000{:02}", number + 1),
            phone: format!("+1512555{:04}", 100 + number),
            hardware: 9,
            position: Some(simulate::position(number, now)),
            created_at: now,
            ..Unit::default()
        };
        seeding.hub.put_unit(seeding.account, unit).await?;
    }
    Ok(())
}

fn service(id: Uuid, slug: &str, name: &str, kind: ServiceKind, ordering: i64, at: Timestamp) -> Service {
    Service {
        id,
        slug: slug.to_owned(),
        name: name.to_owned(),
        kind,
        parent: None,
        active: true,
        ordering,
        data: None,
        created_at: at,
        updated_at: at,
    }
}

/// What can be ordered beside the sample product.
const REPORTS: &[(&str, &str)] = &[
    ("site_report_json", "Site report as data"),
    ("site_report_csv", "Site report as a table"),
    ("order_report", "Order report"),
    ("order_report_json", "Order report as data"),
    ("order_report_csv", "Order report as a table"),
    ("inspection", "Inspection"),
];

/// What an inspection has done in the field.
fn inspection() -> serde_json::Value {
    json!({
        "service": "Occupancy Inspection",
        "instructions": "Walk around the house. One photo for each task at least.",
        "tasks": ["Front of the house", "Rear and yard", "Doors and windows", "Utility meters"],
        "due_in_h": 72,
    })
}

/// The streets that maps show.
fn streets(seeding: &Seeding<'_>) -> Record {
    let (namespace, key) = producer::WAYS;
    Record {
        holder: seeding.account.into(),
        namespace: namespace.to_owned(),
        key: key.to_owned(),
        value: Some(producer::ways_text(&super::city::ways())),
        expected: None,
    }
}

async fn catalogue(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let at = moment("2017-01-02T08:00:00Z")?;
    let second = uuid("6b02d015-47ac-4c41-8e9f-5b4db61d4284")?;
    let entries = [
        service(SPA, "spa", "Spa", ServiceKind::Additional, 1, at),
        service(second, "restaurant", "Restaurant", ServiceKind::Additional, 2, at),
        service(
            uuid("4c1e2a0e-1f5b-4d5e-9a55-61b1a9d0c0e7")?,
            PRODUCT,
            "Test example product",
            ServiceKind::Document,
            9,
            at,
        ),
        service(STAY, "stay", "Stay", ServiceKind::Bookable, 3, at),
        service(Uuid::new_v5(&JOB, b"site_report"), "site_report", "Site report", ServiceKind::Document, 8, at),
        service(
            Uuid::new_v5(&JOB, SOURCE_DOCUMENT.as_bytes()),
            SOURCE_DOCUMENT,
            "Document on file",
            ServiceKind::Document,
            10,
            at,
        ),
    ];
    for entry in entries {
        seeding.hub.put_service(seeding.account, entry).await?;
    }
    for (ordering, (slug, name)) in (20..).zip(REPORTS) {
        let mut product = service(Uuid::new_v5(&JOB, slug.as_bytes()), slug, name, ServiceKind::Document, ordering, at);
        product.data = (*slug == "inspection").then(|| json!({"field": inspection()}).to_string());
        seeding.hub.put_service(seeding.account, product).await?;
    }
    keep(seeding, vec![streets(seeding)]).await?;
    let products = [("massage", "Massage, 60 minutes", SPA, 85.0), ("breakfast", "Breakfast", second, 18.5)];
    for (ordering, (slug, name, parent, price)) in (1..).zip(products) {
        let id = Uuid::new_v5(&parent, slug.as_bytes());
        let mut product = service(id, slug, name, ServiceKind::Product, ordering, at);
        product.parent = Some(parent);
        product.data = Some(json!({"Price": {"Currency": "EUR", "GrossValue": price}}).to_string());
        seeding.hub.put_service(seeding.account, product).await?;
    }
    let guest = Customer {
        id: uuid("fadd5bb6-b428-45d5-94f8-fd0d89fece6d")?,
        is_company: false,
        name: "Anna Visser".to_owned(),
        email: Some("anna.visser@example.com".to_owned()),
        phone: Some("+31 6 5550 0101".to_owned()),
        data: None,
        created_at: at,
        updated_at: at,
    };
    Ok(seeding.hub.store().put_customer(seeding.account, guest).await?)
}

/// Creates one order in the name of a connection.
pub(super) async fn create(
    seeding: &Seeding<'_>,
    of: &Connection,
    mut command: Command,
) -> Result<Arc<Order>, DemoError> {
    command.on_behalf_of = Some(Origin { connection: Some(of.id), dialect: of.dialect.clone() });
    let caller = Caller::hub(seeding.account);
    submit(seeding, &caller, Request::create(command)).await
}

pub(super) async fn submit(seeding: &Seeding<'_>, caller: &Caller, request: Request) -> Result<Arc<Order>, DemoError> {
    match seeding.hub.submit(caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(done)) => Ok(done.order),
        other => Err(DemoError::Unexpected(format!("a seeded order came to {other:?}"))),
    }
}

/// PPW Link's five orders: report id, number, number at the other PPW, transaction, origin.
const WORK_ORDERS: &[(i64, &str, &str, &str, &str)] = &[
    (12_249_320, "import test 3-1", "2272", "6e0fc218-d7c1-480d-82e5-0630d134a483", "import-north"),
    (12_249_453, "import test 3-5", "2298", "ba1d10ab-fe52-4022-9a7a-f92643f774bb", "import-north"),
    (12_249_455, "import test 3-6", "2299", "0b85961d-2295-42da-b0c7-36837c4f51e3", "import-north"),
    (12_249_459, "import test 3-7", "2300", "e69dc54b-c624-4943-bc9d-6bb5fec0ffd2", "import-north"),
    (12_249_473, "import test 3-7", "2301", "8cefa2e6-2f62-4715-a5df-0a6c8699fb8e", "import-south"),
];

/// Where they are: address, postal code, latitude, longitude, what is to be done.
const WORK: &[(&str, &str, f64, f64, &str)] = &[
    ("2104 Manor Rd", "78722", 30.2830, -97.7197, "Initial Secure"),
    ("1611 S Congress Ave", "78704", 30.2481, -97.7501, "Grass Cut"),
    ("3009 Guadalupe St", "78705", 30.2979, -97.7413, "Winterization"),
    ("908 E Cesar Chavez St", "78702", 30.2590, -97.7352, "Debris Removal"),
    ("5301 Airport Blvd", "78751", 30.3134, -97.7143, "Occupancy Inspection"),
];

async fn work_orders(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let importer = seeding.connection("demo-ppw")?;
    seeding.clock.hold(moment(PPW_SEEDED)?);
    for ((report, number, at_other, transaction, origin), place) in WORK_ORDERS.iter().zip(WORK) {
        let origin = seeding.connection(origin)?;
        let (address, zip, latitude, longitude, work) = *place;
        let fields = Fields {
            number: Some((*number).to_owned()),
            client_company: Some("Gulf Coast Field Services".to_owned()),
            service: Some(work.to_owned()),
            address1: Some(address.to_owned()),
            city: Some("Austin".to_owned()),
            region: Some("TX".to_owned()),
            postal_code: Some(zip.to_owned()),
            country: Some("US".to_owned()),
            latitude: Some(latitude),
            longitude: Some(longitude),
            instructions: Some("Photos before, during and after.".to_owned()),
            due: Some(moment("2017-04-21T17:00:00Z")?),
            tasks: vec![Task { name: work.to_owned(), quantity: Some(1.0), unit_price: Some(75.0), ..Task::default() }],
            ..Fields::default()
        };
        let bag = json!({"org_wo_num": at_other, "transaction_id": transaction}).to_string();
        let key = |namespace: &str, of: &Connection, key: &str| ExternalKey {
            connection: of.id,
            namespace: namespace.to_owned(),
            key: key.to_owned(),
        };
        let id = Uuid::new_v5(&JOB, format!("work order {report}").as_bytes());
        let command = Command {
            identity: Some((OrderId(id), Some(Serial(*report)))),
            wire: Some(("ppw".to_owned(), Some(bag))),
            keys: vec![key("number", &origin, number), key("transaction", &importer, transaction)],
            route_to: vec![importer.id],
            ..Command::default()
        };
        create(seeding, &origin, command.with_fields(&fields)).await?;
    }
    Ok(())
}

/// Planviewer's intention and its finished job.
async fn job(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let (hub, connection) = (seeding.hub, seeding.connection("demo-planviewer")?);
    let catalogue = hub.catalogue(seeding.account).await?;
    let product = catalogue.iter().find(|service| service.slug == PRODUCT).cloned();
    let product = product.ok_or_else(|| DemoError::Unexpected("the sample product is missing".to_owned()))?;
    let fields = Fields {
        title: Some("Test example product, Utrechtsestraat 61, 6811LW Arnhem".to_owned()),
        service: Some(product.id.to_string()),
        address1: Some("Utrechtsestraat 61".to_owned()),
        city: Some("Arnhem".to_owned()),
        region: Some("Gelderland".to_owned()),
        postal_code: Some("6811LW".to_owned()),
        country: Some("NL".to_owned()),
        latitude: Some(51.9841),
        longitude: Some(5.9003),
        progress_current: Some(0),
        progress_total: Some(6),
        ..Fields::default()
    };
    let site = site_of(seeding.account, &fields).and_then(|site| site.id);
    let site = site.ok_or_else(|| DemoError::Unexpected("the sample site has no identity".to_owned()))?;
    let properties = json!({
        "title": "Test example product, Utrechtsestraat 61, 6811LW Arnhem",
        "datum": "2018-01-11",
        "plan_id": "NL.IMRO.0268.FBPParkeren-VG01",
    })
    .to_string();
    seeding.clock.hold(moment(JOB_ORDERED)?);
    let bag = format!(r#"{{"intention":"{INTENTION}","product":"{PRODUCT}","properties":{properties}}}"#);
    let command = Command {
        identity: Some((OrderId(JOB), Some(Serial(40)))),
        wire: Some(("planviewer".to_owned(), Some(bag))),
        ..Command::default()
    };
    let order = create(seeding, &connection, command.with_fields(&fields).moving(Transition::Start)).await?;
    let now = hub.now();
    let kept = intention::record(connection.id, INTENTION, (site, PRODUCT), &properties, now, true);
    keep(seeding, kept.into_iter().collect()).await?;
    let caller = Caller::hub(seeding.account);
    let input = producer::gather(hub, &caller, Arc::clone(&order), &product, Vec::new(), moment(JOB_DONE)?).await?;
    let made = tokio::task::spawn_blocking(move || producer::render(&input)).await;
    let made = made.map_err(|error| DemoError::Unexpected(error.to_string()))?;
    let made = made.map_err(|error| DemoError::Unexpected(error.to_string()))?;
    let blob = hub.keep_blob(made.bytes).await?;
    seeding.clock.hold(moment(JOB_DONE)?);
    let finish = Request::change(Target::Id(OrderId(JOB)), move |_| {
        Ok(Command::default()
            .with(Field::ProgressCurrent, 6_i64)
            .with(Field::ResultBlob, blob.clone())
            .with(Field::ResultName, JOB_FILE)
            .with(Field::ResultType, made.media_type.clone())
            .moving(Transition::Complete))
    });
    submit(seeding, &caller, finish).await.map(|_| ())
}

async fn keep(seeding: &Seeding<'_>, records: Vec<Record>) -> Result<(), DemoError> {
    let submission = Submission { records, ..Submission::default() };
    seeding.hub.submit(&Caller::hub(seeding.account), submission).await?;
    Ok(())
}

/// Mews' order, and the newer one that its cursor names.
async fn service_orders(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let connection = seeding.connection("demo-mews")?;
    let options = json!({
        "OwnerCheckedIn": true, "AllCompanionsCheckedIn": true, "AnyCompanionCheckedIn": true, "ConnectorCheckIn": true,
    });
    let bag = |reservation: &str| {
        json!({
            "CreatorProfileId": "3cd637ef-4728-47f9-8fb1-afb900c9cdcf",
            "UpdaterProfileId": "122fc063-ec6e-4198-b8db-6b168a59ffae",
            "BookerId": "bccdafd1-3e44-439d-861f-341526b597a9",
            "State": "Confirmed",
            "Origin": "Connector",
            "LinkedReservationId": reservation,
            "Options": options,
        })
        .to_string()
    };
    let orders = [
        (52, "9e6d4492-315b-4089-b9d6-5b1bd2eddc1b", MEWS_CREATED, "0f515589-99b4-423d-b83a-b237009f0509"),
        (53, "819e3435-7d5e-441f-bc68-76d89c69b8f5", MEWS_NEXT, "b7a3f5cb-1e69-4a5f-a069-10f461996d7f"),
    ];
    for (serial, id, at, reservation) in orders {
        let at = moment(at)?;
        seeding.clock.hold(at);
        let command = Command {
            identity: Some((OrderId(uuid(id)?), Some(Serial(serial)))),
            wire: Some(("mews".to_owned(), Some(bag(reservation)))),
            ..Command::default()
        };
        let fields = Fields {
            title: Some("Spa".to_owned()),
            service: Some(SPA.to_string()),
            customer_id: Some("fadd5bb6-b428-45d5-94f8-fd0d89fece6d".to_owned()),
            customer_kind: Some("person".to_owned()),
            customer_name: Some("Anna Visser".to_owned()),
            customer_email: Some("anna.visser@example.com".to_owned()),
            tasks: vec![Task {
                name: "Massage, 60 minutes".to_owned(),
                quantity: Some(1.0),
                unit_price: Some(85.0),
                ..Task::default()
            }],
            due: Some(at),
            cost: Some(85.0),
            ..Fields::default()
        };
        create(seeding, &connection, command.with_fields(&fields)).await?;
    }
    Ok(())
}

/// The reservations that those two orders go with.
async fn stays(seeding: &Seeding<'_>) -> Result<(), DemoError> {
    let connection = seeding.connection("demo-mews")?;
    let stays = [
        (50, "0f515589-99b4-423d-b83a-b237009f0509", "2023-04-20T09:12:00Z", "2023-04-22T13:00:00Z", State::Started),
        (51, "b7a3f5cb-1e69-4a5f-a069-10f461996d7f", "2023-04-21T16:40:00Z", "2023-05-03T13:00:00Z", State::Received),
    ];
    for (serial, id, booked, from, state) in stays {
        seeding.clock.hold(moment(booked)?);
        let from = moment(from)?;
        let word = if state == State::Started { "Started" } else { "Confirmed" };
        let bag = json!({"State": word, "Origin": "Distributor", "Purpose": "Leisure"}).to_string();
        let command = Command {
            identity: Some((OrderId(uuid(id)?), Some(Serial(serial)))),
            wire: Some(("mews".to_owned(), Some(bag))),
            to: Some(Move::Become(state)),
            ..Command::default()
        };
        let fields = Fields {
            title: Some("Stay".to_owned()),
            service: Some(STAY.to_string()),
            customer_id: Some("fadd5bb6-b428-45d5-94f8-fd0d89fece6d".to_owned()),
            customer_kind: Some("person".to_owned()),
            customer_name: Some("Anna Visser".to_owned()),
            start: Some(from),
            due: from.checked_add(SignedDuration::from_hours(3 * 24 - 2)).ok(),
            ..Fields::default()
        };
        create(seeding, &connection, command.with_fields(&fields)).await?;
    }
    Ok(())
}
