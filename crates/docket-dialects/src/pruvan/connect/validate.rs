//! Validating at a remote system: it learns where to push to, and when it does not know us nothing else is tried.
//!
//! The push key that it is given is made here, a way in for this connection alone, and only its hash is kept. So it is made
//! anew whenever it has to be said again: when credentials or addresses change.

use super::call::{Client, is_yes, words};
use super::{REMOTE_PASSWORD, REMOTE_TOKEN, REMOTE_USERNAME};
use crate::connect::ConnectError;
use crate::pruvan::wire::Pairs;
use docket_core::ledger::Grant;
use sha2::{Digest as _, Sha256};

/// Under which name is kept with what was validated.
const PLACE: &str = "validated";
/// What is known of a push key that was handed over.
const DATA: &str = r#"{"for":"push key"}"#;

/// Validates, if that was not done with these credentials.
pub(super) async fn validate(client: &Client<'_>) -> Result<(), ConnectError> {
    const OPERATION: &str = "validate";
    let remote = client.remote;
    let print = print(client)?;
    if remote.place(PLACE).await?.as_ref() == Some(&print) {
        return Ok(());
    }
    let connection = remote.connection.id;
    let before = remote.ledger.grants(connection).await?;
    let mut payload = client.payload()?;
    let mut hash = None;
    if !remote.origin.is_empty() {
        let key = format!("{:032x}{:032x}", (remote.random)(), (remote.random)());
        let own = hex(&Sha256::digest(key.as_bytes()));
        remote.ledger.put_grant(connection, Grant { hash: own.clone(), data: DATA.to_owned() }).await?;
        payload.text("pushkey", &format!("{}/api/?apiKey={key}", remote.origin));
        hash = Some(own);
    }
    let answer = match client.call(OPERATION, payload).await {
        Ok(answer) => answer,
        Err(error) => {
            take_back(client, hash).await?;
            return Err(error);
        }
    };
    let pairs = Pairs::read(&answer.text);
    let member = |name: &str| pairs.as_ref().and_then(|pairs| pairs.get(name)).map(|value| value.get());
    if !is_yes(member("validated")) {
        take_back(client, hash).await?;
        let why = words(member("error")).unwrap_or_else(|| answer.text.chars().take(200).collect());
        return Err(ConnectError::Denied(format!("{OPERATION}: {why}")));
    }
    for grant in before.into_iter().filter(|grant| grant.data == DATA && hash.as_ref() != Some(&grant.hash)) {
        remote.ledger.remove_grant(connection, &grant.hash).await?;
    }
    Ok(remote.keep_place(PLACE, Some(print)).await?)
}

/// A key that may have arrived while its answer was lost opens nothing: the next one follows with the next attempt.
async fn take_back(client: &Client<'_>, hash: Option<String>) -> Result<(), ConnectError> {
    if let Some(hash) = hash {
        client.remote.ledger.remove_grant(client.remote.connection.id, &hash).await?;
    }
    Ok(())
}

/// What stands for what is validated with.
fn print(client: &Client<'_>) -> Result<String, ConnectError> {
    let remote = client.remote;
    let secrets = [REMOTE_USERNAME, REMOTE_PASSWORD, REMOTE_TOKEN].map(|name| {
        let value = remote.secrets.get(name);
        value.map(String::as_str).unwrap_or_default()
    });
    let mut digest = Sha256::new();
    for text in [remote.url()?, remote.origin].into_iter().chain(secrets) {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text.as_bytes());
    }
    Ok(hex(&digest.finalize()))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
