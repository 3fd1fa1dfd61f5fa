//! What somebody else's server is probed with, in the order it is played.

use crate::dialect::Probe;

pub(super) const PROBES: &[Probe] = &[
    Probe { name: "tokens", text: include_str!("../../probes/mews/tokens.transcript") },
    Probe { name: "configuration", text: include_str!("../../probes/mews/configuration.transcript") },
    Probe { name: "services", text: include_str!("../../probes/mews/services.transcript") },
    Probe { name: "products", text: include_str!("../../probes/mews/products.transcript") },
    Probe { name: "orders", text: include_str!("../../probes/mews/orders.transcript") },
    Probe { name: "pages", text: include_str!("../../probes/mews/pages.transcript") },
    Probe { name: "invalid", text: include_str!("../../probes/mews/invalid.transcript") },
    Probe { name: "order", text: include_str!("../../probes/mews/order.transcript") },
    Probe { name: "notes", text: include_str!("../../probes/mews/notes.transcript") },
];
