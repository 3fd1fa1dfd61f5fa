//! Rules in a file: taken over whole when it changes; those made elsewhere stay.
//!
//! ```toml
//! [[rule]]
//! name = "texas"
//! from = "ppw-main"
//! when = 'order.site.region == "TX"'
//! to = "crew"
//! with = { priority = 5, work_info = '"Lock box " + order.site.lock_code' }
//! ```

use super::model::{Rule, Source, record};
use super::{LIMIT, list_of, named};
use crate::hub::{Hub, fault};
use docket_core::ids::AccountId;
use docket_store::{Append, Store};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The account whose rules a file holds, unless a rule says another.
const ACCOUNT: &str = "main";

/// The rules of a file, each with the name of its account. The error says which rule, and where in it.
pub fn read(path: &Path) -> Result<Vec<(String, Rule)>, String> {
    let place = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
    let table: toml::Table = text.parse().map_err(|error| format!("{place}: {error}"))?;
    if let Some(other) = table.keys().find(|key| *key != "rule") {
        return Err(format!("{place}: there is no `{other}`; rules stand under [[rule]]"));
    }
    let list = match table.get("rule") {
        None => return Ok(Vec::new()),
        Some(toml::Value::Array(list)) => list,
        Some(_) => return Err(format!("{place}: rules stand under [[rule]], with two brackets")),
    };
    let mut rules = Vec::with_capacity(list.len());
    let mut seen = BTreeSet::new();
    for (index, value) in list.iter().enumerate() {
        let wrong = |what: String| format!("{place}, rule {}: {what}", index + 1);
        let mut value = value.clone();
        let members = value.as_table_mut().ok_or_else(|| wrong("is no table".to_owned()))?;
        let account = match members.remove("account") {
            None => ACCOUNT.to_owned(),
            Some(toml::Value::String(account)) => account,
            Some(_) => return Err(wrong("account: must be text".to_owned())),
        };
        members.remove("source");
        if let Some(toml::Value::Table(with)) = members.get_mut("with") {
            plain(with);
        }
        let rule: Rule = value.try_into().map_err(|error: toml::de::Error| wrong(error.message().to_owned()))?;
        let rule = Rule { source: Source::File, ..rule };
        rule.check().map_err(|error| format!("{place}: {error}"))?;
        if !seen.insert((account.clone(), rule.name.clone())) {
            return Err(wrong(format!("there are two rules `{}`", rule.name)));
        }
        rules.push((account, rule));
    }
    if rules.len() > LIMIT {
        return Err(format!("{place}: there are more than {LIMIT} rules"));
    }
    Ok(rules)
}

/// Numbers and truth values are expressions that say themselves; `site.city = …` is read as a table by TOML.
fn plain(with: &mut toml::Table) {
    let tables: Vec<String> = with.iter().filter(|(_, value)| value.is_table()).map(|(name, _)| name.clone()).collect();
    for group in tables {
        if let Some(toml::Value::Table(inner)) = with.remove(&group) {
            for (name, value) in inner {
                with.insert(format!("{group}.{name}"), value);
            }
        }
    }
    for (_, value) in with.iter_mut().filter(|(_, value)| !value.is_str()) {
        *value = toml::Value::String(value.to_string());
    }
}

/// Makes a file's rules the ones that are kept; answers how many changed.
pub async fn take_over(store: &Store, rules: &[(String, Rule)]) -> Result<usize, String> {
    let failed = |error: docket_store::StoreError| fault(error).to_string();
    let directory = store.directory().await.map_err(failed)?;
    let mut changed = 0;
    for (account, name) in &directory.accounts {
        let wanted: Vec<&Rule> = rules.iter().filter(|(of, _)| of == name).map(|(_, rule)| rule).collect();
        changed += take_over_in(store, *account, &wanted).await?;
    }
    let known = |name: &String| directory.accounts.iter().any(|(_, known)| known == name);
    match rules.iter().find(|(account, _)| !known(account)) {
        Some((account, rule)) => Err(format!("rule `{}`: there is no account `{account}` yet", rule.name)),
        None => Ok(changed),
    }
}

