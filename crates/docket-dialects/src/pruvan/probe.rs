//! What somebody else's server is probed with, in the order it is played.

use crate::dialect::Probe;

pub(super) const PROBES: &[Probe] = &[
    Probe { name: "unknown-key", text: include_str!("../../probes/pruvan/unknown-key.transcript") },
    Probe { name: "missing-city", text: include_str!("../../probes/pruvan/missing-city.transcript") },
    Probe { name: "create-update-delete", text: include_str!("../../probes/pruvan/create-update-delete.transcript") },
    Probe { name: "create-again", text: include_str!("../../probes/pruvan/create-again.transcript") },
    Probe { name: "validate", text: include_str!("../../probes/pruvan/validate.transcript") },
    Probe { name: "validate-wrong", text: include_str!("../../probes/pruvan/validate-wrong.transcript") },
    Probe { name: "orders", text: include_str!("../../probes/pruvan/orders.transcript") },
    Probe { name: "orders-wrong", text: include_str!("../../probes/pruvan/orders-wrong.transcript") },
    Probe { name: "pushed-then-listed", text: include_str!("../../probes/pruvan/pushed-then-listed.transcript") },
    Probe { name: "status", text: include_str!("../../probes/pruvan/status.transcript") },
];
