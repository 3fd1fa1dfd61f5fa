//! The same content as JSON, for programs.

use super::sketch::{Neighbour, Surroundings, Track};
use super::{ORDERS_LIMIT, ReportError, ReportInput, words};
use docket_core::Timestamp;
use docket_core::catalogue::Site;
use docket_core::order::{Change, Entry, Field, Fields, ItemKind, Order, Value};
use serde_json::{Map, Value as Json, json};

/// Writes everything a report says.
pub(super) fn write(input: &ReportInput) -> Result<Vec<u8>, ReportError> {
    let orders: Vec<Json> = input
        .shown()
        .take(ORDERS_LIMIT)
        .map(|(order, history)| {
            let mut shown = order_json(order, input);
            let entries: Vec<Json> = history.iter().map(|entry| entry_json(entry)).collect();
            shown.insert("history".to_owned(), Json::Array(entries));
            Json::Object(shown)
        })
        .collect();
    let mut document = json!({
        "product": input.product,
        "job": input.order.as_ref().map(|order| order.id.to_string()),
        "made_at": input.at.to_string(),
        "site": site_json(&input.site),
        "surroundings": surroundings_json(&input.surroundings),
        "orders_total": input.shown().count(),
        "orders": orders,
    });
    // A report of one order has that, and no list.
    if let (Some(_), Some(members)) = (input.one(), document.as_object_mut()) {
        let one = members.remove("orders").and_then(|mut orders| orders.get_mut(0).map(Json::take));
        members.remove("orders_total");
        members.insert("order".to_owned(), one.unwrap_or(Json::Null));
    }
    serde_json::to_vec_pretty(&document).map_err(|error| ReportError::Write(error.to_string()))
}

fn site_json(site: &Site) -> Json {
    json!({
        "id": site.id.map(|id| id.to_string()),
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

fn surroundings_json(around: &Surroundings) -> Json {
    let neighbour =
        |other: &Neighbour| json!({"name": other.label, "latitude": other.place.0, "longitude": other.place.1});
    let track = |track: &Track| {
        let point = |(at, place): &(Timestamp, (f64, f64))| json!({"at": at.to_string(), "latitude": place.0, "longitude": place.1});
        json!({"unit": track.unit, "course": track.course.iter().map(point).collect::<Vec<_>>()})
    };
    json!({
        "sites": around.neighbours.iter().map(neighbour).collect::<Vec<_>>(),
        "tracks": around.tracks.iter().map(track).collect::<Vec<_>>(),
    })
}

fn order_json(order: &Order, input: &ReportInput) -> Map<String, Json> {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Json| {
        shown.insert(name.to_owned(), value);
    };
    put("id", order.id.to_string().into());
    put("serial", order.serial.0.into());
    put("status", order.state.word().into());
    put("subject", words::subject(order, &input.names).into());
    put("origin", order.origin.dialect.as_str().into());
    put("created_at", order.created_at.to_string().into());
    put("updated_at", order.updated_at.to_string().into());
    put("updated_by", order.updated_by.as_str().into());
    put("fields", fields_json(&order.fields));
    for &kind in ItemKind::ALL {
        let items = order.items.iter().filter(|item| item.kind() == kind);
        put(kind.plural(), items.filter_map(|item| serde_json::to_value(item).ok()).collect());
    }
    shown
}

/// Every field that is set, by its canonical name.
fn fields_json(fields: &Fields) -> Json {
    let set = Field::ALL.iter().map(|field| (field.name().to_owned(), value_json(&fields.get(*field))));
    Json::Object(set.filter(|(_, value)| !value.is_null()).collect())
}

fn value_json(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Number(number) => (*number).into(),
        Value::Flag(flag) => (*flag).into(),
        Value::Time(at) => at.to_string().into(),
        Value::Texts(texts) => texts.clone().into(),
        Value::Integers(numbers) => numbers.clone().into(),
        Value::Tasks(tasks) => tasks
            .iter()
            .map(|task| {
                json!({ "key": task.key, "name": task.name, "instructions": task.instructions,
                    "quantity": task.quantity, "unit_price": task.unit_price, "done": task.done })
            })
            .collect(),
    }
}

fn entry_json(entry: &Entry) -> Json {
    let changes: Vec<Json> = entry
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Set { field, from, to } => {
                Some(json!({ "field": field.name(), "from": value_json(from), "to": value_json(to) }))
            }
            Change::Moved { from, to } => Some(json!({ "field": "status", "from": from.word(), "to": to.word() })),
            _ => None,
        })
        .collect();
    let refused = entry.refused.iter().map(|refused| {
        json!({ "field": refused.field, "offered": value_json(&refused.offered), "rule": refused.rule.word() })
    });
    json!({
        "revision": entry.revision.0,
        "at": entry.at.to_string(),
        "actor": entry.actor,
        "verb": entry.verb(),
        "changes": changes,
        "refused": refused.collect::<Vec<Json>>(),
    })
}
