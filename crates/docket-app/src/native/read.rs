//! Native JSON to commands.

use super::put::given_with_order;
use super::{BATCH_LIMIT, Creation, NativeError, invalid};
use crate::clock::whole_millis;
use bytes::Bytes;
use docket_core::Timestamp;
use docket_core::order::{Command, Field, ItemKind, Kind, Move, State, Task, Value};
use serde_json::{Map, Value as Json};

/// The longest text of a field.
const TEXT_LIMIT: usize = 64 * 1024;
/// The most tasks, notes, photos, tags or dependencies of one order.
pub(super) const LIST_LIMIT: usize = 1_000;

/// The commands of a body: an object, or a list of them.
pub fn commands_from_json(body: &[u8], now: Timestamp) -> Result<Creation, NativeError> {
    let json: Json = serde_json::from_slice(body).map_err(|error| NativeError::Syntax(error.to_string()))?;
    match json {
        Json::Object(members) => {
            let mut files = Vec::new();
            let commands = vec![command_of("", members, now, &mut files)?];
            Ok(Creation { commands, files, is_batch: false })
        }
        Json::Array(orders) if orders.len() > BATCH_LIMIT => {
            Err(invalid("", format!("at most {BATCH_LIMIT} orders at once")))
        }
        Json::Array(orders) if orders.is_empty() => Err(invalid("", "no orders in the list")),
        Json::Array(orders) => {
            let mut files = Vec::new();
            let command = |(index, order)| match order {
                Json::Object(members) => command_of(&format!("/{index}"), members, now, &mut files),
                _ => Err(invalid(format!("/{index}"), "must be an object")),
            };
            let commands = orders.into_iter().enumerate().map(command).collect::<Result<_, _>>()?;
            Ok(Creation { commands, files, is_batch: true })
        }
        _ => Err(invalid("", "must be an object, or a list of objects")),
    }
}

/// The command of one order alone, and the files that came with it.
pub(super) fn command_of_line(
    members: Map<String, Json>,
    now: Timestamp,
) -> Result<(Command, Vec<Bytes>), NativeError> {
    let mut files = Vec::new();
    Ok((command_of("", members, now, &mut files)?, files))
}

fn command_of(
    at: &str,
    members: Map<String, Json>,
    now: Timestamp,
    files: &mut Vec<Bytes>,
) -> Result<Command, NativeError> {
    let mut command = Command::default();
    for (name, value) in members {
        let pointer = format!("{at}/{}", escape(&name));
        match name.as_str() {
            "status" => command.to = Some(Move::Become(state_of(&pointer, &value)?)),
            list if ItemKind::from_plural(list).is_some() && value.is_null() => {}
            list if let Some(kind) = ItemKind::from_plural(list) => {
                for given in given_with_order(kind, &pointer, value, now)? {
                    command.put.push(given.item);
                    files.extend(given.file);
                }
            }
            "result" => return Err(invalid(pointer, "is made by producers")),
            _ => read_member(&mut command, &pointer, &name, value, Nulls::Nothing)?,
        }
    }
    if command.set.is_empty() {
        return Err(invalid(at, "says nothing about the order; give at least a number, a title, a site or tasks"));
    }
    let said = |wanted: Field| command.set.iter().any(|(field, value)| *field == wanted && *value != Value::Null);
    for (here, other, name) in
        [(Field::Latitude, Field::Longitude, "longitude"), (Field::Longitude, Field::Latitude, "latitude")]
    {
        if said(here) && !said(other) {
            return Err(invalid(format!("{at}/site/{name}"), "is missing: a place is a latitude and a longitude"));
        }
    }
    check_window(at, &command)?;
    let asks = command.put.iter().any(|item| item.kind() == ItemKind::Question);
    if asks && command.to.is_none() {
        command.to = Some(Move::Become(State::Waiting));
    }
    Ok(command)
}

/// A window ends after it begins, where both are said.
pub(super) fn check_window(at: &str, command: &Command) -> Result<(), NativeError> {
    let said = |wanted: Field| {
        command.set.iter().rev().find(|(field, _)| *field == wanted).and_then(|(_, value)| match value {
            Value::Time(at) => Some(*at),
            _ => None,
        })
    };
    match (said(Field::WindowFrom), said(Field::WindowTo)) {
        (Some(from), Some(to)) if to <= from => {
            Err(invalid(format!("{at}/window/to"), format!("is not after the beginning, {from}")))
        }
        _ => Ok(()),
    }
}

/// What it means that a member is `null`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    /// It was not said.
    Nothing,
    /// What it was is taken back.
    TakeBack,
}

