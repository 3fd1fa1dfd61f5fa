//! The expression language of rules: CEL, over one order.
//!
//! Everything an order says is there under its canonical name; what is not set is `null`. Names and functions are checked
//! when an expression is read, so that a slip of the pen is found then, and not when an order waits for it. Length, size
//! and nesting are limited, and so are the lists of an order: no expression takes long.

use cel::common::ast::{EntryExpr, Expr, IdedExpr};
use cel::{Context, Env, Program, Value};
use chrono::{DateTime, FixedOffset};
use docket_core::Timestamp;
use docket_core::order::{Field, Kind, Order, State, Value as FieldValue};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

/// The longest expression, in bytes.
pub const LONGEST: usize = 4 * 1024;
/// The most parts of one.
const PARTS: usize = 400;
/// How deep `all`, `exists`, `map` and `filter` may stand within one another.
const LOOPS: usize = 2;
/// How much of an order's lists is looked at.
const LIST: usize = 200;
/// How much of a text is looked at, in characters.
const TEXT: usize = 20_000;

/// Members of an order beside its fields.
const MEMBERS: &[(&str, &str)] = &[
    ("id", "the id, a UUID as text"),
    ("serial", "the serial, a whole number"),
    ("status", "where it stands: received, assigned, accepted, …"),
    ("open", "whether work is still expected"),
    ("done", "whether the work is done"),
    ("created_at", "when it came to be"),
    ("updated_at", "when it last changed"),
    ("state_since", "since when it stands so"),
    ("origin.connection", "the name of the connection it came through; empty for the native API and the command line"),
    ("origin.dialect", "the API it came in: ppw, pruvan, wialon, mews, planviewer, native"),
    ("routed_to", "the names of the connections it was handed to"),
    ("notes", "how many notes it has"),
    ("attachments", "how many photos and files"),
    ("forms", "how many forms"),
    ("questions", "how many questions"),
    ("open_questions", "how many of them wait for an answer"),
];

/// Members of a task.
const TASK: &[&str] = &["key", "name", "instructions", "options", "quantity", "unit_price", "done"];

const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "string",
    "int",
    "uint",
    "double",
    "timestamp",
    "duration",
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
    "max",
    "min",
    "lower",
    "upper",
    "trim",
];

/// An expression that was read and checked.
#[derive(Debug)]
pub struct Expression {
    program: Program,
}

/// What an expression can be told about an order: name, what it is.
pub fn variables() -> Vec<(String, String)> {
    let kind = |kind: Kind| match kind {
        Kind::Text => "text",
        Kind::Integer => "a whole number",
        Kind::Number => "a number",
        Kind::Flag => "true or false",
        Kind::Time => "a moment",
        Kind::Texts => "a list of texts",
        Kind::Integers => "a list of whole numbers",
        Kind::Tasks => "a list; each has key, name, instructions, options, quantity, unit_price, done",
    };
    let members = MEMBERS.iter().map(|(name, what)| (format!("order.{name}"), (*what).to_owned()));
    let fields = Field::ALL.iter().map(|field| (format!("order.{}", field.name()), kind(field.kind()).to_owned()));
    let now = ("now".to_owned(), "the moment at which the rule is looked at".to_owned());
    members.chain(fields).chain([now]).collect()
}

/// A name that an expression may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variable {
    /// How it is written.
    pub name: String,
    /// What it holds: `text`, `whole`, `number`, `flag`, `time`, or a list: `texts`, `wholes`, `tasks`.
    pub kind: &'static str,
    /// What it is, for people.
    pub about: String,
    /// An expression that it stands in.
    pub example: String,
}

/// What an example says of a kind.
fn example(kind: &str, name: &str) -> String {
    match kind {
        "text" => format!("{name} == \"A-1\""),
        "whole" => format!("{name} != null && {name} > 3"),
        "number" => format!("{name} != null && {name} > 2.5"),
        "time" => format!("{name} != null && {name} < now + duration(\"24h\")"),
        "texts" => format!("\"winter\" in {name}"),
        "wholes" => format!("42 in {name}"),
        "tasks" => format!("{name}.exists(task, task.name == \"Mow\" && !task.done)"),
        _ => name.to_owned(),
    }
}

