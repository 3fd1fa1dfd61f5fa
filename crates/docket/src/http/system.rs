//! How the hub does: what it is, how large it is, and how far whoever follows the journal has come.

use super::App;
use super::native::{Answered, json};
use docket_app::hub::fault;
use docket_app::system;
use docket_core::connection::Caller;
use http::StatusCode;
use serde_json::{Value, json as value};

/// `GET /v1/system`: the hub's own figures, and the account's.
pub(super) async fn show(app: &App, caller: &Caller) -> Answered {
    let hub = &app.hub;
    let account = caller.account;
    let position = hub.store().head(account).await.map_err(fault)?;
    let readers = system::readers(hub, account, position).await?;
    let readers: Vec<Value> = readers
        .into_iter()
        .map(|reader| value!({"name": reader.name, "position": reader.position.0, "lag": reader.lag(position)}))
        .collect();
    let size = app.sizes.store(hub.store()).await?;
    let orders = app.sizes.orders(hub.store(), account).await?;
    let directory = hub.directory();
    let body = value!({
        "version": env!("CARGO_PKG_VERSION"),
        "started_at": app.started.to_string(),
        "now": hub.now().to_string(),
        "store": {
            "backend": size.backend,
            "version": size.version,
            "size_bytes": size.bytes,
            "wal_bytes": size.wal_bytes,
            "blobs": {"count": size.blobs.0, "size_bytes": size.blobs.1},
            "exchanges_dropped": hub.store().exchanges_dropped(),
        },
        "journal": {"position": position.0},
        "readers": readers,
        "streams": hub.streams().readers(),
        "listening": app.listening.iter().map(|(what, at)| value!({"name": what, "address": at.to_string()})).collect::<Vec<_>>(),
        "public_url": Some(app.public_url.as_str()).filter(|url| !url.is_empty()),
        "orders": orders,
        "units": hub.units_of(account).await?.len(),
        "connections": directory.connections().filter(|known| known.account == account).count(),
        "memory_bytes": system::memory_bytes(),
    });
    Ok(json(StatusCode::OK, body.to_string()))
}
