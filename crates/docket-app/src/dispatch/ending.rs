//! What ends by itself: routes whose time is over, permanent orders that were done a day ago.

use super::desk;
use crate::hub::{Hub, fault};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, OrderId};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, StateSet, Submission};
use docket_core::order::State;
use docket_dialects::routes;
use docket_dialects::wialon::ending::{self, Minting};
use docket_store::Visibility;
use jiff::SignedDuration;

/// A permanent order that was done longer ago than this, while nobody looked, is made ready by hand.
const LOOKED_BACK: SignedDuration = SignedDuration::from_hours(48);

/// Ends the routes of an account whose time is over. One that changes meanwhile is ended the next time.
pub(super) async fn routes(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let now = hub.now();
    let all = routes::all(hub, account).await?;
    let over: Vec<i64> = all.iter().filter(|route| ending::is_over(route, now)).map(|route| route.id).collect();
    for id in over {
        let Some(before) = routes::find(hub, account, id).await? else { continue };
        let Some(seen) = routes::with_orders(hub, account, [before.route.clone()]).await?.pop() else { continue };
        let submission = ending::end_route(
            account,
            &before,
            &seen,
            now,
            &Minting { id: &|| OrderId(hub.new_id()), token: rand::random() },
        );
        match submit(hub, account, submission).await? {
            true => tracing::info!(%account, route = id, "a route ended by itself"),
            false => tracing::debug!(%account, route = id, "a route that is to end changed meanwhile"),
        }
    }
    Ok(())
}

/// Makes the permanent orders of an account ready that were done a day ago.
pub(super) async fn permanent(hub: &Hub, account: AccountId) -> Result<(), Fault> {
    let now = hub.now();
    let mut query = OrderQuery {
        states: StateSet::of([State::Completed, State::Submitted, State::Invoiced]),
        updated_from: now.checked_sub(LOOKED_BACK).ok(),
        updated_before: now.checked_sub(SignedDuration::from_hours(24)).ok().map(next),
        ..OrderQuery::default()
    };
    loop {
        let page = hub.store().page(account, Visibility::Account, query.clone()).await.map_err(fault)?;
        for order in page.orders.iter().filter(|order| ending::is_due_again(order, now)) {
            let submission =
                ending::again(order, now, &Minting { id: &|| OrderId(hub.new_id()), token: rand::random() });
            submit(hub, account, submission).await?;
        }
        query.after = page.next;
        if query.after.is_none() {
            return Ok(());
        }
    }
}

fn next(at: Timestamp) -> Timestamp {
    at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at)
}

/// Whether it was done.
async fn submit(hub: &Hub, account: AccountId, submission: Submission) -> Result<bool, Fault> {
    if submission.requests.is_empty() && submission.records.is_empty() {
        return Ok(false);
    }
    let outcomes = hub.submit(&desk::caller(account), submission).await?;
    Ok(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Done(_))))
}