/// What an expression can be told about an order, with the kind of each and an example.
pub fn described() -> Vec<Variable> {
    let of_field = |kind: Kind| match kind {
        Kind::Text => "text",
        Kind::Integer => "whole",
        Kind::Number => "number",
        Kind::Flag => "flag",
        Kind::Time => "time",
        Kind::Texts => "texts",
        Kind::Integers => "wholes",
        Kind::Tasks => "tasks",
    };
    let kind_of = |name: &str| {
        let member = name.strip_prefix("order.").unwrap_or(name);
        let field = Field::ALL.iter().find(|field| field.name() == member);
        match (field, member) {
            (Some(field), _) => of_field(field.kind()),
            (None, "open" | "done") => "flag",
            (None, "now" | "created_at" | "updated_at" | "state_since") => "time",
            (None, "routed_to") => "texts",
            (None, "id" | "status" | "origin.connection" | "origin.dialect") => "text",
            (None, _) => "whole",
        }
    };
    let example_of = |kind: &str, name: &str| match name {
        "now" => "now > timestamp(\"2026-03-01T00:00:00Z\")".to_owned(),
        "order.status" => "order.status in [\"received\", \"assigned\"]".to_owned(),
        "order.site.region" => "order.site.region == \"TX\"".to_owned(),
        "order.origin.dialect" => "order.origin.dialect == \"pruvan\"".to_owned(),
        "order.origin.connection" => "order.origin.connection == \"acme\"".to_owned(),
        "order.routed_to" => "!(\"crew\" in order.routed_to)".to_owned(),
        _ => example(kind, name),
    };
    let described = |(name, about): (String, String)| {
        let kind = kind_of(&name);
        Variable { kind, about, example: example_of(kind, &name), name }
    };
    variables().into_iter().map(described).collect()
}

/// The functions that an expression may call.
pub const fn functions() -> &'static [&'static str] {
    FUNCTIONS
}

/// Every name below `order`, and every part of one that others stand below.
static NAMES: LazyLock<(BTreeSet<String>, BTreeSet<String>)> = LazyLock::new(|| {
    let names: BTreeSet<String> =
        variables().into_iter().filter_map(|(name, _)| name.strip_prefix("order.").map(str::to_owned)).collect();
    let groups = names.iter().filter_map(|name| name.split_once('.').map(|(group, _)| group.to_owned())).collect();
    (names, groups)
});

static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

impl Expression {
    /// Reads an expression. The error says where in it something is wrong.
    pub fn read(text: &str) -> Result<Expression, String> {
        if text.trim().is_empty() {
            return Err("is empty".to_owned());
        }
        if text.len() > LONGEST {
            return Err(format!("is longer than {LONGEST} bytes"));
        }
        let program = Program::compile(text).map_err(|errors| {
            let first = errors.errors.first();
            if first.is_some_and(|error| error.msg.contains("Recursion limit")) {
                return "nests too deeply".to_owned();
            }
            let at = first.map_or_else(String::new, |error| format!(" (line {}, column {})", error.pos.0, error.pos.1));
            let what = first.map_or_else(|| "cannot be read".to_owned(), |error| error.msg.trim().to_owned());
            format!("{what}{at}")
        })?;
        for function in program.references().functions() {
            let is_operator = function.contains('_') || function.starts_with('@') || function.starts_with(['!', '-']);
            if !is_operator && !FUNCTIONS.contains(&function) {
                return Err(format!("there is no function `{function}`; there are {}", FUNCTIONS.join(", ")));
            }
        }
        let mut check = Check { parts: 0, program: &program };
        check.expression(program.expression(), &mut Vec::new(), 0)?;
        Ok(Expression { program })
    }

