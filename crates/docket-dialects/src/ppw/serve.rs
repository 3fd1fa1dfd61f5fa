//! The served half: name the event, authenticate, call the ledger, answer.

mod account;
mod notes;
mod orders;
mod results;
mod updates;

use super::error::{Error, success};
use super::map::{self, View};
use super::transaction::{self, Transaction};
use super::wire::{self, BagHead, Envelope, Listed};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, Served, WireRequest, WireResponse};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Uuid};
use docket_core::ledger::Claim;
use docket_core::order::Order;
use http::StatusCode;
use std::sync::Arc;

/// The served half.
pub struct Ppw;

/// The account whose site id goes into answers to strangers: the one a hub starts with.
const FIRST_ACCOUNT: AccountId = AccountId(1);

/// What our site ids are derived from.
const SITE_NAMESPACE: Uuid = Uuid::from_u128(0x3a60_9e5c_1f0d_4b77_8e21_d0c0_e7d0_99f1);

/// An event we answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Event {
    ValidateUser,
    GetAllOrders,
    GetOrder,
    GetAllUpdates,
    GetAllNotes,
    GetNotes,
    GetJobNotes,
    GetCancelOrders,
    GetPendingCancellations,
    MarkOrderImported,
    AckTransaction,
    SendNotes,
    SendReadyForOffice,
}

impl Event {
    const ALL: &'static [(&'static str, Event)] = &[
        ("validate_user", Event::ValidateUser),
        ("get_all_orders", Event::GetAllOrders),
        ("get_order", Event::GetOrder),
        ("get_all_updates", Event::GetAllUpdates),
        ("get_all_notes", Event::GetAllNotes),
        ("get_notes", Event::GetNotes),
        ("get_job_notes", Event::GetJobNotes),
        ("get_cancel_orders", Event::GetCancelOrders),
        ("get_pending_cancellations", Event::GetPendingCancellations),
        ("mark_order_imported", Event::MarkOrderImported),
        ("ack_transaction", Event::AckTransaction),
        ("send_notes", Event::SendNotes),
        ("send_ready_for_office", Event::SendReadyForOffice),
    ];

    /// The event of a name, with the name as we hold it.
    fn named(name: &str) -> Result<(&'static str, Event), Error> {
        let name = name.trim();
        if name.is_empty() {
            return Err(Error::NoEvent);
        }
        if let Some(found) = Event::ALL.iter().find(|(known, _)| *known == name) {
            return Ok(*found);
        }
        let known = super::OPERATIONS.iter().find(|operation| operation.name == name);
        Err(match known.map(|operation| (operation.name, &operation.served)) {
            Some((name, Served::No(reason))) => Error::NotServed(name, reason),
            Some((_, Served::Yes)) | None => Error::UnknownEvent(name.to_owned()),
        })
    }
}

/// Somebody who was authenticated, and how it wants its answers.
struct Session<'a> {
    cx: ServeContext<'a>,
    caller: Caller,
    connection: Arc<Connection>,
    /// The calling installation.
    site_id: String,
    /// Numbers as JSON numbers.
    numeric: bool,
}

impl Session<'_> {
    fn id(&self) -> ConnectionId {
        self.connection.id
    }

    fn imported(&self, order: &Order) -> bool {
        order.imported_by.contains(&self.id())
    }

    /// What the importer said about a transaction of the order, if it did.
    fn answered(&self, order: &Order, transaction: &str) -> Option<bool> {
        let mut known = order.acknowledgements.iter();
        known.find(|known| known.connection == self.id() && known.transaction == transaction).map(|known| known.success)
    }

    /// The importer refused the order and does not have it.
    fn declined(&self, order: &Order) -> bool {
        !self.imported(order)
            && !order.acknowledgements.is_empty()
            && self.answered(order, &listing_transaction(order, Some(self.id()), &head(order))) == Some(false)
    }

    /// An order as listings show it.
    fn listed(&self, order: &Order, head: &BagHead, wo_status: &str, transaction_id: String) -> Listed {
        Listed {
            report_id: wire::Number::of(order.serial.0, self.numeric),
            wo_number: map::wo_number(order),
            org_wo_num: map::org_wo_num(head, self.numeric),
            wo_status: wo_status.to_owned(),
            transaction_id,
            update_field: None,
            update_value: None,
        }
    }

    fn view(&self, order: &Order) -> View {
        View { numeric: self.numeric, imported: self.imported(order) }
    }
}

