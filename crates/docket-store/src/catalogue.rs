//! What orders refer to: services, units, sites, customers.

use crate::db::Weight;
use crate::forms::{decode_customer, decode_service, decode_site, decode_unit, encode_service, encode_unit};
use crate::prepare::{customer_row, squash};
use crate::record::{micros, moment};
use crate::value::{Row, Stmt, Val};
use crate::{Answer, Store};
use docket_core::catalogue::{Customer, Position, Service, Site, Unit};
use docket_core::ids::{AccountId, SiteId, UnitId, Uuid};
use docket_core::ledger::{CustomerQuery, OrderQuery, SiteQuery};

const SERVICES: &str = "SELECT id, ordering, document FROM service WHERE account = $1 ORDER BY ordering, id";
const PUT_SERVICE: &str = "INSERT INTO service (account, id, ordering, document) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (account, id) DO UPDATE SET ordering = excluded.ordering, document = excluded.document";
const UNITS: &str = "SELECT u.id, u.document, p.at_us, p.at_ns, p.latitude, p.longitude, p.altitude_m, p.speed_kmh, \
     p.course, p.satellites FROM unit u LEFT JOIN unit_position p ON p.unit = u.id WHERE u.account = $1 ORDER BY u.id";
const PUT_UNIT: &str = "INSERT INTO unit (id, account, unique_id, document) VALUES ($1, $2, $3, $4) \
     ON CONFLICT (id) DO UPDATE SET account = excluded.account, unique_id = excluded.unique_id, \
     document = excluded.document";
const PUT_POSITION: &str = "INSERT INTO unit_position (unit, at_us, at_ns, latitude, longitude, altitude_m, \
     speed_kmh, course, satellites) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
     ON CONFLICT (unit) DO UPDATE SET at_us = excluded.at_us, at_ns = excluded.at_ns, latitude = excluded.latitude, \
     longitude = excluded.longitude, altitude_m = excluded.altitude_m, speed_kmh = excluded.speed_kmh, \
     course = excluded.course, satellites = excluded.satellites WHERE unit_position.at_us <= excluded.at_us";
const UNIT_OF_TRACKER: &str = "SELECT id, account, document FROM unit WHERE unique_id = $1";
const UNIT: &str = "SELECT document FROM unit WHERE id = $1 AND account = $2";
const HAS_UNIT: &str = "SELECT id FROM unit WHERE id = $1 AND account = $2";
const REMOVE_UNIT: &str = "DELETE FROM unit WHERE id = $1 AND account = $2";
const REMOVE_POSITION: &str = "DELETE FROM unit_position WHERE unit = $1";
const SITES: &str = "SELECT id, document FROM site WHERE account = $1 AND id > $2 ORDER BY id LIMIT $3";
const SITES_BY_POSTAL: &str = "SELECT id, document FROM site WHERE account = $1 AND postal = $4 AND postal <> '' AND id > $2 ORDER BY id LIMIT $3";
const SITES_WITHOUT_POSTAL: &str =
    "SELECT id, document FROM site WHERE account = $1 AND postal = '' AND id > $2 ORDER BY id LIMIT $3";
const SITE: &str = "SELECT id, document FROM site WHERE account = $1 AND id = $2";
const CUSTOMER: &str = "SELECT id, document FROM customer WHERE account = $1 AND id = $2";
const PUT_CUSTOMER: &str = "INSERT INTO customer (account, id, is_company, created_us, email, document) \
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (account, id) DO UPDATE SET is_company = excluded.is_company, \
     created_us = excluded.created_us, email = excluded.email, document = excluded.document";
const CUSTOMERS: &str = "SELECT id, document FROM customer WHERE account = $1 AND is_company = $2 \
     AND (created_us, id) < ($3, $4)";

fn site_of(row: &mut Row) -> Answer<Site> {
    let id = row.uuid(0)?;
    decode_site(id, &row.text(1)?)
}

