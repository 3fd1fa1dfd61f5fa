//! What lies beside the document: wire bags, who wrote what, keys, routes, acknowledgements, items.
//! An order with none of these has the empty text.

use super::value::{Moment, text_of, write_json};
use docket_core::ids::{ConnectionId, Revision};
use docket_core::order::{Acknowledgement, ExternalKey, Field, Item, ItemKind, Order};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// As it is read.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extra<'a> {
    keys: Vec<KeyForm<'a>>,
    wire: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    written: BTreeMap<Cow<'a, str>, i64>,
    routed_to: Vec<i64>,
    imported_by: Vec<i64>,
    acknowledgements: Vec<AcknowledgementForm<'a>>,
    /// The lists of items, as the native API shows them.
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    /// What the native API does not show of items, by their places.
    item_wires: BTreeMap<i64, Cow<'a, str>>,
    item_places: i64,
}

/// As it is written.
#[derive(Serialize)]
struct ExtraRef<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyForm<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    wire: &'a BTreeMap<String, String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    written: BTreeMap<&'a str, i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routed_to: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    imported_by: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acknowledgements: Vec<AcknowledgementForm<'a>>,
    #[serde(skip_serializing_if = "Lists::is_empty")]
    items: Lists<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    item_wires: BTreeMap<i64, &'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    item_places: i64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks like this")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// A key: connection, namespace, key.
#[derive(Serialize, Deserialize)]
pub(super) struct KeyForm<'a>(i64, Cow<'a, str>, Cow<'a, str>);

impl<'a> From<&'a ExternalKey> for KeyForm<'a> {
    fn from(key: &'a ExternalKey) -> KeyForm<'a> {
        KeyForm(key.connection.0, Cow::Borrowed(&key.namespace), Cow::Borrowed(&key.key))
    }
}

impl From<KeyForm<'_>> for ExternalKey {
    fn from(form: KeyForm<'_>) -> ExternalKey {
        ExternalKey { connection: ConnectionId(form.0), namespace: form.1.into_owned(), key: form.2.into_owned() }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct AcknowledgementForm<'a> {
    connection: i64,
    transaction: Cow<'a, str>,
    success: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    at: Moment,
}

impl<'a> From<&'a Acknowledgement> for AcknowledgementForm<'a> {
    fn from(acknowledgement: &'a Acknowledgement) -> AcknowledgementForm<'a> {
        AcknowledgementForm {
            connection: acknowledgement.connection.0,
            transaction: Cow::Borrowed(&acknowledgement.transaction),
            success: acknowledgement.success,
            reason: acknowledgement.reason.as_deref().map(Cow::Borrowed),
            at: Moment(acknowledgement.at),
        }
    }
}

impl From<AcknowledgementForm<'_>> for Acknowledgement {
    fn from(form: AcknowledgementForm<'_>) -> Acknowledgement {
        Acknowledgement {
            connection: ConnectionId(form.connection),
            transaction: form.transaction.into_owned(),
            success: form.success,
            reason: form.reason.map(Cow::into_owned),
            at: form.at.0,
        }
    }
}

/// An item with what its dialect keeps with it.
#[derive(Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) struct ItemForm<'a> {
    item: Cow<'a, Item>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wire: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Item> for ItemForm<'a> {
    fn from(item: &'a Item) -> ItemForm<'a> {
        ItemForm { item: Cow::Borrowed(item), wire: item.wire.as_deref().map(Cow::Borrowed) }
    }
}

impl From<ItemForm<'_>> for Item {
    fn from(form: ItemForm<'_>) -> Item {
        Item { wire: form.wire.map(Cow::into_owned), ..form.item.into_owned() }
    }
}

/// The lists of items as the native API shows them: `{"notes":[…],"attachments":[…],…}`, every list always there.
struct Lists<'a>(&'a [Item]);

impl Serialize for Lists<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut lists = serializer.serialize_map(Some(ItemKind::ALL.len()))?;
        for &kind in ItemKind::ALL {
            let items: Vec<&Item> = self.0.iter().filter(|item| item.kind() == kind).collect();
            lists.serialize_entry(kind.plural(), &items)?;
        }
        lists.end()
    }
}

impl Lists<'_> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

