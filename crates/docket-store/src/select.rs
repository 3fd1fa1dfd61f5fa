//! From an [`OrderQuery`] to SQL.
//!
//! Pages go along serials. Whatever is asked is found by one of few ways, each of which touches little more than what
//! it answers:
//!
//! * ids, a number: those few orders, then sorted;
//! * a time range with few orders in it: those, then sorted;
//! * a site, a unit: along its index;
//! * otherwise one arm per state, each already in the order of serials, merged as far as the page goes; of some products,
//!   one arm per state and product.
//!
//! Columns that must not lead are written with a sign (`+o.state`), which keeps their indexes out in SQLite and means
//! nothing elsewhere.

use crate::Visibility;
use crate::db::{Dialect, pad, placeholders};
use crate::keys::number_hash;
use crate::record::micros;
use crate::value::{Val, keep};
use docket_core::ids::AccountId;
use docket_core::ledger::OrderQuery;

/// Up to this many orders in a time range are sorted rather than looked for along the serials.
pub(crate) const FEW: i64 = 20_000;

/// A statement with its parameters.
pub(crate) struct Select {
    pub(crate) sql: String,
    pub(crate) params: Vec<Val>,
}

/// Whether the time range of a query holds few orders: the count, cut at [`FEW`] + 1.
pub(crate) fn count_updated(account: AccountId, query: &OrderQuery) -> Option<Select> {
    if query.updated_from.is_none() && query.updated_before.is_none() {
        return None;
    }
    let mut build = Build::default();
    let mut conditions = vec![format!("o.account = {}", build.bind(account.0))];
    build.updated(query, &mut conditions);
    let sql = format!(
        "SELECT COUNT(*) FROM (SELECT o.updated_us FROM orders o WHERE {} LIMIT {}) few",
        conditions.join(" AND "),
        FEW + 1
    );
    Some(Select { sql, params: build.params })
}

#[derive(Default)]
struct Build {
    params: Vec<Val>,
}

/// What leads the way to the rows.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    Ids,
    Number,
    Site,
    Unit,
    Updated,
}

impl Build {
    fn bind(&mut self, value: impl Into<Val>) -> String {
        self.params.push(value.into());
        format!("${}", self.params.len())
    }

    fn bind_all(&mut self, values: Vec<Val>) -> String {
        let from = self.params.len() + 1;
        let list = placeholders(from, values.len());
        self.params.extend(values);
        list
    }

    fn updated(&mut self, query: &OrderQuery, conditions: &mut Vec<String>) {
        if let Some(from) = query.updated_from {
            let (us, ns) = micros(from);
            let (us, ns) = (self.bind(us), self.bind(ns));
            conditions.push(format!("o.updated_us >= {us} AND (o.updated_us > {us} OR o.updated_ns >= {ns})"));
        }
        if let Some(before) = query.updated_before {
            let (us, ns) = micros(before);
            let (us, ns) = (self.bind(us), self.bind(ns));
            conditions.push(format!("o.updated_us <= {us} AND (o.updated_us < {us} OR o.updated_ns < {ns})"));
        }
    }

    /// Conditions on columns that no index leads by.
    fn texts(&mut self, query: &OrderQuery, conditions: &mut Vec<String>) {
        if let Some(number) = &query.number {
            let number = self.bind(Val::kept(number));
            conditions.push(format!("o.number = {number}"));
        }
        if let Some(services) = &query.services {
            if services.is_empty() {
                conditions.push("1 = 0".to_owned());
            } else {
                let mut services: Vec<Val> =
                    services.iter().map(|service| Val::Text(keep(service).into_owned())).collect();
                pad(&mut services);
                conditions.push(format!("o.service IN ({})", self.bind_all(services)));
            }
        }
    }

    fn ids(&mut self, query: &OrderQuery, conditions: &mut Vec<String>) {
        let Some(ids) = &query.ids else { return };
        if ids.is_empty() {
            conditions.push("1 = 0".to_owned());
            return;
        }
        let mut ids: Vec<Val> = ids.iter().map(|id| Val::from(id.0)).collect();
        pad(&mut ids);
        conditions.push(format!("o.id IN ({})", self.bind_all(ids)));
    }

