//! What is encoded is decoded, exactly.

use super::{VERSION, decode_keys};
use super::{decode_body, decode_order, entry_body, entry_document, micros, moment, order_document, order_extra};
use docket_core::Timestamp;
use docket_core::authority::{Refused, Rule};
use docket_core::ids::{AccountId, ConnectionId, ExchangeId, OrderId, Revision, Sequence, Serial, Uuid};
use docket_core::order::*;
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;

/// Text of all sorts, with what JSON and databases stumble over.
pub(crate) fn texts() -> BoxedStrategy<String> {
    prop_oneof![
        "[a-z0-9 ]{0,8}",
        "\\PC{0,6}",
        Just("\0".to_owned()),
        Just("\"\\\u{2028}\u{1a}\u{1b}\n\t\u{7f}\u{10ffff}é".to_owned()),
        Just(String::new()),
    ]
    .boxed()
}

fn numbers() -> BoxedStrategy<f64> {
    prop_oneof![
        proptest::num::f64::NORMAL | proptest::num::f64::SUBNORMAL | proptest::num::f64::ZERO,
        Just(f64::INFINITY),
        Just(f64::NEG_INFINITY),
        Just(1e16),
        Just(3.0),
        Just(0.1 + 0.2),
    ]
    .boxed()
}

pub(crate) fn moments() -> BoxedStrategy<Timestamp> {
    let (least, most) = (Timestamp::MIN.as_nanosecond(), Timestamp::MAX.as_nanosecond());
    prop_oneof![
        (least..=most).prop_map(|nanos| Timestamp::from_nanosecond(nanos).unwrap()),
        (1_600_000_000_000_i64..1_800_000_000_000).prop_map(|ms| Timestamp::from_millisecond(ms).unwrap()),
        Just(Timestamp::UNIX_EPOCH),
        Just(Timestamp::from_nanosecond(-1).unwrap()),
    ]
    .boxed()
}

fn tasks() -> BoxedStrategy<Task> {
    (of(texts()), texts(), of(texts()), of(texts()), of(numbers()), of(numbers()), any::<bool>())
        .prop_map(|(key, name, instructions, options, quantity, unit_price, done)| Task {
            key,
            name,
            instructions,
            options,
            quantity,
            unit_price,
            done,
        })
        .boxed()
}

fn value_of(kind: Kind) -> BoxedStrategy<Value> {
    match kind {
        Kind::Text => texts().prop_map(Value::Text).boxed(),
        Kind::Integer => any::<i64>().prop_map(Value::Integer).boxed(),
        Kind::Number => numbers().prop_map(Value::Number).boxed(),
        Kind::Flag => Just(Value::Flag(true)).boxed(),
        Kind::Time => moments().prop_map(Value::Time).boxed(),
        Kind::Texts => vec(texts(), 1..4).prop_map(Value::Texts).boxed(),
        Kind::Integers => vec(any::<i64>(), 1..4).prop_map(Value::Integers).boxed(),
        Kind::Tasks => vec(tasks(), 1..3).prop_map(Value::Tasks).boxed(),
    }
}

fn any_value() -> BoxedStrategy<Value> {
    let kinds =
        [Kind::Text, Kind::Integer, Kind::Number, Kind::Flag, Kind::Time, Kind::Texts, Kind::Integers, Kind::Tasks];
    prop_oneof![
        1 => Just(Value::Null),
        1 => Just(Value::Flag(false)),
        8 => proptest::sample::select(kinds.to_vec()).prop_flat_map(value_of),
    ]
    .boxed()
}

fn fields() -> BoxedStrategy<Fields> {
    let each: Vec<BoxedStrategy<Option<Value>>> =
        Field::ALL.iter().map(|&field| of(value_of(field.kind())).boxed()).collect();
    each.prop_map(|values| {
        let mut fields = Fields::default();
        for (&field, value) in Field::ALL.iter().zip(values) {
            if let Some(value) = value {
                assert!(fields.set(field, value), "{}", field.name());
            }
        }
        fields
    })
    .boxed()
}

fn keys() -> BoxedStrategy<ExternalKey> {
    (any::<i64>(), texts(), texts())
        .prop_map(|(connection, namespace, key)| ExternalKey { connection: ConnectionId(connection), namespace, key })
        .boxed()
}

fn acknowledgements() -> BoxedStrategy<Acknowledgement> {
    (any::<i64>(), texts(), any::<bool>(), of(texts()), moments())
        .prop_map(|(connection, transaction, success, reason, at)| Acknowledgement {
            connection: ConnectionId(connection),
            transaction,
            success,
            reason,
            at,
        })
        .boxed()
}

fn finite() -> BoxedStrategy<f64> {
    (proptest::num::f64::NORMAL | proptest::num::f64::ZERO).boxed()
}

fn points() -> BoxedStrategy<Point> {
    (finite(), finite(), of(finite()))
        .prop_map(|(latitude, longitude, accuracy_m)| Point { latitude, longitude, accuracy_m })
        .boxed()
}

