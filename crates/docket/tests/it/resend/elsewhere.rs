//! Which served operations send something, and whether each is sent in `resend.rs`.

use docket_dialects::dialect::Served;

/// Served, and not sent here: they read, they are of a session, or what they keep is no part of the ledger (tokens,
/// items, settings), where the last word counts.
const ELSEWHERE: &[(&str, &[&str])] = &[
    (
        "ppw",
        &[
            "validate_user",
            "get_all_orders",
            "get_order",
            "get_all_updates",
            "get_cancel_orders",
            "get_pending_cancellations",
            "get_all_notes",
            "get_notes",
            "get_job_notes",
            "get_file",
            "get_foh",
            "get_pcr_json",
            "get_invoice_items_order",
        ],
    ),
    ("pruvan", &["refresh", "validate", "getWorkOrders"]),
    (
        "wialon",
        &[
            "token/",
            "core/",
            "item/",
            "unit/",
            "messages/",
            "resource/",
            "avl_evts",
            "order/optimize",
            "order/get_",
            "order/list_",
            "order/complete_from_history",
            // Trackers have a port and tests of their own: trackers.rs.
            "Wialon IPS",
        ],
    ),
    (
        "mews",
        &[
            "productServiceOrders/getAll",
            "services/",
            "products/",
            "configuration/",
            "enterprises/",
            "customers/",
            "companies/",
            "orderItems/getAll",
            "serviceOrderNotes/getAll",
            "reservations/getAll",
            "general webhook",
        ],
    ),
    (
        "planviewer",
        &["products/", "search/", "intentions/", "jobs/status", "jobs/retrieve", "kik/waiting", "documents/"],
    ),
];

#[test]
fn every_operation_that_sends_is_sent_here() {
    let source = include_str!("../resend.rs");
    for dialect in docket_dialects::DIALECTS {
        let elsewhere = ELSEWHERE.iter().find(|(id, _)| *id == dialect.id).map_or(&[][..], |(_, names)| names);
        for operation in dialect.operations.iter().filter(|operation| matches!(operation.served, Served::Yes)) {
            let is_elsewhere = elsewhere.iter().any(|name| operation.name.starts_with(name));
            let is_here = source.contains(&format!("\"{} {}", dialect.id, operation.name));
            assert!(is_here || is_elsewhere, "{} {} is sent nowhere in resend.rs", dialect.id, operation.name);
        }
    }
}
