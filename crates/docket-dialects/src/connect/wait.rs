//! Waiting for a call whose answer was lost: it may still be on its way.

use super::ConnectError;
use docket_core::Timestamp;
use jiff::SignedDuration;

/// How long a call whose answer was lost may still be on its way.
pub const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(90);

/// Lets a call whose answer was lost arrive, if it still may.
pub fn wait(since: Timestamp, now: Timestamp, why: &str) -> Result<(), ConnectError> {
    let left = ON_ITS_WAY.saturating_sub(now.duration_since(since));
    if left.is_positive() {
        let after = left.try_into().unwrap_or_default();
        return Err(ConnectError::Waiting { why: format!("{why}: looked up in {} s", left.as_secs().max(1)), after });
    }
    Ok(())
}
