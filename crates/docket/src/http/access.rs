//! Who may do what: the one table of roles, looked at before anything is done. Every operation stands in it.

use super::native::Operation;
use super::{board, operate, relay, units, webhooks};
use docket_core::connection::Access;

impl Operation<'_> {
    /// The least role that may do it.
    pub(super) const fn needs(self) -> Access {
        match self {
            Operation::List
            | Operation::Show(_)
            | Operation::History(_)
            | Operation::Faces(_)
            | Operation::Report(_)
            | Operation::SiteReport(_)
            | Operation::Items(..)
            | Operation::Attachment(..)
            | Operation::Content(..)
            | Operation::Routes
            | Operation::Route(_)
            | Operation::Plan(_)
            | Operation::Journal
            | Operation::Events
            | Operation::Jobs
            | Operation::Job(_)
            | Operation::Result(_)
            | Operation::Products
            | Operation::Product(_)
            | Operation::OpenApi => Access::Viewer,
            Operation::Create
            | Operation::Change(_)
            | Operation::Move(_)
            | Operation::Remove(_)
            | Operation::Ask(_)
            | Operation::Answer(_)
            | Operation::AnswerAt(..)
            | Operation::Put(..)
            | Operation::Describe(..)
            | Operation::Positions
            | Operation::AskPlan
            | Operation::AcceptPlan(_)
            | Operation::CancelPlan(_)
            | Operation::Outbox
            | Operation::Message(_)
            | Operation::RetryMessage(_)
            | Operation::DropMessage(_)
            | Operation::Claim
            | Operation::Say(..)
            | Operation::Finish(_)
            | Operation::PutResult(_) => Access::Dispatcher,
            Operation::Exchanges | Operation::Exchange(_) | Operation::Replay(_) | Operation::PutProduct(_) => {
                Access::Integrator
            }
            Operation::Tokens | Operation::AddToken | Operation::RemoveToken(_) => Access::Admin,
            Operation::Board(operation) => of_board(operation),
            Operation::Relay(operation) => of_relay(operation),
            Operation::Units(operation) => of_units(operation),
            Operation::Webhooks(operation) => of_webhooks(operation),
            Operation::Session(operation) => operation.needs(),
            Operation::Operate(operation) => of_operate(operation),
        }
    }

    /// Whether everybody may ask, signed in or not.
    pub(super) const fn is_open(self) -> bool {
        match self {
            Operation::Session(operation) => operation.is_open(),
            Operation::OpenApi => true,
            _ => false,
        }
    }
}

const fn of_board(operation: board::Operation<'_>) -> Access {
    use board::Operation;
    match operation {
        Operation::Counts | Operation::Points | Operation::Blame(_) => Access::Viewer,
        Operation::Bulk => Access::Dispatcher,
    }
}

const fn of_relay(operation: relay::Operation<'_>) -> Access {
    use relay::Operation;
    match operation {
        Operation::Connections
        | Operation::Connection(_)
        | Operation::Deliveries
        | Operation::Delivery(_)
        | Operation::Rules
        | Operation::RuleVariables
        | Operation::Rule(_)
        | Operation::Report(_) => Access::Viewer,
        Operation::Resolve(..) | Operation::Settle(_) | Operation::Pull(_) | Operation::Compare(_) => {
            Access::Dispatcher
        }
        Operation::AddRule
        | Operation::PutRule(_)
        | Operation::RemoveRule(_)
        | Operation::EnableRule(..)
        | Operation::TryRule(_)
        | Operation::TryAny
        | Operation::Repush(_) => Access::Integrator,
    }
}

const fn of_units(operation: units::Operation<'_>) -> Access {
    use units::Operation;
    match operation {
        Operation::List | Operation::Show(_) | Operation::Track(_) => Access::Viewer,
        Operation::Add | Operation::Change(_) | Operation::Remove(_) => Access::Dispatcher,
    }
}

const fn of_webhooks(operation: webhooks::Operation<'_>) -> Access {
    match operation {
        webhooks::Operation::Types => Access::Viewer,
        _ => Access::Integrator,
    }
}

const fn of_operate(operation: operate::Operation<'_>) -> Access {
    use operate::Operation;
    match operation {
        Operation::Dialects
        | Operation::Crosswalk
        | Operation::CrosswalkOf(_)
        | Operation::Map
        | Operation::System
        | Operation::Metrics
        | Operation::Sites
        | Operation::Site(_)
        | Operation::Services
        | Operation::Customers => Access::Viewer,
        Operation::AddConnection
        | Operation::ChangeConnection(_)
        | Operation::RotateConnection(_)
        | Operation::RemoveConnection(_) => Access::Integrator,
        Operation::Backup => Access::Admin,
    }
}
