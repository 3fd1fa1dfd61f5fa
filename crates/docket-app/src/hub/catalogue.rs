//! The catalogue of each account, kept in memory and read again when it may have changed.

use super::{Hub, fault};
use docket_core::catalogue::Service;
use docket_core::ids::AccountId;
use docket_core::ledger::Fault;
use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long a copy counts without asking the store; other processes write too.
const FRESH: Duration = Duration::from_millis(500);

type Copy = (Instant, Arc<Vec<Service>>);

#[derive(Default)]
pub(super) struct Catalogues {
    copies: Mutex<FxHashMap<AccountId, Copy>>,
}

impl Catalogues {
    pub(super) fn invalidate(&self, account: AccountId) {
        self.copies.lock().remove(&account);
    }
}

impl Hub {
    /// The catalogue of an account.
    pub async fn catalogue(&self, account: AccountId) -> Result<Arc<Vec<Service>>, Fault> {
        if let Some((read_at, services)) = self.catalogue.copies.lock().get(&account)
            && read_at.elapsed() < FRESH
        {
            return Ok(Arc::clone(services));
        }
        let services = Arc::new(self.store.services(account).await.map_err(fault)?);
        self.documents.learn(&services);
        self.catalogue.copies.lock().insert(account, (Instant::now(), Arc::clone(&services)));
        Ok(services)
    }

    /// Lets the catalogue of an account be read again.
    pub fn forget_catalogue(&self, account: AccountId) {
        self.catalogue.invalidate(account);
    }

    /// Adds or replaces a catalogue entry.
    pub async fn put_service(&self, account: AccountId, service: Service) -> Result<(), Fault> {
        self.store.put_service(account, service).await.map_err(fault)?;
        self.catalogue.invalidate(account);
        Ok(())
    }
}
