//! JSON of single values.
//!
//! Two forms: *plain*, as in the native document, where the field tells the kind; and *told*, as in journal bodies,
//! where the text itself does.

use docket_core::Timestamp;
use docket_core::order::{Kind, Task, Value};
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Writes a value in the plain form.
pub(super) fn write_plain(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Text(text) => write_text(out, text),
        Value::Integer(number) => write_integer(out, *number),
        Value::Number(number) => write_number(out, *number),
        Value::Flag(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        Value::Time(at) => write_time(out, *at),
        Value::Texts(texts) => write_list(out, texts, |out, text| write_text(out, text)),
        Value::Integers(numbers) => write_list(out, numbers, |out, number| write_integer(out, *number)),
        Value::Tasks(tasks) => write_list(out, tasks, write_task),
    }
}

fn write_list<T>(out: &mut Vec<u8>, items: &[T], mut write: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

pub(super) fn write_text(out: &mut Vec<u8>, text: &str) {
    write_json(out, text);
}

pub(super) fn write_integer(out: &mut Vec<u8>, number: i64) {
    write_json(out, &number);
}

pub(super) fn write_number(out: &mut Vec<u8>, number: f64) {
    write_json(out, &Num(number));
}

pub(super) fn write_time(out: &mut Vec<u8>, at: Timestamp) {
    use std::io::Write as _;
    // Writing to memory does not fail.
    let _ = write!(out, "\"{at}\"");
}

/// Writing to memory does not fail, and none of the types given here refuses to be written.
pub(super) fn write_json<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    let _ = serde_json::to_writer(out, value);
}

/// Text from bytes that were written as JSON.
pub(super) fn text_of(out: Vec<u8>) -> String {
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn write_task(out: &mut Vec<u8>, task: &Task) {
    write_json(out, &TaskForm::from(task));
}

/// A number; JSON has no infinities, so those are words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Num(pub(super) f64);

impl Serialize for Num {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Num {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Num, D::Error> {
        struct NumVisitor;
        impl Visitor<'_> for NumVisitor {
            type Value = Num;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }
            fn visit_f64<E: de::Error>(self, number: f64) -> Result<Num, E> {
                Ok(Num(number))
            }
            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Num, E> {
                Ok(Num(number as f64))
            }
            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Num, E> {
                Ok(Num(number as f64))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Num, E> {
                text.parse().map(Num).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(NumVisitor)
    }
}

/// A moment, as text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment(pub(super) Timestamp);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Moment, D::Error> {
        struct MomentVisitor;
        impl Visitor<'_> for MomentVisitor {
            type Value = Moment;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a moment")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Moment, E> {
                text.parse().map(Moment).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(MomentVisitor)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TaskForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    instructions: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    options: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    quantity: Option<Num>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_price: Option<Num>,
    done: bool,
}

impl From<&Task> for TaskForm {
    fn from(task: &Task) -> TaskForm {
        let task = task.clone();
        TaskForm {
            key: task.key,
            name: task.name,
            instructions: task.instructions,
            options: task.options,
            quantity: task.quantity.map(Num),
            unit_price: task.unit_price.map(Num),
            done: task.done,
        }
    }
}

impl From<TaskForm> for Task {
    fn from(form: TaskForm) -> Task {
        Task {
            key: form.key,
            name: form.name,
            instructions: form.instructions,
            options: form.options,
            quantity: form.quantity.map(|number| number.0),
            unit_price: form.unit_price.map(|number| number.0),
            done: form.done,
        }
    }
}

/// Reads a plain value of a known kind.
pub(super) fn read_plain<'de, A: MapAccess<'de>>(map: &mut A, kind: Kind) -> Result<Value, A::Error> {
    Ok(match kind {
        Kind::Text => map.next_value::<Option<String>>()?.map_or(Value::Null, Value::Text),
        Kind::Integer => map.next_value::<Option<i64>>()?.map_or(Value::Null, Value::Integer),
        Kind::Number => map.next_value::<Option<Num>>()?.map_or(Value::Null, |number| Value::Number(number.0)),
        Kind::Flag => map.next_value::<Option<bool>>()?.map_or(Value::Null, Value::Flag),
        Kind::Time => map.next_value::<Option<Moment>>()?.map_or(Value::Null, |at| Value::Time(at.0)),
        Kind::Texts => map.next_value::<Option<Vec<String>>>()?.map_or(Value::Null, Value::Texts),
        Kind::Integers => map.next_value::<Option<Vec<i64>>>()?.map_or(Value::Null, Value::Integers),
        Kind::Tasks => map
            .next_value::<Option<Vec<TaskForm>>>()?
            .map_or(Value::Null, |tasks| Value::Tasks(tasks.into_iter().map(Task::from).collect())),
    })
}

/// A value whose text tells its kind: `null`, `"text"`, `12` (whole), `12.5` (a number, always with a point or an
/// exponent), `true`, and `{"time":…}` `{"number":"inf"}` `{"texts":[…]}` `{"integers":[…]}` `{"tasks":[…]}`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Told(pub(super) Value);

/// The borrowed side of [`Told`].
pub(super) struct TellRef<'a>(pub(super) &'a Value);

impl Serialize for Told {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        TellRef(&self.0).serialize(serializer)
    }
}

