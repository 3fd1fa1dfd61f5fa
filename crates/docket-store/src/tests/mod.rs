//! The store suite: one set of functions over [`Store`], on SQLite always, and on PostgreSQL when
//! `DOCKET_TEST_POSTGRES` names a server where databases may be made.

mod around;
mod board;
mod deliveries;
mod durability;
mod exchanges;
mod outbox;
mod people;
mod queries;
mod suite;
mod support;
mod track;
mod webhooks;
