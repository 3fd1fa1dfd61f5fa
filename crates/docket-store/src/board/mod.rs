//! The board: which orders a person looks at, by any filter and by words, how many there are, and where.
//!
//! It has an index of its own, beside the ledger: sets of serials, one for everything orders can have in common
//! (`terms`), and columns of moments and places. Whatever is asked for is what some sets have in common, so that counting is
//! exact and takes no longer for many orders than for few. The index follows the journal (`project`).

mod column;
mod fetch;
mod project;
mod search;
mod set;
mod terms;
mod words;

/// How places are kept: in ten-millionths of a degree.
const DEGREE: f64 = 1e7;

use crate::record::Card;
use docket_core::Timestamp;
use docket_core::ids::{AccountId, ConnectionId, Serial, SiteId, UnitId};
use docket_core::ledger::{OrderQuery, StateSet};
use docket_core::order::State;
pub use project::Indexed;
pub use words::Sought;

/// A stretch of time; `until` is no longer in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// From then on.
    pub from: Option<Timestamp>,
    /// Up to then.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Whether it says nothing.
    pub fn is_open(&self) -> bool {
        *self == Span::default()
    }

    /// Whether a moment is in it, to the microsecond. What has no moment is only in one that says nothing.
    pub fn holds(&self, at: Option<Timestamp>) -> bool {
        self.is_open()
            || at.map(Timestamp::as_microsecond).is_some_and(|at| {
                self.from.is_none_or(|from| at >= from.as_microsecond())
                    && self.until.is_none_or(|until| at < until.as_microsecond())
            })
    }
}

/// Who is on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnIt {
    /// No unit.
    Nobody,
    /// Some unit.
    Somebody,
    /// This unit.
    Unit(UnitId),
}

/// Which orders are looked at. Visibility is said beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardQuery {
    /// In one of these states.
    pub states: StateSet,
    /// With all of these words.
    pub words: Vec<Sought>,
    /// With this number, exactly.
    pub number: Option<String>,
    /// With one of these as service.
    pub services: Option<Vec<String>>,
    /// Who is on it.
    pub unit: Option<OnIt>,
    /// At this site.
    pub site: Option<SiteId>,
    /// Came in this dialect.
    pub dialect: Option<String>,
    /// Came through this connection.
    pub connection: Option<ConnectionId>,
    /// Urgent, or not.
    pub rush: Option<bool>,
    /// Sent back, or not.
    pub rework: Option<bool>,
    /// Late, or not.
    pub late: Option<bool>,
    /// With all of these labels.
    pub tags: Vec<String>,
    /// Only of these.
    pub serials: Option<Vec<i64>>,
    /// Whether it says when it must be done.
    pub has_due: Option<bool>,
    /// When it must be done.
    pub due: Span,
    /// When it came to be.
    pub created: Span,
    /// When it last changed.
    pub updated: Span,
}

impl Default for BoardQuery {
    fn default() -> BoardQuery {
        BoardQuery {
            states: StateSet::living(),
            words: Vec::new(),
            number: None,
            services: None,
            unit: None,
            site: None,
            dialect: None,
            connection: None,
            rush: None,
            rework: None,
            late: None,
            tags: Vec::new(),
            serials: None,
            has_due: None,
            due: Span::default(),
            created: Span::default(),
            updated: Span::default(),
        }
    }
}

impl BoardQuery {
    /// The same as a query of the ledger itself, where that knows all that is asked.
    pub fn as_ledger_query(&self, part: Part) -> Option<OrderQuery> {
        let rest = BoardQuery { states: self.states, number: self.number.clone(), ..BoardQuery::default() };
        (part.by == By::Serial && rest == *self).then(|| OrderQuery {
            states: self.states,
            number: self.number.clone(),
            newest_first: part.is_down,
            after: part.after.map(|place| Serial(place.serial)),
            limit: part.limit,
            ..OrderQuery::default()
        })
    }

    /// Whether an order is one of those. What the index must agree with.
    pub fn matches(&self, account: AccountId, card: &Card, now: Timestamp) -> bool {
        card.state.is_some_and(|state| self.states.contains(state))
            && self.number.as_ref().is_none_or(|number| card.number.as_ref() == Some(number))
            && self
                .services
                .as_ref()
                .is_none_or(|services| card.service.as_ref().is_some_and(|service| services.contains(service)))
            && self.unit.is_none_or(|on_it| match on_it {
                OnIt::Nobody => card.unit.is_none(),
                OnIt::Somebody => card.unit.is_some(),
                OnIt::Unit(unit) => card.unit == Some(unit.0),
            })
            && self.site.is_none_or(|site| card.site_id(account) == Some(site))
            && self.dialect.as_ref().is_none_or(|dialect| card.origin.dialect == *dialect)
            && self.connection.is_none_or(|connection| card.origin.connection == Some(connection))
            && self.rush.is_none_or(|rush| card.rush == rush)
            && self.rework.is_none_or(|rework| card.rework == rework)
            && self.late.is_none_or(|late| card.is_late(now) == late)
            && self.tags.iter().all(|tag| card.tags.contains(tag))
            && self.serials.as_ref().is_none_or(|serials| serials.contains(&card.serial))
            && self.has_due.is_none_or(|has| card.due.is_some() == has)
            && self.due.holds(card.due)
            && self.created.holds(card.created_at)
            && self.updated.holds(card.updated_at)
            && self.has_words(card)
    }

    fn has_words(&self, card: &Card) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let words = words::words_of(card);
        self.words.iter().all(|word| word.is_in(&words, card.serial))
    }
}

/// What a page is sorted by; orders that are alike, by serial in the same direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum By {
    /// The order of their coming.
    #[default]
    Serial,
    /// When they must be done; those that say nothing come last.
    Due,
    /// When they last changed.
    Updated,
}

/// Which part of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Sorted by.
    pub by: By,
    /// From the last to the first.
    pub is_down: bool,
    /// Behind this place.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: usize,
}

/// A place in a listing: what it is sorted by (microseconds; none where the order says nothing), and the serial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is sorted by, unless that is the serial.
    pub at_us: Option<i64>,
    /// The order.
    pub serial: i64,
}

/// A page.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// The orders.
    pub cards: Vec<Card>,
    /// Where to go on.
    pub next: Option<Place>,
}

/// How many orders there are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In each state.
    pub states: Vec<(State, u64)>,
    /// Otherwise there are at least so many.
    pub is_exact: bool,
}

/// Where an order is, for the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointOf {
    /// The order.
    pub serial: i64,
    /// Degrees.
    pub latitude: f64,
    /// Degrees.
    pub longitude: f64,
    /// Where it stands.
    pub state: State,
    /// Which unit is on it.
    pub unit: Option<i64>,
    /// The radius of its place, in metres.
    pub radius_m: Option<i64>,
    /// Late, or was.
    pub is_late: bool,
}
