//! Components that are made from the tables of the code: fields of orders, words of every kind.

use super::notation::{Known, any_of, kind, reference};
use docket_app::native::jobs::states as job_states;
use docket_app::native::range_of;
use docket_app::stream::{ENTRIES, Live, kinds};
use docket_app::webhooks;
use docket_core::authority::Rule;
use docket_core::connection::{Access, Role, Scope};
use docket_core::ledger::Channel;
use docket_core::order::{Field, ItemKind, Kind, State, Transition};
use docket_core::route::Status;
use docket_dialects::DIALECTS;
use docket_store::{DeliveryStatus, DifferenceKind, MailStatus, WebhookState};
use serde_json::{Map, Value, json};

/// Made elsewhere, or written by the hub only.
const NOT_SET: &str = "result";

fn words(about: &str, words: impl IntoIterator<Item = impl Into<Value>>) -> Value {
    let words: Vec<Value> = words.into_iter().map(Into::into).collect();
    json!({"type": "string", "enum": words, "description": about})
}

/// All of them.
pub(super) fn made() -> Known {
    let settable = State::ALL.iter().filter(|state| **state != State::Deleted);
    let transitions = Transition::ALL.iter().filter(|transition| **transition != Transition::Delete);
    let dialects = DIALECTS.iter().map(|dialect| dialect.id);
    let verbs =
        kinds().into_iter().filter(|kind| *kind != ENTRIES && Live::ALL.iter().all(|live| live.word() != *kind));
    let fields = Field::ALL.iter().map(|field| field.name());
    let routes = [Status::Planned, Status::Started, Status::Completed, Status::Canceled];
    let jobs = job_states();
    let mut made = Known::new();
    let mut add = |name: &str, schema: Value| made.insert(name.to_owned(), schema);
    add("State", words("Where an order stands.", State::ALL.iter().map(|state| state.word())));
    add("StateNew", words("Where an order is to stand.", settable.map(|state| state.word())));
    add("Transition", words("Where an order is moved.", transitions.map(|transition| transition.word())));
    add("Field", words("A member of an order; a dot stands between a group and its member.", fields));
    add("Access", words("What somebody may do; each may what those before it may.", Access::ALL.map(Access::word)));
    let roles = [Role::Serve, Role::Connect, Role::Both];
    add("Role", words("Which side of an order API a connection is.", roles.map(Role::word)));
    let scopes = [Scope::Own, Scope::Routed, Scope::Account];
    add("Scope", words("Which orders a connection sees.", scopes.map(Scope::word)));
    add("Dialect", words("An order API.", dialects.clone()));
    add("Face", words("Where something came from: an order API, or this API.", dialects.chain(["native"])));
    add("ItemKind", words("What kind of item.", ItemKind::ALL.iter().map(|kind| kind.word())));
    add("Verb", words("One word for what happened.", verbs));
    add("EventKind", words("A kind of event.", kinds()));
    add("WebhookType", words("A type of message to webhooks.", webhooks::types()));
    add("Ownership", words("A rule by which a write is refused.", Rule::ALL.iter().map(|rule| rule.word())));
    add("RouteStatus", words("How far a route is.", routes.map(Status::word)));
    add("JobState", words("Where a job stands.", jobs.split(", ")));
    let deliveries = DeliveryStatus::ALL.iter().map(|status| status.word());
    add("DeliveryStatus", words("How a delivery stands.", deliveries));
    let differences = DifferenceKind::ALL.iter().map(|kind| kind.word());
    add("DifferenceKind", words("What is different on both sides.", differences));
    add("MessageStatus", words("How a message stands.", MailStatus::ALL.map(MailStatus::word)));
    add("Channel", words("How somebody is told.", Channel::ALL.map(Channel::word)));
    add("WebhookStatus", words("How a webhook stands.", WebhookState::ALL.map(WebhookState::word)));
    orders(&mut made);
    made
}

/// The schema of a field's value.
fn value_of(field: Field) -> Value {
    let notation = match field.kind() {
        Kind::Text => "text(,65536)",
        Kind::Integer => "whole",
        Kind::Number => "number",
        Kind::Flag => "flag",
        Kind::Time => "time",
        Kind::Texts => "[text](,1000)",
        Kind::Integers => "[whole](,1000)",
        Kind::Tasks => "[Task](,1000)",
    };
    let mut schema = kind(notation).unwrap_or_default();
    if let Some((least, most)) = range_of(field) {
        let bound = |bound: f64| if bound.fract() == 0.0 { json!(bound as i64) } else { json!(bound) };
        schema["minimum"] = bound(least);
        schema["maximum"] = bound(most);
    }
    schema
}

