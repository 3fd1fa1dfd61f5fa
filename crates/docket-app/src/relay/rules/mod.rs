//! Rules: which orders are handed to which connection, and what is written on them then.
//!
//! A rule is looked at for each order that was created or changed, unless the order is canceled or deleted, came from the
//! rule's connection, or was handed to it already. Where its condition holds, the hub routes the order, in one journal entry
//! with the rule's name. Rules are kept with the account, edited through any face or in a file.

mod expression;
mod file;
mod model;
mod returns;

use crate::hub::{Hub, fault};
use crate::trace::Trace;
use docket_core::Timestamp;
use docket_core::connection::{Caller, Connection};
use docket_core::ids::{AccountId, ConnectionId, Serial};
use docket_core::ledger::{Fault, Ledger, OrderQuery, Outcome, Request, Submission, Target};
use docket_core::order::{Command, Entry, Field, Order, State, Value};
use docket_core::plan::Loaded;
use docket_store::Append;
pub use expression::{Expression, Variable, described, functions, variables};
pub use file::{FileWatch, read as read_file, take_over};
use model::{RULES, record};
pub use model::{Rule, RuleError, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// `/v1/rules/variables` is no rule.
const TAKEN: &str = "variables";
/// The most rules of an account.
pub const LIMIT: usize = 500;
/// How many orders a dry run looks at, at most.
pub const DRY_RUN: usize = 10_000;

/// So many different errors are said.
const SAID: usize = 200;

/// A rule that was read.
struct Compiled {
    rule: Rule,
    when: Expression,
    with: Vec<(Field, Expression)>,
}

impl Compiled {
    fn of(rule: Rule) -> Result<Compiled, RuleError> {
        let (when, with) = rule.expressions()?;
        Ok(Compiled { rule, when, with })
    }
}

/// The rules of an account, as they were last read.
#[derive(Default)]
pub(super) struct Rules {
    texts: Vec<(String, String)>,
    list: Vec<Compiled>,
    /// What was said already.
    said: BTreeSet<String>,
}

/// What a rule makes of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It would be handed over, and this would be written on it.
    Routes(Vec<(Field, Value)>),
    /// The condition does not hold.
    No,
    /// Not looked at: this is why.
    Never(&'static str),
    /// An expression cannot be said for this order.
    Error(String),
}

/// What stands against a rule before its condition is looked at.
fn barred(rule: &Rule, to: &Connection, order: &Order, from: Option<ConnectionId>) -> Option<&'static str> {
    match () {
        () if order.state == State::Deleted => Some("it is deleted"),
        () if order.state == State::Canceled => Some("it is canceled"),
        () if order.origin.connection == Some(to.id) => Some("it came from there"),
        () if order.routed_to.contains(&to.id) => Some("it is there already"),
        () if rule.from.is_some() && order.origin.connection != from => Some("it came from another connection"),
        () => None,
    }
}

impl Rules {
    pub(super) fn is_empty(&self) -> bool {
        !self.list.iter().any(|rule| rule.rule.enabled)
    }

    /// Reads the rules again where they changed.
    pub(super) async fn refresh(&mut self, hub: &Hub, account: AccountId) -> Result<(), Fault> {
        let texts = hub.records(account.into(), RULES).await?;
        if texts == self.texts {
            return Ok(());
        }
        self.list = compiled(&texts);
        self.texts = texts;
        self.said.clear();
        Ok(())
    }

