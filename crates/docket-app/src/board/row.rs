//! One line of the board.

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::Unit;
use docket_core::connection::Caller;
use docket_core::ids::{AccountId, Uuid};
use docket_core::ledger::Fault;
use docket_core::order::State;
use docket_store::record::Card;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::Arc;

/// What rows need to be told: names for what orders only have as numbers, and the time.
pub struct Rows {
    /// In order of their ids.
    units: Arc<Vec<Unit>>,
    services: HashMap<Uuid, String>,
    connections: HashMap<i64, String>,
    now: Timestamp,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    serial: i64,
    number: Option<&'a str>,
    title: Option<&'a str>,
    service: Option<&'a str>,
    status: &'a str,
    rush: bool,
    rework: bool,
    late: bool,
    client_status: Option<&'a str>,
    origin: OriginOf<'a>,
    customer: Option<&'a str>,
    address: Option<&'a str>,
    city: Option<&'a str>,
    postal_code: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    radius_m: Option<i64>,
    due: Option<String>,
    window_from: Option<String>,
    window_until: Option<String>,
    unit: Option<i64>,
    unit_name: Option<&'a str>,
    person: Option<&'a str>,
    crew: Option<&'a str>,
    priority: Option<i64>,
    tags: &'a [String],
    route: Option<i64>,
    progress: Progress,
    eta: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

#[derive(Serialize)]
struct OriginOf<'a> {
    dialect: &'a str,
    connection: Option<&'a str>,
}

#[derive(Serialize)]
struct Progress {
    current: Option<i64>,
    total: Option<i64>,
}

impl Rows {
    /// What is known now.
    pub async fn of(hub: &Hub, caller: &Caller) -> Result<Rows, Fault> {
        let account: AccountId = caller.account;
        let units = hub.units_of(account).await?;
        let services = hub.catalogue(account).await?;
        let directory = hub.directory();
        let connections = directory.connections().filter(|connection| connection.account == account);
        Ok(Rows {
            units,
            services: services.iter().map(|service| (service.id, service.name.clone())).collect(),
            connections: connections.map(|connection| (connection.id.0, connection.name.clone())).collect(),
            now: hub.now(),
        })
    }

    fn unit(&self, id: i64) -> Option<&str> {
        let at = self.units.binary_search_by_key(&id, |unit| unit.id.0).ok()?;
        self.units.get(at).map(|unit| unit.name.as_str())
    }

    /// Writes the row of an order, as JSON.
    pub fn write(&self, out: &mut Vec<u8>, card: &Card) {
        let text = |text: Option<Timestamp>| text.map(|at| at.to_string());
        let service = card.service.as_deref();
        let named = service.and_then(|id| self.services.get(&Uuid::try_parse(id).ok()?)).map(String::as_str);
        let connection = card.origin.connection.and_then(|id| self.connections.get(&id.0));
        let row = Row {
            id: &card.id,
            serial: card.serial,
            number: card.number.as_deref(),
            title: card.title.as_deref(),
            service: named.or(service),
            status: card.state.map_or("", State::word),
            rush: card.rush,
            rework: card.rework,
            late: card.is_late(self.now),
            client_status: card.client_status.as_deref(),
            origin: OriginOf { dialect: &card.origin.dialect, connection: connection.map(String::as_str) },
            customer: card.customer.name.as_deref().or(card.client_company.as_deref()),
            address: card.site.address1.as_deref(),
            city: card.site.city.as_deref(),
            postal_code: card.site.postal_code.as_deref(),
            latitude: card.site.latitude,
            longitude: card.site.longitude,
            radius_m: card.site.radius_m,
            due: text(card.due),
            window_from: text(card.window.from),
            window_until: text(card.window.to),
            unit: card.unit,
            unit_name: card.unit.and_then(|id| self.unit(id)),
            person: card.person.as_deref(),
            crew: card.crew.as_deref(),
            priority: card.priority,
            tags: &card.tags,
            route: card.route.id,
            progress: Progress { current: card.progress.current, total: card.progress.total },
            eta: text(card.eta),
            created_at: text(card.created_at),
            updated_at: text(card.updated_at),
        };
        // Writing to memory does not fail, and a row refuses nothing.
        let _ = serde_json::to_writer(out, &row);
    }
}
