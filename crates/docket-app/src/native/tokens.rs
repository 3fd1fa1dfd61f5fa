//! What is said about tokens, as native JSON.

use super::members::Members;
use super::{NativeError, invalid};
use docket_core::Timestamp;
use docket_core::connection::Access;

/// The longest name.
const NAME_LIMIT: usize = 64;

/// A token that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// What it may do.
    pub access: Access,
    /// Until when.
    pub until: Option<Timestamp>,
}

/// `{"name":…,"role":…,"expires_at":…}`
///
/// # Errors
/// When it is not understood. Who names no role is asked to: nobody gets everything by accident.
pub fn given(body: &[u8]) -> Result<Given, NativeError> {
    let json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    let mut members = Members::of("", json)?;
    let name = members.short("name", NAME_LIMIT)?.ok_or_else(|| invalid("/name", "is missing"))?;
    let words = Access::ALL.map(|access| (access.word(), access));
    let access = members.word("role", &words)?.ok_or_else(|| invalid("/role", "is missing"))?;
    let until = members.time("expires_at")?;
    members.end("a token")?;
    Ok(Given { name, access, until })
}