    /// What it comes to for an order.
    fn value(&self, seen: &Seen) -> Result<Value, String> {
        let mut context = Context::with_env(Arc::clone(&LANGUAGE));
        context.add_variable_from_value("order", seen.order.clone());
        context.add_variable_from_value("now", seen.now.clone());
        let added = context
            .add_function("lower", |cel::extractors::This(text): cel::extractors::This<Arc<String>>| {
                text.to_lowercase()
            })
            .and_then(|_| {
                context.add_function("upper", |cel::extractors::This(text): cel::extractors::This<Arc<String>>| {
                    text.to_uppercase()
                })
            })
            .and_then(|_| {
                context.add_function("trim", |cel::extractors::This(text): cel::extractors::This<Arc<String>>| {
                    text.trim().to_owned()
                })
            });
        added.map_err(|error| error.to_string())?;
        self.program.execute(&context).map_err(|error| shortened(&error.to_string()))
    }

    /// Whether it holds for an order. What cannot be said does not hold, and the error says why.
    pub fn holds(&self, seen: &Seen) -> Result<bool, String> {
        match self.value(seen)? {
            Value::Bool(holds) => Ok(holds),
            other => Err(format!("comes to {} and not to true or false", other.type_of())),
        }
    }

    /// What it comes to, as the value of a field.
    pub fn field(&self, field: Field, seen: &Seen) -> Result<FieldValue, String> {
        let value = self.value(seen)?;
        let kind = value.type_of();
        field_value(field.kind(), value).ok_or_else(|| format!("comes to {kind}, which `{}` cannot be", field.name()))
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(300).collect()
}

struct Check<'a> {
    parts: usize,
    program: &'a Program,
}

impl Check<'_> {
    fn wrong(&self, id: u64, what: &str) -> String {
        let column = self.program.source_info().offset_for(id).map(|(start, _)| start + 1);
        column.map_or_else(|| what.to_owned(), |column| format!("{what} (at character {column})"))
    }

    /// Goes through an expression: `bound` are the names that loops give to what they go through.
    fn expression(&mut self, whole: &IdedExpr, bound: &mut Vec<String>, loops: usize) -> Result<(), String> {
        self.parts += 1;
        if self.parts > PARTS {
            return Err(format!("has more than {PARTS} parts"));
        }
        match &whole.expr {
            Expr::Unspecified | Expr::Literal(_) => Ok(()),
            Expr::Ident(name) => self.name(whole.id, name, bound),
            Expr::Select(select) => match path(&whole.expr) {
                Some((root, rest)) if root == "order" && !bound.contains(&root) => self.member(whole.id, &rest),
                _ => self.expression(&select.operand, bound, loops),
            },
            Expr::Call(call) => {
                let target = call.target.as_deref().into_iter();
                target.chain(&call.args).try_for_each(|part| self.expression(part, bound, loops))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|part| self.expression(part, bound, loops)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.expression(&entry.key, bound, loops)?;
                    self.expression(&entry.value, bound, loops)
                }
                EntryExpr::StructField(_) => Err(self.wrong(entry.id, "there are no types here")),
            }),
            Expr::Struct(_) => Err(self.wrong(whole.id, "there are no types here")),
            Expr::Comprehension(inner) => {
                if loops >= LOOPS {
                    let what = format!("all, exists, map and filter stand more than {LOOPS} deep within one another");
                    return Err(self.wrong(whole.id, &what));
                }
                self.expression(&inner.iter_range, bound, loops)?;
                self.expression(&inner.accu_init, bound, loops)?;
                let known = bound.len();
                bound.extend([inner.iter_var.clone(), inner.accu_var.clone()]);
                bound.extend(inner.iter_var2.clone());
                for part in [&inner.loop_cond, &inner.loop_step, &inner.result] {
                    self.expression(part, bound, loops + 1)?;
                }
                bound.truncate(known);
                Ok(())
            }
        }
    }

    fn name(&self, id: u64, name: &str, bound: &[String]) -> Result<(), String> {
        if ["order", "now"].contains(&name) || bound.iter().any(|known| known == name) {
            return Ok(());
        }
        Err(self.wrong(id, &format!("there is no `{name}`; there are order and now")))
    }

    fn member(&self, id: u64, rest: &[String]) -> Result<(), String> {
        let (names, groups) = &*NAMES;
        let name = rest.join(".");
        if names.contains(&name) || groups.contains(&name) {
            return Ok(());
        }
        let near = names.iter().min_by_key(|known| distance(known, &name));
        let hint = near.map_or_else(String::new, |near| format!("; is `order.{near}` meant?"));
        Err(self.wrong(id, &format!("an order has no `{name}`{hint}")))
    }
}

