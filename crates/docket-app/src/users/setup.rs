//! The first user: made by whoever sees what the process printed when it started.

use super::session::{Opened, Origin, open};
use super::{UserError, check_name, password};
use crate::enroll;
use crate::hub::Hub;
use docket_core::connection::Access;
use docket_store::{NewPerson, StoreError};
use subtle::ConstantTimeEq;

/// The account that is set up.
const ACCOUNT: &str = "main";
/// Guesses at the code are counted as at a name that nobody can have.
const GUESSED: &str = " setup";

/// Whether there is nobody yet.
///
/// # Errors
/// When the store fails.
pub async fn is_needed(hub: &Hub) -> Result<bool, UserError> {
    Ok(!hub.store().has_people().await?)
}

/// Makes the first user, an administrator, and signs it in.
///
/// # Errors
/// When there is somebody already, or the code is wrong.
pub async fn set_up(hub: &Hub, code: &str, name: &str, given: String, origin: Origin<'_>) -> Result<Opened, UserError> {
    if !is_needed(hub).await? {
        return Err(UserError::SetUp);
    }
    let users = hub.users();
    users.guard.begin(origin.peer, GUESSED, hub.now()).map_err(UserError::Throttled)?;
    if !bool::from(users.setup_code.as_bytes().ct_eq(code.trim().as_bytes())) {
        return Err(UserError::SetupCode);
    }
    users.guard.take_back(origin.peer, GUESSED);
    let name = check_name(name)?;
    password::check("password", &name, &given)?;
    let account = match enroll::account_of(hub.store(), ACCOUNT).await {
        Ok(account) => account,
        Err(enroll::EnrollError::Store(error)) => return Err(error.into()),
        Err(error) => return Err(StoreError::Failed(error.to_string()).into()),
    };
    let new = NewPerson {
        name: name.clone(),
        password: users.passwords.hash(given).await?,
        account,
        access: Access::Admin,
        created_ms: hub.now().as_millisecond(),
        only_first: true,
    };
    match hub.store().add_person(new).await {
        Ok(true) => {}
        // Somebody else was faster.
        Ok(false) | Err(StoreError::Conflict) => return Err(UserError::SetUp),
        Err(error) => return Err(error.into()),
    }
    hub.refresh_directory().await?;
    let person = hub.store().person(&name).await?.ok_or(UserError::SetUp)?;
    tracing::info!(name, "the first user was made");
    open(hub, person.id, account, origin).await
}
