//! Looks at places, and reports that are ordered on them.

use super::calls::{Call, JSON};
use super::day::{Plot, advance, serial_of};
use super::field::{self, Album};
use super::samples::submit;
use super::{DemoError, Seeding};
use docket_core::catalogue::site_id;
use docket_core::connection::Caller;
use docket_core::ids::{OrderId, Serial, Uuid};
use docket_core::ledger::{Request, Target};
use docket_core::order::{Command, Field, Fields, Task, Transition, Value};
use rand::rngs::StdRng;
use serde_json::{Value as Json, json};

/// A look at a place, which the report on it shows.
async fn drive_by(
    seeding: &Seeding<'_>,
    plot: &Plot,
    place: &Fields,
    album: &Album,
    rng: &mut StdRng,
) -> Result<(), DemoError> {
    let dana = Caller::user(seeding.account, "user dana");
    let work = ["Occupancy Inspection", "Grass Cut", "Debris Removal"][plot.number % 3];
    let address = place.address1.as_deref().unwrap_or_default();
    let command = Command::default().with_fields(place).with(Field::Title, format!("Drive by, {address}"));
    let tasks = vec![Task { name: work.to_owned(), ..Task::default() }];
    let order = submit(seeding, &dana, Request::create(command.with(Field::Tasks, Value::Tasks(tasks)))).await?;
    let steps = [Transition::Start, Transition::Complete];
    for transition in steps.into_iter().take(plot.number % 4) {
        let at = seeding.hub.now();
        let command =
            field::told(Command::default(), album, &order, (plot.unit, at), transition, rng).moving(transition);
        advance(seeding, order.serial, transition, command).await?;
    }
    Ok(())
}

/// A report on the place of one of the other orders.
pub(super) async fn job(
    seeding: &Seeding<'_>,
    plot: &Plot,
    album: &Album,
    rng: &mut StdRng,
) -> Result<Serial, DemoError> {
    // all-planviewer:docket-demo-all-secret; the sample connection keeps its whole daily cap.
    let basic = "Basic YWxsLXBsYW52aWV3ZXI6ZG9ja2V0LWRlbW8tYWxsLXNlY3JldA==";
    let places = [
        ("111 E Main St", "Round Rock", "78664", (30.5084, -97.6787)),
        ("5301 Airport Blvd", "Austin", "78751", (30.3134, -97.7143)),
    ];
    let (address, city, zip, (latitude, longitude)) = places[plot.number % places.len()];
    let fields = Fields {
        address1: Some(address.to_owned()),
        city: Some(city.to_owned()),
        region: Some("TX".to_owned()),
        postal_code: Some(zip.to_owned()),
        country: Some("US".to_owned()),
        latitude: Some(latitude),
        longitude: Some(longitude),
        ..Fields::default()
    };
    drive_by(seeding, plot, &fields, album, rng).await?;
    let site = site_id(seeding.account, &fields);
    let site = site.ok_or_else(|| DemoError::Unexpected("a place without a site".to_owned()))?;
    let call = |target: &'static str, body: Json| Call {
        dialect: "planviewer",
        target,
        content_type: JSON,
        authorization: Some(basic.to_owned()),
        body: body.to_string(),
    };
    let listed = seeding
        .call(call(
            "/product_api/v1/intentions/list",
            json!({"uuids": [site.to_string()], "products": ["site_report"]}),
        ))
        .await?;
    let intention = listed.pointer("/0/intentions/0/uuid").cloned();
    let intention = intention.ok_or_else(|| DemoError::Unexpected(format!("intentions/list: {listed}")))?;
    let ordered = seeding.call(call("/product_api/v1/jobs/order", json!({"uuids": [intention]}))).await?;
    let id = ordered.pointer("/0/job/uuid").and_then(Json::as_str).and_then(|id| Uuid::try_parse(id).ok());
    let id = id.ok_or_else(|| DemoError::Unexpected(format!("jobs/order: {ordered}")))?;
    serial_of(seeding, Target::Id(OrderId(id))).await
}
