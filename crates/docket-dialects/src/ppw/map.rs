//! Between PPW's words and members and the canonical order's, both ways.

pub(super) mod items;
pub(super) mod pcr;
pub(super) mod remote;

use super::wire::{self, BagHead, FormRow, Members, Number};
use docket_core::Timestamp;
use docket_core::ids::ConnectionId;
use docket_core::order::{Field, Fields, Note, Order, State, Task, Value as Held};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

/// Work that was sent back.
pub(super) const RTV: &str = "RTV";
/// A new order.
pub(super) const UNREAD: &str = "Unread";
/// A changed member.
pub(super) const UPDATE: &str = "Update";
/// Done, as listings say it.
pub(super) const COMPLETE: &str = "Complete";
/// Called off, as listings say it.
pub(super) const CANCEL: &str = "Cancel";
/// Called off, as cancel listings say it.
pub(super) const CANCELLED: &str = "Cancelled";

/// The word for a state. Being handed to somebody shows only once the importer has the order.
pub(super) const fn word(state: State, imported: bool) -> &'static str {
    match state {
        State::Received => UNREAD,
        State::Assigned if imported => "In Field",
        State::Assigned => UNREAD,
        State::Accepted => "Accepted",
        State::Rejected => "Rejected",
        State::Started => "In Field",
        State::Waiting | State::Failed => "Follow Up",
        State::Completed | State::Submitted => "Ready for Office",
        State::Invoiced => "Invoiced",
        State::Closed => COMPLETE,
        State::Canceled | State::Deleted => CANCELLED,
    }
}

/// The state a word means; case does not matter. An unknown word means none and is kept in the bag.
pub(super) fn state_of(word: &str) -> Option<State> {
    const WORDS: &[(&str, State)] = &[
        (UNREAD, State::Received),
        ("In Field", State::Started),
        ("Accepted", State::Accepted),
        ("Rejected", State::Rejected),
        ("Follow Up", State::Waiting),
        (RTV, State::Waiting),
        ("Ready for Office", State::Completed),
        ("Invoiced", State::Invoiced),
        (COMPLETE, State::Closed),
        (CANCELLED, State::Canceled),
        (CANCEL, State::Canceled),
        ("Canceled", State::Canceled),
    ];
    let word = word.trim();
    WORDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word)).map(|(_, state)| *state)
}

/// The word for a state in the bag's own spelling, as long as it still means that state.
fn status(order: &Order, bag: &Members, imported: bool) -> String {
    if order.fields.rework && order.state.is_open() {
        return RTV.to_owned();
    }
    // RTV says more than its state, and what it says is no longer so.
    let counts = |own: &&str| state_of(own) == Some(order.state) && !own.trim().eq_ignore_ascii_case(RTV);
    let own = bag.get("wo_status").and_then(Value::as_str).filter(counts);
    own.unwrap_or(word(order.state, imported)).to_owned()
}

/// A member that `get_all_updates` can report.
pub(super) struct Updatable {
    /// Its name.
    pub member: &'static str,
    /// The canonical fields it shows.
    pub fields: &'static [Field],
}

/// The member that shows the tasks.
pub(super) const LINE_ITEMS: &str = "line_items";

const COMMENTS: &[Field] = &[Field::Instructions, Field::ClientInstructions, Field::WorkInfo, Field::Description];