    /// Routes the orders that entries are about; `true` when there were any to route.
    pub(super) async fn apply(
        &mut self,
        hub: &Hub,
        account: AccountId,
        entries: &[Arc<Entry>],
        loaded: &Loaded,
    ) -> Result<bool, Fault> {
        let mut routed = false;
        if self.is_empty() {
            return Ok(routed);
        }
        let changed = entries.iter().filter(|entry| !entry.changes.is_empty());
        // The last entry of each order.
        let last: BTreeMap<Serial, &Arc<Entry>> = changed.map(|entry| (entry.serial, entry)).collect();
        for (serial, entry) in last {
            let Some(order) = loaded.orders.get(&serial) else { continue };
            let mut order = Arc::clone(order);
            for rule in self.list.iter().filter(|rule| rule.rule.enabled) {
                match judge(hub, account, rule, &order, hub.now()).await? {
                    (Verdict::Routes(set), Some(to)) => {
                        order = route(hub, entry, &rule.rule, &order, to, set).await?;
                        routed = true;
                    }
                    (Verdict::Error(error), _) => {
                        let (name, number) = (&rule.rule.name, order.fields.number.as_deref().unwrap_or_default());
                        // Once is enough: the same would be said of each order.
                        if self.said.len() < SAID && self.said.insert(format!("{name} {error}")) {
                            tracing::warn!(rule = name, order = number, error, "a rule could not be looked at");
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(routed)
    }
}

fn compiled(texts: &[(String, String)]) -> Vec<Compiled> {
    let read = |(name, text): &(String, String)| match Rule::decode(name, text).and_then(Compiled::of) {
        Ok(rule) => Some(rule),
        Err(error) => {
            tracing::warn!(rule = name, %error, "a rule cannot be read");
            None
        }
    };
    let mut list: Vec<Compiled> = texts.iter().filter_map(read).collect();
    list.sort_by(|a, b| (a.rule.order, &a.rule.name).cmp(&(b.rule.order, &b.rule.name)));
    list
}

/// The connection of a name.
pub(super) fn named(hub: &Hub, account: AccountId, name: &str) -> Option<Arc<Connection>> {
    let directory = hub.directory();
    directory.connections().find(|known| known.account == account && known.name == name).cloned()
}

async fn judge(
    hub: &Hub,
    account: AccountId,
    rule: &Compiled,
    order: &Order,
    now: Timestamp,
) -> Result<(Verdict, Option<ConnectionId>), Fault> {
    let Some(to) = named(hub, account, &rule.rule.to).filter(|to| to.enabled) else {
        return Ok((Verdict::Never("there is no enabled connection of the rule's name to hand it to"), None));
    };
    let from = rule.rule.from.as_deref().and_then(|name| named(hub, account, name)).map(|from| from.id);
    if rule.rule.from.is_some() && from.is_none() {
        return Ok((Verdict::Never("there is no connection of the name the rule takes orders from"), None));
    }
    if let Some(why) = barred(&rule.rule, &to, order, from) {
        return Ok((Verdict::Never(why), None));
    }
    let directory = hub.directory();
    let name_of = |id: ConnectionId| directory.connection(id).map_or_else(String::new, |known| known.name.clone());
    let seen = expression::Seen::new(order, now, &name_of);
    match rule.when.holds(&seen) {
        Ok(false) => return Ok((Verdict::No, None)),
        Err(error) => return Ok((Verdict::Error(format!("when: {error}")), None)),
        Ok(true) => {}
    }
    let mut set = Vec::with_capacity(rule.with.len());
    for (field, expression) in &rule.with {
        match expression.field(*field, &seen) {
            Ok(value) => set.push((*field, value)),
            Err(error) => return Ok((Verdict::Error(format!("with.{}: {error}", field.name())), None)),
        }
    }
    if returns::is_return(hub, order).await? {
        return Ok((Verdict::Never("it is an order of this account that came back"), None));
    }
    Ok((Verdict::Routes(set), Some(to.id)))
}

async fn route(
    hub: &Hub,
    entry: &Entry,
    rule: &Rule,
    order: &Arc<Order>,
    to: ConnectionId,
    set: Vec<(Field, Value)>,
) -> Result<Arc<Order>, Fault> {
    // Handing on is part of what made it so.
    let hub_itself = Caller::hub(order.account).tracing(Trace::of(entry));
    let caller = Caller { label: format!("rule {}", rule.name), ..hub_itself };
    let request = Request::change(Target::Serial(order.serial), move |order| {
        if order.state == State::Deleted || order.routed_to.contains(&to) {
            return Ok(Command::default());
        }
        Ok(Command { set: set.clone(), route_to: vec![to], ..Command::default() })
    });
    match hub.submit(&caller, Submission::one(request)).await?.pop() {
        Some(Outcome::Done(done)) => Ok(done.order),
        other => {
            tracing::warn!(rule = rule.name, order = %order.serial, outcome = ?other, "a rule could not be followed");
            Ok(Arc::clone(order))
        }
    }
}

/// The rules of an account, in the order they are looked at.
pub async fn list(hub: &Hub, account: AccountId) -> Result<Vec<Rule>, Fault> {
    list_of(hub.store(), account).await
}

/// The same, of a store without a hub.
pub async fn list_of(store: &docket_store::Store, account: AccountId) -> Result<Vec<Rule>, Fault> {
    let texts = store.records(account.into(), RULES).await.map_err(fault)?;
    let mut rules: Vec<Rule> = texts.iter().filter_map(|(name, text)| Rule::decode(name, text).ok()).collect();
    rules.sort_by(|a, b| (a.order, &a.name).cmp(&(b.order, &b.name)));
    Ok(rules)
}

/// Adds or replaces a rule, after it was checked.
pub async fn put(store: &docket_store::Store, account: AccountId, rule: &Rule) -> Result<(), PutError> {
    Compiled::of(rule.clone()).map_err(PutError::Rule)?;
    if rule.name == TAKEN {
        let what = "is what the native API calls something else; it could not be shown";
        return Err(PutError::Rule(RuleError::new(rule, "name", what)));
    }
    let known = list_of(store, account).await.map_err(PutError::Fault)?;
    if known.len() >= LIMIT && known.iter().all(|known| known.name != rule.name) {
        return Err(PutError::Rule(RuleError::new(rule, "", format!("an account has at most {LIMIT} rules"))));
    }
    let directory = store.directory().await.map_err(|error| PutError::Fault(fault(error)))?;
    for (place, name) in [("to", Some(&rule.to)), ("from", rule.from.as_ref())] {
        let Some(name) = name else { continue };
        let mut connections = directory.connections.iter();
        if !connections.any(|known| known.account == account && known.name == *name) {
            let what = format!("there is no connection `{name}` in this account");
            return Err(PutError::Rule(RuleError::new(rule, place, what)));
        }
    }
    write(store, account, rule.name.clone(), Some(rule.encode())).await.map_err(PutError::Fault)?;
    super::resolve::begin(store, account).await.map_err(PutError::Fault)
}

/// Why a rule was not kept.
#[derive(Debug)]
pub enum PutError {
    /// The rule makes no sense.
    Rule(RuleError),
    /// Ours.
    Fault(Fault),
}

impl std::fmt::Display for PutError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            PutError::Rule(error) => error.fmt(f),
            PutError::Fault(fault) => fault.fmt(f),
        }
    }
}

/// Removes a rule; `false` when there is none of that name.
pub async fn remove(store: &docket_store::Store, account: AccountId, name: &str) -> Result<bool, Fault> {
    if store.record(account.into(), RULES, name).await.map_err(fault)?.is_none() {
        return Ok(false);
    }
    write(store, account, name.to_owned(), None).await.map(|()| true)
}

async fn write(
    store: &docket_store::Store,
    account: AccountId,
    name: String,
    text: Option<String>,
) -> Result<(), Fault> {
    let append = Append { account, records: vec![record(account, name, text)], ..Append::default() };
    store.append(append).await.map(drop).map_err(fault)
}

/// What a rule writes on an order.
pub type Written = Vec<(Field, Value)>;

/// What a dry run found.
#[derive(Clone, Debug, Default)]
pub struct DryRun {
    /// How many orders were looked at.
    pub looked_at: usize,
    /// How many would be handed over.
    pub would_go: usize,
    /// The first of those, with what would be written on them.
    pub orders: Vec<(Arc<Order>, Written)>,
    /// Why orders were not looked at, and how many.
    pub never: Vec<(&'static str, usize)>,
    /// What could not be said, for how many orders.
    pub errors: Vec<(String, usize)>,
}

/// Which orders a rule would hand over now, newest first; nothing is done.
pub async fn dry_run(hub: &Hub, account: AccountId, rule: &Rule, limit: usize) -> Result<DryRun, PutError> {
    let compiled = Compiled::of(rule.clone()).map_err(PutError::Rule)?;
    let caller = Caller::hub(account);
    let mut found = DryRun::default();
    let count = |list: &mut Vec<(String, usize)>, what: String| match list.iter_mut().find(|(known, _)| *known == what)
    {
        Some((_, count)) => *count += 1,
        None => list.push((what, 1)),
    };
    let mut query = OrderQuery { newest_first: true, ..OrderQuery::default() };
    loop {
        let page = hub.orders(&caller, query.clone()).await.map_err(PutError::Fault)?;
        for order in &page.orders {
            found.looked_at += 1;
            match judge(hub, account, &compiled, order, hub.now()).await.map_err(PutError::Fault)?.0 {
                Verdict::Routes(set) => {
                    found.would_go += 1;
                    if found.orders.len() < limit {
                        found.orders.push((Arc::clone(order), set));
                    }
                }
                Verdict::No => {}
                Verdict::Never(why) => match found.never.iter_mut().find(|(known, _)| *known == why) {
                    Some((_, count)) => *count += 1,
                    None => found.never.push((why, 1)),
                },
                Verdict::Error(error) => count(&mut found.errors, error),
            }
        }
        match page.next.filter(|_| found.looked_at < DRY_RUN) {
            Some(next) => query.after = Some(next),
            None => return Ok(found),
        }
    }
}