async fn take_over_in(store: &Store, account: AccountId, wanted: &[&Rule]) -> Result<usize, String> {
    let known = list_of(store, account).await.map_err(|fault| fault.to_string())?;
    let mut records = Vec::new();
    for old in known.iter().filter(|old| old.source == Source::File) {
        if wanted.iter().all(|new| new.name != old.name) {
            records.push(record(account, old.name.clone(), None));
        }
    }
    for new in wanted {
        match known.iter().find(|old| old.name == new.name) {
            Some(old) if old == *new => {}
            Some(old) if old.source == Source::Here => {
                return Err(format!("rule `{}`: there is one of this name that is not of the file", new.name));
            }
            _ => records.push(record(account, new.name.clone(), Some(new.encode()))),
        }
    }
    let changed = records.len();
    if changed > 0 {
        let append = Append { account, records, ..Append::default() };
        store.append(append).await.map_err(|error| fault(error).to_string())?;
        super::super::resolve::begin(store, account).await.map_err(|fault| fault.to_string())?;
    }
    Ok(changed)
}

/// Looks whether the file changed.
pub struct FileWatch {
    path: PathBuf,
    seen: Option<SystemTime>,
}

impl FileWatch {
    /// Of a file that was not read yet.
    pub fn new(path: PathBuf) -> FileWatch {
        FileWatch { path, seen: None }
    }

    /// Takes the file over if it changed. What is wrong with it is said once, and the rules stay as they were.
    pub async fn look(&mut self, hub: &Hub) {
        let modified = std::fs::metadata(&self.path).and_then(|meta| meta.modified()).ok();
        if modified.is_none() || modified == self.seen {
            return;
        }
        let taken = match read(&self.path) {
            Ok(rules) => {
                self.warn_of_names(hub, &rules);
                take_over(hub.store(), &rules).await
            }
            Err(error) => Err(error),
        };
        match taken {
            Ok(0) => {}
            Ok(changed) => tracing::info!(file = %self.path.display(), changed, "rules were taken over"),
            Err(error) => tracing::error!(error, "the rules stay as they were"),
        }
        self.seen = modified;
    }

    fn warn_of_names(&self, hub: &Hub, rules: &[(String, Rule)]) {
        let directory = hub.directory();
        for (account, rule) in rules {
            let Some((account, _)) = directory.accounts().iter().find(|(_, name)| name == account) else { continue };
            for name in rule.from.iter().chain([&rule.to]) {
                if named(hub, *account, name).is_none() {
                    tracing::warn!(rule = rule.name, connection = name, "a rule names a connection that is not there");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(text: &str) -> Result<Vec<(String, Rule)>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.toml");
        std::fs::write(&path, text).unwrap();
        read(&path)
    }

    #[test]
    fn a_file_holds_rules() {
        let read = rules(
            "[[rule]]\nname = \"texas\"\nfrom = \"ppw\"\nwhen = 'order.site.region == \"TX\"'\nto = \"crew\"\norder = 5\n\
             with = { priority = 5, rush = true, work_info = '\"Key \" + order.site.key_code', site.country = '\"US\"' }\n\
             [[rule]]\nname = \"rest\"\nto = \"other\"\naccount = \"north\"\nenabled = false\n",
        )
        .unwrap();
        let (account, texas) = &read[0];
        assert_eq!((account.as_str(), texas.order, texas.source), ("main", 5, Source::File));
        assert_eq!(texas.with["priority"], "5");
        assert_eq!(texas.with["site.country"], "\"US\"");
        assert_eq!((read[1].0.as_str(), read[1].1.when.as_str(), read[1].1.enabled), ("north", "true", false));
        assert!(rules("").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |text: &str| rules(text).unwrap_err();
        let one = |rest: &str| format!("[[rule]]\nname = \"a\"\nto = \"b\"\n{rest}");
        let error = wrong(&one("when = 'order.rsh'"));
        assert!(error.contains("rules.toml") && error.contains("rule `a`, when: an order has no `rsh`"), "{error}");
        let error = wrong(&one("with = { piority = 5 }"));
        assert!(error.contains("with.piority: there is no such field"), "{error}");
        let error = wrong(&one("wen = 'true'"));
        assert!(error.contains("rule 1") && error.contains("wen"), "{error}");
        assert!(wrong(&format!("{}{}", one(""), one(""))).contains("two rules `a`"));
        assert!(wrong("[rule]\nname = 'x'").contains("two brackets"));
        assert!(wrong("rules = []").contains("no `rules`"));
        assert!(wrong(&one("from = \"b\"")).contains("never goes back"));
    }
}
