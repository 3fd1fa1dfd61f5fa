//! Orders by filters and words.

use super::{Component, Described, Group, component, get, post};

/// What `listOrders` and its likes are narrowed by.
macro_rules! filters {
    () => {
        "q?: text -- Words that must begin words of the number, address, customer, keys …
         status?: text -- Only orders that stand so; several with commas between.
         number?: text -- Orders of exactly this number.
         service?: text -- Of this service: its id, word or name.
         unit?: text -- Of this unit, by id; `none`, or `any`.
         site?: uuid
         origin?: text -- Only what came in this order API.
         connection?: text
         rush?: flag
         rework?: flag
         late?: flag
         tag?: text
         orders?: text -- Only of these: serials with commas between, at most 1,000.
         due?: 'none'|'any' -- Whether something is said of when it is due.
         due_from?: text -- A moment, or a day.
         due_until?: text
         created_from?: text
         created_until?: text
         updated_from?: text
         updated_until?: text
         "
    };
}

pub(super) const FILTERS: &str = filters!();
pub(super) const LISTED: &str = concat!(
    filters!(),
    "sort?: 'serial'|'-serial'|'due'|'-due'|'updated'|'-updated' -- With a minus the other way.
     view?: 'row'|'full' -- A row is what a board shows of an order, with names for ids.
     cursor?: text
     limit?: whole(1,1000)"
);

pub(super) const GROUP: Group = Group {
    tag: "board",
    about: "How many orders stand how, and where they are.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

const COMPONENTS: &[Component] = &[
    component("RowOrigin", "Where it came from, by name.", "dialect: Face\nconnection: text|null"),
    component("Progress", "Steps done, of how many.", "current: whole|null\ntotal: whole|null"),
    component(
        "OrderRow",
        "An order as one line of a board.",
        "id: uuid
         serial: whole
         number: text|null
         title: text|null
         service: text|null
         status: State
         rush: flag
         rework: flag
         late: flag
         client_status: text|null
         origin: RowOrigin
         customer: text|null
         address: text|null
         city: text|null
         postal_code: text|null
         latitude: number|null
         longitude: number|null
         radius_m: whole|null
         due: time|null
         window_from: time|null
         window_until: time|null
         unit: whole|null
         unit_name: text|null
         person: text|null
         crew: text|null
         priority: whole|null
         tags: [text]
         route: whole|null
         progress: Progress
         eta: time|null
         created_at: time|null
         updated_at: time|null",
    ),
    component("OrderRows", "Rows.", "orders: [OrderRow]\nnext_cursor: text|null"),
    component(
        "OrderCounts",
        "How many orders stand how; at least so many where it is not exact.",
        "statuses: {whole}\ntotal: whole(0,)\nexact: flag",
    ),
    component(
        "LineOutcome",
        "What became of a line: the order, or why nothing did.",
        "index: whole(0,)
         status: whole(200,599)
         id?: uuid
         serial?: whole
         refused?: [text] -- members that stay as they were
         code?: text
         detail?: text
         pointer?: text",
    ),
    component(
        "BlameEntry",
        "An entry of the journal, in short.",
        "seq: whole\nat: time\nactor: text\nconnection: text|null\nexchange: uuid|null",
    ),
    component("BlameRefused", "What was offered and not taken.", "...BlameEntry\noffered: any\nwhy: text"),
    component(
        "BlameField",
        "Who said what of a field, and who has the say.",
        "field: text
         value: any
         owner: 'originator'|'shared'|'executor'|'hub'
         writable: flag -- whether you may write it
         why: text
         last: BlameEntry|null
         refused: [BlameRefused]",
    ),
    component("Blame", "The fields of an order, each with who said it.", "fields: [BlameField]"),
    component(
        "OrderPoints",
        "Places: serial, latitude, longitude, status, unit or null, radius in metres or null, and 1 when it is late.",
        "points: [[any](7,7)]\nmore: flag",
    ),
];

const OPERATIONS: &[Described] = &[
    get("/v1/orders/counts", "countOrders", "How many orders stand how").query(FILTERS).gives(&["200 OrderCounts"]),
    get("/v1/orders/{order}/blame", "blameOrder", "Who said what of an order, and who has the say")
        .gives(&["200 Blame"])
        .fails("not_found"),
    post("/v1/orders/bulk", "changeOrders", "Change, move or remove many orders, a line each")
        .about(
            "Lines of `{\"order\":…,\"set\":{…}}`, `{\"order\":…,\"transition\":…}` or `{\"order\":…,\"remove\":true}`, \
             with `\"revision\"` only to the order as it was read. Each is answered by a line, as of `createOrder`.",
        )
        .takes(&["application/x-ndjson text"])
        .gives(&["200 application/x-ndjson text"]),
    get("/v1/orders/points", "listPoints", "Where orders are, up to 100,000")
        .query(FILTERS)
        .gives(&["200 OrderPoints"]),
];
