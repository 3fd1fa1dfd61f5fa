//! The journal and its events, the wire log, messages, tokens, and this description itself.

use super::{Component, Described, Group, component, delete, get, post};

pub(super) const JOURNAL: Group = Group {
    tag: "journal",
    about: "Everything that happened, in order, and as it happens.",
    components: JOURNAL_COMPONENTS,
    operations: &[
        get("/v1/journal", "listJournal", "The journal behind a place")
            .query("after?: whole(0,549755813887) -- The last place that is known.\nlimit?: whole(1,1000)")
            .gives(&["200 JournalPage"]),
        get("/v1/events", "followEvents", "What happens, as it happens")
            .about(
                "Server-sent events; with `Accept: application/json` one answer, at once when there is something \
                 behind `after`, otherwise as soon as there is or `wait_s` is over.",
            )
            .query(
                "after?: text -- The last place that is known; what is to come without.
                 kind?: text -- Verbs, `entry`, `position`, `delivery`, `job`, `exchange`; several with commas between.
                 order?: text
                 connection?: text
                 wait_s?: whole(0,60)
                 wait?: whole(0,60) -- The same as `wait_s`.",
            )
            .headers("Last-Event-ID")
            .gives(&["200 text/event-stream text +Cache-Control", "200 Events +Cache-Control"])
            .fails("not_found"),
    ],
};

pub(super) const EXCHANGES: Group = Group {
    tag: "exchanges",
    about: "The wire log: requests and their answers, in and out, secrets masked.",
    components: EXCHANGE_COMPONENTS,
    operations: &[
        get("/v1/exchanges", "listExchanges", "The wire log, newest first")
            .query(
                "connection?: text
                 delivery?: text -- Only calls that were made for this delivery, by id.
                 dialect?: text
                 direction?: 'in'|'out'
                 operation?: text
                 status?: text -- 200, 4xx, none; several with commas between
                 order?: text -- Only those that touched this order, by id or serial.
                 q?: text -- Words of the request or its answer.
                 from?: time
                 until?: time
                 cursor?: text -- The `next_cursor` or `previous_cursor` of another page.
                 limit?: whole(1,1000)",
            )
            .gives(&["200 ExchangePage"])
            .fails("not_found"),
        get("/v1/exchanges/{exchange}", "showExchange", "One exchange, as it was on the wire")
            .gives(&["200 Exchange"])
            .fails("not_found"),
        post("/v1/exchanges/{exchange}/replay", "replayExchange", "An exchange once more: dry, or really")
            .may_take(&["ReplayNew"])
            .gives(&["200 Replayed"])
            .fails("not_found invalid syntax replay"),
    ],
};

pub(super) const OUTBOX: Group = Group {
    tag: "outbox",
    about: "Messages to customers, drivers and operators.",
    components: OUTBOX_COMPONENTS,
    operations: &[
        get("/v1/outbox", "listOutbox", "Messages, newest first")
            .query("status?: MessageStatus\ncursor?: text\nlimit?: whole(1,1000)")
            .gives(&["200 MessagePage"]),
        get("/v1/outbox/{message}", "showMessage", "One message").gives(&["200 Message"]).fails("not_found"),
        post("/v1/outbox/{message}/retry", "retryMessage", "Send it at once, however old it is")
            .gives(&["200 Message"])
            .fails("not_found transition"),
        post("/v1/outbox/{message}/drop", "dropMessage", "Give it up")
            .gives(&["200 Message"])
            .fails("not_found transition"),
    ],
};

pub(super) const TOKENS: Group = Group {
    tag: "tokens",
    about: "What programs sign in with.",
    components: TOKEN_COMPONENTS,
    operations: TOKEN_OPERATIONS,
};

pub(super) const ABOUT: Group = Group {
    tag: "about",
    about: "This description.",
    components: &[],
    operations: &[get("/v1/openapi.json", "showApi", "This document")
        .open()
        .gives(&["200 object +ETag +Cache-Control", "304 +ETag"])
        .headers("If-None-Match")],
};

