//! The statements of the append path, shared by both databases.

pub(crate) const READ_HEAD: &str = "SELECT sequence, sites FROM ledger_head WHERE account = $1";

pub(crate) const WRITE_HEAD: &str = "INSERT INTO ledger_head (account, sequence, sites) VALUES ($1, $2, $3) \
     ON CONFLICT (account) DO UPDATE SET sequence = excluded.sequence, sites = excluded.sites";

pub(crate) const ORDER_FACT: &str = "SELECT account, revision, place FROM orders WHERE serial = $1";

pub(crate) const HOLDERS: &str = "SELECT o.serial, o.account, o.version, o.extra \
     FROM key_index k JOIN orders o ON o.serial = k.serial WHERE k.hash = $1";

pub(crate) const READ_RECORD: &str = "SELECT value FROM record WHERE connection = $1 AND namespace = $2 AND key = $3";

pub(crate) const READ_RECORDS: &str = "SELECT key, value FROM record WHERE connection = $1 AND namespace = $2";

pub(crate) const WRITE_RECORD: &str = "INSERT INTO record (connection, namespace, key, value) \
     VALUES ($1, $2, $3, $4) ON CONFLICT (connection, namespace, key) DO UPDATE SET value = excluded.value";

pub(crate) const REMOVE_RECORD: &str = "DELETE FROM record WHERE connection = $1 AND namespace = $2 AND key = $3";

pub(crate) const READ_SITE: &str = "SELECT no FROM site WHERE account = $1 AND id = $2";

pub(crate) const ADD_SITE: &str = "INSERT INTO site (account, no, id, postal, document) VALUES ($1, $2, $3, $4, $5)";

pub(crate) const ADD_SERVICE: &str = "INSERT INTO service (account, id, ordering, document) \
     VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

pub(crate) const ADD_CUSTOMER: &str = "INSERT INTO customer (account, id, is_company, created_us, email, document) VALUES ($1, $2, $3, $4, $5, $6) \
     ON CONFLICT DO NOTHING";

pub(crate) const ADD_ORDER: &str = "INSERT INTO orders (serial, account, id, revision, state, place, updated_us, \
     updated_ns, origin, unit, site, service, number, version, document, extra) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

pub(crate) const CHANGE_ORDER: &str = "UPDATE orders SET revision = $2, state = $3, place = $4, updated_us = $5, \
     updated_ns = $6, unit = $7, site = $8, service = $9, number = $10, version = $11, document = $12, extra = $13 \
     WHERE serial = $1";

pub(crate) const ADD_ENTRY: &str = "INSERT INTO journal (place, previous, serial, revision, order_id, at_us, at_ns, \
     connection, exchange, actor, version, body, document, extra, trace, sampled) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";

pub(crate) const ADD_KEY: &str = "INSERT INTO key_index (hash, serial) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(crate) const REMOVE_KEY: &str = "DELETE FROM key_index WHERE hash = $1 AND serial = $2";

pub(crate) const ADD_ROUTE: &str = "INSERT INTO routed (connection, serial) VALUES ($1, $2) ON CONFLICT DO NOTHING";

pub(crate) const COUNT_MAILS: &str = "UPDATE counter SET value = value + 1 WHERE name = 'outbox' RETURNING value";

pub(crate) const ADD_MAIL: &str = "INSERT INTO outbox (id, account, at_us, at_ns, attempts, channel, until_ms, \
     document) VALUES ($1, $2, $3, $4, 0, $5, $6, $7)";
