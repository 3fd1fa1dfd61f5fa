//! The life cycle: one machine for every dialect. Nothing else in Docket decides what may follow what.

use std::fmt;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $( $(#[$vdoc:meta])* $variant:ident = $word:literal, )* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $( $(#[$vdoc])* $variant, )* }

        impl $name {
            /// All of them, in life-cycle order.
            pub const ALL: &'static [$name] = &[ $( $name::$variant, )* ];

            /// The canonical word.
            pub const fn word(self) -> &'static str {
                match self { $( $name::$variant => $word, )* }
            }

            /// From the canonical word.
            pub fn from_word(word: &str) -> Option<$name> {
                match word { $( $word => Some($name::$variant), )* _ => None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

words! {
    /// Where an order stands. *State* is canonical; a dialect's word for it is a *status*.
    State {
        /// Known, nobody is on it.
        Received = "received",
        /// Given to a unit, person or crew.
        Assigned = "assigned",
        /// The assignee said yes.
        Accepted = "accepted",
        /// The assignee said no.
        Rejected = "rejected",
        /// Work has begun, on site.
        Started = "started",
        /// A question to the user is open.
        Waiting = "waiting",
        /// Field work is done.
        Completed = "completed",
        /// Results were handed in.
        Submitted = "submitted",
        /// Invoiced.
        Invoiced = "invoiced",
        /// Closed by the originator.
        Closed = "closed",
        /// Called off.
        Canceled = "canceled",
        /// Could not be done.
        Failed = "failed",
        /// Gone, for everybody; only the journal knows it.
        Deleted = "deleted",
    }
}

words! {
    /// What can be asked of an order's state.
    Transition {
        /// Take it from whoever has it.
        Unassign = "unassign",
        /// Give it to a unit, person or crew.
        Assign = "assign",
        /// Say yes.
        Accept = "accept",
        /// Say no.
        Reject = "reject",
        /// Begin.
        Start = "start",
        /// Put a question to the user.
        Ask = "ask",
        /// Go on after an answer.
        Resume = "resume",
        /// Finish the field work.
        Complete = "complete",
        /// Hand in the results.
        Submit = "submit",
        /// Invoice.
        Invoice = "invoice",
        /// Close.
        Close = "close",
        /// Call off.
        Cancel = "cancel",
        /// Give up.
        Fail = "fail",
        /// Open again what was done, or bring back what was called off.
        Reopen = "reopen",
        /// Remove.
        Delete = "delete",
    }
}

impl State {
    /// Work is still expected.
    pub const fn is_open(self) -> bool {
        use State::*;
        matches!(self, Received | Assigned | Accepted | Rejected | Started | Waiting | Failed)
    }

    /// Field work is done.
    pub const fn is_done(self) -> bool {
        use State::*;
        matches!(self, Completed | Submitted | Invoiced | Closed)
    }

    /// The administrative transition that leads here: what a remote system means when it just names a state.
    pub const fn reached_by(self) -> Transition {
        match self {
            State::Received => Transition::Unassign,
            State::Assigned => Transition::Assign,
            State::Accepted => Transition::Accept,
            State::Rejected => Transition::Reject,
            State::Started => Transition::Start,
            State::Waiting => Transition::Ask,
            State::Completed => Transition::Complete,
            State::Submitted => Transition::Submit,
            State::Invoiced => Transition::Invoice,
            State::Closed => Transition::Close,
            State::Canceled => Transition::Cancel,
            State::Failed => Transition::Fail,
            State::Deleted => Transition::Delete,
        }
    }

    /// The state after a transition, or `None` when the machine refuses it.
    ///
    /// `assigned` tells whether somebody is on the order; it decides where [`Transition::Reopen`] leads.
    /// A transition to the state the order is already in is allowed: saying a thing twice is no error.
    pub fn after(self, transition: Transition, assigned: bool) -> Option<State> {
        use State::*;
        use Transition as T;
        if self == Deleted {
            return None;
        }
        let to = match transition {
            T::Unassign => Received,
            T::Assign => Assigned,
            T::Accept => Accepted,
            T::Reject => Rejected,
            T::Start | T::Resume => Started,
            T::Ask => Waiting,
            T::Complete => Completed,
            T::Submit => Submitted,
            T::Invoice => Invoiced,
            T::Close => Closed,
            T::Cancel => Canceled,
            T::Fail => Failed,
            T::Delete => Deleted,
            T::Reopen if assigned => Assigned,
            T::Reopen => Received,
        };
        let allowed = match transition {
            T::Unassign | T::Assign | T::Reject | T::Start | T::Ask | T::Fail => self.is_open(),
            T::Accept => matches!(self, Received | Assigned | Accepted | Rejected),
            T::Resume => matches!(self, Waiting | Started),
            T::Complete => self.is_open() || self == Completed,
            T::Submit => self.is_open() || matches!(self, Completed | Submitted),
            T::Invoice => self.is_done(),
            T::Cancel => !matches!(self, Invoiced | Closed),
            T::Close | T::Reopen | T::Delete => true,
        };
        allowed.then_some(to)
    }
}
