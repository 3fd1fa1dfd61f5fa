//! The native JSON document: members in one fixed order, dots of canonical names nested, unset fields left out
//! except those that every order carries.

use super::value::{read_plain, text_of, write_integer, write_plain, write_text, write_time};
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, OrderId, Revision, Serial, Uuid};
use docket_core::order::{Field, Fields, Order, Origin, State, Value};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::LazyLock;

/// One member of the document.
enum Member {
    Id,
    Serial,
    Status,
    StatusSince,
    Origin,
    CreatedAt,
    UpdatedAt,
    UpdatedBy,
    Revision,
    /// A field of its own; `Some` text stands there when it is not set.
    Field {
        field: Field,
        key: &'static str,
        unset: Option<&'static str>,
    },
    /// Fields that share the part of their names before the dot.
    Group {
        key: &'static str,
        fields: Vec<(Field, &'static str)>,
        always: bool,
    },
}

/// Members that come first, in this order; every other field follows in the order of the table.
const FIRST: &[&str] = &["number", "title"];
const AFTER_STATUS: &[&str] = &["rush", "rework", "client_status", "client_due", "client_instructions"];

static LAYOUT: LazyLock<Vec<Member>> = LazyLock::new(layout);

/// The members that are groups of fields.
static GROUPS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let key = |member: &Member| match member {
        Member::Group { key, .. } => Some(*key),
        _ => None,
    };
    LAYOUT.iter().filter_map(key).collect()
});

fn layout() -> Vec<Member> {
    let mut members = vec![Member::Id, Member::Serial];
    members.extend(FIRST.iter().filter_map(|name| single(Field::from_name(name)?)));
    members.extend([Member::Status, Member::StatusSince]);
    members.extend(AFTER_STATUS.iter().filter_map(|name| single(Field::from_name(name)?)));
    members.push(Member::Origin);
    for &field in Field::ALL {
        let name = field.name();
        if FIRST.contains(&name) || AFTER_STATUS.contains(&name) {
            continue;
        }
        let Some((group, inner)) = name.split_once('.') else {
            members.extend(single(field));
            continue;
        };
        let known = members.iter_mut().find_map(|member| match member {
            Member::Group { key, fields, .. } if *key == group => Some(fields),
            _ => None,
        });
        match known {
            Some(fields) => fields.push((field, inner)),
            None => {
                let always = matches!(group, "site" | "progress");
                members.push(Member::Group { key: group, fields: vec![(field, inner)], always });
            }
        }
    }
    members.extend([Member::CreatedAt, Member::UpdatedAt, Member::UpdatedBy, Member::Revision]);
    members
}

fn single(field: Field) -> Option<Member> {
    let unset = match field {
        Field::Number | Field::ClientStatus | Field::Due | Field::Unit => Some("null"),
        Field::Rush | Field::Rework => Some("false"),
        Field::Tasks => Some("[]"),
        _ => None,
    };
    Some(Member::Field { field, key: field.name(), unset })
}

/// Writes the document of an order.
pub(super) fn encode(order: &Order) -> String {
    let mut out = Vec::with_capacity(1024);
    out.push(b'{');
    for member in LAYOUT.iter() {
        write_member(&mut out, order, member);
    }
    out.push(b'}');
    text_of(out)
}

fn write_key(out: &mut Vec<u8>, key: &str) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(key.as_bytes());
    out.extend_from_slice(b"\":");
}

fn write_member(out: &mut Vec<u8>, order: &Order, member: &Member) {
    match member {
        Member::Id => {
            write_key(out, "id");
            let mut buffer = Uuid::encode_buffer();
            write_text(out, order.id.0.hyphenated().encode_lower(&mut buffer));
        }
        Member::Serial => {
            write_key(out, "serial");
            write_integer(out, order.serial.0);
        }
        Member::Status => {
            write_key(out, "status");
            write_text(out, order.state.word());
        }
        Member::StatusSince => {
            write_key(out, "status_since");
            write_time(out, order.state_since);
        }
        Member::Origin => {
            write_key(out, "origin");
            out.extend_from_slice(b"{\"dialect\":");
            write_text(out, &order.origin.dialect);
            out.extend_from_slice(b",\"connection\":");
            match order.origin.connection {
                Some(connection) => write_integer(out, connection.0),
                None => out.extend_from_slice(b"null"),
            }
            out.push(b'}');
        }
        Member::CreatedAt => {
            write_key(out, "created_at");
            write_time(out, order.created_at);
        }
        Member::UpdatedAt => {
            write_key(out, "updated_at");
            write_time(out, order.updated_at);
        }
        Member::UpdatedBy => {
            write_key(out, "updated_by");
            write_text(out, &order.updated_by);
        }
        Member::Revision => {
            write_key(out, "revision");
            write_integer(out, order.revision.0);
        }
        Member::Field { field, key, unset } => match (order.fields.get(*field), unset) {
            (Value::Null, None) => {}
            (Value::Null, Some(unset)) => {
                write_key(out, key);
                out.extend_from_slice(unset.as_bytes());
            }
            (value, _) => {
                write_key(out, key);
                write_plain(out, &value);
            }
        },
        Member::Group { key, fields, always } => write_group(out, &order.fields, key, fields, *always),
    }
}

