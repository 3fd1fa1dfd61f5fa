//! Sites, services and customers that orders name: sent to the store once, then remembered.

use docket_core::Timestamp;
use docket_core::catalogue::{customer_of, service_of, site_id, site_of};
use docket_core::ids::{AccountId, Uuid};
use docket_core::order::{Change, Field, Fields};
use docket_core::plan::Write;
use docket_store::Append;
use parking_lot::RwLock;
use rustc_hash::FxHashSet;

/// Beyond this many the memory starts afresh; the store keeps what it has.
const MOST_KNOWN: usize = 200_000;

#[derive(Default)]
pub(super) struct KnownNames {
    known: RwLock<FxHashSet<(u8, AccountId, Uuid)>>,
}

const SITE: u8 = 0;
const SERVICE: u8 = 1;
const CUSTOMER: u8 = 2;

fn names_anything(write: &Write) -> bool {
    write.entry.changes.iter().any(|change| match change {
        Change::Created(_) => true,
        Change::Set { field, .. } => {
            matches!(field, Field::Service | Field::ClientCompany)
                || field.name().starts_with("site.")
                || field.name().starts_with("customer.")
        }
        _ => false,
    })
}

impl KnownNames {
    fn is_new(&self, key: (u8, AccountId, Uuid)) -> bool {
        !self.known.read().contains(&key)
    }

    /// Adds to an append what its orders name for the first time. Answers what to [`KnownNames::remember`].
    pub(super) fn collect(&self, append: &mut Append, now: Timestamp) -> Vec<(u8, AccountId, Uuid)> {
        let mut fresh = Vec::new();
        let Append { account, writes, services, sites, customers, .. } = append;
        for write in writes.iter().filter(|write| names_anything(write)) {
            let fields: &Fields = &write.order.fields;
            if let Some(id) = site_id(*account, fields)
                && self.is_new((SITE, *account, id.0))
                && !fresh.contains(&(SITE, *account, id.0))
            {
                sites.extend(site_of(*account, fields));
                fresh.push((SITE, *account, id.0));
            }
            if let Some(service) = service_of(*account, fields, now)
                && self.is_new((SERVICE, *account, service.id))
                && !fresh.contains(&(SERVICE, *account, service.id))
            {
                fresh.push((SERVICE, *account, service.id));
                services.push(service);
            }
            if let Some(customer) = customer_of(*account, fields, now)
                && self.is_new((CUSTOMER, *account, customer.id))
                && !fresh.contains(&(CUSTOMER, *account, customer.id))
            {
                fresh.push((CUSTOMER, *account, customer.id));
                customers.push(customer);
            }
        }
        fresh
    }

    /// They are in the store now.
    pub(super) fn remember(&self, fresh: Vec<(u8, AccountId, Uuid)>) {
        if fresh.is_empty() {
            return;
        }
        let mut known = self.known.write();
        if known.len() > MOST_KNOWN {
            known.clear();
        }
        known.extend(fresh);
    }
}
