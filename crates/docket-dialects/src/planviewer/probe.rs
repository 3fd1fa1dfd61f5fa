//! What somebody else's server is probed with, in the order it is played.

use crate::dialect::Probe;

pub(super) const PROBES: &[Probe] = &[
    Probe { name: "unauthorized", text: include_str!("../../probes/planviewer/unauthorized.transcript") },
    Probe { name: "products", text: include_str!("../../probes/planviewer/products.transcript") },
    Probe { name: "search", text: include_str!("../../probes/planviewer/search.transcript") },
    Probe { name: "bad-search", text: include_str!("../../probes/planviewer/bad-search.transcript") },
    Probe { name: "unknown-jobs", text: include_str!("../../probes/planviewer/unknown-jobs.transcript") },
    Probe { name: "unknown-intentions", text: include_str!("../../probes/planviewer/unknown-intentions.transcript") },
    Probe { name: "intentions", text: include_str!("../../probes/planviewer/intentions.transcript") },
    Probe { name: "job", text: include_str!("../../probes/planviewer/job.transcript") },
];