fn write_group(out: &mut Vec<u8>, fields: &Fields, key: &str, inner: &[(Field, &'static str)], always: bool) {
    let mut open = false;
    for (field, name) in inner {
        let value = fields.get(*field);
        if value == Value::Null {
            continue;
        }
        if !open {
            open = true;
            write_key(out, key);
            out.push(b'{');
        }
        write_key(out, name);
        write_plain(out, &value);
    }
    if open {
        out.push(b'}');
    } else if always {
        write_key(out, key);
        out.extend_from_slice(b"null");
    }
}

/// Reads a document. What it does not say (see `extra`) is empty.
pub(super) fn decode(account: AccountId, text: &str) -> Result<Order, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let order = deserializer.deserialize_map(DocumentVisitor { account })?;
    deserializer.end()?;
    Ok(order)
}

#[derive(Deserialize)]
struct OriginForm {
    dialect: String,
    connection: Option<i64>,
}

fn parse_time<E: de::Error>(text: &str) -> Result<Timestamp, E> {
    text.parse().map_err(E::custom)
}

struct DocumentVisitor {
    account: AccountId,
}

impl<'de> Visitor<'de> for DocumentVisitor {
    type Value = Order;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an order")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Order, A::Error> {
        let mut order = blank(self.account);
        let mut seen = 0;
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            seen += 1;
            match key.as_ref() {
                "id" => {
                    let text = map.next_value::<Cow<'de, str>>()?;
                    order.id = OrderId(Uuid::try_parse(&text).map_err(de::Error::custom)?);
                }
                "serial" => order.serial = Serial(map.next_value()?),
                "revision" => order.revision = Revision(map.next_value()?),
                "status" => {
                    let word = map.next_value::<Cow<'de, str>>()?;
                    order.state = State::from_word(&word).ok_or_else(|| de::Error::custom("an unknown status"))?;
                }
                "status_since" => order.state_since = parse_time(&map.next_value::<Cow<'de, str>>()?)?,
                "created_at" => order.created_at = parse_time(&map.next_value::<Cow<'de, str>>()?)?,
                "updated_at" => order.updated_at = parse_time(&map.next_value::<Cow<'de, str>>()?)?,
                "updated_by" => order.updated_by = map.next_value()?,
                "origin" => {
                    let form: OriginForm = map.next_value()?;
                    order.origin = Origin { connection: form.connection.map(ConnectionId), dialect: form.dialect };
                }
                group if GROUPS.contains(&group) => {
                    map.next_value_seed(GroupSeed { group, fields: &mut order.fields })?;
                    seen -= 1;
                }
                name => {
                    read_field(&mut map, name, &mut order.fields)?;
                    seen -= 1;
                }
            }
        }
        // The nine members that are no fields.
        if seen < 9 {
            return Err(de::Error::custom("a document with members missing"));
        }
        Ok(order)
    }
}

fn blank(account: AccountId) -> Order {
    Order {
        id: OrderId(Uuid::nil()),
        serial: Serial(0),
        account,
        origin: Origin::default(),
        revision: Revision(0),
        state: State::Received,
        state_since: Timestamp::UNIX_EPOCH,
        created_at: Timestamp::UNIX_EPOCH,
        updated_at: Timestamp::UNIX_EPOCH,
        updated_by: String::new(),
        fields: Fields::default(),
        wire: BTreeMap::new(),
        written: BTreeMap::new(),
        keys: Vec::new(),
        routed_to: Vec::new(),
        imported_by: Vec::new(),
        acknowledgements: Vec::new(),
        items: Vec::new(),
        item_places: 0,
    }
}

fn read_field<'de, A: MapAccess<'de>>(map: &mut A, name: &str, fields: &mut Fields) -> Result<(), A::Error> {
    let Some(field) = Field::from_name(name) else {
        map.next_value::<IgnoredAny>()?;
        return Err(de::Error::custom(format_args!("an unknown field {name}")));
    };
    let value = read_plain(map, field.kind())?;
    if fields.set(field, value) { Ok(()) } else { Err(de::Error::custom(format_args!("{name} is of another kind"))) }
}

struct GroupSeed<'a> {
    group: &'a str,
    fields: &'a mut Fields,
}

impl<'de> DeserializeSeed<'de> for GroupSeed<'_> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for GroupSeed<'_> {
    type Value = ();
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("fields or null")
    }
    fn visit_none<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E: de::Error>(self) -> Result<(), E> {
        Ok(())
    }
    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut name = String::with_capacity(32);
        while let Some(inner) = map.next_key::<Cow<'de, str>>()? {
            name.clear();
            name.push_str(self.group);
            name.push('.');
            name.push_str(&inner);
            read_field(&mut map, &name, self.fields)?;
        }
        Ok(())
    }
}
