//! Products: catalogue entries of kind document, and who makes them.

use docket_core::Timestamp;
use docket_core::catalogue::{Service, ServiceKind};
use docket_core::ids::{AccountId, Uuid};
use docket_core::order::Order;
use docket_store::{Store, StoreError};
use serde_json::{Map, Value, json};

/// The producer of products that name none: the hub itself.
pub const BUILT_IN: &str = "built-in";
/// The longest slug or name of a producer.
pub const WORD_LIMIT: usize = 64;
/// The longest display name.
pub const NAME_LIMIT: usize = 255;

/// Who makes a product.
pub fn producer_of(service: &Service) -> String {
    let named = service.data.as_deref().and_then(|data| {
        let data: Value = serde_json::from_str(data).ok()?;
        data.get("producer")?.as_str().map(str::to_owned)
    });
    named.filter(|name| !name.is_empty()).unwrap_or_else(|| BUILT_IN.to_owned())
}

/// The products of a catalogue, in presentation order.
pub fn all(catalogue: &[Service]) -> Vec<&Service> {
    let mut products: Vec<&Service> =
        catalogue.iter().filter(|service| service.kind == ServiceKind::Document).collect();
    products.sort_by(|a, b| (a.ordering, &a.slug).cmp(&(b.ordering, &b.slug)));
    products
}

/// The products a producer makes, as orders name them. Those that can no longer be ordered are still made.
pub fn made_by(catalogue: &[Service], producer: &str) -> Vec<String> {
    let made = all(catalogue).into_iter().filter(|service| producer_of(service) == producer);
    made.map(|service| service.id.to_string()).collect()
}

/// The product an order is for, if it is a job.
pub fn of_order<'a>(order: &Order, catalogue: &'a [Service]) -> Option<&'a Service> {
    let wanted = Uuid::try_parse(order.fields.service.as_deref()?).ok()?;
    catalogue.iter().find(|service| service.kind == ServiceKind::Document && service.id == wanted)
}

/// What is said about a product. What is not said stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// Display name; a new product needs one.
    pub name: Option<String>,
    /// Who makes it.
    pub producer: Option<String>,
    /// Whether it can be ordered now.
    pub active: Option<bool>,
    /// Its place among the products.
    pub ordering: Option<i64>,
}

/// Why a product was not put: the member and what is wrong with it.
pub type Wrong = (&'static str, String);

/// Whether a word can name a product or a producer.
pub fn check_word(word: &str) -> Result<(), String> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    match !word.is_empty() && word.len() <= WORD_LIMIT && word.chars().all(fits) {
        true => Ok(()),
        false => Err(format!("must be 1 to {WORD_LIMIT} of a to z, 0 to 9, - _ .")),
    }
}

/// The product as it will be, from what it was.
fn changed(
    known: Option<&Service>,
    slug: &str,
    said: &Said,
    (account, last): (AccountId, i64),
    now: Timestamp,
) -> Result<Service, Wrong> {
    check_word(slug).map_err(|reason| ("slug", reason))?;
    if let Some(producer) = &said.producer {
        check_word(producer).map_err(|reason| ("producer", reason))?;
    }
    let name = said.name.as_deref().or(known.map(|known| known.name.as_str())).map(str::trim).unwrap_or_default();
    if name.is_empty() || name.len() > NAME_LIMIT {
        return Err(("name", format!("must be 1 to {NAME_LIMIT} bytes long")));
    }
    let mut service = known.cloned().unwrap_or_else(|| Service {
        id: docket_core::catalogue::service_id(account, &format!("document\u{1f}{slug}")),
        slug: slug.to_owned(),
        name: String::new(),
        kind: ServiceKind::Document,
        parent: None,
        active: true,
        ordering: last.saturating_add(1),
        data: None,
        created_at: now,
        updated_at: now,
    });
    name.clone_into(&mut service.name);
    service.active = said.active.unwrap_or(service.active);
    service.ordering = said.ordering.unwrap_or(service.ordering);
    if let Some(producer) = &said.producer {
        let data = service.data.as_deref().and_then(|data| serde_json::from_str(data).ok());
        let mut data: Map<String, Value> = data.unwrap_or_default();
        data.insert("producer".to_owned(), json!(producer));
        service.data = Some(Value::Object(data).to_string());
    }
    Ok(service)
}

/// What became of a product that was put.
pub struct Put {
    /// As it is now.
    pub service: Service,
    /// It is new.
    pub created: bool,
    /// Something is other than before.
    pub changed: bool,
}

/// Adds a product, or changes the one of that slug.
pub async fn put(
    store: &Store,
    account: AccountId,
    slug: &str,
    said: &Said,
    now: Timestamp,
) -> Result<Result<Put, Wrong>, StoreError> {
    let catalogue = store.services(account).await?;
    let known = catalogue.iter().find(|known| known.kind == ServiceKind::Document && known.slug == slug);
    let last = all(&catalogue).iter().map(|known| known.ordering).max().unwrap_or_default();
    let service = match changed(known, slug, said, (account, last), now) {
        Ok(service) => service,
        Err(wrong) => return Ok(Err(wrong)),
    };
    let (created, is_changed) = (known.is_none(), known != Some(&service));
    let service = if is_changed { Service { updated_at: now, ..service } } else { service };
    if is_changed {
        store.put_service(account, service.clone()).await?;
    }
    Ok(Ok(Put { service, created, changed: is_changed }))
}

/// A product as the native API and the command line show it.
pub fn shown(service: &Service) -> Value {
    json!({
        "slug": service.slug,
        "name": service.name,
        "producer": producer_of(service),
        "active": service.active,
        "ordering": service.ordering,
        "service": service.id.to_string(),
        "created_at": service.created_at.to_string(),
        "updated_at": service.updated_at.to_string(),
    })
}