/// `order.site.city` as its root and the rest; also within `has(…)`.
fn path(expression: &Expr) -> Option<(String, Vec<String>)> {
    match expression {
        Expr::Ident(name) => Some((name.clone(), Vec::new())),
        Expr::Select(select) => {
            let (root, mut rest) = path(&select.operand.expr)?;
            rest.push(select.field.clone());
            Some((root, rest))
        }
        _ => None,
    }
}

/// In how many letters two names differ.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut before = at + 1;
        let mut diagonal = at;
        for (index, known) in other.iter().enumerate() {
            let above = row.get(index + 1).copied().unwrap_or_default();
            let next = (diagonal + usize::from(letter != *known)).min(above + 1).min(before + 1);
            if let Some(slot) = row.get_mut(index) {
                *slot = before;
            }
            (diagonal, before) = (above, next);
        }
        if let Some(slot) = row.last_mut() {
            *slot = before;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// An order, as expressions see it.
pub struct Seen {
    order: Value,
    now: Value,
}

impl Seen {
    /// An order at a moment; `name_of` gives the names of connections.
    pub fn new(order: &Order, now: Timestamp, name_of: &dyn Fn(docket_core::ids::ConnectionId) -> String) -> Seen {
        let mut members: HashMap<String, Value> = HashMap::new();
        let mut groups: HashMap<String, HashMap<String, Value>> = HashMap::new();
        let mut put = |name: &str, value: Value| match name.split_once('.') {
            Some((group, name)) => {
                groups.entry(group.to_owned()).or_default().insert(name.to_owned(), value);
            }
            None => {
                members.insert(name.to_owned(), value);
            }
        };
        for &field in Field::ALL {
            put(field.name(), seen_value(field, order.fields.get(field)));
        }
        let count = |is: &dyn Fn(&docket_core::order::Item) -> bool| {
            let count = order.items.iter().filter(|item| is(item)).count();
            Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
        };
        use docket_core::order::ItemKind;
        put("id", order.id.to_string().into());
        put("serial", Value::Int(order.serial.0));
        put("status", order.state.word().into());
        put("open", Value::Bool(order.state.is_open()));
        put("done", Value::Bool(order.state.is_done()));
        put("created_at", moment(order.created_at));
        put("updated_at", moment(order.updated_at));
        put("state_since", moment(order.state_since));
        put("origin.connection", order.origin.connection.map_or_else(String::new, name_of).into());
        put("origin.dialect", order.origin.dialect.as_str().into());
        put("routed_to", list(order.routed_to.iter().map(|id| name_of(*id).into())));
        put("notes", count(&|item| item.kind() == ItemKind::Note));
        put("attachments", count(&|item| item.kind() == ItemKind::Attachment));
        put("forms", count(&|item| item.kind() == ItemKind::Form));
        put("questions", count(&|item| item.kind() == ItemKind::Question));
        put("open_questions", Value::Int(i64::from(order.state == State::Waiting)));
        for (group, inner) in groups {
            members.insert(group, inner.into());
        }
        Seen { order: members.into(), now: moment(now) }
    }
}

fn list(values: impl Iterator<Item = Value>) -> Value {
    Value::List(Arc::new(values.take(LIST).collect()))
}

fn text(text: &str) -> Value {
    match text.char_indices().nth(TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or_default().into(),
        None => text.into(),
    }
}

fn moment(moment: Timestamp) -> Value {
    let utc = DateTime::from_timestamp_micros(moment.as_microsecond());
    utc.map_or(Value::Null, |utc| Value::Timestamp(utc.fixed_offset()))
}

fn seen_value(field: Field, value: FieldValue) -> Value {
    match value {
        FieldValue::Null => match field.kind() {
            Kind::Flag => Value::Bool(false),
            Kind::Texts | Kind::Integers | Kind::Tasks => list(std::iter::empty()),
            Kind::Text | Kind::Integer | Kind::Number | Kind::Time => Value::Null,
        },
        FieldValue::Text(content) => text(&content),
        FieldValue::Integer(number) => Value::Int(number),
        FieldValue::Number(number) => Value::Float(number),
        FieldValue::Flag(flag) => Value::Bool(flag),
        FieldValue::Time(time) => moment(time),
        FieldValue::Texts(texts) => list(texts.iter().map(|content| text(content))),
        FieldValue::Integers(numbers) => list(numbers.into_iter().map(Value::Int)),
        FieldValue::Tasks(tasks) => list(tasks.iter().map(task)),
    }
}

fn task(task: &docket_core::order::Task) -> Value {
    let maybe = |content: &Option<String>| content.as_deref().map_or(Value::Null, text);
    let number = |number: Option<f64>| number.map_or(Value::Null, Value::Float);
    let values = [
        maybe(&task.key),
        text(&task.name),
        maybe(&task.instructions),
        maybe(&task.options),
        number(task.quantity),
        number(task.unit_price),
        Value::Bool(task.done),
    ];
    TASK.iter().map(|name| (*name).to_owned()).zip(values).collect::<HashMap<String, Value>>().into()
}

fn field_value(kind: Kind, value: Value) -> Option<FieldValue> {
    let whole = |number: f64| (number.fract() == 0.0 && number.abs() < 9e15).then_some(number as i64);
    let time = |time: DateTime<FixedOffset>| Timestamp::from_microsecond(time.timestamp_micros()).ok();
    match (kind, value) {
        (_, Value::Null) => Some(FieldValue::Null),
        (Kind::Text, Value::String(text)) => Some(FieldValue::Text((*text).clone())),
        (Kind::Integer, Value::Int(number)) => Some(FieldValue::Integer(number)),
        (Kind::Integer, Value::UInt(number)) => i64::try_from(number).ok().map(FieldValue::Integer),
        (Kind::Integer, Value::Float(number)) => whole(number).map(FieldValue::Integer),
        (Kind::Number, Value::Float(number)) => number.is_finite().then_some(FieldValue::Number(number)),
        (Kind::Number, Value::Int(number)) => Some(FieldValue::Number(number as f64)),
        (Kind::Number, Value::UInt(number)) => Some(FieldValue::Number(number as f64)),
        (Kind::Flag, Value::Bool(flag)) => Some(flag.into()),
        (Kind::Time, Value::Timestamp(at)) => time(at).map(FieldValue::Time),
        (Kind::Texts, Value::List(values)) => {
            let text = |value: &Value| if let Value::String(text) = value { Some((**text).clone()) } else { None };
            let texts: Option<Vec<String>> = values.iter().map(text).collect();
            texts.map(|texts| if texts.is_empty() { FieldValue::Null } else { FieldValue::Texts(texts) })
        }
        (Kind::Integers, Value::List(values)) => {
            let number = |value: &Value| if let Value::Int(number) = value { Some(*number) } else { None };
            let numbers: Option<Vec<i64>> = values.iter().map(number).collect();
            numbers.map(|numbers| if numbers.is_empty() { FieldValue::Null } else { FieldValue::Integers(numbers) })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use docket_core::order::{Command, Task};

    fn order() -> Order {
        use docket_core::authority::Standing;
        use docket_core::ids::{AccountId, OrderId, Serial, Uuid};
        use docket_core::order::decide::{Identity, decide_creation};
        let now: Timestamp = "2026-01-15T10:00:00Z".parse().unwrap();
        let identity = Identity {
            id: OrderId(Uuid::from_u128(1)),
            serial: Serial(7),
            account: AccountId(1),
            origin: docket_core::order::Origin {
                connection: Some(docket_core::ids::ConnectionId(3)),
                dialect: "ppw".to_owned(),
            },
        };
        let tasks = vec![
            Task { name: "Grass Cut".to_owned(), quantity: Some(2.0), ..Task::default() },
            Task { name: "Debris".to_owned(), unit_price: Some(40.0), ..Task::default() },
        ];
        let command = Command::default()
            .with(Field::Number, "A-1")
            .with(Field::Region, "TX")
            .with(Field::City, "Austin")
            .with(Field::Cost, 120.5)
            .with(Field::Rush, true)
            .with(Field::Due, "2026-01-16T10:00:00Z".parse::<Timestamp>().unwrap())
            .with(Field::Tags, FieldValue::Texts(vec!["winter".to_owned()]))
            .with(Field::Tasks, FieldValue::Tasks(tasks));
        let decision = decide_creation(identity, &command, Standing::Hub, "test", now).unwrap();
        match &decision.changes[0] {
            docket_core::order::Change::Created(order) => (**order).clone(),
            other => panic!("{other:?}"),
        }
    }

    fn seen() -> Seen {
        Seen::new(&order(), "2026-01-15T12:00:00Z".parse().unwrap(), &|id| format!("c{id}"))
    }

    fn holds(text: &str) -> Result<bool, String> {
        Expression::read(text).unwrap_or_else(|error| panic!("{text}: {error}")).holds(&seen())
    }

    #[test]
    fn what_nests_too_deeply_is_said_in_words() {
        let deep = format!("{}true{}", "(".repeat(200), ")".repeat(200));
        assert_eq!(Expression::read(&deep).err().as_deref(), Some("nests too deeply"));
        assert!(Expression::read(&format!("{}true{}", "(".repeat(20), ")".repeat(20))).is_ok());
    }

    #[test]
    fn conditions_hold_or_not() {
        for text in [
            "order.site.region == 'TX' && order.site.city in ['Austin', 'Dallas']",
            "order.rush && !order.rework && order.open",
            "order.cost > 100.0 && order.cost < 200.0",
            "order.due - now < duration('24h')",
            "order.due > timestamp('2026-01-16T00:00:00Z')",
            "order.tasks.exists(t, t.name.contains('Grass') && t.quantity == 2.0)",
            "order.tasks.map(t, t.name).exists(n, n.lower() == 'debris')",
            "size(order.tasks) == 2 && 'winter' in order.tags",
            "order.number.matches('^[A-Z]-[0-9]+$')",
            "order.origin.connection == 'c3' && order.origin.dialect == 'ppw'",
            "order.status == 'received' && order.serial == 7 && order.notes == 0",
            "order.reference == null && order.title == null",
            "has(order.site.city)",
            "order.due.getDayOfWeek() == 5",
            "order.routed_to == []",
        ] {
            assert_eq!(holds(text), Ok(true), "{text}");
        }
        assert_eq!(holds("order.site.region == 'NY'"), Ok(false));
        assert_eq!(holds("order.reference == 'x'"), Ok(false), "what is not set is equal to nothing");
        assert!(holds("order.volume > 1.0").is_err(), "and cannot be compared");
        assert!(holds("order.number").unwrap_err().contains("string"));
    }

    #[test]
    fn slips_are_found_when_an_expression_is_read() {
        let wrong = |text: &str| Expression::read(text).map(drop).unwrap_err();
        assert!(
            wrong("order.site.citty == 'x'").contains("is `order.site.city` meant?"),
            "{}",
            wrong("order.site.citty")
        );
        assert!(wrong("false && order.nothing == 1").contains("an order has no `nothing`"));
        assert!(wrong("odrer.rush").contains("there is no `odrer`"));
        assert!(wrong("order.tasks.exists(t, u.done)").contains("there is no `u`"));
        assert!(wrong("exec('rm')").contains("no function `exec`"));
        assert!(wrong("order.rush &&").contains("line 1"), "{}", wrong("order.rush &&"));
        assert!(wrong(" ").contains("empty"));
        assert!(wrong(&"1+".repeat(LONGEST)).contains("longer"));
        let deep = "order.tasks.all(a, order.tasks.all(b, order.tasks.all(c, true)))";
        assert!(wrong(deep).contains("deep"), "{}", wrong(deep));
        assert!(wrong(&format!("{}true", "true && ".repeat(450))).contains("parts"));
        assert!(Expression::read(&format!("{}1{}", "(".repeat(300), ")".repeat(300))).is_err());
    }

    #[test]
    fn the_longest_takes_no_time() {
        let mut order = order();
        order.fields.tasks = (0..5_000).map(|n| Task { name: format!("t{n}"), ..Task::default() }).collect();
        order.fields.description = Some("a".repeat(1_000_000));
        let seen = Seen::new(&order, order.created_at, &|_| String::new());
        let text = "order.tasks.all(a, order.tasks.all(b, a.name != 'x' || b.name != 'y')) \
                    && order.description.matches('(a|aa)*b')";
        let begun = std::time::Instant::now();
        Expression::read(text).unwrap().holds(&seen).unwrap();
        assert!(begun.elapsed().as_secs() < 10, "{:?}", begun.elapsed());
    }

    #[test]
    fn fields_take_what_fits() {
        let field = |field: Field, text: &str| Expression::read(text).unwrap().field(field, &seen());
        assert_eq!(field(Field::Priority, "5"), Ok(FieldValue::Integer(5)));
        assert_eq!(field(Field::Cost, "order.cost * 2.0"), Ok(FieldValue::Number(241.0)));
        assert_eq!(field(Field::WorkInfo, "'In ' + order.site.city"), Ok(FieldValue::Text("In Austin".to_owned())));
        let due = field(Field::Due, "order.due + duration('1h')").unwrap();
        assert_eq!(due, FieldValue::Time("2026-01-16T11:00:00Z".parse().unwrap()));
        assert_eq!(
            field(Field::Tags, "order.tags + ['x']").unwrap(),
            FieldValue::Texts(vec!["winter".into(), "x".into()])
        );
        assert_eq!(field(Field::Rush, "false"), Ok(FieldValue::Null));
        assert_eq!(field(Field::Due, "null"), Ok(FieldValue::Null));
        assert!(field(Field::Priority, "'high'").unwrap_err().contains("`priority`"));
        assert!(field(Field::Tasks, "order.tasks").is_err());
    }

    #[test]
    fn every_example_is_true_or_false_whatever_the_order_says() {
        let mut nothing = order();
        nothing.fields = docket_core::order::Fields::default();
        let now: Timestamp = "2026-01-15T12:00:00Z".parse().unwrap();
        for Variable { name, kind, example, .. } in described() {
            assert!(example.contains(&name), "{example}");
            let expression = Expression::read(&example).unwrap_or_else(|error| panic!("{example}: {error}"));
            for order in [&order(), &nothing] {
                let seen = Seen::new(order, now, &|id| format!("c{id}"));
                assert!(expression.holds(&seen).is_ok(), "{example}: {:?}", expression.holds(&seen));
                let value = Expression::read(&name).unwrap().value(&seen).unwrap();
                let fits = match (kind, &value) {
                    ("flag", value) => matches!(value, Value::Bool(_)),
                    ("texts" | "wholes" | "tasks", value) => matches!(value, Value::List(_)),
                    (_, Value::Null) => true,
                    ("text", value) => matches!(value, Value::String(_)),
                    ("whole", value) => matches!(value, Value::Int(_)),
                    ("number", value) => matches!(value, Value::Float(_)),
                    ("time", value) => matches!(value, Value::Timestamp(_)),
                    _ => false,
                };
                assert!(fits, "{name} is no {kind}: {value:?}");
            }
        }
    }

    #[test]
    fn every_variable_is_there() {
        for (name, _) in variables() {
            let expression = Expression::read(&name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(expression.value(&seen()).is_ok(), "{name}");
        }
    }
}
