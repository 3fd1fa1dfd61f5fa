//! Pruvan's status words, and which of them a remote system had better leave alone.
//!
//! Pruvan has one status field; here it is a state plus the flags *rush* and *rework*. While the work is not done the
//! flags are what Pruvan shows; naming another active status takes them back.

use docket_core::connection::Mode;
use docket_core::order::{Order, State};

macro_rules! words {
    ($( $(#[doc = $doc:literal])* $variant:ident = $word:literal $(| $alias:literal)*; )*) => {
        /// A status of a Pruvan project.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Word { $( $(#[doc = $doc])* $variant, )* }

        impl Word {
            /// All of them, in the page's order.
            #[cfg(test)]
            pub const ALL: &'static [Word] = &[ $( Word::$variant, )* ];

            /// As it is shown.
            pub const fn word(self) -> &'static str {
                match self { $( Word::$variant => $word, )* }
            }

            /// From how it is written, in whatever case. The page itself writes `RUSH`, `CANCEL` and `canceled`.
            pub fn read(text: &str) -> Option<Word> {
                $( if [$word $(, $alias)*].iter().any(|known| text.eq_ignore_ascii_case(known)) {
                    return Some(Word::$variant);
                } )*
                None
            }
        }
    };
}

words! {
    /// Nobody is on it.
    Unassigned = "unassigned" | "un-assigned";
    /// Somebody is.
    Assigned = "assigned";
    /// Who is on it said yes.
    Accepted = "accepted";
    /// Who was on it said no.
    Rejected = "rejected";
    /// Urgent.
    Rush = "rush";
    /// To be done again.
    Rework = "rework";
    /// Called off.
    Canceled = "canceled" | "cancelled" | "cancel";
    /// Field work is done.
    Complete = "complete";
    /// Invoiced.
    Invoiced = "invoiced";
    /// Results were handed in.
    Submitted = "submitted";
    /// Closed.
    Closed = "closed";
    /// Gone.
    Deleted = "deleted";
}

impl Word {
    /// The state it names; `None` for the two that are flags beside the state.
    pub const fn state(self) -> Option<State> {
        match self {
            Word::Unassigned => Some(State::Received),
            Word::Assigned => Some(State::Assigned),
            Word::Accepted => Some(State::Accepted),
            Word::Rejected => Some(State::Rejected),
            Word::Rush | Word::Rework => None,
            Word::Canceled => Some(State::Canceled),
            Word::Complete => Some(State::Completed),
            Word::Invoiced => Some(State::Invoiced),
            Word::Submitted => Some(State::Submitted),
            Word::Closed => Some(State::Closed),
            Word::Deleted => Some(State::Deleted),
        }
    }

    /// Naming it takes the flags back: it says that the order is active and neither urgent nor sent back.
    pub const fn clears_flags(self) -> bool {
        matches!(self, Word::Unassigned | Word::Assigned | Word::Accepted)
    }

    /// Whether it is what an order shows, or (of the two flags) one of the things it could show.
    pub fn shows(self, order: &Order) -> bool {
        let active = is_active(order.state);
        match self {
            Word::Rush => active && order.fields.rush,
            Word::Rework => active && order.fields.rework,
            other => other == of_state(order.state) && !(active && (order.fields.rush || order.fields.rework)),
        }
    }
}

/// The flags are shown in these states.
pub const fn is_active(state: State) -> bool {
    matches!(state, State::Received | State::Assigned | State::Accepted | State::Started | State::Waiting)
}

/// The word for a state.
pub const fn of_state(state: State) -> Word {
    match state {
        State::Received => Word::Unassigned,
        State::Assigned | State::Started | State::Waiting => Word::Assigned,
        State::Accepted => Word::Accepted,
        State::Rejected | State::Failed => Word::Rejected,
        State::Completed => Word::Complete,
        State::Submitted => Word::Submitted,
        State::Invoiced => Word::Invoiced,
        State::Closed => Word::Closed,
        State::Canceled => Word::Canceled,
        State::Deleted => Word::Deleted,
    }
}

/// What an order shows. `last` is the word its originator used last; of two flags that are both up it names one.
pub fn shown(order: &Order, last: Option<Word>) -> Word {
    match last {
        Some(word) if word.shows(order) => word,
        _ if is_active(order.state) && order.fields.rework => Word::Rework,
        _ if is_active(order.state) && order.fields.rush => Word::Rush,
        _ => of_state(order.state),
    }
}

/// How far the phone has come, in the words of Pruvan's project list.
pub const fn field_status(state: State) -> &'static str {
    match state {
        State::Received | State::Assigned => "new",
        State::Accepted | State::Rejected => "viewed",
        State::Started | State::Waiting => "in process",
        State::Failed | State::Canceled | State::Deleted => "updated",
        State::Completed | State::Submitted | State::Invoiced | State::Closed => "complete",
    }
}