fn described(field: Field, mut schema: Value) -> Value {
    schema["description"] = field.about().trim().into();
    let example = match field {
        Field::Number => json!("1042"),
        Field::Title => json!("Mow the lawn"),
        Field::Due => json!("2026-01-16T17:00:00Z"),
        Field::Address1 => json!("111 East Main Street"),
        Field::City => json!("Austin"),
        Field::Region => json!("TX"),
        Field::Latitude => json!(30.267),
        Field::Longitude => json!(-97.743),
        _ => return schema,
    };
    schema["examples"] = json!([example]);
    schema
}

fn or_null(schema: Value) -> Value {
    any_of(vec![schema, json!({"type": "null"})])
}

/// `Site`, as the group `site` is called.
fn name_of(group: &str) -> String {
    let mut letters = group.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    format!("Order{}{}", first.unwrap_or_default(), letters.as_str())
}

fn object(properties: Map<String, Value>, required: &[&str], about: &str) -> Value {
    let mut schema = json!({"type": "object", "properties": properties, "description": about});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}

/// Orders as they are shown, made and changed: all from the one table of fields.
fn orders(made: &mut Known) {
    let (mut shown, mut taken) = (Map::new(), Map::new());
    let mut groups: Vec<&'static str> = Vec::new();
    for &field in Field::ALL {
        match field.name().split_once('.') {
            None => {
                let value = value_of(field);
                let is_null = matches!(field, Field::Number | Field::ClientStatus | Field::Due | Field::Unit);
                let value = if is_null { or_null(value) } else { value };
                shown.insert(field.name().to_owned(), described(field, value));
                taken.insert(field.name().to_owned(), described(field, or_null(value_of(field))));
            }
            Some((group, _)) if groups.contains(&group) => {}
            Some((group, _)) => groups.push(group),
        }
    }
    for group in groups {
        let members = Field::ALL.iter().filter_map(|field| {
            let (known, member) = field.name().split_once('.')?;
            (known == group).then_some((member.to_owned(), *field))
        });
        let given = members.clone().map(|(name, field)| (name, described(field, value_of(field))));
        let set = members.map(|(name, field)| (name, described(field, or_null(value_of(field)))));
        let name = name_of(group);
        let about = format!("The members `{group}` of an order.");
        made.insert(name.clone(), object(given.collect(), &[], &about));
        let always = matches!(group, "site" | "progress");
        shown.insert(group.to_owned(), if always { or_null(reference(&name)) } else { reference(&name) });
        if group != NOT_SET {
            made.insert(format!("{name}Set"), object(set.collect(), &[], &about));
            taken.insert(group.to_owned(), reference(&format!("{name}Set")));
        }
    }
    let base = [
        ("id", "uuid", "Its identity."),
        ("serial", "whole", "The same as a number."),
        ("status", "State", "Where it stands."),
        ("status_since", "time", "Since when."),
        ("origin", "Origin", "Where it came from."),
        ("created_at", "time", "When it was made."),
        ("updated_at", "time", "When it was last changed."),
        ("updated_by", "text", "By whom."),
        ("revision", "whole", "How many entries it has in the journal; its `ETag`."),
    ];
    for (name, notation, about) in base {
        let mut schema = kind(notation).unwrap_or_default();
        schema["description"] = about.into();
        shown.insert(name.to_owned(), schema);
    }
    let mut required: Vec<&str> = base.iter().map(|(name, ..)| *name).collect();
    required.extend(["number", "client_status", "due", "unit", "rush", "rework", "tasks", "site", "progress"]);
    made.insert("OrderListed".to_owned(), object(shown.clone(), &required, "An order in a list: without its items."));
    for item in ItemKind::ALL {
        let list = json!({"type": "array", "items": reference(item_name(*item))});
        shown.insert(item.plural().to_owned(), list);
        required.push(item.plural());
    }
    made.insert("Order".to_owned(), object(shown, &required, "An order with its items."));
    made.insert(
        "OrderChange".to_owned(),
        object(taken.clone(), &[], "What is to be of an order; `null` takes it back."),
    );
    let mut moved = taken.clone();
    moved.insert("transition".to_owned(), reference("Transition"));
    made.insert(
        "OrderMove".to_owned(),
        object(moved, &["transition"], "Where it is moved, and what is to be besides."),
    );
    for member in taken.values_mut().filter(|member| member["$ref"].is_string()) {
        *member = or_null(member.take());
    }
    taken.insert("status".to_owned(), reference("StateNew"));
    for item in ItemKind::ALL {
        let given = reference(&format!("{}New", item_name(*item)));
        let list = json!({"type": ["array", "null"], "items": given, "maxItems": 1000});
        taken.insert(item.plural().to_owned(), list);
    }
    let about = "An order that is to be made; it must say something about itself.";
    made.insert("OrderNew".to_owned(), object(taken, &[], about));
}

/// The component of a kind of item.
const fn item_name(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Note => "Note",
        ItemKind::Attachment => "Attachment",
        ItemKind::Form => "Form",
        ItemKind::CheckIn => "CheckIn",
        ItemKind::Charge => "Charge",
        ItemKind::Question => "Question",
    }
}