/// Every member that can be reported as changed and has a canonical field. Transaction ids hold places in this
/// table: append, never reorder.
pub(super) const UPDATABLE: &[Updatable] = &[
    Updatable { member: "address", fields: &[Field::Address1, Field::Address2] },
    Updatable { member: "city", fields: &[Field::City] },
    Updatable { member: "state", fields: &[Field::Region] },
    Updatable { member: "zip", fields: &[Field::PostalCode] },
    Updatable { member: "comments", fields: COMMENTS },
    Updatable { member: "cust_text", fields: &[Field::CustomerName] },
    Updatable { member: "date_due", fields: &[Field::Due, Field::WindowTo] },
    Updatable { member: "start_date", fields: &[Field::Start, Field::WindowFrom] },
    Updatable { member: "key_code", fields: &[Field::KeyCode] },
    Updatable { member: "lock_code", fields: &[Field::LockCode] },
    Updatable { member: "lot_size", fields: &[Field::LotSize] },
    Updatable { member: "loan_number", fields: &[Field::Reference] },
    Updatable { member: LINE_ITEMS, fields: &[Field::Tasks] },
    Updatable { member: "vendor_id", fields: &[Field::Person] },
];

/// How a connection wants to see orders.
#[derive(Clone, Copy)]
pub(super) struct View {
    /// Numbers as JSON numbers.
    pub numeric: bool,
    /// The asking connection has imported the order.
    pub imported: bool,
    /// The asking connection.
    pub asker: Option<ConnectionId>,
}

/// What an order's references are called.
#[derive(Default)]
pub(super) struct Names {
    /// The client company of an order that names none.
    pub client_company: String,
    /// The service, where the order holds its catalogue id.
    pub service: Option<String>,
}

/// The number people see. Orders of dialects without one go by their serial.
pub(super) fn wo_number(order: &Order) -> String {
    order.fields.number.clone().unwrap_or_else(|| order.serial.to_string())
}

/// The number at the other PPW, for links between two of them; 0 otherwise.
pub(super) fn org_wo_num(head: &BagHead, numeric: bool) -> Number {
    match (wire::text_of(&head.org_wo_num), numeric) {
        (Some(text), true) => text.trim().parse().map(Number::Integer).unwrap_or(Number::Text(text)),
        (Some(text), false) => Number::Text(text),
        (None, numeric) => Number::of(0, numeric),
    }
}

/// A note's kind.
pub(super) const fn note_type(note: &Note) -> &'static str {
    if note.site_wide { "prop" } else { "wo" }
}

/// `YYYYMMDD`, UTC.
fn date(time: Timestamp) -> String {
    time.strftime("%Y%m%d").to_string()
}

