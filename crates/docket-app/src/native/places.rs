//! Sites, services and customers for pickers, as native JSON. Words match the beginnings of words, whatever the case.

use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Service, Site};
use docket_core::connection::Caller;
use docket_core::ids::{SiteId, Uuid};
use docket_core::ledger::{CustomerQuery, Fault, Ledger, SiteQuery};
use serde_json::{Value as Json, json};
use std::fmt;
use std::str::FromStr;

/// How many are read at once …
const PAGE: usize = 1_000;
/// … and how many are looked through for one answer.
const LOOKED_AT: usize = 50_000;

/// What is searched for.
#[derive(Clone, Debug, Default)]
pub struct Words(Vec<String>);

impl Words {
    /// The words of a text.
    pub fn of(text: &str) -> Words {
        Words(split(text).collect())
    }

    /// Whether each of them begins a word of these texts.
    fn are_in(&self, texts: &[&str]) -> bool {
        self.0.iter().all(|wanted| texts.iter().any(|text| split(text).any(|word| word.starts_with(wanted.as_str()))))
    }
}

fn split(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// A site.
pub fn site(site: &Site) -> Json {
    json!({
        "id": site.id.map(|id| id.0.to_string()),
        "address1": site.address1,
        "address2": site.address2,
        "city": site.city,
        "region": site.region,
        "postal_code": site.postal_code,
        "country": site.country,
        "latitude": site.point.map(|(latitude, _)| latitude),
        "longitude": site.point.map(|(_, longitude)| longitude),
    })
}

/// Sites behind one, and where to go on.
pub async fn sites(
    hub: &Hub,
    caller: &Caller,
    words: &Words,
    mut after: Option<SiteId>,
    most: usize,
) -> Result<(Vec<Site>, Option<SiteId>), Fault> {
    let (mut found, mut looked) = (Vec::new(), 0);
    loop {
        let page = hub.sites(caller, SiteQuery { postal_code: None, after, limit: PAGE }).await?;
        let is_last = page.len() < PAGE;
        looked += page.len();
        for site in page {
            if found.len() == most {
                return Ok((found, after));
            }
            after = site.id;
            if words.are_in(&[&site.address1, &site.address2, &site.city, &site.postal_code, &site.region]) {
                found.push(site);
            }
        }
        if is_last {
            return Ok((found, None));
        }
        if looked >= LOOKED_AT {
            return Ok((found, after));
        }
    }
}

/// What can be ordered.
pub async fn services(hub: &Hub, caller: &Caller, words: &Words) -> Result<Vec<Json>, Fault> {
    let all = hub.services(caller).await?;
    let wanted = all.iter().filter(|service| words.are_in(&[&service.name, &service.slug]));
    Ok(wanted.map(service).collect())
}

fn service(service: &Service) -> Json {
    json!({
        "id": service.id.to_string(),
        "slug": service.slug,
        "name": service.name,
        "kind": service.kind.word(),
        "parent": service.parent.map(|id| id.to_string()),
        "active": service.active,
    })
}

/// A customer.
pub fn customer(customer: &Customer) -> Json {
    json!({
        "id": customer.id.to_string(),
        "kind": if customer.is_company { "company" } else { "person" },
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "created_at": customer.created_at.to_string(),
        "updated_at": customer.updated_at.to_string(),
    })
}

/// Where a list of customers goes on: companies come first, then persons, the newest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CustomerPlace {
    persons: bool,
    after: Option<(Timestamp, Uuid)>,
}

impl fmt::Display for CustomerPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.persons { 'p' } else { 'c' };
        match self.after {
            None => write!(f, "{kind}"),
            Some((at, id)) => write!(f, "{kind}.{}.{id}", at.as_microsecond()),
        }
    }
}

impl FromStr for CustomerPlace {
    type Err = ();

    fn from_str(text: &str) -> Result<CustomerPlace, ()> {
        let mut parts = text.splitn(3, '.');
        let persons = match parts.next() {
            Some("c") => false,
            Some("p") => true,
            _ => return Err(()),
        };
        let after = match (parts.next(), parts.next()) {
            (None, None) => None,
            (Some(at), Some(id)) => {
                let at = at.parse().ok().and_then(|at| Timestamp::from_microsecond(at).ok()).ok_or(())?;
                Some((at, Uuid::try_parse(id).map_err(drop)?))
            }
            _ => return Err(()),
        };
        Ok(CustomerPlace { persons, after })
    }
}

/// Customers behind a place, and where to go on.
pub async fn customers(
    hub: &Hub,
    caller: &Caller,
    words: &Words,
    mut place: CustomerPlace,
    most: usize,
) -> Result<(Vec<Customer>, Option<CustomerPlace>), Fault> {
    let (mut found, mut looked) = (Vec::new(), 0);
    loop {
        let query =
            CustomerQuery { companies: !place.persons, after: place.after, limit: PAGE, ..CustomerQuery::default() };
        let page = hub.customers(caller, query).await?;
        let is_last = page.len() < PAGE;
        looked += page.len();
        for customer in page {
            if found.len() == most {
                return Ok((found, Some(place)));
            }
            place.after = Some((customer.created_at, customer.id));
            let texts = [Some(customer.name.as_str()), customer.email.as_deref(), customer.phone.as_deref()];
            if words.are_in(&texts.map(Option::unwrap_or_default)) {
                found.push(customer);
            }
        }
        match (is_last, place.persons) {
            (true, true) => return Ok((found, None)),
            (true, false) => place = CustomerPlace { persons: true, after: None },
            (false, _) => {}
        }
        if looked >= LOOKED_AT {
            return Ok((found, Some(place)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_words() {
        let words = Words::of("elm 787");
        assert!(words.are_in(&["5 Elm Ct", "78701"]) && !words.are_in(&["5 Helm Ct", "78701"]));
        assert!(Words::of("").are_in(&[]) && Words::of("SÜD").are_in(&["Südstraße 3"]));
    }

    #[test]
    fn places_are_read_as_they_are_written() {
        for text in ["c", "p", "p.1700000000000001.00000000-0000-0000-0000-000000000007"] {
            assert_eq!(text.parse::<CustomerPlace>().unwrap().to_string(), text);
        }
        for text in ["", "x", "p.1", "p.x.y", "c.1.2"] {
            assert_eq!(text.parse::<CustomerPlace>(), Err(()), "{text}");
        }
    }
}
