//! Connections, what is owed to counterparts, rules, and what differs.

use super::{Component, Described, Group, component, delete, get, post, put};

pub(super) const CONNECTIONS: Group = Group {
    tag: "connections",
    about: "Links to other systems, each in an order API.",
    components: CONNECTION_COMPONENTS,
    operations: &[
        get("/v1/connections", "listConnections", "Connections").gives(&["200 Connections"]),
        get("/v1/connections/{connection}", "showConnection", "One connection")
            .gives(&["200 Connection"])
            .fails("not_found"),
        post("/v1/connections/{connection}/pull", "pullConnection", "Look for news at the counterpart")
            .gives(&["202 ConnectionAsked"])
            .fails("not_found not_connecting"),
        get("/v1/reconcile/{connection}", "showReconcile", "What differs between both sides")
            .query("cursor?: text\nlimit?: whole(1,1000)")
            .gives(&["200 Reconciliation"])
            .fails("not_found not_connecting"),
        post("/v1/reconcile/{connection}", "compareConnection", "Compare now")
            .gives(&["202 ConnectionAsked"])
            .fails("not_found not_connecting"),
        post("/v1/reconcile/{connection}/repush", "repushOrders", "Have orders said anew")
            .takes(&["Repush"])
            .gives(&["202 Repushed"])
            .fails("not_found not_connecting syntax invalid"),
    ],
};

pub(super) const DELIVERIES: Group = Group {
    tag: "deliveries",
    about: "What is owed to counterparts, and was.",
    components: DELIVERY_COMPONENTS,
    operations: DELIVERY_OPERATIONS,
};

pub(super) const RULES: Group = Group {
    tag: "rules",
    about: "Which orders go to which connection.",
    components: RULE_COMPONENTS,
    operations: RULE_OPERATIONS,
};

const CONNECTION_COMPONENTS: &[Component] = &[
    component("ContactError", "What went wrong last.", "at: time\ntext: text"),
    component("ContactDenied", "The counterpart wants no calls.", "since: time\nuntil: time"),
    component("PullRound", "The last look for news.", "at: time\nseen: whole\nchanged: whole\nproblems: whole"),
    component(
        "Compared",
        "The last comparison of both sides.",
        "begun: time\nended: time|null\nseen: whole\nerror: text|null",
    ),
    component(
        "ConnectionHealth",
        "How it goes with a counterpart.",
        "last_contact: time|null
         last_success: time|null
         last_error: ContactError|null
         failures: whole
         not_before: time|null
         denied: ContactDenied|null
         pulled: PullRound|null
         compared: Compared|null",
    ),
    component(
        "BudgetWindow",
        "So many calls in so long.",
        "operations: any\ncalls: whole\nwithin_s: whole\nused: whole",
    ),
    component(
        "ConnectionBudget",
        "What a counterpart allows, and how much is used.",
        "at_once: whole|null
         on_their_way: whole
         windows: [BudgetWindow]
         paused_until: time|null
         poll_s: whole|null",
    ),
    component(
        "ConnectionDeliveries",
        "How many deliveries stand how.",
        "counts: {whole}\noldest: time|null -- since when the oldest is owed",
    ),
    component(
        "Connection",
        "A link to another system. What is said of calls to it is there where it calls, of calls from it where it serves.",
        "id: whole
         name: text = \"acme\"
         dialect: Dialect
         role: Role
         scope: Scope
         enabled: flag
         settings: {text}
         created_at: time
         last_call_at?: time|null -- when it last called us
         calls_last_hour?: whole -- how often, as far as this hub was there
         secrets?: [text] -- names of what it calls with
         health?: ConnectionHealth
         deliveries?: ConnectionDeliveries
         budget?: ConnectionBudget|null",
    ),
    component("Connections", "Connections, by name.", "connections: [Connection]"),
    component("ConnectionAsked", "It will be done.", "connection: text\nasked: 'pull'|'compare'"),
    component("FieldDiffers", "A field that differs.", "field: text\nthere: any\nhere: any"),
    component(
        "Difference",
        "Something that is not the same on both sides; which members there are depends on its kind.",
        "kind: DifferenceKind
         order: whole|null -- its serial here
         since: time
         seen: time
         number?: text|null
         remote?: text|null -- its id there
         there?: object
         updated_there_at?: time
         fields?: [FieldDiffers]
         delivery?: DeliveryStatus
         error?: text|null
         status?: State",
    ),
    component(
        "Reconciliation",
        "The standing report of a connection.",
        "connection: text
         compared: Compared|null
         counts: {whole}
         differences: [Difference]
         next_cursor: text|null",
    ),
    component(
        "Repush",
        "Which orders are said anew.",
        "orders: 'all'|[text|whole](,1000) = \"all\" -- all, or ids and serials",
    ),
    component("Repushed", "So many are owed now.", "connection: text\nowed: whole"),
];

