//! `validate_user` and `ack_transaction`: what an importer says about itself and about what it was handed.

use super::{Error, ID_BYTES, Session, head, listing_transaction};
use crate::ppw::transaction::{self, Transaction};
use crate::ppw::wire::{EventData, text_of, truth_of};
use crate::ppw::{PUSH_URLS, TRANSACTIONS, push_url};
use docket_core::ledger::{Outcome, Record, Request, Submission, Target};
use docket_core::order::decide::Rejection;
use docket_core::order::{Acknowledgement, Command, Order};

/// The longest push URL kept.
const URL_BYTES: usize = 2048;
/// How much of a reason is kept.
const REASON_CHARS: usize = 2000;

/// Keeps the URL to ping, sealed; the last one wins, whichever installation left it.
///
/// A call without a URL keeps the known one, or none: that an importer has introduced itself is kept for each
/// installation.
pub(super) async fn validate_user(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let url = data.text("ppwlink_push")?.map(|url| url.trim().to_owned());
    if url.as_deref().is_some_and(|url| !is_web_url(url)) {
        return Err(Error::invalid("ppwlink_push", "is not an http or https URL"));
    }
    if session.site_id.len() > ID_BYTES {
        return Err(Error::invalid("site_id", "is too long"));
    }
    let ledger = session.cx.ledger;
    if let Some(url) = url {
        push_url::keep(ledger, &session.connection, &url).await?;
    }
    if ledger.record(session.id().into(), PUSH_URLS, &session.site_id).await?.is_none() {
        let records = vec![introduced(session)];
        ledger.submit(&session.caller, Submission { records, ..Submission::default() }).await?;
    }
    Ok("null".to_owned())
}

fn introduced(session: &Session<'_>) -> Record {
    let (namespace, key) = (PUSH_URLS.to_owned(), session.site_id.clone());
    Record { holder: session.id().into(), namespace, key, value: Some(String::new()), expected: None }
}

fn is_web_url(url: &str) -> bool {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    url.len() <= URL_BYTES && rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
}

/// What `ack_transaction` says. The vendor names an id and a reason and no members; this is the one place that
/// guesses them.
struct Verdict {
    success: bool,
    reason: Option<String>,
}

impl Verdict {
    fn read(data: &EventData) -> Verdict {
        let reasons = ["error_msg", "return_error_msg", "reason", "message", "msg"];
        let reason = reasons.iter().find_map(|name| data.get(name).and_then(text_of));
        let outcome = data
            .get("success")
            .and_then(truth_of)
            .or_else(|| data.get("error").and_then(truth_of).map(|error| !error))
            .or_else(|| data.get("status").map(is_good_status));
        // A reason alone is the reason why not.
        let success = outcome.unwrap_or(reason.is_none());
        let reason = reason.map(|reason| reason.chars().take(REASON_CHARS).collect());
        Verdict { success, reason }
    }
}

fn is_good_status(status: &serde_json::Value) -> bool {
    let bad = ["error", "fail", "failed", "failure", "duplicate", "rejected", "refused", "not imported"];
    truth_of(status).unwrap_or(true)
        && text_of(status).is_none_or(|word| !bad.iter().any(|bad| word.trim().eq_ignore_ascii_case(bad)))
}

/// Keeps the outcome with the order. An id that leads nowhere is answered like any other: the importer has done its
/// part, and would only send it again.
pub(super) async fn ack_transaction(session: &Session<'_>, data: &EventData) -> Result<String, Error> {
    let given = data.text("transaction_id")?.ok_or(Error::Missing("transaction_id"))?;
    let given = given.trim();
    if given.len() > ID_BYTES {
        return Err(Error::invalid("transaction_id", "is too long"));
    }
    let ours = Transaction::read(given);
    let by_key = Target::Key { namespace: TRANSACTIONS.to_owned(), key: given.to_owned() };
    let mut targets = vec![by_key];
    if let Some(ours) = ours {
        targets.insert(0, Target::Serial(ours.serial));
    }
    for target in targets {
        let meant = ours.filter(|_| matches!(target, Target::Serial(_)));
        let request = acknowledgement(session, target, given, meant, Verdict::read(data));
        let outcomes = session.cx.ledger.submit(&session.caller, Submission::one(request)).await?;
        match outcomes.into_iter().next() {
            Some(Outcome::Rejected(Rejection::NotFound)) => {}
            Some(Outcome::Rejected(rejection)) => return Err(Error::Refused(rejection)),
            Some(Outcome::Done(_) | Outcome::Outdated) | None => break,
        }
    }
    Ok("null".to_owned())
}

fn acknowledgement(
    session: &Session<'_>,
    target: Target,
    given: &str,
    meant: Option<Transaction>,
    verdict: Verdict,
) -> Request {
    let (connection, at) = (session.id(), session.cx.now);
    // Ours are kept in one spelling, so that the same id in another case is no second answer.
    let transaction = meant.map_or_else(|| given.to_owned(), Transaction::text);
    Request::change(target, move |order: &Order| {
        if meant.is_some_and(|meant| !meant.belongs_to(order)) {
            return Err(Rejection::NotFound);
        }
        // The first answer counts, and what follows from it.
        let known = |kept: &Acknowledgement| kept.connection == connection && kept.transaction == transaction;
        if order.acknowledgements.iter().any(known) {
            return Ok(Command::default());
        }
        let about_listing = meant.is_none_or(|meant| meant.kind == transaction::LISTING)
            || transaction == listing_transaction(order, Some(connection), &head(order));
        Ok(Command {
            acknowledge: Some(Acknowledgement {
                connection,
                transaction: transaction.clone(),
                success: verdict.success,
                reason: verdict.reason.clone(),
                at,
            }),
            // Not every importer says more than this about an order it took over.
            imported_by: Some(connection).filter(|_| about_listing && verdict.success),
            ..Command::default()
        })
    })
}
