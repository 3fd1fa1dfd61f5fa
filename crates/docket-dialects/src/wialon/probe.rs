//! What somebody else's server is probed with, in the order it is played.

use crate::dialect::Probe;

pub(super) const PROBES: &[Probe] = &[
    Probe { name: "login", text: include_str!("../../probes/wialon/login.transcript") },
    Probe { name: "login-refused", text: include_str!("../../probes/wialon/login-refused.transcript") },
    Probe { name: "session", text: include_str!("../../probes/wialon/session.transcript") },
    Probe { name: "resources", text: include_str!("../../probes/wialon/resources.transcript") },
    Probe { name: "batch", text: include_str!("../../probes/wialon/batch.transcript") },
    Probe { name: "unknown-order", text: include_str!("../../probes/wialon/unknown-order.transcript") },
    Probe { name: "order", text: include_str!("../../probes/wialon/order.transcript") },
    Probe { name: "order-events", text: include_str!("../../probes/wialon/order-events.transcript") },
];
