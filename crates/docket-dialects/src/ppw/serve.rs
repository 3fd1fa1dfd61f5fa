//! The served half: name the event, authenticate, call the ledger, answer.

mod account;
mod charges;
mod files;
mod forms;
mod notes;
mod orders;
mod results;
mod updates;

use super::announce::declined;
use super::connect::push;
use super::error::{Error, success};
use super::map::{self, View};
use super::transaction::{self, Transaction};
use super::wire::{self, BagHead, Envelope, EventData, Listed};
use crate::dialect::{BoxFuture, Route, Serve, ServeContext, WireRequest, WireResponse};
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Serial, Uuid};
use docket_core::ledger::{Claim, Fault, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Order, Rejection};
use http::StatusCode;
use std::sync::Arc;

/// The served half.
pub struct Ppw;

/// The account whose site id goes into answers to strangers: the one a hub starts with.
const FIRST_ACCOUNT: AccountId = AccountId(1);

/// The longest id of a caller's taken.
const ID_BYTES: usize = 255;

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
    GetFile,
    GetFoh,
    GetPcrJson,
    GetInvoiceItemsOrder,
    SendNotes,
    SendFile,
    SendPcrAnswers,
    SendPhotoFlag,
    SendBidComp,
    BidCompConfirm,
    SendContractorInvoice,
    SendCheckin,
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
        ("get_file", Event::GetFile),
        ("get_foh", Event::GetFoh),
        ("get_pcr_json", Event::GetPcrJson),
        ("get_invoice_items_order", Event::GetInvoiceItemsOrder),
        ("send_notes", Event::SendNotes),
        ("send_file", Event::SendFile),
        ("send_pcr_answers", Event::SendPcrAnswers),
        ("send_photo_flag", Event::SendPhotoFlag),
        ("send_bid_comp", Event::SendBidComp),
        ("bid_comp_confirm", Event::BidCompConfirm),
        ("send_contractor_invoice", Event::SendContractorInvoice),
        ("send_checkin", Event::SendCheckin),
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
        Err(Error::UnknownEvent(name.to_owned()))
    }
}

/// Somebody who was authenticated, and how it wants its answers.
struct Session<'a> {
    cx: ServeContext<'a>,
    request: &'a WireRequest,
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
        declined(order, self.id())
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
        View { numeric: self.numeric, imported: self.imported(order), asker: Some(self.id()) }
    }

    /// Does something to an order that must be there, and gives the order afterwards.
    async fn change(
        &self,
        serial: Serial,
        propose: impl Fn(&Order) -> Result<Command, Rejection> + Send + Sync + 'static,
    ) -> Result<Arc<Order>, Error> {
        let request = Request::change(Target::Serial(serial), propose);
        let outcomes = self.cx.ledger.submit(&self.caller, Submission::one(request)).await?;
        match outcomes.into_iter().next() {
            Some(Outcome::Done(done)) => Ok(done.order),
            Some(Outcome::Rejected(Rejection::NotFound)) => Err(Error::UnknownOrder(serial)),
            Some(Outcome::Rejected(rejection)) => Err(Error::Refused(rejection)),
            Some(Outcome::Outdated) | None => Err(Error::Fault(Fault::Busy)),
        }
    }
}

/// The order that the event's data names as `report_id`.
async fn order_asked_for(session: &Session<'_>, data: &EventData) -> Result<Arc<Order>, Error> {
    let serial = data.serial("report_id")?;
    let found = session.cx.ledger.order(&session.caller, Target::Serial(serial)).await?;
    found.ok_or(Error::UnknownOrder(serial))
}

/// The caller's own order that what it asks for will be attached to; it comes back in every row.
fn remote_report_id(data: &EventData) -> Result<i64, Error> {
    match data.get("remote_report_id") {
        Some(_) => Ok(data.serial("remote_report_id")?.0),
        None => Ok(0),
    }
}

/// Which company an order came from: the client company, else its origin.
async fn company(session: &Session<'_>, order: &Order) -> Result<String, Fault> {
    match (&order.fields.client_company, order.origin.connection) {
        (Some(company), _) => Ok(company.clone()),
        (None, Some(origin)) => {
            let origin = session.cx.ledger.connection(&session.caller, origin).await?;
            Ok(origin.map(|origin| origin.name.clone()).unwrap_or_default())
        }
        (None, None) => Ok(String::new()),
    }
}

/// The members of an order's bag that listings need.
pub(super) fn head(order: &Order) -> BagHead {
    BagHead::read(order.wire(super::ID))
}

/// The id under which an order is listed and fetched: the one it was seeded with, when that leads back to it for
/// this connection, else one of ours.
pub(super) fn listing_transaction(order: &Order, connection: Option<ConnectionId>, head: &BagHead) -> String {
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
        Ok((name, _)) => name,
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
        request,
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
        Event::GetFile => files::get_file(session, &data).await,
        Event::GetFoh => files::get_foh(session, &data).await,
        Event::GetPcrJson => forms::get_pcr_json(session, &data).await,
        Event::GetInvoiceItemsOrder => charges::get_invoice_items_order(session, &data).await,
        Event::SendNotes => notes::send_notes(session, &data).await,
        Event::SendFile => files::send_file(session, &data).await,
        Event::SendPcrAnswers => forms::send_pcr_answers(session, &data).await,
        Event::SendPhotoFlag => forms::send_photo_flag(session, &data).await,
        Event::SendBidComp => charges::send_bid_comp(session, &data).await,
        Event::BidCompConfirm => charges::bid_comp_confirm(session, &data).await,
        Event::SendContractorInvoice => charges::send_contractor_invoice(session, &data).await,
        Event::SendCheckin => results::send_checkin(session, &data).await,
        Event::SendReadyForOffice => results::send_ready_for_office(session, &data).await,
    }
}

impl Serve for Ppw {
    fn routes(&self) -> &'static [Route] {
        &[Route("/api/link/receiver.php"), Route(push::PATH)]
    }

    fn serve<'a>(&'a self, cx: ServeContext<'a>, request: WireRequest) -> BoxFuture<'a, WireResponse> {
        Box::pin(async move {
            if request.path == push::PATH {
                return push::receive(cx, &request).await;
            }
            answer(cx, &request).await
        })
    }

    fn refuse(&self, status: StatusCode, message: &str) -> WireResponse {
        Error::Cut(status, message.to_owned()).response(&site_of(FIRST_ACCOUNT, None))
    }

    fn face<'a>(&'a self, cx: ServeContext<'a>, caller: &'a Caller, order: &'a Order) -> BoxFuture<'a, String> {
        Box::pin(async move { orders::face(cx, caller, order).await })
    }
}