fn decode_items(lists: &RawValue, wires: &mut BTreeMap<i64, Cow<'_, str>>) -> Result<Vec<Item>, serde_json::Error> {
    let lists: BTreeMap<Cow<'_, str>, Vec<Item>> = serde_json::from_str(lists.get())?;
    let mut items: Vec<Item> = lists.into_values().flatten().collect();
    items.sort_by_key(|item| item.place);
    for item in &mut items {
        item.wire = wires.remove(&item.place).map(Cow::into_owned);
    }
    Ok(items)
}

/// The lists of an order's items, as JSON text.
pub(super) fn lists_of(order: &Order) -> String {
    let mut out = Vec::new();
    write_json(&mut out, &Lists(&order.items));
    text_of(out)
}

/// The lists of items, as JSON text.
pub(super) fn lists(text: &str) -> Result<String, serde_json::Error> {
    #[derive(Default, Deserialize)]
    struct ItemsOnly<'a> {
        #[serde(default, borrow)]
        items: Option<&'a RawValue>,
    }
    let found: ItemsOnly<'_> = if text.is_empty() { ItemsOnly::default() } else { serde_json::from_str(text)? };
    match found.items {
        Some(lists) => Ok(lists.get().to_owned()),
        None => serde_json::to_string(&Lists(&[])),
    }
}

pub(super) fn encode(order: &Order) -> String {
    let wires = order.items.iter().filter_map(|item| Some((item.place, item.wire.as_deref()?)));
    let extra = ExtraRef {
        keys: order.keys.iter().map(KeyForm::from).collect(),
        wire: &order.wire,
        written: order.written.iter().map(|(field, revision)| (field.name(), revision.0)).collect(),
        routed_to: order.routed_to.iter().map(|id| id.0).collect(),
        imported_by: order.imported_by.iter().map(|id| id.0).collect(),
        acknowledgements: order.acknowledgements.iter().map(AcknowledgementForm::from).collect(),
        items: Lists(&order.items),
        item_wires: wires.collect(),
        item_places: order.item_places,
    };
    let mut out = Vec::new();
    write_json(&mut out, &extra);
    if out == b"{}" { String::new() } else { text_of(out) }
}

pub(super) fn decode_into(order: &mut Order, text: &str) -> Result<(), serde_json::Error> {
    if text.is_empty() {
        return Ok(());
    }
    let mut extra: Extra<'_> = serde_json::from_str(text)?;
    order.keys = extra.keys.into_iter().map(ExternalKey::from).collect();
    order.wire = extra.wire.into_iter().map(|(dialect, text)| (dialect.into_owned(), text.into_owned())).collect();
    for (name, revision) in extra.written {
        let field =
            Field::from_name(&name).ok_or_else(|| serde::de::Error::custom(format_args!("an unknown field {name}")))?;
        order.written.insert(field, Revision(revision));
    }
    order.routed_to = extra.routed_to.into_iter().map(ConnectionId).collect();
    order.imported_by = extra.imported_by.into_iter().map(ConnectionId).collect();
    order.acknowledgements = extra.acknowledgements.into_iter().map(Acknowledgement::from).collect();
    if let Some(lists) = extra.items {
        order.items = decode_items(lists, &mut extra.item_wires)?;
    }
    order.item_places = extra.item_places;
    Ok(())
}

#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct KeysOnly<'a> {
    keys: Vec<KeyForm<'a>>,
}

pub(super) fn keys(text: &str) -> Result<Vec<ExternalKey>, serde_json::Error> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let found: KeysOnly<'_> = serde_json::from_str(text)?;
    Ok(found.keys.into_iter().map(ExternalKey::from).collect())
}

/// What a listing looks at.
pub(super) fn keys_and_routes(text: &str) -> Result<(Vec<ExternalKey>, Vec<ConnectionId>), serde_json::Error> {
    #[derive(Default, Deserialize)]
    #[serde(default, bound(deserialize = "'de: 'a"))]
    struct Found<'a> {
        keys: Vec<KeyForm<'a>>,
        routed_to: Vec<i64>,
    }
    let found: Found<'_> = if text.is_empty() { Found::default() } else { serde_json::from_str(text)? };
    let routed_to = found.routed_to.into_iter().map(ConnectionId).collect();
    Ok((found.keys.into_iter().map(ExternalKey::from).collect(), routed_to))
}
