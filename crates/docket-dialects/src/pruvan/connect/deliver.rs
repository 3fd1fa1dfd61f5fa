//! Bringing the counterpart in line with an order, whichever part it has.

use super::call::Client;
use super::mirror::Mirror;
use super::{Towards, publish, push, towards};
use crate::connect::{ConnectError, Delivered};
use crate::pruvan::map::face::Names;
use docket_core::order::Order;

/// Brings the counterpart in line with an order.
pub(super) async fn deliver(client: &Client<'_>, order: &Order) -> Result<Delivered, ConnectError> {
    let remote = client.remote;
    let _turn = remote.turn(order.serial).await;
    let order = &remote.anew(order).await?;
    let mut mirror = Mirror::of(remote, order.serial).await?;
    let (is_theirs, towards) = (remote.is_origin_of(order), towards(remote.connection));
    let said = match (towards, is_theirs) {
        (Towards::Account, false) => push::deliver(client, order, &mut mirror).await?,
        (Towards::Remote, true) => publish::deliver(client, order, &mut mirror).await?,
        // Whoever pushed it may be told of it through a connection towards a remote system.
        (Towards::Account, true) => Vec::new(),
        (Towards::Remote, false) => {
            let what = "a remote system gives orders and takes none: hand the order to a connection towards an account";
            return Err(ConnectError::Refused(what.to_owned()));
        }
    };
    if mirror.anew {
        mirror.anew = false;
        mirror.keep(remote, order.serial).await?;
    }
    if said.is_empty() && client.calls() == 0 {
        return Ok(Delivered::nothing());
    }
    let summary = if said.is_empty() { "nothing to say".to_owned() } else { said.join(", ") };
    Ok(Delivered { calls: client.calls(), summary })
}

/// What orders refer to by id, for whoever writes them down.
pub(super) async fn names(client: &Client<'_>) -> Result<Names, ConnectError> {
    let (ledger, caller) = (client.remote.ledger, client.remote.caller());
    Ok(Names::of(&ledger.units(&caller).await?, &ledger.services(&caller).await?))
}