fn unit_of(row: &mut Row) -> Answer<Unit> {
    let id = UnitId(row.int(0)?);
    let mut unit = decode_unit(id, &row.text(1)?)?;
    if let Some(at_us) = row.maybe_int(2)? {
        unit.position = Some(Position {
            at: moment(at_us, row.int(3)?)?,
            latitude: row.real(4)?,
            longitude: row.real(5)?,
            altitude_m: row.maybe_real(6)?,
            speed_kmh: row.maybe_real(7)?,
            course: row.maybe_real(8)?,
            satellites: row.int(9)?,
        });
    }
    Ok(unit)
}

fn put_position(unit: UnitId, position: Position) -> Stmt {
    let (at_us, at_ns) = micros(position.at);
    Stmt::new(
        PUT_POSITION,
        [
            Val::Int(unit.0),
            at_us.into(),
            at_ns.into(),
            position.latitude.into(),
            position.longitude.into(),
            position.altitude_m.into(),
            position.speed_kmh.into(),
            position.course.into(),
            position.satellites.into(),
        ],
    )
}

impl Store {
    /// The catalogue.
    pub async fn services(&self, account: AccountId) -> Answer<Vec<Service>> {
        let rows = self.db().query(Weight::Page, SERVICES.to_owned(), vec![account.0.into()]).await?;
        rows.into_iter().map(|mut row| decode_service(row.uuid(0)?, row.int(1)?, &row.text(2)?)).collect()
    }

    /// Adds or replaces a catalogue entry.
    pub async fn put_service(&self, account: AccountId, service: Service) -> Answer<()> {
        let document = encode_service(&service);
        let params = [Val::Int(account.0), service.id.into(), service.ordering.into(), document.into()];
        self.db().execute(vec![Stmt::new(PUT_SERVICE, params)]).await.map(drop)
    }

    /// Units with their last positions.
    pub async fn units(&self, account: AccountId) -> Answer<Vec<Unit>> {
        let rows = self.db().query(Weight::Page, UNITS.to_owned(), vec![account.0.into()]).await?;
        rows.into_iter().map(|mut row| unit_of(&mut row)).collect()
    }

    /// One unit, without its position.
    pub async fn unit(&self, account: AccountId, id: UnitId) -> Answer<Option<Unit>> {
        let row = self.db().point(UNIT, vec![id.0.into(), account.0.into()]).await?;
        row.map(|mut row| decode_unit(id, &row.text(0)?)).transpose()
    }

    /// Adds or replaces a unit.
    pub async fn put_unit(&self, account: AccountId, unit: Unit) -> Answer<()> {
        let params = [unit.id.0.into(), account.0.into(), Val::kept(&unit.unique_id), encode_unit(&unit).into()];
        let mut statements = vec![Stmt::new(PUT_UNIT, params)];
        statements.extend(unit.position.map(|position| put_position(unit.id, position)));
        self.db().execute(statements).await.map(drop)
    }

    /// The unit whose tracker calls itself so, without its position, and whose it is.
    pub async fn unit_of_tracker(&self, unique_id: &str) -> Answer<Option<(AccountId, Unit)>> {
        if unique_id.is_empty() {
            return Ok(None);
        }
        let Some(mut row) = self.db().point(UNIT_OF_TRACKER, vec![unique_id.to_owned().into()]).await? else {
            return Ok(None);
        };
        Ok(Some((AccountId(row.int(1)?), decode_unit(UnitId(row.int(0)?), &row.text(2)?)?)))
    }

    /// Whether the account has such a unit.
    pub(crate) async fn has_unit(&self, account: AccountId, unit: UnitId) -> Answer<bool> {
        Ok(self.db().point(HAS_UNIT, vec![unit.0.into(), account.0.into()]).await?.is_some())
    }

    /// Removes a unit and what it said; `false` when the account has no such unit.
    pub async fn remove_unit(&self, account: AccountId, unit: UnitId) -> Answer<bool> {
        if !self.has_unit(account, unit).await? {
            return Ok(false);
        }
        let statements = vec![
            Stmt::new(REMOVE_UNIT, [unit.0.into(), account.0.into()]),
            Stmt::new(REMOVE_POSITION, [unit.0.into()]),
            Stmt::new(crate::track::FORGET_UNIT, [unit.0.into()]),
        ];
        let done = self.db().execute(statements).await?;
        Ok(done.first().is_some_and(|done| done.touched == 1))
    }