/// How far a phone says it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldStatus {
    /// Nobody has looked.
    New,
    /// Somebody has.
    Viewed,
    /// Work has begun.
    InProcess,
    /// Something about it changed.
    Updated,
    /// Field work is done.
    Complete,
}

impl FieldStatus {
    /// From how it is written; case, blanks and hyphens do not matter.
    pub fn read(text: &str) -> Option<FieldStatus> {
        let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
        match letters.to_ascii_lowercase().as_str() {
            "new" => Some(FieldStatus::New),
            "viewed" => Some(FieldStatus::Viewed),
            "inprocess" | "inprogress" => Some(FieldStatus::InProcess),
            "updated" => Some(FieldStatus::Updated),
            "complete" | "completed" => Some(FieldStatus::Complete),
            _ => None,
        }
    }

    /// Whether it still says where an order stands.
    pub const fn fits(self, state: State) -> bool {
        match self {
            FieldStatus::New => matches!(state, State::Received | State::Assigned),
            FieldStatus::Viewed => {
                matches!(state, State::Received | State::Assigned | State::Accepted | State::Rejected)
            }
            FieldStatus::InProcess => matches!(state, State::Started | State::Waiting),
            FieldStatus::Updated => !state.is_done(),
            FieldStatus::Complete => state.is_done(),
        }
    }
}

/// What a remote system does to an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// It creates it.
    Create,
    /// It updates it.
    Update,
}

/// What the page says about a status in a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Advice {
    /// Fine in both modes.
    Fine,
    /// Only for internal integrations.
    InternalOnly,
    /// Portal users and local workflow set it.
    LocalOnly,
    /// Not for a new order.
    NotAtBirth,
    /// Only with care.
    Caution,
}

/// The table of valid combinations: status (or none), on create, on update.
///
/// Not advised is not refused: the page lists what to avoid, and the order is what the remote system said.
pub const ADVICE: &[(Option<Word>, Advice, Advice)] = &[
    (None, Advice::Fine, Advice::Fine),
    (Some(Word::Unassigned), Advice::InternalOnly, Advice::InternalOnly),
    (Some(Word::Assigned), Advice::InternalOnly, Advice::InternalOnly),
    (Some(Word::Accepted), Advice::LocalOnly, Advice::LocalOnly),
    (Some(Word::Rejected), Advice::LocalOnly, Advice::LocalOnly),
    (Some(Word::Rush), Advice::Fine, Advice::Fine),
    (Some(Word::Rework), Advice::Fine, Advice::Fine),
    (Some(Word::Canceled), Advice::NotAtBirth, Advice::Fine),
    (Some(Word::Complete), Advice::LocalOnly, Advice::LocalOnly),
    (Some(Word::Invoiced), Advice::LocalOnly, Advice::LocalOnly),
    (Some(Word::Submitted), Advice::LocalOnly, Advice::LocalOnly),
    (Some(Word::Closed), Advice::NotAtBirth, Advice::Fine),
    (Some(Word::Deleted), Advice::NotAtBirth, Advice::Caution),
];

/// The advisory a combination earns; `None` where it is fine.
pub fn advisory(action: Action, mode: Mode, word: Option<Word>) -> Option<String> {
    let (_, create, update) = ADVICE.iter().find(|(listed, ..)| *listed == word)?;
    let (doing, advice) = match action {
        Action::Create => ("create", create),
        Action::Update => ("update", update),
    };
    let why = match (advice, mode) {
        (Advice::Fine, _) | (Advice::InternalOnly, Mode::Internal) => return None,
        (Advice::InternalOnly, Mode::External) => "an external integration leaves assignment to the account",
        (Advice::LocalOnly, _) => "users and local workflow set it",
        (Advice::NotAtBirth, _) => "an order does not start there",
        (Advice::Caution, _) => "it takes the order away from the account; use with caution",
    };
    Some(format!("status {} on {doing} is not advised: {why}", word?.word()))
}
