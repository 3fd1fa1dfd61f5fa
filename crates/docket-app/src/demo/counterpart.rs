//! A counterpart of one order API, for people who build integrations: one connection, its catalogue, and orders of the
//! last three days; and what goes on happening to them.

use super::city::{self, Place};
use super::{ACCOUNT, DemoClock, DemoError};
use crate::enroll::{self, Enrolled, Enrollment};
use crate::hub::Hub;
use docket_core::Timestamp;
use docket_core::catalogue::{Customer, Position, Service, ServiceKind, Unit, customer_id, slug};
use docket_core::connection::{Caller, Role};
use docket_core::ids::{AccountId, OrderId, UnitId, Uuid};
use docket_core::ledger::{Ledger, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Field, Fields, Item, Move, Note, Origin, State, Task};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Over so many hours orders came.
const HOURS: i64 = 72;
/// At most so many orders are made.
pub const MOST_ORDERS: usize = 10_000;
const UNITS: usize = 3;
const WORK: &[&str] = &["Grass Cut", "Initial Secure", "Lock Change", "Debris Removal", "Winterization"];
const GOODS: &[&str] = &["Appliances", "Paint and tools", "Lumber", "Tiles", "Water heater"];
const SERVICES: &[(&str, &[(&str, f64)])] = &[
    ("Spa", &[("Massage, 60 minutes", 85.0), ("Sauna", 20.0)]),
    ("Restaurant", &[("Dinner, three courses", 48.0), ("Breakfast", 19.5)]),
];
const PEOPLE: &[&str] = &["Maria Alvarez", "John Becker", "Priya Nair", "Tom Okafor", "Linda Cho"];
const REMARKS: &[&str] = &["Gate code is 4411.", "Ring first, there is a dog.", "The neighbor has the key."];
/// Dutch addresses: street, first number, postal code, town, latitude, longitude.
const LAND: &[(&str, usize, &str, &str, f64, f64)] = &[
    ("Utrechtsestraat", 61, "6811LW", "Arnhem", 51.9841, 5.9003),
    ("Voorbeeldstraat", 7, "3511AB", "Utrecht", 52.0913, 5.1160),
    ("Marktplein", 12, "2132DA", "Hoofddorp", 52.3025, 4.6889),
    ("Dorpsstraat", 3, "8171BK", "Vaassen", 52.2869, 5.9668),
];

/// What is to be made.
pub struct CounterpartOptions<'a> {
    /// In which order API.
    pub dialect: &'a str,
    /// How many orders.
    pub orders: usize,
    /// What follows from it is the same every time.
    pub seed: u64,
    /// Settings, and credentials that are given rather than made.
    pub set: Vec<(String, String)>,
    /// Where it is served.
    pub base_url: &'a str,
}

/// A counterpart, and what is in it.
pub struct Counterpart {
    /// Its connection, with credentials.
    pub enrolled: Enrolled,
    /// Its account.
    pub account: AccountId,
    /// What else a client may want to know: names and values.
    pub facts: Vec<(String, String)>,
    dialect: String,
    catalogue: Catalogue,
    orders: Vec<(OrderId, State)>,
    rng: StdRng,
    made: usize,
}

#[derive(Default)]
struct Catalogue {
    services: Vec<Service>,
    customers: Vec<Customer>,
    units: Vec<UnitId>,
}

impl Counterpart {
    /// Makes it in an empty hub whose clock this is.
    pub async fn make(hub: &Hub, clock: &DemoClock, options: CounterpartOptions<'_>) -> Result<Counterpart, DemoError> {
        let mut set = vec![("scope".to_owned(), "account".to_owned())];
        set.extend(options.set);
        let (dialect, base_url) = (options.dialect, options.base_url);
        let request =
            Enrollment { dialect, name: "simulated", account: ACCOUNT, role: Role::Serve, set: &set, base_url };
        let enrolled = enroll::add(hub.store(), request, hub.now()).await?;
        hub.refresh_directory().await?;
        let mut made = Counterpart {
            account: enrolled.connection.account,
            enrolled,
            facts: Vec::new(),
            dialect: dialect.to_owned(),
            catalogue: Catalogue::default(),
            orders: Vec::new(),
            rng: StdRng::seed_from_u64(options.seed),
            made: 0,
        };
        let now = hub.now();
        made.fill_catalogue(hub, now).await?;
        let count = options.orders.min(MOST_ORDERS);
        for number in 0..count {
            let ago_ms =
                HOURS * 3_600_000 * i64::try_from(count - number).unwrap_or(0) / i64::try_from(count).unwrap_or(1);
            clock.hold(Timestamp::from_millisecond(now.as_millisecond() - ago_ms).unwrap_or(now));
            let state = made.some_state();
            let made_one = made.add(hub, state).await;
            if made_one.is_err() {
                clock.release();
            }
            made_one?;
        }
        clock.release();
        Ok(made)
    }