pub(super) fn read_member(
    command: &mut Command,
    pointer: &str,
    name: &str,
    value: Json,
    nulls: Nulls,
) -> Result<(), NativeError> {
    if let Some(field) = Field::from_name(name) {
        let value = value_of(pointer, field.kind(), value)?;
        check_range(pointer, field, &value)?;
        if field == Field::Number && matches!(&value, Value::Text(text) if text.trim().is_empty()) {
            return Err(invalid(pointer, "must not be blank; leave it out, or take it back with null"));
        }
        if value != Value::Null || nulls == Nulls::TakeBack {
            command.set.push((field, value));
        }
        return Ok(());
    }
    let is_group = Field::ALL.iter().any(|field| field.name().split_once('.').is_some_and(|(group, _)| group == name));
    match value {
        Json::Object(members) if is_group => members.into_iter().try_for_each(|(member, value)| {
            let pointer = format!("{pointer}/{}", escape(&member));
            let path = format!("{name}.{member}");
            match Field::from_name(&path).is_some() {
                true => read_member(command, &pointer, &path, value, nulls),
                false => Err(invalid(pointer, "is not a member of an order")),
            }
        }),
        Json::Null if is_group && nulls == Nulls::TakeBack => {
            Err(invalid(pointer, "has members, which are taken back one by one"))
        }
        Json::Null if is_group => Ok(()),
        _ if is_group => Err(invalid(pointer, "must be an object")),
        _ => Err(invalid(pointer, "is not a member of an order that can be set")),
    }
}

pub(crate) fn escape(name: &str) -> String {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1") } else { name.to_owned() }
}

fn value_of(pointer: &str, kind: Kind, value: Json) -> Result<Value, NativeError> {
    let wrong = |wanted: &str| Err(invalid(pointer, format!("must be {wanted}")));
    match (kind, value) {
        (_, Json::Null) => Ok(Value::Null),
        (Kind::Text, Json::String(text)) => text_of(pointer, text).map(Value::Text),
        (Kind::Text, _) => wrong("a text"),
        (Kind::Integer, Json::Number(number)) if number.is_i64() => {
            Ok(number.as_i64().map_or(Value::Null, Value::Integer))
        }
        (Kind::Integer, _) => wrong("a whole number"),
        (Kind::Number, Json::Number(number)) => Ok(number.as_f64().map_or(Value::Null, Value::Number)),
        (Kind::Number, _) => wrong("a number"),
        (Kind::Flag, Json::Bool(flag)) => Ok(if flag { Value::Flag(true) } else { Value::Null }),
        (Kind::Flag, _) => wrong("true or false"),
        (Kind::Time, Json::String(text)) => time_of(pointer, &text).map(Value::Time),
        (Kind::Time, _) => wrong("a moment like 2026-03-01T08:00:00Z"),
        (Kind::Texts, Json::Array(items)) => texts_of(pointer, items),
        (Kind::Texts, _) => wrong("a list of texts"),
        (Kind::Integers, Json::Array(items)) => integers_of(pointer, items),
        (Kind::Integers, _) => wrong("a list of whole numbers"),
        (Kind::Tasks, Json::Array(items)) => tasks_of(pointer, items),
        (Kind::Tasks, _) => wrong("a list of tasks"),
    }
}

/// The least and the most that a field may be, where it is bounded.
pub const fn range_of(field: Field) -> Option<(f64, f64)> {
    Some(match field {
        Field::Latitude => (-90.0, 90.0),
        Field::Longitude => (-180.0, 180.0),
        Field::Priority => (1.0, 99.0),
        Field::CompletionPercent => (0.0, 100.0),
        Field::ProgressCurrent | Field::ProgressTotal => (0.0, 1e9),
        Field::Volume | Field::WeightKg | Field::RadiusM | Field::ServiceTimeS | Field::EarlyToleranceS => (0.0, 1e12),
        _ => return None,
    })
}

fn check_range(pointer: &str, field: Field, value: &Value) -> Result<(), NativeError> {
    let Some((least, most)) = range_of(field) else { return Ok(()) };
    let number = match value {
        Value::Integer(number) => *number as f64,
        Value::Number(number) => *number,
        _ => return Ok(()),
    };
    if (least..=most).contains(&number) {
        return Ok(());
    }
    Err(invalid(pointer, format!("must be from {least} to {most}")))
}

pub(super) fn text_of(pointer: &str, text: String) -> Result<String, NativeError> {
    match text.len() {
        0..=TEXT_LIMIT => Ok(text),
        length => Err(invalid(pointer, format!("is {length} bytes long; at most {TEXT_LIMIT}"))),
    }
}

pub(super) fn time_of(pointer: &str, text: &str) -> Result<Timestamp, NativeError> {
    let moment: Result<Timestamp, _> = text.parse();
    moment.map(whole_millis).map_err(|_| invalid(pointer, "must be a moment like 2026-03-01T08:00:00Z"))
}

fn check_length(pointer: &str, items: &[Json]) -> Result<(), NativeError> {
    match items.len() {
        0..=LIST_LIMIT => Ok(()),
        _ => Err(invalid(pointer, format!("at most {LIST_LIMIT}"))),
    }
}

fn texts_of(pointer: &str, items: Vec<Json>) -> Result<Value, NativeError> {
    check_length(pointer, &items)?;
    let text = |(index, item)| match item {
        Json::String(text) => text_of(pointer, text),
        _ => Err(invalid(format!("{pointer}/{index}"), "must be a text")),
    };
    let texts: Vec<String> = items.into_iter().enumerate().map(text).collect::<Result<_, _>>()?;
    Ok(if texts.is_empty() { Value::Null } else { Value::Texts(texts) })
}

