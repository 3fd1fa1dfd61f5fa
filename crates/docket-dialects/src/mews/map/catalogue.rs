//! The catalogue as this dialect sees it: everything that orders can be made against, as services.

use crate::mews::wire::uuid;
use docket_core::catalogue::{Service, ServiceKind, service_id};
use docket_core::ids::{AccountId, Uuid};
use docket_core::order::Fields;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// The service of orders that name none the catalogue knows.
pub(in crate::mews) const GENERAL: &str = "General";

/// The catalogue as this dialect sees it.
pub(in crate::mews) struct Catalogue {
    account: AccountId,
    services: Arc<Vec<Service>>,
    places: HashMap<Uuid, usize>,
    general: Uuid,
    words: HashMap<String, Uuid>,
}

impl Catalogue {
    /// Of an account.
    pub(in crate::mews) fn of(account: AccountId, services: Arc<Vec<Service>>) -> Catalogue {
        let places = services.iter().enumerate().map(|(place, service)| (service.id, place)).collect();
        Catalogue { account, services, places, general: service_id(account, GENERAL), words: HashMap::new() }
    }

    /// All entries.
    pub(in crate::mews) fn all(&self) -> &[Service] {
        &self.services
    }

    /// The id of the general service.
    pub(in crate::mews) fn general(&self) -> Uuid {
        self.general
    }

    /// An entry.
    pub(in crate::mews) fn get(&self, id: Uuid) -> Option<&Service> {
        self.places.get(&id).and_then(|&place| self.services.get(place))
    }

    /// Whether product service orders are made against it.
    pub(in crate::mews) fn is_additional(&self, id: Uuid) -> bool {
        match self.get(id) {
            Some(service) => is_additional(service.kind),
            None => id == self.general,
        }
    }

    /// The service an order is shown against; `None` for reservations, which are not product service orders.
    ///
    /// It is always one that the catalogue lists, so that clients that ask service by service find every order.
    pub(in crate::mews) fn service_of(&mut self, fields: &Fields) -> Option<Uuid> {
        let named = fields.service.as_deref().map(str::trim).filter(|name| !name.is_empty());
        if let Some(id) = named.and_then(uuid) {
            return match self.get(id) {
                Some(service) if service.kind == ServiceKind::Bookable => None,
                Some(Service { kind: ServiceKind::Product, parent: Some(parent), .. })
                    if self.is_additional(*parent) =>
                {
                    Some(*parent)
                }
                Some(service) if is_additional(service.kind) => Some(id),
                _ => Some(self.general),
            };
        }
        let first_task = || fields.tasks.first().map(|task| task.name.as_str());
        let Some(name) = named.or_else(first_task) else { return Some(self.general) };
        let id = match self.words.get(name) {
            Some(id) => *id,
            None => {
                let id = service_id(self.account, name);
                self.words.insert(name.to_owned(), id);
                id
            }
        };
        Some(if self.is_additional(id) { id } else { self.general })
    }

    /// The bookable service that an order is a stay of, if it is one.
    pub(in crate::mews) fn stay_of(&self, fields: &Fields) -> Option<Uuid> {
        let id = fields.service.as_deref().map(str::trim).and_then(uuid)?;
        self.get(id).filter(|service| service.kind == ServiceKind::Bookable).map(|service| service.id)
    }

    /// Whether it is a service of stays.
    pub(in crate::mews) fn is_bookable(&self, id: Uuid) -> bool {
        self.get(id).is_some_and(|service| service.kind == ServiceKind::Bookable)
    }

    /// What [`Fields::service`] says for stays of these bookable services, in either case.
    pub(in crate::mews) fn stay_names(&self, wanted: impl Fn(Uuid) -> bool) -> Vec<String> {
        let stays = self.services.iter().filter(|entry| entry.kind == ServiceKind::Bookable && wanted(entry.id));
        stays.map(|entry| entry.id.to_string()).flat_map(|id| [id.to_uppercase(), id]).collect()
    }

    /// Whether these are all services that product service orders are made against.
    pub(in crate::mews) fn is_covered(&self, ids: &HashSet<Uuid>) -> bool {
        ids.contains(&self.general)
            && self.services.iter().filter(|entry| is_additional(entry.kind)).all(|entry| ids.contains(&entry.id))
    }

    /// What [`Fields::service`] says exactly for orders against these services, if that can be told without looking at
    /// the orders: for services that are named by id only, with their products. One whose id is that of its name may be
    /// named either way.
    pub(in crate::mews) fn exact_names(&self, ids: &HashSet<Uuid>) -> Option<Vec<String>> {
        let by_id = |id: &Uuid| {
            self.get(*id).is_some_and(|service| {
                matches!(service.kind, ServiceKind::Additional | ServiceKind::Document)
                    && service.id != service_id(self.account, &service.name)
            })
        };
        if !ids.iter().all(by_id) {
            return None;
        }
        let products = self.services.iter().filter(|service| {
            service.kind == ServiceKind::Product && service.parent.is_some_and(|parent| ids.contains(&parent))
        });
        let ids = ids.iter().copied().chain(products.map(|product| product.id));
        // Whoever named a service did so in either case.
        Some(ids.map(|id| id.to_string()).flat_map(|id| [id.to_uppercase(), id]).collect())
    }
}

/// Whether product service orders are made against services of this kind.
pub(in crate::mews) const fn is_additional(kind: ServiceKind) -> bool {
    match kind {
        ServiceKind::Additional | ServiceKind::Work | ServiceKind::Document => true,
        ServiceKind::Bookable | ServiceKind::Product => false,
    }
}