/// `YYYY-MM-DD HH:MM:SS`, UTC.
pub(super) fn date_time(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn read_date(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let day = Date::strptime("%Y%m%d", text).or_else(|_| Date::strptime("%Y-%m-%d", text)).ok()?;
    day.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn read_text(members: &Members, name: &str) -> Option<String> {
    members.get(name).and_then(wire::text_of).filter(|text| !text.trim().is_empty())
}

/// The canonical fields of an order as `get_order` shows one: what the hub's own answers are checked against, and
/// what an order read from another PPW Link source becomes. `date_received` is a creation time and no field;
/// loan type, mortgage, broker, forms and key values have no home in the core and stay in the bag.
pub(super) fn order_from_wire(members: &Members) -> Fields {
    let text = |name: &str| read_text(members, name);
    let day = |name: &str| read_text(members, name).and_then(|text| read_date(&text));
    Fields {
        number: text("wo_number"),
        client_company: text("client_company_alias"),
        customer_name: text("cust_text"),
        reference: text("loan_number"),
        due: day("date_due"),
        start: day("start_date"),
        address1: text("address"),
        city: text("city"),
        region: text("state"),
        postal_code: text("zip"),
        instructions: text("comments"),
        service: text("work_type_alias"),
        lot_size: text("lot_size"),
        lock_code: text("lock_code"),
        key_code: text("key_code"),
        person: text("vendor_id"),
        tasks: tasks_from_wire(members.get("line_items")),
        ..Fields::default()
    }
}

fn tasks_from_wire(items: Option<&Value>) -> Vec<Task> {
    let task = |item: &Value| {
        let item = item.as_object()?;
        Some(Task {
            name: item.get("desc").and_then(wire::text_of).unwrap_or_default(),
            instructions: read_text(item, "add"),
            quantity: item.get("qty").and_then(wire::number_of),
            unit_price: item.get("price").and_then(wire::number_of),
            ..Task::default()
        })
    };
    items.and_then(Value::as_array).map(|items| items.iter().filter_map(task).collect()).unwrap_or_default()
}

/// Whether two task lists mean the same to a reader of line items, who sees no keys, options or progress.
fn same_tasks(left: &[Task], right: &[Task]) -> bool {
    let seen = |task: &Task| (task.name.clone(), task.instructions.clone(), task.quantity, task.unit_price);
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| seen(left) == seen(right))
}

/// The same of two values of the field.
pub(super) fn same_line_items(left: &Held, right: &Held) -> bool {
    let tasks = |held: &Held| match held {
        Held::Tasks(tasks) => tasks.clone(),
        _ => Vec::new(),
    };
    same_tasks(&tasks(left), &tasks(right))
}

fn tasks_to_wire(tasks: &[Task], numeric: bool) -> Value {
    let number = |number: f64| if numeric { json!(number) } else { json!(format!("{number:.2}")) };
    let item = |task: &Task| {
        let (quantity, price) = (task.quantity.unwrap_or(1.0), task.unit_price.unwrap_or(0.0));
        json!({
            "desc": task.name,
            "qty": number(quantity),
            "price": number(price),
            "total": number(quantity * price),
            "add": task.instructions.as_deref().unwrap_or_default(),
        })
    };
    Value::Array(tasks.iter().map(item).collect())
}

/// What the field is told: instructions, those of the client, then work info (lock box codes, phones); where there is
/// nothing of these, the description.
fn comments(order: &Order) -> String {
    let fields = &order.fields;
    if is_described(order) {
        return fields.description.clone().unwrap_or_default();
    }
    joined(&[&fields.instructions, &fields.client_instructions, &fields.work_info], "\n")
}

/// Whether the comments are the description. Never that of a Pruvan order, which is for its staff.
pub(super) fn is_described(order: &Order) -> bool {
    let fields = &order.fields;
    let told = [&fields.instructions, &fields.client_instructions, &fields.work_info];
    order.wire("pruvan").is_none() && told.iter().all(|told| told.is_none())
}

/// The address in one line.
fn address(fields: &Fields) -> String {
    joined(&[&fields.address1, &fields.address2], ", ")
}

fn joined(parts: &[&Option<String>], between: &str) -> String {
    let said = parts.iter().filter_map(|part| part.as_deref()).filter(|part| !part.trim().is_empty());
    said.collect::<Vec<_>>().join(between)
}

/// When it must be done: the due date, else the end of the window.
fn due(fields: &Fields) -> Option<Timestamp> {
    fields.due.or(fields.window_to)
}

/// When it may start: the start, else the beginning of the window.
fn start(fields: &Fields) -> Option<Timestamp> {
    fields.start.or(fields.window_from)
}

/// What was ordered, in words: the service, else the first task, else the title.
fn work_type(order: &Order, names: &Names) -> String {
    let fields = &order.fields;
    let is_id = |text: &String| docket_core::ids::Uuid::try_parse(text).is_ok();
    let word = fields.service.clone().filter(|service| !is_id(service)).or_else(|| names.service.clone());
    word.or_else(|| fields.tasks.first().map(|task| task.name.clone()))
        .or_else(|| fields.title.clone())
        .unwrap_or_default()
}

/// The forms of an order: those it came with as they came, then those it was given here or elsewhere.
fn forms(order: &Order, bag: &Members, asker: Option<ConnectionId>) -> Value {
    let mut rows: Vec<Value> = items::bag_forms(bag).cloned().map(Value::Object).collect();
    let ids: Vec<String> =
        items::bag_forms(bag).filter_map(|row| row.get("pcr_form_id").and_then(wire::text_of)).collect();
    for (item, form) in order.forms() {
        let pcr_form_id = items::shown(order, item, asker);
        if ids.contains(&pcr_form_id) {
            continue;
        }
        rows.push(json!(FormRow {
            pcr_form_id,
            form_id: String::new(),
            form_ver_id: pcr::version(form).to_owned(),
            form_required: if form.required { "1" } else { "0" },
        }));
    }
    Value::Array(rows)
}

/// Members that belong to listings and are not repeated in an order.
const LISTING_ONLY: &[&str] = &["org_wo_num", "report_id", "wo_status", "transaction_id"];

/// An order as `get_order` shows it, every documented member in the order of the vendor's table. What the bag holds
/// is repeated as it came while it still means what the order says; what it holds beyond the table follows.
pub(super) fn order_to_wire(order: &Order, names: &Names, view: View, transaction_id: &str) -> Members {
    let bag = wire::bag(order.wire("ppw"));
    let (fields, sent) = (&order.fields, order_from_wire(&bag));
    let day = |time: Option<Timestamp>| json!(time.map(date).unwrap_or_default());
    let text = |text: &Option<String>| json!(text.as_deref().unwrap_or_default());
    let mut out = Members::new();
    // Name, canonical rendering, and whether the bag still means the same.
    let mut put = |name: &str, value: Value, same: bool| {
        let value = bag.get(name).filter(|_| same).cloned().unwrap_or(value);
        out.insert(name.to_owned(), value);
    };
    let company = fields.client_company.clone().unwrap_or_else(|| names.client_company.clone());
    put("wo_number", json!(wo_number(order)), sent.number == fields.number);
    put("client_company_alias", json!(company), sent.client_company == fields.client_company);
    put("cust_text", text(&fields.customer_name), sent.customer_name == fields.customer_name);
    put("loan_number", text(&fields.reference), sent.reference == fields.reference);
    put("loan_type_other", json!(""), true);
    put("date_received", json!(date(order.created_at)), true);
    put("date_due", day(due(fields)), sent.due == due(fields));
    put("start_date", day(start(fields)), sent.start == start(fields));
    let same_street = sent.address1 == fields.address1 && fields.address2.is_none();
    put("address", json!(address(fields)), same_street);
    put("city", text(&fields.city), sent.city == fields.city);
    put("state", text(&fields.region), sent.region == fields.region);
    put("zip", text(&fields.postal_code), sent.postal_code == fields.postal_code);
    let comments = comments(order);
    put("comments", json!(comments), sent.instructions.as_deref().unwrap_or_default() == comments);
    put("work_type_alias", json!(work_type(order, names)), sent.service == fields.service);
    put("mortgage_name", json!(""), true);
    put("line_items", tasks_to_wire(&fields.tasks, view.numeric), same_tasks(&sent.tasks, &fields.tasks));
    put("pcr_forms", forms(order, &bag, view.asker), false);
    put("ppw_report_id", json!(Number::of(order.serial.0, view.numeric)), false);
    put("import_user_id", Value::Null, true);
    put("key_values", json!({}), true);
    put("lot_size", text(&fields.lot_size), sent.lot_size == fields.lot_size);
    put("lock_code", text(&fields.lock_code), sent.lock_code == fields.lock_code);
    put("key_code", text(&fields.key_code), sent.key_code == fields.key_code);
    for broker in ["broker_name", "broker_company", "broker_phone", "broker_email"] {
        put(broker, Value::Null, true);
    }
    put("wo_status", json!(status(order, &bag, view.imported)), false);
    // An order may come from where such a photo is, before the photo does.
    let has_front = items::front(order, view.asker).is_some();
    put("has_foh", json!(has_front), !has_front);
    put("vendor_id", text(&fields.person), sent.person == fields.person);
    put("transaction_id", json!(transaction_id), false);
    for (name, value) in &bag {
        if !out.contains_key(name) && !LISTING_ONLY.contains(&name.as_str()) {
            out.insert(name.clone(), value.clone());
        }
    }
    out
}
