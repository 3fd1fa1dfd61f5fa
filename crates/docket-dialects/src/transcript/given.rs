//! What the `+` lines of a transcript say, in canonical terms. A stage puts it into its ledger.

use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Position, Service, ServiceKind, Site, Unit, customer_id, site_of, slug};
use docket_core::ids::{AccountId, OrderId, UnitId, Uuid};
use docket_core::order::{Body, Command, Field, Fields, Item, ItemKind, Move, State, Task, Transition, Value as Held};
use docket_core::track::Report;
use serde_json::Value;

/// `+ order JSON`: native members (and `status`, lists of items) of an order to create.
pub fn order(text: &str) -> Result<Command, String> {
    let json: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut command = Command::default();
    set_fields(&mut command, "", &json)?;
    Ok(command)
}

/// Native members to fields; nested objects are dotted names.
fn set_fields(command: &mut Command, prefix: &str, json: &Value) -> Result<(), String> {
    for (name, value) in json.as_object().ok_or("no object")? {
        let path = format!("{prefix}{name}");
        let word = value.as_str();
        let Some(field) = Field::from_name(&path) else {
            match (path.as_str(), word.and_then(State::from_word)) {
                ("status", Some(state)) => command.to = Some(Move::Become(state)),
                (list, _) if let Some(kind) = kind_of(list) => {
                    let items = value.as_array().ok_or("a list")?.iter().map(|json| item(kind, json));
                    command.put.extend(items.collect::<Result<Vec<_>, _>>()?);
                }
                _ => set_fields(command, &format!("{path}."), value).map_err(|error| format!("{path}: {error}"))?,
            }
            continue;
        };
        let texts = |value: &Value| value.as_str().map(str::to_owned);
        let kinds = [
            word.map(|text| Held::Text(text.to_owned())),
            word.and_then(|text| text.parse().ok()).map(Held::Time),
            value.as_i64().map(Held::Integer),
            value.as_f64().map(Held::Number),
            value.as_bool().map(Held::from),
            value.as_array().map(|items| Held::Texts(items.iter().filter_map(texts).collect())),
            value.as_array().map(|items| Held::Integers(items.iter().filter_map(Value::as_i64).collect())),
            value.as_array().map(|items| Held::Tasks(items.iter().map(task).collect())),
        ];
        let fits = |held: &Held| Fields::default().set(field, held.clone());
        let held = kinds.into_iter().flatten().find(fits).ok_or_else(|| format!("{path} is of another kind"))?;
        command.set.push((field, held));
    }
    Ok(())
}

fn task(json: &Value) -> Task {
    let text = |name: &str| json[name].as_str().map(str::to_owned);
    Task {
        key: text("key"),
        name: text("name").unwrap_or_default(),
        instructions: text("instructions"),
        options: text("options"),
        quantity: json["quantity"].as_f64(),
        unit_price: json["unit_price"].as_f64(),
        done: json["done"] == true,
    }
}

fn kind_of(list: &str) -> Option<ItemKind> {
    ItemKind::ALL.iter().copied().find(|kind| kind.plural() == list || kind.word() == list)
}

/// The native JSON of an item. What is not said of it is: from the native API, at the beginning of time.
fn item(kind: ItemKind, json: &Value) -> Result<Item, String> {
    let mut members = json.as_object().ok_or("an item is an object")?.clone();
    members.insert("kind".to_owned(), kind.word().into());
    let mut default = |name: &str, value: Value| {
        members.entry(name).or_insert(value);
    };
    default("id", "1".into());
    default("origin", serde_json::json!({ "dialect": "native", "connection": null }));
    default("at", Timestamp::UNIX_EPOCH.to_string().into());
    serde_json::from_value(Value::Object(members)).map_err(|error| error.to_string())
}

/// What whoever does the work does to an order.
pub struct Work {
    /// Which order.
    pub order: OrderId,
    /// What is done to it; for a result, without the blob's address.
    pub command: Command,
    /// Bytes to be kept as a blob; its address goes to [`Work::with_blob`].
    pub bytes: Option<Vec<u8>>,
}