    /// Something happens: a new order comes, one goes on, somebody notes something. What, in words.
    pub async fn go_on(&mut self, hub: &Hub) -> Result<String, DemoError> {
        let index = if self.orders.is_empty() { 0 } else { self.rng.random_range(0..self.orders.len()) };
        let next = |state: State| match state {
            State::Received => Some(State::Assigned),
            State::Assigned => Some(State::Started),
            State::Started => Some(State::Completed),
            _ => None,
        };
        let picked = self.orders.get(index).copied().filter(|_| self.rng.random_bool(0.75));
        match picked.and_then(|(id, state)| Some((id, next(state)?))) {
            Some((id, state)) => {
                let (unit, at) = (self.unit(), hub.now());
                let mut command = Command { to: Some(Move::Become(state)), ..Command::default() };
                if state == State::Assigned {
                    command = command.with(Field::Unit, unit.map(|unit| unit.0));
                }
                if self.rng.random_bool(0.3) {
                    let origin = Origin { connection: None, dialect: "native".to_owned() };
                    let text = self.pick(REMARKS).to_owned();
                    let note = Note { site_wide: false, text, revises: None };
                    command.put.push(Item::new(format!("n{}", at.as_millisecond()), origin, at, note).by("Van 1"));
                }
                let request = Request::change(Target::Id(id), move |_| Ok(command.clone()));
                let number = submit(hub, self.account, request).await?.1;
                if let Some(kept) = self.orders.get_mut(index) {
                    kept.1 = state;
                }
                Ok(format!("order {number} is {}", state.word()))
            }
            None => {
                let number = self.add(hub, State::Received).await?;
                Ok(format!("order {number} has come"))
            }
        }
    }

    async fn fill_catalogue(&mut self, hub: &Hub, now: Timestamp) -> Result<(), DemoError> {
        match self.dialect.as_str() {
            "mews" => self.fill_hotel(hub, now).await?,
            "planviewer" => {
                enroll::ensure_products(hub.store(), self.account, now).await?;
                self.facts.push(("product".to_owned(), "site_report".to_owned()));
            }
            _ => {}
        }
        for number in 1..=UNITS {
            let id = UnitId(hub.store().next_item().await?);
            let place = city::place(&mut self.rng);
            let position = Position {
                at: now,
                latitude: place.latitude,
                longitude: place.longitude,
                altitude_m: None,
                speed_kmh: Some(0.0),
                course: None,
                satellites: 9,
            };
            let unit = Unit {
                id,
                name: format!("Van {number}"),
                unique_id: format!("35500000000010{number}"),
                hardware: 9,
                position: Some(position),
                created_at: now,
                ..Unit::default()
            };
            hub.put_unit(self.account, unit).await?;
            self.catalogue.units.push(id);
        }
        Ok(())
    }

    async fn fill_hotel(&mut self, hub: &Hub, now: Timestamp) -> Result<(), DemoError> {
        for (ordering, (name, products)) in (0..).zip(SERVICES) {
            let service = service(self.account, name, ServiceKind::Additional, None, ordering, now);
            for (ordering, (product, price)) in (0..).zip(*products) {
                let mut below =
                    self::service(self.account, product, ServiceKind::Product, Some(service.id), ordering, now);
                below.data = Some(format!(
                    r#"{{"Price":{{"Currency":"EUR","GrossValue":{price},"NetValue":{price},"TaxCode":null}}}}"#
                ));
                hub.put_service(self.account, below).await?;
            }
            hub.put_service(self.account, service.clone()).await?;
            self.catalogue.services.push(service);
        }
        for name in PEOPLE {
            let id = customer_id(self.account, name);
            let name = (*name).to_owned();
            let customer = Customer { id, name, created_at: now, updated_at: now, ..Customer::default() };
            hub.store().put_customer(self.account, customer.clone()).await?;
            self.catalogue.customers.push(customer);
        }
        let first = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        self.facts.push(("service".to_owned(), first(self.catalogue.services.first().map(|one| one.id))));
        self.facts.push(("account_id".to_owned(), first(self.catalogue.customers.first().map(|one| one.id))));
        Ok(())
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from.get(self.rng.random_range(0..from.len().max(1))).copied().unwrap_or_default()
    }

    fn unit(&mut self) -> Option<UnitId> {
        let index = self.rng.random_range(0..UNITS);
        self.catalogue.units.get(index).copied()
    }

    fn some_state(&mut self) -> State {
        match self.rng.random_range(0..10) {
            0..4 => State::Received,
            4..6 => State::Assigned,
            6..8 => State::Started,
            8 => State::Canceled,
            _ => State::Completed,
        }
    }