const JOURNAL_COMPONENTS: &[Component] = &[
    component("JournalPage", "Entries behind a place, and the place of the last.", "entries: [Entry]\nafter: whole"),
    component(
        "UnitMoved",
        "Where a unit is now.",
        "unit: whole\nname?: text|null\nposition?: Position|null\nremoved?: flag",
    ),
    component("Missed", "More of these changed than are remembered: read their lists anew.", "kinds: [EventKind]"),
    component(
        "Event",
        "Something that happened: an entry of the journal, or how a thing stands now.",
        "kind: text = \"created\"
         id?: text = \"1207\" -- its place in the journal
         data: any",
    ),
    component("Events", "Events, and the place to go on from.", "events: [Event]\nafter: text = \"1207\""),
];

const EXCHANGE_COMPONENTS: &[Component] = &[
    component(
        "ExchangeListed",
        "A request and its answer.",
        "id: uuid
         at: time
         took_us: whole
         dialect: text -- or `native`, or what trackers speak
         operation: text
         connection: text|null
         direction: 'in'|'out'
         line: text = \"POST /v1/orders\"
         delivery: text|null -- what it was a call for: an id as of `listDeliveries`
         status: whole|null -- null when no answer came",
    ),
    component(
        "ExchangePage",
        "The wire log.",
        "exchanges: [ExchangeListed]\nnext_cursor: text|null\nprevious_cursor: text|null",
    ),
    component("ExchangeSide", "One side of it.", "headers: any\nbody: text"),
    component(
        "Exchange",
        "An exchange as it was on the wire.",
        "...ExchangeListed
         request: ExchangeSide
         response: ExchangeSide
         entries: [Entry] -- what it caused
         more_entries: flag",
    ),
    component("ReplayNew", "Whether it is done, not only tried.", "really?: flag"),
    component("ReplayAnswer", "An answer.", "status: whole|null\nbody: any"),
    component("ReplayRequest", "What was asked.", "line: text\nbody: text"),
    component(
        "Replayed",
        "An exchange once more.",
        "exchange: uuid
         direction: 'in'|'out'
         really: flag
         dialect: text -- or `native`, or what trackers speak
         operation: text
         connection: text|null
         at: time
         request: ReplayRequest
         was: ReplayAnswer
         replayed_as?: uuid
         orders?: any -- what would become of which order
         besides?: any
         answer?: any
         differs?: [text]
         would_call?: ReplayRequest -- what would be sent to the counterpart",
    ),
];

const OUTBOX_COMPONENTS: &[Component] = &[
    component(
        "Message",
        "A message, and how it stands.",
        "id: whole
         status: MessageStatus
         channel: Channel
         to: text
         subject: text
         text: text
         html: text|null
         order: whole|null
         connection: whole|null
         owed_at: time
         attempts: whole
         error: text|null
         next_attempt_at: time|null
         useful_until: time|null
         ended_at: time|null",
    ),
    component("MessagePage", "Messages.", "messages: [Message]\nnext_cursor: text|null"),
];

const TOKEN_COMPONENTS: &[Component] = &[
    component(
        "Token",
        "A bearer token, without its text.",
        "name: text = \"producer\"\nrole: Access\ncreated_at: time\nexpires_at: time|null\nexpired: flag",
    ),
    component("Tokens", "Tokens, by name.", "tokens: [Token]"),
    component(
        "TokenNew",
        "A token that is asked for.",
        "name: text(1,64) = \"producer\"\nrole: Access\nexpires_at?: time|null -- for ever without",
    ),
    component("TokenMade", "A token with its text, which is shown once.", "...Token\ntoken: text"),
];

const TOKEN_OPERATIONS: &[Described] = &[
    get("/v1/tokens", "listTokens", "Tokens").gives(&["200 Tokens"]),
    post("/v1/tokens", "addToken", "Make a token")
        .takes(&["TokenNew"])
        .gives(&["201 TokenMade +Cache-Control"])
        .fails("syntax invalid missing taken not_found"),
    delete("/v1/tokens/{token}", "removeToken", "Take a token back").gives(&["204"]).fails("not_found"),
];