impl Work {
    /// What is done, with the address of its bytes where it belongs: at the attachment, or as the result.
    pub fn with_blob(mut self, address: String) -> Command {
        let bytes = self.bytes.as_ref().map_or(0, |bytes| i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        for item in &mut self.command.put {
            if let Body::Attachment(attachment) = &mut item.body {
                (attachment.blob, attachment.size_bytes) = (address, bytes);
                return self.command;
            }
        }
        self.command.with(Field::ResultBlob, address)
    }
}

/// `+ move ID STATE [CURRENT/TOTAL]`, `+ ask ID {"message":…,"choices":{"1":…}}`, `+ put ID KIND JSON` (an item; an
/// attachment's bytes are the text `content`), `+ result ID MEDIA-TYPE NAME|- TEXT`.
pub fn work(kind: &str, rest: &str) -> Result<Work, String> {
    let (id, rest) = rest.split_once(' ').ok_or("an order and more")?;
    let order = OrderId(Uuid::try_parse(id).map_err(|error| error.to_string())?);
    let number = |text: &str| text.parse::<i64>().map_err(|error| error.to_string());
    let mut command = Command::default();
    let mut bytes = None;
    match kind {
        "move" => {
            let (state, progress) = rest.split_once(' ').unwrap_or((rest, ""));
            command.to = Some(Move::Become(State::from_word(state).ok_or("a state")?));
            if let Some((current, total)) = progress.split_once('/') {
                command =
                    command.with(Field::ProgressCurrent, number(current)?).with(Field::ProgressTotal, number(total)?);
            }
        }
        "ask" => {
            let mut json: Value = serde_json::from_str(rest).map_err(|error| error.to_string())?;
            let choices = json["choices"].as_object().cloned().unwrap_or_default();
            let choice = |(key, label): (String, Value)| serde_json::json!({ "key": key, "label": label });
            json["choices"] = choices.into_iter().map(choice).collect();
            command.put.push(item(ItemKind::Question, &json)?);
            command = command.moving(Transition::Ask);
        }
        "put" => {
            let (kind, json) = rest.split_once(' ').ok_or("a kind and an item")?;
            let mut json: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
            let content = json.as_object_mut().and_then(|members| members.remove("content"));
            bytes = content.and_then(|content| content.as_str().map(|text| text.as_bytes().to_vec()));
            command.put.push(item(kind_of(kind).ok_or("a kind of item")?, &json)?);
        }
        _ => {
            let mut parts = rest.splitn(3, ' ');
            let (Some(media_type), Some(name), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
                return Err("media type, name and text".to_owned());
            };
            bytes = Some(text.as_bytes().to_vec());
            command = command
                .with(Field::ResultType, media_type)
                .with(Field::ResultName, Some(name).filter(|&name| name != "-"))
                .moving(Transition::Complete);
        }
    }
    Ok(Work { order, command, bytes })
}

/// `+ service KIND NAME`, or `+ service product NAME of KIND PARENT at PRICE`; binds `service.<slug>`.
pub fn service(rest: &str, now: Timestamp) -> Result<(String, Service), String> {
    let of = |text: &str| Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes());
    let (rest, price) = rest.split_once(" at ").map_or((rest, None), |(rest, price)| (rest, Some(price)));
    let (rest, parent) = rest.split_once(" of ").map_or((rest, None), |(rest, parent)| (rest, Some(parent)));
    let (kind, name) = rest.split_once(' ').ok_or("kind and name")?;
    let service = Service {
        id: of(rest),
        slug: slug(name),
        name: name.to_owned(),
        kind: ServiceKind::from_word(kind).ok_or("no such kind of service")?,
        parent: parent.map(of),
        active: true,
        ordering: 0,
        data: price.map(|price| format!(r#"{{"Price":{{"Currency":"EUR","GrossValue":{price}}}}}"#)),
        created_at: now,
        updated_at: now,
    };
    Ok((format!("service.{}", slug(name)), service))
}

/// `+ unit NAME`; binds `unit.<slug>`.
pub fn unit(rest: &str, id: UnitId, now: Timestamp) -> (String, Unit) {
    let unit = Unit {
        id,
        name: rest.to_owned(),
        unique_id: format!("35500000000{id}"),
        phone: String::new(),
        hardware: 9,
        created_at: now,
        ..Unit::default()
    };
    (format!("unit.{}", slug(rest)), unit)
}

/// `+ report UNIT {"at":"…","latitude":…,"longitude":…,"speed_kmh":…,"inputs":…,"alarm":…,"parameters":{…}}`: what a
/// unit says, without coordinates where it does not know where it is; binds nothing.
pub fn report(rest: &str, now: Timestamp) -> Result<(UnitId, Report), String> {
    let (unit, json) = rest.split_once(' ').ok_or("a unit and what it says")?;
    let json: Value = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let at = match json["at"].as_str() {
        Some(at) => at.parse().map_err(|error| format!("{error}"))?,
        None => now,
    };
    let number = |name: &str| json[name].as_f64();
    let position = json["latitude"].is_number().then(|| Position {
        at,
        latitude: number("latitude").unwrap_or_default(),
        longitude: number("longitude").unwrap_or_default(),
        altitude_m: number("altitude_m"),
        speed_kmh: number("speed_kmh"),
        course: number("course"),
        satellites: json["satellites"].as_i64().unwrap_or_default(),
    });
    let report = Report {
        at,
        received_at: now,
        position,
        inputs: json["inputs"].as_i64(),
        outputs: json["outputs"].as_i64(),
        alarm: json["alarm"].as_bool().unwrap_or_default(),
        parameters: json.get("parameters").map(ToString::to_string),
    };
    Ok((UnitId(unit.parse().map_err(|_| "a unit's id")?), report))
}

/// `+ customer NAME`; binds `customer.<slug>`.
pub fn customer(rest: &str, account: AccountId, now: Timestamp) -> (String, Customer) {
    let (id, name) = (customer_id(account, rest), rest.to_owned());
    let customer = Customer { id, name, created_at: now, updated_at: now, ..Customer::default() };
    (format!("customer.{}", slug(rest)), customer)
}

/// `+ site ADDRESS1 | CITY | REGION | POSTAL CODE [| COUNTRY]`; binds `site`.
pub fn site(rest: &str, account: AccountId) -> Result<Site, String> {
    let mut parts = rest.split('|').map(|part| Some(part.trim().to_owned()));
    let fields = Fields {
        address1: parts.next().flatten(),
        city: parts.next().flatten(),
        region: parts.next().flatten(),
        postal_code: parts.next().flatten(),
        country: parts.next().flatten(),
        ..Fields::default()
    };
    site_of(account, &fields).ok_or_else(|| "no address".to_owned())
}
