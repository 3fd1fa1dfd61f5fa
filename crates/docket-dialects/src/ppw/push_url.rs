//! The URL that an importer left with `validate_user`, and that is pinged.
//!
//! It holds a key, so it is sealed like every secret that calls are made with. Which installations introduced
//! themselves is no secret, and a record for each.

use super::{ID, PING, PUSH_URLS};
use docket_core::connection::{Caller, Connection};
use docket_core::ledger::{Fault, Ledger, Record, Submission};

/// The secret that holds it; as the vendor calls it.
const SECRET: &str = "ppwlink_push";

/// The URL that was left last, whichever installation left it. One that lies open from before is sealed.
pub(super) async fn kept(ledger: &dyn Ledger, connection: &Connection) -> Result<Option<String>, Fault> {
    if let Some(url) = ledger.secret(connection.id, SECRET).await? {
        return Ok(Some(url).filter(|url| !url.is_empty()));
    }
    let holder = connection.id.into();
    let Some(open) = ledger.record(holder, PING, ID).await?.filter(|url| !url.is_empty()) else { return Ok(None) };
    ledger.keep_secret(connection.id, SECRET, &open).await?;
    let record = |namespace: &str, key: &str, value: Option<String>| Record {
        holder,
        namespace: namespace.to_owned(),
        key: key.to_owned(),
        value,
        expected: None,
    };
    let mut records = vec![record(PING, ID, None)];
    for (site, _) in ledger.records(holder, PUSH_URLS).await? {
        records.push(record(PUSH_URLS, &site, Some(String::new())));
    }
    ledger.submit(&Caller::hub(connection.account), Submission { records, ..Submission::default() }).await?;
    Ok(Some(open))
}

/// Keeps it.
pub(super) async fn keep(ledger: &dyn Ledger, connection: &Connection, url: &str) -> Result<(), Fault> {
    if kept(ledger, connection).await?.as_deref() == Some(url) {
        return Ok(());
    }
    ledger.keep_secret(connection.id, SECRET, url).await
}
