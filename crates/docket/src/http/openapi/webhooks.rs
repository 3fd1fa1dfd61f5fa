//! Webhooks: programs that are told what happens.

use super::{Component, Described, Group, component, delete, get, patch, post};

pub(super) const GROUP: Group = Group {
    tag: "webhooks",
    about: "Programs that are told what happens to orders, by signed messages.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

const COMPONENTS: &[Component] = &[
    component(
        "Webhook",
        "A program that is told.",
        "id: whole
         name: text = \"erp\"
         url: text = \"https://erp.example/docket\"
         events: [WebhookType] -- none is all of them
         connection: text|null
         description: text|null
         status: WebhookStatus
         since: time
         after: whole -- its place in the journal
         waiting: whole
         failed: whole
         failing_since: time|null
         failures: whole
         not_before: time|null
         last_success: time|null
         last_error: text|null
         old_secret_until: time|null
         created_at: time",
    ),
    component("WebhookSecret", "A webhook with its secret, which is shown once.", "...Webhook\nsecret: text"),
    component("Webhooks", "Webhooks.", "webhooks: [Webhook]"),
    component("WebhookTypes", "Types of messages.", "types: [WebhookType]"),
    component(
        "WebhookNew",
        "A program that is to be told.",
        "name: text(1,64) = \"erp\"
         url: text(1,4096) = \"https://erp.example/docket\"
         events?: [WebhookType](,1000)|null
         connection?: text|null
         description?: text(,1000)|null
         secret?: text(,128)|null -- `whsec_…`; made without
         since?: time|null -- begin with what happened since",
    ),
    component(
        "WebhookChange",
        "What is to be of a webhook; `null` takes it back.",
        "url?: text(1,4096) = \"https://erp.example/docket\"
         events?: [WebhookType](,1000)|null
         connection?: text|null
         description?: text(,1000)|null",
    ),
    component("WebhookRotate", "A new secret.", "secret?: text(,128)|null\nkeep_old_s?: whole(0,2592000)|null"),
    component("WebhookEnable", "Where it goes on.", "from?: 'now'|'place'|null"),
    component(
        "WebhookReplay",
        "What is sent again: one of both.",
        "since?: time|null = \"2026-01-15T00:00:00Z\"\nfailed?: flag|null",
    ),
    component(
        "WebhookMessage",
        "A message that was not taken at once.",
        "id: text = \"msg_1_1207\"
         seq: whole
         status: 'waiting'|'failed'
         attempts: whole
         first_attempt: time
         next_attempt: time|null
         error: text|null",
    ),
    component("WebhookMessages", "Messages.", "messages: [WebhookMessage]\nnext_cursor: text|null"),
    component(
        "WebhookAttempt",
        "An attempt to send a message.",
        "id: text
         at: time
         message: text|null
         seq: whole|null
         test: flag
         attempt: whole
         took_ms: whole
         status: whole|null
         error: text|null
         answer: text|null -- how the answer begins
         traceparent: text|null -- the span it was, in the trace of the request that caused what is told",
    ),
    component("WebhookAttempts", "Attempts, newest first.", "attempts: [WebhookAttempt]\nnext_cursor: text|null"),
];

const OPERATIONS: &[Described] = &[
    get("/v1/webhooks", "listWebhooks", "Webhooks").gives(&["200 Webhooks"]),
    post("/v1/webhooks", "addWebhook", "Add a webhook")
        .takes(&["WebhookNew"])
        .gives(&["201 WebhookSecret +Location +Cache-Control"])
        .fails("syntax invalid missing taken limit"),
    get("/v1/webhook-types", "listWebhookTypes", "Types of messages").gives(&["200 WebhookTypes"]),
    get("/v1/webhooks/{webhook}", "showWebhook", "One webhook").gives(&["200 Webhook"]).fails("not_found"),
    patch("/v1/webhooks/{webhook}", "changeWebhook", "Change a webhook")
        .takes(&["WebhookChange"])
        .gives(&["200 Webhook"])
        .fails("not_found syntax invalid missing"),
    delete("/v1/webhooks/{webhook}", "removeWebhook", "Remove a webhook").gives(&["204"]).fails("not_found"),
    post("/v1/webhooks/{webhook}/rotate", "rotateWebhook", "Give it a new secret")
        .may_take(&["WebhookRotate"])
        .gives(&["200 WebhookSecret +Cache-Control"])
        .fails("not_found syntax invalid missing"),
    post("/v1/webhooks/{webhook}/enable", "enableWebhook", "Send again")
        .may_take(&["WebhookEnable"])
        .gives(&["200 Webhook"])
        .fails("not_found syntax invalid missing"),
    post("/v1/webhooks/{webhook}/pause", "pauseWebhook", "Send nothing for now")
        .gives(&["200 Webhook"])
        .fails("not_found"),
    post("/v1/webhooks/{webhook}/replay", "replayWebhook", "Send again what happened since, or what was given up")
        .takes(&["WebhookReplay"])
        .gives(&["200 Webhook"])
        .fails("not_found syntax invalid missing"),
    post("/v1/webhooks/{webhook}/test", "testWebhook", "Send a test at once")
        .gives(&["200 WebhookAttempt"])
        .fails("not_found"),
    get("/v1/webhooks/{webhook}/messages", "listWebhookMessages", "Messages that wait, or were given up")
        .query("status?: 'waiting'|'failed'\ncursor?: text\nlimit?: whole(1,1000)")
        .gives(&["200 WebhookMessages"])
        .fails("not_found"),
    post("/v1/webhooks/{webhook}/messages/{seq}/retry", "retryWebhookMessage", "Try one of them at once")
        .gives(&["200 Webhook"])
        .fails("not_found"),
    get("/v1/webhooks/{webhook}/attempts", "listWebhookAttempts", "The last attempts")
        .query(
            "seq?: whole -- Only about this place in the journal.
             failed?: flag -- Only those that failed.
             cursor?: text
             limit?: whole(1,1000)",
        )
        .gives(&["200 WebhookAttempts"])
        .fails("not_found"),
];