    /// Makes an order; its number.
    async fn add(&mut self, hub: &Hub, state: State) -> Result<String, DemoError> {
        self.made += 1;
        let fields = self.fields(hub.now());
        let mut command = Command::default().with_fields(&fields);
        if matches!(state, State::Assigned | State::Started | State::Completed) {
            let unit = self.unit();
            command = command.with(Field::Unit, unit.map(|unit| unit.0));
        }
        if state != State::Received {
            command.to = Some(Move::Become(state));
        }
        let (id, number) = submit(hub, self.account, Request::create(command)).await?;
        self.orders.push((id, state));
        Ok(number)
    }

    fn fields(&mut self, now: Timestamp) -> Fields {
        let number = self.made;
        let hours = self.rng.random_range(4..72);
        let due = now.checked_add(std::time::Duration::from_secs(hours * 3600)).ok();
        let person = self.pick(PEOPLE).to_owned();
        let dialect = self.dialect.clone();
        match dialect.as_str() {
            "mews" => self.hotel_fields(number, due),
            "planviewer" => land_fields(number),
            "wialon" => {
                let place = city::place(&mut self.rng);
                let title = format!("{}, {}", self.pick(GOODS), place.address);
                let fields = at(&place);
                let window_from = now.checked_add(std::time::Duration::from_secs(3600)).ok();
                Fields {
                    number: Some(format!("D-{}", 7000 + number)),
                    title: Some(title),
                    customer_name: Some(person),
                    window_from,
                    window_to: due,
                    radius_m: Some(60),
                    ..fields
                }
            }
            _ => {
                let place = city::place(&mut self.rng);
                let work = self.pick(WORK).to_owned();
                let prefix = if dialect == "ppw" { "WO" } else { "GC" };
                let task = Task { name: work.clone(), quantity: Some(1.0), unit_price: Some(65.0), ..Task::default() };
                Fields {
                    number: Some(format!("{prefix}-{}", 4400 + number)),
                    client_company: Some("Lone Star Preservation".to_owned()),
                    service: Some(work),
                    reference: Some(format!("Loan {}", 100_000 + number)),
                    work_info: Some("Lockbox 1234".to_owned()),
                    customer_name: Some(person),
                    due,
                    tasks: vec![task],
                    ..at(&place)
                }
            }
        }
    }

    fn hotel_fields(&mut self, number: usize, due: Option<Timestamp>) -> Fields {
        let service = number % SERVICES.len();
        let products = SERVICES.get(service).map(|(_, products)| *products).unwrap_or_default();
        let (name, price) = products.get(number % products.len().max(1)).copied().unwrap_or_default();
        let guest = self.rng.random_range(0..PEOPLE.len());
        let customer = self.catalogue.customers.get(guest);
        Fields {
            number: Some(format!("S-{number}")),
            service: self.catalogue.services.get(service).map(|service| service.id.to_string()),
            customer_id: customer.map(|customer| customer.id.to_string()),
            customer_name: customer.map(|customer| customer.name.clone()),
            due,
            tasks: vec![Task {
                name: name.to_owned(),
                quantity: Some(1.0),
                unit_price: Some(price),
                ..Task::default()
            }],
            ..Fields::default()
        }
    }
}

fn land_fields(number: usize) -> Fields {
    let index = number.wrapping_sub(1);
    let (street, first, postal_code, town, latitude, longitude) =
        LAND.get(index % LAND.len()).copied().unwrap_or_default();
    Fields {
        number: Some(format!("L-{number}")),
        title: Some("Survey".to_owned()),
        address1: Some(format!("{street} {}", first + 2 * (index / LAND.len()))),
        postal_code: Some(postal_code.to_owned()),
        city: Some(town.to_owned()),
        country: Some("NL".to_owned()),
        latitude: Some(latitude),
        longitude: Some(longitude),
        ..Fields::default()
    }
}

fn at(place: &Place) -> Fields {
    Fields {
        address1: Some(place.address.clone()),
        city: Some(place.city.to_owned()),
        region: Some("TX".to_owned()),
        postal_code: Some(place.zip.to_owned()),
        latitude: Some(place.latitude),
        longitude: Some(place.longitude),
        ..Fields::default()
    }
}

fn service(
    account: AccountId,
    name: &str,
    kind: ServiceKind,
    parent: Option<Uuid>,
    ordering: i64,
    now: Timestamp,
) -> Service {
    Service {
        id: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("simulated\u{1f}{account}\u{1f}{name}").as_bytes()),
        slug: slug(name),
        name: name.to_owned(),
        kind,
        parent,
        active: true,
        ordering,
        data: None,
        created_at: now,
        updated_at: now,
    }
}

async fn submit(hub: &Hub, account: AccountId, request: Request) -> Result<(OrderId, String), DemoError> {
    let caller = Caller::user(account, "office");
    match hub.submit(&caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(done)) => Ok((done.order.id, done.order.fields.number.clone().unwrap_or_default())),
        other => Err(DemoError::Unexpected(format!("a simulated order came to {other:?}"))),
    }
}