fn attachments() -> BoxedStrategy<Body> {
    let stages = proptest::sample::select(vec![Stage::Before, Stage::During, Stage::After]);
    (
        (any::<bool>(), texts(), any::<i64>(), of(stages)),
        (of(texts()), texts(), of(moments()), of(points()), of(texts())),
    )
        .prop_map(|((photo, name, size_bytes, stage), (task, caption, taken_at, point, note))| {
            let media_type = caption.clone();
            let blob = name.clone();
            Attachment { photo, name, media_type, size_bytes, blob, stage, task, caption, taken_at, point, note }.into()
        })
        .boxed()
}

fn forms() -> BoxedStrategy<Body> {
    let answers = (texts(), texts(), texts(), vec(texts(), 0..3), vec(texts(), 0..2))
        .prop_map(|(question, text, kind, values, photos)| Answer { question, text, kind, values, photos });
    (texts(), texts(), of(texts()), any::<bool>(), of(texts()), of(moments()), vec(answers, 0..3))
        .prop_map(|(name, template, task, required, definition, submitted_at, answers)| {
            let version = template.clone();
            Form { name, template, version, task, required, definition, submitted_at, answers }.into()
        })
        .boxed()
}

fn charges() -> BoxedStrategy<Body> {
    let kinds = proptest::sample::select(vec![ChargeKind::Bid, ChargeKind::Completion, ChargeKind::Invoice]);
    (kinds, of(texts()), texts(), of(finite()), of(finite()), any::<bool>(), vec(texts(), 0..3))
        .prop_map(|(kind, item, description, quantity, unit_price, flat_fee, photos)| {
            let comment = description.clone();
            Charge { kind, item, description, quantity, unit_price, comment, flat_fee, photos }.into()
        })
        .boxed()
}

fn questions() -> BoxedStrategy<Body> {
    let choices = (texts(), texts()).prop_map(|(key, label)| Choice { key, label });
    let answers = (texts(), texts(), moments()).prop_map(|(choice, by, at)| ChoiceAnswer { choice, by, at });
    (texts(), vec(choices, 0..3), of(answers))
        .prop_map(|(message, choices, answer)| Question { message, choices, answer }.into())
        .boxed()
}

fn items() -> BoxedStrategy<Item> {
    let bodies = prop_oneof![
        (any::<bool>(), texts(), of(texts()))
            .prop_map(|(site_wide, text, revises)| Note { site_wide, text, revises }.into()),
        attachments(),
        forms(),
        (of(points()), of(texts())).prop_map(|(point, data)| CheckIn { point, data }.into()),
        charges(),
        questions(),
    ];
    (texts(), of(any::<i64>()), texts(), texts(), moments(), of(texts()), bodies)
        .prop_map(|(id, connection, dialect, author, at, wire, body)| Item {
            place: 0,
            id,
            origin: Origin { connection: connection.map(ConnectionId), dialect },
            author,
            at,
            wire,
            body,
        })
        .boxed()
}

fn states() -> BoxedStrategy<State> {
    proptest::sample::select(State::ALL).boxed()
}

pub(crate) fn orders() -> BoxedStrategy<Order> {
    let identity = (any::<u128>(), any::<i64>(), of(any::<i64>()), texts(), any::<i64>(), states());
    let times = (moments(), moments(), moments(), texts());
    let written = btree_map(proptest::sample::select(Field::ALL), any::<i64>().prop_map(Revision), 0..5);
    let connections = || vec(any::<i64>().prop_map(ConnectionId), 0..3);
    let beside = (
        btree_map(texts(), texts(), 0..3),
        written,
        vec(keys(), 0..3),
        connections(),
        connections(),
        vec(acknowledgements(), 0..3),
        vec(items(), 0..4),
    );
    (identity, times, fields(), beside)
        .prop_map(|(identity, times, fields, beside)| Order {
            id: OrderId(Uuid::from_u128(identity.0)),
            serial: Serial(identity.1),
            account: AccountId(9),
            origin: Origin { connection: identity.2.map(ConnectionId), dialect: identity.3 },
            revision: Revision(identity.4),
            state: identity.5,
            state_since: times.0,
            created_at: times.1,
            updated_at: times.2,
            updated_by: times.3,
            fields,
            wire: beside.0,
            written: beside.1,
            keys: beside.2,
            routed_to: beside.3,
            imported_by: beside.4,
            acknowledgements: beside.5,
            item_places: beside.6.len() as i64,
            items: (1..).zip(beside.6).map(|(place, item)| Item { place, ..item }).collect(),
        })
        .boxed()
}

fn changes() -> BoxedStrategy<Change> {
    prop_oneof![
        (proptest::sample::select(Field::ALL), any_value(), any_value()).prop_map(|(field, from, to)| Change::Set {
            field,
            from,
            to
        }),
        (states(), states()).prop_map(|(from, to)| Change::Moved { from, to }),
        (texts(), of(texts()), of(texts())).prop_map(|(dialect, from, to)| Change::Wire { dialect, from, to }),
        keys().prop_map(Change::Keyed),
        keys().prop_map(Change::Unkeyed),
        any::<i64>().prop_map(|id| Change::Routed(ConnectionId(id))),
        any::<i64>().prop_map(|id| Change::Imported(ConnectionId(id))),
        acknowledgements().prop_map(Change::Acknowledged),
        (of(items()), items()).prop_map(|(from, to)| Change::Put { from: from.map(Box::new), to: Box::new(to) }),
        items().prop_map(Box::new).prop_map(Change::Removed),
    ]
    .boxed()
}

