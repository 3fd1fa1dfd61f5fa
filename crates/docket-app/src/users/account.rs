//! What somebody does about itself: password, codes, preferences.

use super::index::Signed;
use super::session::totp_place;
use super::{PREFERENCES_LIMIT, UserError, invalid, password, totp};
use crate::hub::Hub;
use docket_store::{Offered, Person};
use std::net::IpAddr;

/// What an authenticator app is told; shown once.
pub struct Offer {
    /// The secret, to be typed.
    pub secret: String,
    /// All of it, as a link.
    pub uri: String,
    /// The link as a picture.
    pub svg: String,
}

async fn myself(hub: &Hub, signed: &Signed) -> Result<Person, UserError> {
    let person = hub.store().person(&signed.name).await?.filter(|person| person.id == signed.person);
    person.ok_or(UserError::NotFound("you are no user any more"))
}

/// Whoever found an open session still does not know the password, and is not to guess it.
async fn check_password(
    hub: &Hub,
    person: &Person,
    peer: IpAddr,
    (member, given): (&'static str, String),
) -> Result<(), UserError> {
    let users = hub.users();
    users.guard.begin(peer, &person.name, hub.now()).map_err(UserError::Throttled)?;
    if !users.passwords.verify(given, Some(person.password.clone())).await? {
        return Err(UserError::OwnPassword { member });
    }
    users.guard.take_back(peer, &person.name);
    Ok(())
}

/// Another password; every other session ends.
///
/// # Errors
/// When the old one is wrong, or the new one none.
pub async fn change_password(
    hub: &Hub,
    signed: &Signed,
    peer: IpAddr,
    old: String,
    new: String,
) -> Result<(), UserError> {
    let person = myself(hub, signed).await?;
    password::check("new", &person.name, &new)?;
    check_password(hub, &person, peer, ("old", old)).await?;
    let hash = hub.users().passwords.hash(new).await?;
    hub.store().set_password(person.id, &hash, Some(&signed.hash)).await?;
    hub.refresh_people().await?;
    tracing::info!(name = person.name, "changed its password");
    Ok(())
}

/// Offers a secret for codes; it holds once it is confirmed.
///
/// # Errors
/// When there is one already.
pub async fn offer_totp(hub: &Hub, signed: &Signed) -> Result<Offer, UserError> {
    let secret = totp::secret();
    let sealed = hub.relay().vault().seal(hub.store(), &totp_place(signed.person), &secret).await?;
    if !hub.store().offer_totp(signed.person, &sealed).await? {
        return Err(UserError::Stands("codes are asked for already; turn them off first to use another app"));
    }
    let uri = totp::uri(&signed.name, &secret);
    let svg = totp::picture(&uri).unwrap_or_default();
    Ok(Offer { secret, uri, svg })
}

/// Confirms the secret that was offered, by a code of it. The answer is new recovery codes, shown once.
///
/// # Errors
/// When none was offered, or the code is wrong.
pub async fn confirm_totp(hub: &Hub, signed: &Signed, code: &str) -> Result<Vec<String>, UserError> {
    let person = myself(hub, signed).await?;
    let sealed = match (person.totp, person.totp_offered) {
        (None, Some(sealed)) => sealed,
        (None, None) => return Err(UserError::Stands("no secret was offered; ask for one first")),
        (Some(_), _) => return Err(UserError::Stands("codes are asked for already")),
    };
    let secret = hub.relay().vault().open(hub.store(), &totp_place(signed.person), &sealed).await?;
    let step = totp::step_of(&secret, &totp::tidied(code), hub.now());
    let step = step.ok_or_else(|| invalid("code", "is not the app's code of this moment; does its clock go right?"))?;
    let codes = totp::recovery_codes();
    let recovery = codes.iter().map(|code| totp::recovery_hash(code)).collect();
    if !hub.store().confirm_totp(signed.person, Offered { sealed, step, recovery }).await? {
        return Err(UserError::Stands("another secret was offered meanwhile; use that one"));
    }
    hub.refresh_people().await?;
    tracing::info!(name = signed.name, "asks for codes from now on");
    Ok(codes)
}

/// No codes any more.
///
/// # Errors
/// When the password is wrong.
pub async fn remove_totp(hub: &Hub, signed: &Signed, peer: IpAddr, given: String) -> Result<(), UserError> {
    let person = myself(hub, signed).await?;
    check_password(hub, &person, peer, ("password", given)).await?;
    hub.store().remove_totp(person.id).await?;
    hub.refresh_people().await?;
    tracing::info!(name = person.name, "asks for no codes any more");
    Ok(())
}

/// What somebody likes in the account it works in: a JSON object.
///
/// # Errors
/// When the store fails.
pub async fn preferences(hub: &Hub, signed: &Signed) -> Result<String, UserError> {
    let kept = hub.store().preferences(signed.person, signed.account).await?;
    Ok(kept.unwrap_or_else(|| "{}".to_owned()))
}

/// Keeps that.
///
/// # Errors
/// When it is too large.
pub async fn put_preferences(hub: &Hub, signed: &Signed, document: &str) -> Result<(), UserError> {
    if document.len() > PREFERENCES_LIMIT {
        return Err(invalid("", format!("may have {PREFERENCES_LIMIT} bytes at most")));
    }
    Ok(hub.store().put_preferences(signed.person, signed.account, document).await?)
}