impl Serialize for TellRef<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_none(),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Integer(number) => serializer.serialize_i64(*number),
            Value::Number(number) if number.is_finite() => serializer.serialize_f64(*number),
            Value::Number(number) => tagged(serializer, "number", &Num(*number)),
            Value::Flag(flag) => serializer.serialize_bool(*flag),
            Value::Time(at) => tagged(serializer, "time", &Moment(*at)),
            Value::Texts(texts) => tagged(serializer, "texts", texts),
            Value::Integers(numbers) => tagged(serializer, "integers", numbers),
            Value::Tasks(tasks) => {
                tagged(serializer, "tasks", &tasks.iter().map(TaskForm::from).collect::<Vec<TaskForm>>())
            }
        }
    }
}

fn tagged<S: Serializer, T: Serialize + ?Sized>(serializer: S, tag: &str, value: &T) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, value)?;
    map.end()
}

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Told, D::Error> {
        deserializer.deserialize_any(ToldVisitor)
    }
}

struct ToldVisitor;

impl<'de> Visitor<'de> for ToldVisitor {
    type Value = Told;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }
    fn visit_unit<E: de::Error>(self) -> Result<Told, E> {
        Ok(Told(Value::Null))
    }
    fn visit_none<E: de::Error>(self) -> Result<Told, E> {
        Ok(Told(Value::Null))
    }
    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Told, E> {
        Ok(Told(Value::Flag(flag)))
    }
    fn visit_i64<E: de::Error>(self, number: i64) -> Result<Told, E> {
        Ok(Told(Value::Integer(number)))
    }
    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Told, E> {
        i64::try_from(number).map(|number| Told(Value::Integer(number))).map_err(E::custom)
    }
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Told, E> {
        Ok(Told(Value::Number(number)))
    }
    fn visit_str<E: de::Error>(self, text: &str) -> Result<Told, E> {
        Ok(Told(Value::Text(text.to_owned())))
    }
    fn visit_string<E: de::Error>(self, text: String) -> Result<Told, E> {
        Ok(Told(Value::Text(text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<Told, A::Error> {
        Err(de::Error::custom("a bare list"))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let tag: String = map.next_key()?.ok_or_else(|| de::Error::custom("an empty value"))?;
        let kind = match tag.as_str() {
            "time" => Kind::Time,
            "number" => Kind::Number,
            "texts" => Kind::Texts,
            "integers" => Kind::Integers,
            "tasks" => Kind::Tasks,
            _ => return Err(de::Error::custom("an unknown kind of value")),
        };
        read_plain(&mut map, kind).map(Told)
    }
}
