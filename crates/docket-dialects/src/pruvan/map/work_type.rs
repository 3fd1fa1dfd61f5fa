//! The default work type of a connection: what new orders get that a remote system does not say, and where the account's
//! word goes over the remote system's.
//!
//! The setting `default_work_type` holds it as an order object. Its reference, description and options overwrite; work
//! info, instructions, client instructions, address, due date, status and assignee fill in; services that are missing
//! are added, those that are there are left alone. A due date may be given as `+3`: noon of the third day from now.

use super::status::Word;
use super::tasks::{self, Asked};
use super::{Assignee, Kind, date, member_of, read_assignee, read_status, read_value};
use crate::pruvan::wire::{self, Pairs, Scalar};
use docket_core::Timestamp;
use docket_core::order::{Field, Rejection, Value};
use jiff::SignedDuration;

/// The furthest a relative due date may lie ahead.
const DAYS_LIMIT: i64 = 3650;

/// A default work type, read once for a push.
#[derive(Debug, Default)]
pub struct WorkType {
    /// Over what the remote system says.
    pub overwrites: Vec<(Field, Value)>,
    /// Where it says nothing.
    pub fills: Vec<(Field, Value)>,
    /// The status, where it says none.
    pub word: Option<Word>,
    /// The assignee, where it names none.
    pub assignee: Option<String>,
    services: Vec<Asked>,
}

/// Reads the setting; the error is for whoever set it.
pub fn read(text: &str, now: Timestamp) -> Result<WorkType, String> {
    wire::inspect(text)?;
    let pairs = Pairs::read(text).ok_or("is no JSON object")?;
    let mut known = WorkType::default();
    for (name, value) in &pairs.0 {
        take(&mut known, name, value.get(), now).map_err(|why| crate::pruvan::error::reason(&why))?;
    }
    Ok(known)
}

fn take(known: &mut WorkType, name: &str, value: &str, now: Timestamp) -> Result<(), Rejection> {
    let unknown = || Rejection::Invalid { member: name.to_owned(), reason: "is nothing a work type sets".to_owned() };
    let member = member_of(name).ok_or_else(unknown)?;
    match (member.kind, member.field) {
        (Kind::Status, _) => known.word = read_status(value)?,
        (Kind::Assignee, _) => {
            known.assignee = match read_assignee(value)? {
                Assignee::Named(name) => Some(name),
                Assignee::Nobody | Assignee::Unsaid => None,
            };
        }
        (Kind::Services, _) => {
            known.services = tasks::read(value)?.unwrap_or_default();
            // Without a name it could not be told apart.
            tasks::create(&known.services)?;
        }
        (_, Some(field @ (Field::Reference | Field::Description | Field::Options))) => {
            known.overwrites.extend(read_value(member, value)?.map(|value| (field, value)));
        }
        (_, Some(Field::Due)) if relative(value).is_some() => {
            let ahead = SignedDuration::from_hours(24 * relative(value).unwrap_or_default());
            let day = now.checked_add(ahead).unwrap_or(now);
            known.fills.push((Field::Due, Value::Time(date::noon(day))));
        }
        (
            _,
            Some(
                field @ (Field::WorkInfo
                | Field::Instructions
                | Field::ClientInstructions
                | Field::Address1
                | Field::Address2
                | Field::City
                | Field::Region
                | Field::PostalCode
                | Field::Country
                | Field::Due),
            ),
        ) => {
            let value = read_value(member, value)?.filter(|value| *value != Value::Null);
            known.fills.extend(value.map(|value| (field, value)));
        }
        _ => return Err(unknown()),
    }
    Ok(())
}

fn relative(value: &str) -> Option<i64> {
    let Scalar::Text(text) = wire::scalar(value) else { return None };
    let days = text.trim().strip_prefix('+')?.parse().ok()?;
    (0..=DAYS_LIMIT).contains(&days).then_some(days)
}

impl WorkType {
    /// The services of a new order: the remote system's, and those it left out.
    pub fn services(&self, pushed: &[Asked]) -> Vec<Asked> {
        let missing = |asked: &&Asked| !pushed.iter().any(|known| known.name() == asked.name());
        pushed.iter().chain(self.services.iter().filter(missing)).cloned().collect()
    }

    /// What it fills in for a field.
    pub fn fills(&self, field: Field) -> bool {
        self.fills.iter().any(|(known, _)| *known == field)
    }
}
