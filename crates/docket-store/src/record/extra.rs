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

#[derive(Default, Serialize, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Extra<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    keys: Vec<KeyForm<'a>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    wire: BTreeMap<Cow<'a, str>, Cow<'a, str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    written: BTreeMap<Cow<'a, str>, i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routed_to: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    imported_by: Vec<i64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    acknowledgements: Vec<AcknowledgementForm<'a>>,
}

/// The extra, as written.
#[derive(Serialize)]
struct ExtraRef<'a> {
    #[serde(flatten)]
    extra: Extra<'a>,
    #[serde(flatten)]
    items: Option<ItemsRef<'a>>,
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

/// An order's items as they lie there: the lists, as the native API shows them, and apart from them what it does not.
#[derive(Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Items<'a> {
    #[serde(borrow)]
    items: Option<&'a RawValue>,
    item_wires: BTreeMap<i64, Cow<'a, str>>,
    item_places: i64,
}

#[derive(Serialize)]
struct ItemsRef<'a> {
    items: Lists<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    item_wires: BTreeMap<i64, &'a str>,
    item_places: i64,
}

fn encode_items(order: &Order) -> Option<ItemsRef<'_>> {
    let wires = order.items.iter().filter_map(|item| Some((item.place, item.wire.as_deref()?)));
    (order.item_places > 0 || !order.items.is_empty()).then(|| ItemsRef {
        items: Lists(&order.items),
        item_wires: wires.collect(),
        item_places: order.item_places,
    })
}

fn decode_items(order: &mut Order, mut items: Items<'_>) -> Result<(), serde_json::Error> {
    order.item_places = items.item_places;
    let Some(lists) = items.items else { return Ok(()) };
    let lists: BTreeMap<Cow<'_, str>, Vec<Item>> = serde_json::from_str(lists.get())?;
    order.items = lists.into_values().flatten().collect();
    order.items.sort_by_key(|item| item.place);
    for item in &mut order.items {
        item.wire = items.item_wires.remove(&item.place).map(Cow::into_owned);
    }
    Ok(())
}

/// The lists of an order's items, as JSON text.
pub(super) fn lists_of(order: &Order) -> String {
    let mut out = Vec::new();
    write_json(&mut out, &Lists(&order.items));
    text_of(out)
}

/// The lists of items, as JSON text.
pub(super) fn lists(text: &str) -> Result<String, serde_json::Error> {
    let items: Items<'_> = if text.is_empty() { Items::default() } else { serde_json::from_str(text)? };
    match items.items {
        Some(lists) => Ok(lists.get().to_owned()),
        None => serde_json::to_string(&Lists(&[])),
    }
}

pub(super) fn encode(order: &Order) -> String {
    let extra = Extra {
        keys: order.keys.iter().map(KeyForm::from).collect(),
        wire: order.wire.iter().map(|(dialect, text)| (dialect.as_str().into(), text.as_str().into())).collect(),
        written: order.written.iter().map(|(field, revision)| (field.name().into(), revision.0)).collect(),
        routed_to: order.routed_to.iter().map(|id| id.0).collect(),
        imported_by: order.imported_by.iter().map(|id| id.0).collect(),
        acknowledgements: order.acknowledgements.iter().map(AcknowledgementForm::from).collect(),
    };
    let mut out = Vec::new();
    match encode_items(order) {
        None => write_json(&mut out, &extra),
        items => write_json(&mut out, &ExtraRef { extra, items }),
    }
    if out == b"{}" { String::new() } else { text_of(out) }
}

pub(super) fn decode_into(order: &mut Order, text: &str) -> Result<(), serde_json::Error> {
    if text.is_empty() {
        return Ok(());
    }
    let extra: Extra<'_> = serde_json::from_str(text)?;
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
    decode_items(order, serde_json::from_str(text)?)
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
