//! The push key that a counterpart left with `validate`: the URL that orders are pushed to, and that is pinged.
//!
//! Whoever has it writes into the counterpart's account, so it is sealed like every secret that calls are made with, under
//! the name under which the connecting half looks for it.

use super::serve::RECORDS;
use docket_core::connection::{Caller, Connection};
use docket_core::ledger::{Fault, Ledger, Record, Submission};

/// The secret that holds it.
pub const PUSH_KEY: &str = "push_key";
/// The record in which it lay open before secrets were sealed.
const OPEN: &str = "pushkey";

/// Whether a push key is what the vendor documents: the whole URL that orders are pushed to.
pub fn is_callable(push_key: &str) -> bool {
    push_key.starts_with("https://") || push_key.starts_with("http://")
}

/// The one that is kept. One that lies open is sealed.
pub async fn kept(ledger: &dyn Ledger, connection: &Connection) -> Result<Option<String>, Fault> {
    if let Some(sealed) = ledger.secret(connection.id, PUSH_KEY).await? {
        return Ok(Some(sealed));
    }
    let open = ledger.record(connection.id.into(), RECORDS, OPEN).await?;
    if let Some(open) = &open {
        ledger.keep_secret(connection.id, PUSH_KEY, open).await?;
        let holder = connection.id.into();
        let (namespace, key) = (RECORDS.to_owned(), OPEN.to_owned());
        let records = vec![Record { holder, namespace, key, value: None, expected: None }];
        let submission = Submission { records, ..Submission::default() };
        ledger.submit(&Caller::hub(connection.account), submission).await?;
    }
    Ok(open)
}

/// Keeps one. What is no URL leads nowhere and leaves the one that does.
pub async fn keep(ledger: &dyn Ledger, connection: &Connection, push_key: &str) -> Result<(), Fault> {
    if !is_callable(push_key) || kept(ledger, connection).await?.as_deref() == Some(push_key) {
        return Ok(());
    }
    ledger.keep_secret(connection.id, PUSH_KEY, push_key).await
}
