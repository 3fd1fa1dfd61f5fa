//! `services/getAll`, and the paging that all listings of the catalogue share.

use super::{Answer, Session};
use crate::dialect::ServeContext;
use crate::mews::error::Error;
use crate::mews::map::{Catalogue, GENERAL, is_additional};
use crate::mews::wire::{
    Limitation, Localized, Members, Object, Promotions, Service, ServiceData, ServiceOptions, Services, utc,
};
use docket_core::Timestamp;
use docket_core::catalogue::{Service as Entry, ServiceKind, service_id};
use docket_core::ids::Uuid;
use std::borrow::Cow;

/// The language of names; the only one there is.
pub(super) const LANGUAGE: &str = "en-US";

/// A text in the only language there is.
pub(super) fn localized(text: &str) -> Localized<'_> {
    Localized::from([(LANGUAGE, Cow::Borrowed(text))])
}

/// Answers a page of services.
pub(super) async fn get_all(cx: ServeContext<'_>, session: &Session, members: Members<'_>) -> Result<Answer, Error> {
    let enterprises = members.uuids("EnterpriseIds")?;
    let ids = members.uuids("ServiceIds")?;
    let bookable = match members.text("ServiceType")? {
        None => None,
        Some("Bookable") => Some(true),
        Some("Additional") => Some(false),
        Some(_) => return Err(Error::invalid("ServiceType")),
    };
    let updated = members.interval("UpdatedUtc")?;
    let limitation = members.limitation()?;
    session.check_enterprises(enterprises.as_deref())?;
    let entries = cx.ledger.services(&session.caller).await?;
    let catalogue = Catalogue::of(session.caller.account, entries);
    let general = general(session);
    let listed = catalogue
        .all()
        .iter()
        .chain(catalogue.get(general.id).is_none().then_some(&general))
        .filter(|entry| entry.kind != ServiceKind::Product)
        .collect();
    let wanted = |entry: &Entry| {
        ids.as_ref().is_none_or(|ids| ids.contains(&entry.id))
            && bookable.is_none_or(|bookable| bookable == (entry.kind == ServiceKind::Bookable))
            && updated.is_none_or(|interval| interval.contains(entry.updated_at))
    };
    let page = page(listed, limitation, |entry| (entry.created_at, entry.id), wanted)?;
    let enterprise = session.enterprise_id();
    let body = Services {
        services: page.iter().map(|entry| service_to_wire(entry, enterprise)).collect(),
        cursor: page.last().map(|entry| entry.id),
    };
    Answer::page(&body, page.is_empty())
}

/// The service of orders that name none the catalogue knows.
pub(super) fn general(session: &Session) -> Entry {
    Entry {
        id: service_id(session.caller.account, GENERAL),
        slug: String::new(),
        name: GENERAL.to_owned(),
        kind: ServiceKind::Work,
        parent: None,
        active: true,
        ordering: 0,
        data: None,
        created_at: session.connection.created_at,
        updated_at: session.connection.created_at,
    }
}

/// A page of a listing that is whole in memory: newest first, those with equal times by id, downwards.
pub(super) fn page<T>(
    mut items: Vec<&T>,
    limitation: Limitation,
    key: impl Fn(&T) -> (Timestamp, Uuid),
    wanted: impl Fn(&T) -> bool,
) -> Result<Vec<&T>, Error> {
    items.sort_by_key(|item| std::cmp::Reverse(key(item)));
    let start = match limitation.cursor {
        None => 0,
        Some(cursor) => 1 + items.iter().position(|item| key(item).1 == cursor).ok_or(Error::invalid("Cursor"))?,
    };
    Ok(items.into_iter().skip(start).filter(|item| wanted(item)).take(limitation.count).collect())
}

/// What the catalogue keeps with an entry beyond what every dialect knows.
pub(super) fn data_of(entry: &Entry) -> Object {
    entry.data.as_deref().and_then(|text| Object::read(text.as_bytes()).ok()).unwrap_or_default()
}

/// A service as it is shown. What the catalogue keeps as its data overrides the defaults.
fn service_to_wire(entry: &Entry, enterprise_id: Uuid) -> Service<'_> {
    let data = data_of(entry);
    let data = data.members();
    let promotions = Promotions::read(data.object("Promotions").ok().flatten());
    let options = data.object("Options").ok().flatten();
    let bill_as_package = options.and_then(|options| options.flag("BillAsPackage").ok()?).unwrap_or(false);
    let bookable = !is_additional(entry.kind);
    const FROM: &str = "P0M0DT15H0M0S";
    const TO: &str = "P0M1DT11H0M0S";
    Service {
        id: entry.id,
        enterprise_id,
        is_active: entry.active,
        name: Cow::Borrowed(&entry.name),
        names: localized(&entry.name),
        start_time: bookable.then_some(FROM),
        end_time: bookable.then_some(TO),
        options: ServiceOptions { bill_as_package },
        promotions,
        r#type: if bookable { "Reservable" } else { "Orderable" },
        ordering: i32::try_from(entry.ordering).unwrap_or(i32::MAX),
        data: if bookable {
            ServiceData::Bookable {
                start_offset: FROM,
                end_offset: TO,
                occupancy_start_offset: "P0M0DT0H0M0S",
                occupancy_end_offset: "P0M1DT0H0M0S",
                time_unit: "Day",
                time_unit_period: "Day",
            }
        } else {
            ServiceData::Additional { promotions }
        },
        external_identifier: data.text("ExternalIdentifier").ok().flatten().map(str::to_owned),
        created_utc: utc(entry.created_at),
        updated_utc: utc(entry.updated_at),
    }
}