    fn seen(&mut self, seen: Visibility, conditions: &mut Vec<String>) {
        match seen {
            Visibility::Account => {}
            Visibility::Origin(connection) => {
                let connection = self.bind(connection.0);
                conditions.push(format!("+o.origin = {connection}"));
            }
            Visibility::Routed(connection) => {
                let connection = self.bind(connection.0);
                conditions.push(format!(
                    "(+o.origin = {connection} OR EXISTS (SELECT r.serial FROM routed r \
                     WHERE r.connection = {connection} AND r.serial = o.serial))"
                ));
            }
        }
    }
}

fn state_list(query: &OrderQuery) -> String {
    let states: Vec<String> = query.states.states().map(|state| (state as i64).to_string()).collect();
    states.join(",")
}

/// A page of a query, one row more than asked for. `few` tells whether the time range holds few orders.
pub(crate) fn page(
    dialect: Dialect,
    account: AccountId,
    seen: Visibility,
    query: &OrderQuery,
    few: bool,
    columns: &str,
) -> Option<Select> {
    query.states.states().next()?;
    let lead = if query.ids.is_some() {
        Some(Lead::Ids)
    } else if query.number.is_some() {
        Some(Lead::Number)
    } else if query.site.is_some() {
        Some(Lead::Site)
    } else if few {
        Some(Lead::Updated)
    } else if query.unit.is_some() {
        Some(Lead::Unit)
    } else {
        None
    };
    Some(match lead {
        Some(lead) => led(account, seen, query, lead, columns),
        None => merged(dialect, account, seen, query, columns),
    })
}

fn order_and_limit(query: &OrderQuery, serial: &str) -> String {
    let direction = if query.newest_first { "DESC" } else { "ASC" };
    format!("ORDER BY {serial} {direction} LIMIT {}", query.limit.clamp(1, OrderQuery::LIMIT) + 1)
}

/// How many arms a page is merged from at most, where products lead.
const ARMS: usize = 64;
/// How long a catalogue id is, in characters.
const ID_LENGTH: usize = 36;

/// The products of a query, where they may lead: all are catalogue ids, and few enough.
fn products(seen: Visibility, query: &OrderQuery) -> Option<&[String]> {
    let is_id = |service: &String| service.len() == ID_LENGTH && service.bytes().all(|byte| byte.is_ascii_graphic());
    let arms = |products: &Vec<String>| products.len() * query.states.states().count();
    let products = query.services.as_ref().filter(|_| seen == Visibility::Account)?;
    let fits = !products.is_empty() && products.iter().all(is_id) && arms(products) <= ARMS;
    fits.then_some(products.as_slice())
}

fn beyond(query: &OrderQuery) -> &'static str {
    if query.newest_first { "<" } else { ">" }
}

fn led(account: AccountId, seen: Visibility, query: &OrderQuery, lead: Lead, columns: &str) -> Select {
    let mut build = Build::default();
    let account_sign = if matches!(lead, Lead::Site | Lead::Unit | Lead::Updated) { "" } else { "+" };
    let mut conditions = vec![format!("{account_sign}o.account = {}", build.bind(account.0))];
    let serial = if matches!(lead, Lead::Site | Lead::Unit) { "o.serial" } else { "+o.serial" };
    if let (Lead::Number, Some(number)) = (lead, &query.number) {
        let hash = build.bind(number_hash(account, number));
        conditions.push(format!("o.serial IN (SELECT k.serial FROM key_index k WHERE k.hash = {hash})"));
    }
    if let Some(unit) = query.unit {
        let sign = if lead == Lead::Unit { "" } else { "+" };
        let unit = build.bind(unit.0);
        conditions.push(format!("{sign}o.unit = {unit}"));
    }
    if let Some(site) = query.site {
        let sign = if lead == Lead::Site { "" } else { "+" };
        let (account, site) = (build.bind(account.0), build.bind(site.0));
        conditions
            .push(format!("{sign}o.site = (SELECT s.no FROM site s WHERE s.account = {account} AND s.id = {site})"));
    }
    conditions.push(format!("+o.state IN ({})", state_list(query)));
    build.updated(query, &mut conditions);
    if lead != Lead::Updated {
        for condition in conditions.iter_mut().filter(|condition| condition.starts_with("o.updated_us")) {
            *condition = condition.replace("o.updated_us", "+o.updated_us");
        }
    }
    build.ids(query, &mut conditions);
    build.texts(query, &mut conditions);
    build.seen(seen, &mut conditions);
    if let Some(after) = query.after {
        let after = build.bind(after.0);
        conditions.push(format!("{serial} {} {after}", beyond(query)));
    }
    let sql =
        format!("SELECT {columns} FROM orders o WHERE {} {}", conditions.join(" AND "), order_and_limit(query, serial));
    Select { sql, params: build.params }
}

