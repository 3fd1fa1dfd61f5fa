//! One order, as each dialect shows it.

use crate::hub::Hub;
use docket_core::connection::{Caller, Connection, Scope};
use docket_core::order::Order;
use docket_dialects::{DIALECTS, ServeContext};
use std::sync::Arc;

/// In whose eyes a dialect shows the order: its originator's, else a connection that sees the account, else any.
fn beholder(hub: &Hub, order: &Order, dialect: &str) -> Option<Arc<Connection>> {
    let directory = hub.directory();
    let rank = |connection: &Connection| match () {
        () if order.origin.connection == Some(connection.id) => 0,
        () if connection.scope == Scope::Account => 1,
        () => 2,
    };
    directory
        .connections()
        .filter(|connection| connection.account == order.account && connection.dialect == dialect)
        .min_by_key(|connection| (rank(connection), connection.id))
        .cloned()
}

/// The order as each dialect shows it: dialect and JSON text, in the order of the registry.
pub async fn faces(hub: &Hub, caller: &Caller, order: &Order) -> Vec<(&'static str, String)> {
    let random = rand::random::<u128>;
    let cx = ServeContext {
        ledger: hub,
        now: hub.now(),
        exchange: hub.new_exchange(),
        memory: &hub.memory,
        planner: hub,
        random: &random,
    };
    let mut faces = Vec::with_capacity(DIALECTS.len());
    for dialect in DIALECTS {
        let caller = beholder(hub, order, dialect.id).map_or_else(|| caller.clone(), Caller::connection);
        faces.push((dialect.id, dialect.serve.face(cx, &caller, order).await));
    }
    faces
}