fn refusals() -> BoxedStrategy<Refused> {
    (texts(), any_value(), proptest::sample::select(Rule::ALL))
        .prop_map(|(field, offered, rule)| Refused { field, offered, rule })
        .boxed()
}

fn entries() -> BoxedStrategy<Entry> {
    (vec(changes(), 0..5), vec(refusals(), 0..3), vec(texts(), 0..3), texts(), moments(), of(any::<u128>()))
        .prop_map(|(changes, refused, advisories, actor, at, exchange)| Entry {
            sequence: Sequence(3),
            order: OrderId(Uuid::from_u128(4)),
            serial: Serial(5),
            revision: Revision(6),
            at,
            connection: None,
            actor,
            exchange: exchange.map(|id| ExchangeId(Uuid::from_u128(id))),
            trace: None,
            changes,
            refused,
            advisories,
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_order_comes_back_exactly(order in orders()) {
        let (document, extra) = (order_document(&order), order_extra(&order));
        prop_assert!(!document.contains('\0') && !extra.contains('\0'));
        let again = decode_order(VERSION, order.account, &document, &extra).unwrap();
        prop_assert_eq!(&again, &order);
        prop_assert_eq!(decode_keys(VERSION, &extra).unwrap(), order.keys);
        prop_assert!(decode_order(VERSION + 1, order.account, &document, &extra).is_err());
    }

    #[test]
    fn an_entry_comes_back_exactly(entry in entries(), order in orders(), creation: bool) {
        let mut entry = entry;
        let created = creation.then_some(order);
        if let Some(order) = &created {
            entry.changes.insert(0, Change::Created(Box::new(order.clone())));
        }
        let body = entry_body(&entry);
        let mut again =
            Entry { changes: Vec::new(), refused: Vec::new(), advisories: Vec::new(), ..entry.clone() };
        decode_body(VERSION, &mut again, created, body.as_deref()).unwrap();
        prop_assert_eq!(again, entry);
    }

    #[test]
    fn documents_of_entries_are_json(entry in entries(), order in orders()) {
        let mut entry = entry;
        entry.changes.push(Change::Created(Box::new(order)));
        let json: serde_json::Value = serde_json::from_str(&entry_document(&entry)).unwrap();
        prop_assert_eq!(&json["seq"], 3);
        prop_assert_eq!(json["actor"].as_str().unwrap(), entry.actor);
        prop_assert!(json["changes"].as_array().unwrap().len() >= entry.changes.len());
        prop_assert_eq!(json["refused"].as_array().unwrap().len(), entry.refused.len());
    }

    #[test]
    fn moments_survive_columns(at in moments()) {
        let (us, ns) = micros(at);
        prop_assert!((0..1000).contains(&ns));
        prop_assert_eq!(moment(us, ns).unwrap(), at);
    }

    #[test]
    fn nothing_read_panics(text in "\\PC{0,80}") {
        let _ = decode_order(VERSION, AccountId(1), &text, &text);
    }
}

#[test]
fn an_order_carries_what_is_promised() {
    let order = Order {
        state: State::Assigned,
        ..decode_order(
            VERSION,
            AccountId(1),
            r#"{"id":"018f0000-0000-7000-8000-000000000001","serial":12,"status":"received","revision":1,
            "status_since":"2026-01-15T10:00:00Z","origin":{"dialect":"native","connection":null},
            "created_at":"2026-01-15T10:00:00Z","updated_at":"2026-01-15T10:00:00.25Z","updated_by":"hub",
            "window":{"to":"2026-01-16T10:00:00Z"},"weight_kg":2,"route":{"id":4},"site":null}"#,
            "",
        )
        .unwrap()
    };
    let document: serde_json::Value = serde_json::from_str(&order_document(&order)).unwrap();
    let expected = serde_json::json!({
        "id": "018f0000-0000-7000-8000-000000000001", "serial": 12, "number": null, "status": "assigned",
        "status_since": "2026-01-15T10:00:00Z", "rush": false, "rework": false, "client_status": null,
        "origin": {"dialect": "native", "connection": null}, "tasks": [], "due": null, "unit": null,
        "window": {"to": "2026-01-16T10:00:00Z"}, "route": {"id": 4}, "weight_kg": 2.0, "site": null,
        "progress": null, "created_at": "2026-01-15T10:00:00Z", "updated_at": "2026-01-15T10:00:00.25Z",
        "updated_by": "hub", "revision": 1,
    });
    assert_eq!(document, expected);
}

#[test]
fn damaged_rows_are_refused() {
    for document in ["", "{}", "[]", "{\"id\":1}", "{\"nonsense\":1}", "{\"id\":\"x\"}"] {
        assert!(decode_order(VERSION, AccountId(1), document, "").is_err(), "{document}");
    }
}