/// One arm per state, each in the order of serials by its index; the database merges them as far as needed.
///
/// PostgreSQL has to be told that an arm is short and in order; SQLite finds that out by itself, and would sort what
/// comes out of arms that say so.
fn merged(dialect: Dialect, account: AccountId, seen: Visibility, query: &OrderQuery, columns: &str) -> Select {
    let mut build = Build::default();
    let account = build.bind(account.0);
    let mut rest = Vec::new();
    build.updated(query, &mut rest);
    for condition in &mut rest {
        *condition = condition.replace("o.updated_us", "+o.updated_us");
    }
    let mut products: Vec<&String> = products(seen, query).unwrap_or_default().iter().collect();
    products.sort_unstable();
    products.dedup();
    // What only one arm asks for, so that each of them goes along an index.
    let mut each = vec![None];
    if products.is_empty() {
        build.texts(query, &mut rest);
    } else {
        let product = |product: &&String| {
            let product = build.bind(Val::Text((*product).clone()));
            Some(format!("o.service = {product} AND length(o.service) = {ID_LENGTH}"))
        };
        each = products.iter().map(product).collect();
    }
    let after = query.after.map(|after| build.bind(after.0));
    let (lead, connection) = match seen {
        Visibility::Account => (format!("o.account = {account}"), None),
        Visibility::Origin(connection) | Visibility::Routed(connection) => {
            let connection = build.bind(connection.0);
            (format!("o.origin = {connection} AND +o.account = {account}"), Some(connection))
        }
    };
    let mut arms = Vec::new();
    for (state, product) in query.states.states().flat_map(|state| each.iter().map(move |product| (state, product))) {
        let mut conditions = vec![lead.clone(), format!("o.state = {}", state as i64)];
        conditions.extend(product.iter().cloned());
        conditions.extend(after.iter().map(|after| format!("o.serial {} {after}", beyond(query))));
        conditions.extend(rest.iter().cloned());
        arms.push(format!("SELECT {columns} FROM orders o WHERE {}", conditions.join(" AND ")));
    }
    if let (Visibility::Routed(_), Some(connection)) = (seen, connection) {
        let mut conditions = vec![
            format!("r.connection = {connection}"),
            format!("+o.account = {account}"),
            format!("(o.origin IS NULL OR o.origin <> {connection})"),
            format!("+o.state IN ({})", state_list(query)),
        ];
        conditions.extend(after.iter().map(|after| format!("r.serial {} {after}", beyond(query))));
        conditions.extend(rest.iter().cloned());
        let columns = columns.replacen("o.serial", "r.serial", 1);
        arms.push(format!(
            "SELECT {columns} FROM routed r JOIN orders o ON o.serial = r.serial WHERE {}",
            conditions.join(" AND ")
        ));
    }
    if dialect == Dialect::Postgres {
        for arm in &mut arms {
            *arm = format!("SELECT * FROM ({arm} {}) arm", order_and_limit(query, "1"));
        }
    }
    let sql = format!("{} {}", arms.join(" UNION ALL "), order_and_limit(query, "1"));
    Select { sql, params: build.params }
}