const DELIVERY_COMPONENTS: &[Component] = &[
    component("DeliveryOrder", "The order of a delivery.", "id: uuid|null\nserial: whole\nnumber: text|null"),
    component(
        "Delivery",
        "An order that is owed to a counterpart, or was.",
        "id: text = \"3-1042\"
         connection: text|null
         order: DeliveryOrder
         status: DeliveryStatus
         held_for: 'release'|'unknown'|null
         since: time
         due: time|null
         attempts: whole
         wanted: whole -- the place in the journal that makes it owed
         covered: whole -- up to which place it is delivered
         tried_at: time|null
         error: text|null
         summary: text|null
         exchange: uuid|null -- the last call that was made for it, in the wire log",
    ),
    component("DeliveryPage", "Deliveries.", "deliveries: [Delivery]\nnext_cursor: text|null"),
    component(
        "Settle",
        "What became of a call whose outcome is not known.",
        "done: text(1,)|flag = \"4711\" -- the order's id over there, or false",
    ),
];

const DELIVERY_OPERATIONS: &[Described] = &[
    get("/v1/deliveries", "listDeliveries", "Deliveries")
        .query(
            "connection?: text
             order?: text
             status?: text -- queued, sending, synced, error, held, dropped; several with commas between
             cursor?: text
             limit?: whole(1,1000)",
        )
        .gives(&["200 DeliveryPage"])
        .fails("not_found"),
    get("/v1/deliveries/{delivery}", "showDelivery", "One delivery").gives(&["200 Delivery"]).fails("not_found"),
    post("/v1/deliveries/{delivery}/retry", "retryDelivery", "Try it at once")
        .gives(&["200 Delivery"])
        .fails("not_found delivery_status"),
    post("/v1/deliveries/{delivery}/drop", "dropDelivery", "Give it up")
        .gives(&["200 Delivery"])
        .fails("not_found delivery_status"),
    post("/v1/deliveries/{delivery}/release", "releaseDelivery", "Let it go although it costs")
        .gives(&["200 Delivery"])
        .fails("not_found delivery_status"),
    post("/v1/deliveries/{delivery}/settle", "settleDelivery", "Say what became of a call nobody answered")
        .takes(&["Settle"])
        .gives(&["200 Delivery"])
        .fails("not_found syntax invalid delivery_status"),
];

const RULE_COMPONENTS: &[Component] = &[
    component(
        "Rule",
        "Which orders go to which connection.",
        "name: text = \"texas\"
         from: text|null
         when: text -- an expression over the order
         to: text
         with: {text} -- fields that are written, each an expression
         enabled: flag
         order: whole
         source: 'here'|'file'",
    ),
    component("Rules", "Rules, as they are looked at.", "rules: [Rule]"),
    component(
        "RuleChange",
        "A rule, its name said in the path.",
        "name?: text(1,64)
         from?: text|null
         when?: text = \"order.site.region == \\\"TX\\\"\"
         to: text = \"crew\"
         with?: {text|number|flag}
         enabled?: flag
         order?: whole
         source?: any -- not heeded: what is edited here is kept here",
    ),
    component("RuleNew", "A rule.", "...RuleChange\nname: text(1,64) = \"texas\""),
    component(
        "RuleWould",
        "An order that would go.",
        "id: uuid\nserial: whole\nnumber: text|null\nstatus: State\nwith: {any}",
    ),
    component(
        "RuleVariable",
        "A name that an expression may use.",
        "name: text = \"order.site.region\"
         kind: 'text'|'whole'|'number'|'flag'|'time'|'texts'|'wholes'|'tasks'
         about: text
         example: text = \"order.site.region == \\\"TX\\\"\"",
    ),
    component("RuleVariables", "Names and functions.", "variables: [RuleVariable]\nfunctions: [text]"),
    component("RuleNever", "Orders that never go, and why.", "why: text\norders: whole"),
    component("RuleError", "Orders that a rule could not be asked about.", "error: text\norders: whole"),
    component(
        "DryRun",
        "Which orders would go; nothing was done.",
        "looked_at: whole
         would_go: whole
         orders: [RuleWould]
         never: [RuleNever]
         errors: [RuleError]",
    ),
];

const RULE_OPERATIONS: &[Described] = &[
    get("/v1/rules", "listRules", "Rules").gives(&["200 Rules"]),
    post("/v1/rules", "addRule", "Add a rule").takes(&["RuleNew"]).gives(&["201 Rule"]).fails("rule taken"),
    post("/v1/rules/dry-run", "tryNewRule", "Which orders a rule would take, without adding it")
        .query("limit?: whole(1,1000)")
        .takes(&["RuleNew"])
        .gives(&["200 DryRun"])
        .fails("rule"),
    get("/v1/rules/variables", "listRuleVariables", "What an expression may name and call")
        .gives(&["200 RuleVariables"]),
    get("/v1/rules/{rule}", "showRule", "One rule").gives(&["200 Rule"]).fails("not_found"),
    put("/v1/rules/{rule}", "putRule", "Add a rule, or replace it")
        .takes(&["RuleChange"])
        .gives(&["201 Rule", "200 Rule"])
        .fails("rule rule_of_file"),
    delete("/v1/rules/{rule}", "removeRule", "Remove a rule").gives(&["204"]).fails("not_found rule_of_file"),
    post("/v1/rules/{rule}/enable", "enableRule", "Look at it")
        .gives(&["200 Rule"])
        .fails("not_found rule rule_of_file"),
    post("/v1/rules/{rule}/disable", "disableRule", "Look at it no more")
        .gives(&["200 Rule"])
        .fails("not_found rule rule_of_file"),
    post("/v1/rules/{rule}/dry-run", "tryRule", "Which orders it would take now")
        .query("limit?: whole(1,1000)")
        .gives(&["200 DryRun"])
        .fails("not_found rule"),
];