fn head(order: &Order) -> BagHead {
    BagHead::read(order.wire(super::ID))
}

/// The id under which an order is listed and fetched: the one it was seeded with, when that leads back to it for
/// this connection, else one of ours.
fn listing_transaction(order: &Order, connection: Option<ConnectionId>, head: &BagHead) -> String {
    let given = wire::text_of(&head.transaction_id).filter(|given| {
        let holders = || order.keys.iter().filter(|key| key.namespace == super::TRANSACTIONS && key.key == *given);
        holders().next().is_none() || holders().any(|key| Some(key.connection) == connection)
    });
    given.unwrap_or_else(|| Transaction::of(order, transaction::LISTING, 0).text())
}

/// The fixed id of this side of the link.
fn site_of(account: AccountId, connection: Option<&Connection>) -> String {
    let given = connection.and_then(|connection| connection.setting("remote_site_id")).map(str::trim);
    match given.filter(|given| !given.is_empty()) {
        Some(given) => given.to_owned(),
        None => Uuid::new_v5(&SITE_NAMESPACE, account.to_string().as_bytes()).hyphenated().to_string(),
    }
}

async fn answer(cx: ServeContext<'_>, request: &WireRequest) -> WireResponse {
    let stranger = site_of(FIRST_ACCOUNT, None);
    let envelope = match Envelope::read(request).await {
        Ok(envelope) => envelope,
        Err(error) => return error.response(&stranger).of("malformed"),
    };
    let event = Event::named(&envelope.event_name);
    let operation = match &event {
        Ok((name, _)) | Err(Error::NotServed(name, _)) => name,
        Err(_) => "unknown",
    };
    let caller = match authenticate(cx, &envelope).await {
        Ok(caller) => caller,
        Err(error) => return error.response(&stranger).of(operation),
    };
    let Some(connection) = caller.connection.clone() else {
        return Error::Credentials.response(&stranger).of(operation);
    };
    let site = site_of(caller.account, Some(&connection));
    let session = Session {
        cx,
        caller: caller.within(Some(cx.exchange)),
        numeric: connection.flag("numeric_ids", false),
        site_id: envelope.site_id.clone(),
        connection,
    };
    let done = match event {
        Ok((_, event)) => handle(&session, event, &envelope).await,
        Err(error) => Err(error),
    };
    let response = match done {
        Ok(result_data) => success(&site, &result_data),
        Err(error) => error.response(&site),
    };
    response.of(operation).to(Some(session.id()))
}

async fn authenticate(cx: ServeContext<'_>, envelope: &Envelope) -> Result<Caller, Error> {
    if envelope.username.is_empty() || envelope.password.is_empty() {
        return Err(Error::Credentials);
    }
    let claims =
        [Claim { kind: "username", value: &envelope.username }, Claim { kind: "password", value: &envelope.password }];
    cx.ledger.authenticate(super::ID, &claims).await?.ok_or(Error::Credentials)
}

/// Does an event and gives its `result_data`.
async fn handle(session: &Session<'_>, event: Event, envelope: &Envelope) -> Result<String, Error> {
    let data = envelope.data()?;
    match event {
        Event::ValidateUser => account::validate_user(session, &data).await,
        Event::AckTransaction => account::ack_transaction(session, &data).await,
        Event::GetAllOrders => orders::get_all_orders(session, &data).await,
        Event::GetOrder => orders::get_order(session, &data).await,
        Event::MarkOrderImported => orders::mark_order_imported(session, &data).await,
        Event::GetCancelOrders => orders::get_cancel_orders(session, &data).await,
        Event::GetPendingCancellations => orders::get_pending_cancellations(session, &data),
        Event::GetAllUpdates => updates::get_all_updates(session, &data).await,
        Event::GetAllNotes => notes::get_all_notes(session, &data).await,
        Event::GetNotes => notes::get_notes(session, &data).await,
        Event::GetJobNotes => notes::get_job_notes(session, &data).await,
        Event::SendNotes => results::send_notes(session, &data).await,
        Event::SendReadyForOffice => results::send_ready_for_office(session, &data).await,
    }
}

impl Serve for Ppw {
    fn routes(&self) -> &'static [Route] {
        &[Route("/api/link/receiver.php")]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move { answer(cx, &request).await })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        Error::Cut(status, message.to_owned()).response(&site_of(FIRST_ACCOUNT, None))
    }

    fn face<'a>(&'a self, cx: ServeContext<'a>, caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move { orders::face(cx, caller, order).await })
    }
}
