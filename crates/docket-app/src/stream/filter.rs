//! Which events a reader wants.

use docket_core::ids::{ConnectionId, Serial};
use docket_core::order::{ItemKind, State};
use std::collections::BTreeSet;

/// What is said beside the journal's entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Live {
    /// Where a unit is.
    Position,
    /// How a delivery stands.
    Delivery,
    /// How a job stands.
    Job,
    /// Something was asked and answered, here or by us elsewhere.
    Exchange,
}

impl Live {
    /// All there are.
    pub const ALL: [Live; 4] = [Live::Position, Live::Delivery, Live::Job, Live::Exchange];

    /// The name of its events.
    pub const fn word(self) -> &'static str {
        match self {
            Live::Position => "position",
            Live::Delivery => "delivery",
            Live::Job => "job",
            Live::Exchange => "exchange",
        }
    }

    pub(super) const fn at(self) -> usize {
        self as usize
    }
}

/// The word for all entries of the journal, whatever happened.
pub const ENTRIES: &str = "entry";

/// What can happen to an order besides moving: the verbs of entries that are no states.
const VERBS: &[&str] = &[
    "created",
    "updated",
    "refused",
    "removed",
    "acknowledged",
    "imported",
    "routed",
    "noted",
    "attached",
    "filled in",
    "checked in",
    "charged",
    "asked",
];

/// Every kind of event there is, as filters name them.
pub fn kinds() -> Vec<&'static str> {
    let states = State::ALL.iter().map(|state| state.word());
    let live = Live::ALL.iter().map(|live| live.word());
    [ENTRIES].into_iter().chain(VERBS.iter().copied()).chain(states).chain(live).collect()
}

/// Which events a reader wants: entries of the journal, unless it says otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only entries of these verbs; none is all of them.
    verbs: Option<BTreeSet<String>>,
    /// What else is wanted.
    live: [bool; Live::ALL.len()],
    /// Only what concerns this order.
    pub order: Option<Serial>,
    /// Only what came through this connection, or goes to it.
    pub connection: Option<ConnectionId>,
}

impl Filter {
    /// Of a list of kinds with commas between; the error is the word that is none.
    ///
    /// # Errors
    /// When a word is no kind of event.
    pub fn of_kinds(text: &str) -> Result<Filter, String> {
        let known = kinds();
        let (mut filter, mut verbs, mut all) = (Filter::default(), BTreeSet::new(), false);
        for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            match Live::ALL.into_iter().find(|live| live.word() == word) {
                Some(live) => filter.live = std::array::from_fn(|at| filter.wants_at(at) || at == live.at()),
                None if word == ENTRIES => all = true,
                None if known.contains(&word) => drop(verbs.insert(word.to_owned())),
                None => return Err(word.to_owned()),
            }
        }
        let any_live = filter.live.contains(&true);
        filter.verbs = (!all && (any_live || !verbs.is_empty())).then_some(verbs);
        Ok(filter)
    }

    fn wants_at(&self, at: usize) -> bool {
        self.live.get(at).copied().unwrap_or_default()
    }

    /// Whether something beside the journal is wanted.
    pub fn wants(&self, live: Live) -> bool {
        self.wants_at(live.at())
    }

    /// Whether anything beside the journal is wanted.
    pub fn wants_live(&self) -> bool {
        self.live.contains(&true)
    }

    /// Whether any entry is wanted.
    pub(super) fn wants_entries(&self) -> bool {
        self.verbs.as_ref().is_none_or(|verbs| !verbs.is_empty())
    }

    pub(super) fn takes_all_entries(&self) -> bool {
        self.verbs.is_none() && self.order.is_none() && self.connection.is_none()
    }

    pub(super) fn takes_entry(&self, serial: Serial, through: Option<ConnectionId>, verb: &str) -> bool {
        self.order.is_none_or(|wanted| wanted == serial)
            && self.connection.is_none_or(|wanted| through == Some(wanted))
            && self.verbs.as_ref().is_none_or(|verbs| verbs.contains(verb))
    }

    /// Positions are those of all units, whatever the order or connection.
    pub(super) fn takes_live(&self, live: Live, order: Option<Serial>, connection: Option<ConnectionId>) -> bool {
        let concerns = |wanted: bool| live == Live::Position || wanted;
        self.wants(live)
            && concerns(self.order.is_none_or(|wanted| order == Some(wanted)))
            && concerns(self.connection.is_none_or(|wanted| connection == Some(wanted)))
    }
}

// Items that come are verbs of their own: whoever adds a kind of item must name its verb above.
const _: () = assert!(ItemKind::ALL.len() == 6);