fn integers_of(pointer: &str, items: Vec<Json>) -> Result<Value, NativeError> {
    check_length(pointer, &items)?;
    let integer = |(index, item): (usize, Json)| {
        item.as_i64().ok_or_else(|| invalid(format!("{pointer}/{index}"), "must be a whole number"))
    };
    let integers: Vec<i64> = items.into_iter().enumerate().map(integer).collect::<Result<_, _>>()?;
    Ok(if integers.is_empty() { Value::Null } else { Value::Integers(integers) })
}

fn tasks_of(pointer: &str, items: Vec<Json>) -> Result<Value, NativeError> {
    check_length(pointer, &items)?;
    let task = |(index, item)| task_of(&format!("{pointer}/{index}"), item);
    let tasks: Vec<Task> = items.into_iter().enumerate().map(task).collect::<Result<_, _>>()?;
    Ok(if tasks.is_empty() { Value::Null } else { Value::Tasks(tasks) })
}

fn task_of(pointer: &str, item: Json) -> Result<Task, NativeError> {
    let Json::Object(members) = item else { return Err(invalid(pointer, "must be an object")) };
    let mut task = Task::default();
    for (name, value) in members {
        let at = format!("{pointer}/{}", escape(&name));
        let text = |value| -> Result<Option<String>, NativeError> {
            match value_of(&at, Kind::Text, value)? {
                Value::Text(text) => Ok(Some(text)),
                _ => Ok(None),
            }
        };
        let number = |value| -> Result<Option<f64>, NativeError> {
            match value_of(&at, Kind::Number, value)? {
                Value::Number(number) => Ok(Some(number)),
                _ => Ok(None),
            }
        };
        match name.as_str() {
            "name" => task.name = text(value)?.unwrap_or_default(),
            "key" => task.key = text(value)?,
            "instructions" => task.instructions = text(value)?,
            "options" => task.options = text(value)?,
            "quantity" => task.quantity = number(value)?,
            "unit_price" => task.unit_price = number(value)?,
            "done" => task.done = value_of(&at, Kind::Flag, value)? == Value::Flag(true),
            _ => return Err(invalid(at, "is not a member of a task")),
        }
    }
    match task.name.trim().is_empty() {
        true => Err(invalid(format!("{pointer}/name"), "is missing or blank")),
        false => Ok(task),
    }
}

fn state_of(pointer: &str, value: &Json) -> Result<State, NativeError> {
    let state = value.as_str().and_then(State::from_word).filter(|&state| state != State::Deleted);
    state.ok_or_else(|| {
        let words = State::ALL.iter().filter(|&&state| state != State::Deleted).map(|state| state.word());
        invalid(pointer, format!("must be one of {}", words.collect::<Vec<_>>().join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Command, (String, String)> {
        match commands_from_json(text.as_bytes(), Timestamp::UNIX_EPOCH) {
            Ok(mut creation) => Ok(creation.commands.remove(0)),
            Err(NativeError::Invalid { pointer, detail }) => Err((pointer, detail)),
            Err(other) => Err(("syntax".to_owned(), format!("{other:?}"))),
        }
    }

    fn pointer(text: &str) -> String {
        read(text).expect_err(text).0
    }

    #[test]
    fn canonical_names_nest_at_dots() {
        let command = read(
            r#"{"number":"7","rush":true,"site":{"city":"Austin","latitude":30,"longitude":-97},"tasks":[{"name":"Mow","quantity":2}],
                "due":"2026-03-01T08:00:00Z","status":"accepted","tags":["a"],"notes":[{"text":"Hi"}]}"#,
        )
        .expect("fits");
        assert!(command.set.contains(&(Field::City, Value::Text("Austin".to_owned()))));
        assert!(command.set.contains(&(Field::Latitude, Value::Number(30.0))));
        assert_eq!(command.to, Some(Move::Become(State::Accepted)));
        assert_eq!(command.put.len(), 1);
    }

    #[test]
    fn what_is_wrong_is_pointed_at() {
        assert_eq!(pointer(r#"{"nummer":"7"}"#), "/nummer");
        assert_eq!(pointer(r#"{"site":{"town":"x"}}"#), "/site/town");
        assert_eq!(pointer(r#"{"site":"x"}"#), "/site");
        assert_eq!(pointer(r#"{"due":"tomorrow"}"#), "/due");
        assert_eq!(pointer(r#"{"tasks":[{"name":"a"},{"name":" "}]}"#), "/tasks/1/name");
        assert_eq!(pointer(r#"{"site":{"latitude":91}}"#), "/site/latitude");
        assert_eq!(pointer(r#"{"number":"7","status":"gone"}"#), "/status");
        assert_eq!(pointer("{}"), "");
        assert_eq!(pointer("[]"), "");
        assert_eq!(pointer(r#"[{"number":"1"},{"priority":"high"}]"#), "/1/priority");
        assert_eq!(pointer("{"), "syntax");
        assert_eq!(pointer(&format!("{}1{}", "[".repeat(500), "]".repeat(500))), "syntax");
    }
}
