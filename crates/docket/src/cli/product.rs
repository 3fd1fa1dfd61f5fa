//! `docket product …`.

use super::table::table;
use super::{Ended, Failure, account, failed, say};
use clap::{Args, Subcommand};
use docket_app::clock::{Clock, SystemClock};
use docket_app::jobs::product::{self, Said};
use docket_core::catalogue::Service;
use docket_store::Store;
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Add a product that can be ordered as a document
    Add(Add),
    /// List products and who makes them
    List(List),
    /// Change a product
    Set(Set),
}

#[derive(Args)]
pub(super) struct Add {
    /// Its slug: how orders and producers name it
    slug: String,
    /// Its name, for people
    #[arg(long)]
    name: String,
    /// Who makes it: a name that a producer claims under; built-in is the hub itself
    #[arg(long, default_value = product::BUILT_IN)]
    producer: String,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct List {
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

#[derive(Args)]
pub(super) struct Set {
    /// Its slug
    slug: String,
    /// Another name
    #[arg(long)]
    name: Option<String>,
    /// Who makes it from now on
    #[arg(long)]
    producer: Option<String>,
    /// Whether it can be ordered; what was ordered is made all the same
    #[arg(long)]
    active: Option<bool>,
    /// Its place among the products
    #[arg(long)]
    ordering: Option<i64>,
    /// The account
    #[arg(long, default_value = "main")]
    account: String,
}

pub(super) async fn run(store: &Store, command: Command, as_json: bool) -> Ended {
    match command {
        Command::Add(add) => {
            let account = store.account(&add.account, true).await.map_err(failed)?;
            let account = account.ok_or_else(|| Failure::Failed("the account could not be made".to_owned()))?;
            if known(store, account, &add.slug).await?.is_some() {
                let what = format!("there is a product `{}` already", add.slug);
                return Err(Failure::Failed(format!("{what}; `docket product set` changes it")));
            }
            let said = Said { name: Some(add.name), producer: Some(add.producer), ..Said::default() };
            put(store, account, &add.slug, said, as_json).await
        }
        Command::List(list) => {
            let account = account(store, &list.account).await?;
            let catalogue = store.services(account).await.map_err(failed)?;
            print_list(&product::all(&catalogue), as_json)
        }
        Command::Set(set) => {
            let account = account(store, &set.account).await?;
            if known(store, account, &set.slug).await?.is_none() {
                let what = format!("there is no product `{}` in account `{}`", set.slug, set.account);
                return Err(Failure::Failed(format!("{what}; `docket product list` shows those there are")));
            }
            let Set { slug, name, producer, active, ordering, .. } = set;
            put(store, account, &slug, Said { name, producer, active, ordering }, as_json).await
        }
    }
}

async fn known(store: &Store, account: docket_core::ids::AccountId, slug: &str) -> Result<Option<Service>, Failure> {
    let catalogue = store.services(account).await.map_err(failed)?;
    Ok(product::all(&catalogue).into_iter().find(|known| known.slug == slug).cloned())
}

async fn put(store: &Store, account: docket_core::ids::AccountId, slug: &str, said: Said, as_json: bool) -> Ended {
    let put = product::put(store, account, slug, &said, SystemClock.now()).await.map_err(failed)?;
    let put = put.map_err(|(member, reason)| Failure::Usage(format!("{member} {reason}")))?;
    if as_json {
        return say(product::shown(&put.service));
    }
    let service = &put.service;
    let orderable = if service.active { "can be ordered" } else { "cannot be ordered" };
    say(format!("{} ({}) {orderable}; {} makes it.", service.slug, service.name, product::producer_of(service)))
}

fn print_list(products: &[&Service], as_json: bool) -> Ended {
    if as_json {
        let list: Vec<Value> = products.iter().map(|service| product::shown(service)).collect();
        return say(json!({ "products": list }));
    }
    if products.is_empty() {
        return say("No products yet. `docket product add valuation --name Valuation --producer acme` adds one.");
    }
    let rows: Vec<Vec<String>> = products
        .iter()
        .map(|service| {
            let active = if service.active { "yes" } else { "no" };
            vec![service.slug.clone(), product::producer_of(service), active.to_owned(), service.name.clone()]
        })
        .collect();
    say(table(&["SLUG", "PRODUCER", "ACTIVE", "NAME"], &rows))
}