    /// Keeps the last positions of units (one transaction), where they are not known from a later moment.
    pub async fn put_positions(&self, positions: Vec<(UnitId, Position)>) -> Answer<()> {
        let statements = positions.into_iter().map(|(unit, position)| put_position(unit, position)).collect();
        self.db().execute(statements).await.map(drop)
    }

    /// Sites in order of id.
    pub async fn sites(&self, account: AccountId, query: SiteQuery) -> Answer<Vec<Site>> {
        // Ids are UUIDs, and no site's is nil.
        let after = query.after.map_or(Uuid::nil(), |after| after.0);
        let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
        let mut params = vec![account.0.into(), after.into(), limit.into()];
        let sql = match query.postal_code.as_deref().map(squash) {
            None => SITES,
            Some(postal) if postal.is_empty() => SITES_WITHOUT_POSTAL,
            Some(postal) => {
                params.push(postal.into());
                SITES_BY_POSTAL
            }
        };
        let rows = self.db().query(Weight::Page, sql.to_owned(), params).await?;
        rows.into_iter().map(|mut row| site_of(&mut row)).collect()
    }

    /// One site.
    pub async fn site(&self, account: AccountId, id: SiteId) -> Answer<Option<Site>> {
        let row = self.db().point(SITE, vec![account.0.into(), id.0.into()]).await?;
        row.map(|mut row| site_of(&mut row)).transpose()
    }

    /// One customer.
    pub async fn customer(&self, account: AccountId, id: Uuid) -> Answer<Option<Customer>> {
        let row = self.db().point(CUSTOMER, vec![account.0.into(), id.into()]).await?;
        row.map(|mut row| decode_customer(id, &row.text(1)?)).transpose()
    }

    /// Adds or replaces a customer.
    pub async fn put_customer(&self, account: AccountId, customer: Customer) -> Answer<()> {
        let row = customer_row(&customer);
        let params = [
            Val::Int(account.0),
            row.id.into(),
            i64::from(row.is_company).into(),
            row.created_us.into(),
            row.email.into(),
            row.document.into(),
        ];
        self.db().execute(vec![Stmt::new(PUT_CUSTOMER, params)]).await.map(drop)
    }

    /// Customers, newest first.
    pub async fn customers(&self, account: AccountId, query: CustomerQuery) -> Answer<Vec<Customer>> {
        let (at_us, id) = query.after.map_or((i64::MAX, Uuid::max()), |(created, id)| (micros(created).0, id));
        let mut params: Vec<Val> = vec![account.0.into(), i64::from(query.companies).into(), at_us.into(), id.into()];
        let mut sql = CUSTOMERS.to_owned();
        if let Some(email) = &query.email {
            let email = squash(email);
            if email.is_empty() {
                return Ok(Vec::new());
            }
            params.push(email.into());
            // The words of the index, so that it is used.
            sql.push_str(&format!(" AND email = ${} AND email <> ''", params.len()));
        }
        if let Some(ids) = &query.ids {
            if ids.is_empty() {
                return Ok(Vec::new());
            }
            let first = params.len() + 1;
            params.extend(ids.iter().map(|id| Val::from(*id)));
            let places: Vec<String> = (first..=params.len()).map(|place| format!("${place}")).collect();
            sql.push_str(&format!(" AND id IN ({})", places.join(", ")));
        }
        let limit = i64::try_from(query.limit.clamp(1, OrderQuery::LIMIT)).unwrap_or(i64::MAX);
        params.push(limit.into());
        sql.push_str(&format!(" ORDER BY created_us DESC, id DESC LIMIT ${}", params.len()));
        let rows = self.db().query(Weight::Page, sql, params).await?;
        rows.into_iter().map(|mut row| decode_customer(row.uuid(0)?, &row.text(1)?)).collect()
    }
}
