//! What somebody else's server is probed with, in the order it is played.

use crate::dialect::Probe;

pub(super) const PROBES: &[Probe] = &[
    Probe { name: "wrong-password", text: include_str!("../../probes/ppw/wrong-password.transcript") },
    Probe {
        name: "every-event-authenticates",
        text: include_str!("../../probes/ppw/every-event-authenticates.transcript"),
    },
    Probe { name: "listing", text: include_str!("../../probes/ppw/listing.transcript") },
    Probe { name: "stable-ids", text: include_str!("../../probes/ppw/stable-ids.transcript") },
    Probe { name: "order", text: include_str!("../../probes/ppw/order.transcript") },
    Probe { name: "unknown-order", text: include_str!("../../probes/ppw/unknown-order.transcript") },
    Probe { name: "unknown-event", text: include_str!("../../probes/ppw/unknown-event.transcript") },
    Probe { name: "bad-timestamp", text: include_str!("../../probes/ppw/bad-timestamp.transcript") },
    Probe { name: "note-listing", text: include_str!("../../probes/ppw/note-listing.transcript") },
    Probe { name: "update-listing", text: include_str!("../../probes/ppw/update-listing.transcript") },
    Probe { name: "note", text: include_str!("../../probes/ppw/note.transcript") },
];
