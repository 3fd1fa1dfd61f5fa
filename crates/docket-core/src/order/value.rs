//! What a field can hold.

use jiff::Timestamp;

/// One thing to do within an order: a Pruvan service, a PPW line item, a Mews product line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Task {
    /// The originator's own id of the task, if it gave one.
    pub key: Option<String>,
    /// What is to be done.
    pub name: String,
    /// How it is to be done.
    pub instructions: Option<String>,
    /// Dialect-defined options, as JSON text; opaque here.
    pub options: Option<String>,
    /// How many.
    pub quantity: Option<f64>,
    /// Price of one, in the order's currency.
    pub unit_price: Option<f64>,
    /// Whether the field reported it done.
    pub done: bool,
}

/// The value of a field, in a form that every field shares: what the journal records and blame shows.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Not set.
    #[default]
    Null,
    /// Text.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// A moment, UTC.
    Time(Timestamp),
    /// Several texts (tags).
    Texts(Vec<String>),
    /// Several whole numbers (dependencies).
    Integers(Vec<i64>),
    /// Tasks.
    Tasks(Vec<Task>),
}

/// What kind of value a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Integer,
    /// A number; whole ones are taken too.
    Number,
    /// Yes or no.
    Flag,
    /// A moment.
    Time,
    /// Several texts.
    Texts,
    /// Several whole numbers.
    Integers,
    /// Tasks.
    Tasks,
}

/// How a Rust type is stored in a [`Value`]. "Not set" and "empty" are one thing: `Null`.
pub trait FieldType: Default {
    /// Which values it takes.
    const KIND: Kind;
    /// The value as the journal records it.
    fn to_value(&self) -> Value;
    /// Back from a value; `None` when it is of another kind.
    fn from_value(value: Value) -> Option<Self>;
}

macro_rules! field_type {
    ($($ty:ty => $variant:ident;)*) => {$(
        impl FieldType for Option<$ty> {
            const KIND: Kind = Kind::$variant;
            fn to_value(&self) -> Value {
                self.clone().map_or(Value::Null, Value::$variant)
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Null => Some(None),
                    Value::$variant(inner) => Some(Some(inner)),
                    _ => None,
                }
            }
        }
    )*};
}
field_type! { String => Text; i64 => Integer; Timestamp => Time; }

impl FieldType for Option<f64> {
    const KIND: Kind = Kind::Number;
    fn to_value(&self) -> Value {
        self.map_or(Value::Null, Value::Number)
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            Value::Number(number) => Some(Some(number)),
            Value::Integer(number) => Some(Some(number as f64)),
            _ => None,
        }
    }
}

impl FieldType for bool {
    const KIND: Kind = Kind::Flag;
    fn to_value(&self) -> Value {
        if *self { Value::Flag(true) } else { Value::Null }
    }
    fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::Null => Some(false),
            Value::Flag(flag) => Some(flag),
            _ => None,
        }
    }
}

macro_rules! list_type {
    ($($ty:ty => $variant:ident;)*) => {$(
        impl FieldType for Vec<$ty> {
            const KIND: Kind = Kind::$variant;
            fn to_value(&self) -> Value {
                if self.is_empty() { Value::Null } else { Value::$variant(self.clone()) }
            }
            fn from_value(value: Value) -> Option<Self> {
                match value {
                    Value::Null => Some(Vec::new()),
                    Value::$variant(items) => Some(items),
                    _ => None,
                }
            }
        }
    )*};
}
list_type! { String => Texts; i64 => Integers; Task => Tasks; }
