//! Operating the hub: what it speaks, who is connected, how it does.

use super::{Component, Described, Group, component, delete, get, patch, post};

pub(super) const GROUP: Group = Group {
    tag: "system",
    about: "What the hub speaks, and how it does.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

pub(super) const ENROLL: Group = Group {
    tag: "enrolment",
    about: "Connections made, changed, given new credentials, removed.",
    components: ENROLL_COMPONENTS,
    operations: &[
        post("/v1/connections", "addConnection", "Make a connection")
            .about("Its credentials are shown once.")
            .takes(&["ConnectionNew"])
            .gives(&["201 ConnectionMade +Location +Cache-Control"])
            .fails("syntax invalid missing taken not_found"),
        patch("/v1/connections/{connection}", "changeConnection", "Change a connection")
            .takes(&["ConnectionChange"])
            .gives(&["200 Connection"])
            .fails("not_found syntax invalid missing taken"),
        post("/v1/connections/{connection}/rotate", "rotateConnection", "Give it new credentials")
            .may_take(&["ConnectionRotate"])
            .gives(&["200 ConnectionMade +Cache-Control"])
            .fails("not_found syntax invalid missing taken not_serving"),
        delete("/v1/connections/{connection}", "removeConnection", "Remove a connection; its orders stay")
            .gives(&["204"])
            .fails("not_found"),
    ],
};

const ENROLL_COMPONENTS: &[Component] = &[
    component(
        "ConnectionMade",
        "A connection with its credentials, which are shown once.",
        "...Connection\ncredentials: {text|whole}",
    ),
    component(
        "ConnectionNew",
        "A connection that is to be.",
        "name: text(1,64) = \"acme\"
         dialect: Dialect
         role?: Role|null
         enabled?: flag|null
         scope?: Scope|null
         settings?: {text|number|flag|null}|null
         credentials?: {text|number|flag|null}|null -- given rather than made",
    ),
    component(
        "ConnectionChange",
        "What is to be of a connection; `null` is as when nobody says anything.",
        "enabled?: flag|null\nscope?: Scope|null\nsettings?: {text|number|flag|null}|null",
    ),
    component(
        "ConnectionRotate",
        "Credentials that are given rather than made.",
        "credentials?: {text|number|flag|null}|null",
    ),
];

const COMPONENTS: &[Component] = &[
    component(
        "DialectSetting",
        "Something that can be set of a connection.",
        "name: text
         title: text
         help: text
         kind: 'flag'|'integer'|'word'|'text'|'currency'|'time_zone'|'url'|'secret'
         default: text|null
         required: flag
         secret: flag
         role: Role
         minimum?: whole
         maximum?: whole
         choices?: [text]",
    ),
    component(
        "DialectCredential",
        "Something that a connection which serves is given.",
        "name: text\ntitle: text\nsecret: flag",
    ),
    component(
        "DialectOperation",
        "Something that an order API can be asked; where it is not done, why.",
        "name: text\ntitle: text\nserved: flag|text\nconnected: flag|text",
    ),
    component(
        "DialectAbout",
        "An order API.",
        "id: Dialect
         title: text
         page: text
         roles: [Role]
         paths: [text]
         settings: [DialectSetting]
         credentials: [DialectCredential]
         operations: [DialectOperation]",
    ),
    component("Dialects", "Order APIs.", "dialects: [DialectAbout]"),
    component("CrosswalkStatus", "A status there and here.", "state: any\nshown: text\nread: [text]\nnote: text"),
    component("CrosswalkField", "A member there and here.", "field: text\nmember: text\nnote: text"),
    component("CrosswalkOperation", "What can be asked there.", "name: text\nserved: flag\nreason?: text"),
    component(
        "CrosswalkOf",
        "How an order API maps to the ledger.",
        "id: Dialect
         title: text
         page: text
         statuses: [CrosswalkStatus]
         fields: [CrosswalkField]
         operations: [CrosswalkOperation]",
    ),
    component("Crosswalk", "How every order API maps to the ledger.", "dialects: [CrosswalkOf]"),
    component(
        "Map",
        "What a map stands on, and where to look first.",
        "kind: 'pmtiles'|'tiles'|'none'
         url: text|null
         tiles?: text
         min_zoom?: whole
         max_zoom?: whole
         bounds?: [number](4,4)
         attribution: text|null
         center: [number](2,2)
         zoom: number
         geometry: object|null -- GeoJSON to draw where there are no tiles",
    ),
    component("SystemBlobs", "Files that are kept.", "count: whole|null\nsize_bytes: whole|null"),
    component(
        "SystemStore",
        "Where everything is kept.",
        "backend: text
         version: text
         size_bytes: whole|null
         wal_bytes: whole|null
         blobs: SystemBlobs
         exchanges_dropped: whole",
    ),
    component("SystemJournal", "The journal's end.", "position: whole"),
    component(
        "SystemReader",
        "Who follows the journal, and how far behind it is.",
        "name: text\nposition: whole\nlag: whole",
    ),
    component("SystemAddress", "Where it listens.", "name: text\naddress: text"),
    component(
        "MetricSeries",
        "One line of figures: milliseconds since 1970, and the figure then.",
        "name: text = \"requests\"\nunit: text = \"1/s\"\nlabels: {text}\npoints: [[number](2,2)]",
    ),
    component("Metrics", "The last hour in figures.", "step_s: whole\nseries: [MetricSeries]"),
    component(
        "System",
        "How the hub does.",
        "version: text
         started_at: time
         now: time
         store: SystemStore
         journal: SystemJournal
         readers: [SystemReader]
         streams: whole
         listening: [SystemAddress]
         public_url: text|null
         orders: whole|null
         units: whole
         connections: whole
         memory_bytes: whole|null",
    ),
];

const OPERATIONS: &[Described] = &[
    get("/v1/dialects", "listDialects", "Order APIs, and what can be set and asked of them")
        .gives(&["200 Dialects"])
        .fails("invalid_parameter"),
    get("/v1/crosswalk", "showCrosswalk", "How every order API maps to the ledger")
        .gives(&["200 Crosswalk"])
        .fails("invalid_parameter"),
    get("/v1/crosswalk/{dialect}", "showCrosswalkOf", "How one order API maps to the ledger")
        .gives(&["200 CrosswalkOf"])
        .fails("not_found invalid_parameter"),
    get("/v1/map", "showMap", "What the map stands on").gives(&["200 Map"]),
    get("/v1/system", "showSystem", "How the hub does").gives(&["200 System"]),
    get("/v1/system/metrics", "showMetrics", "The last hour in figures")
        .query("since?: text -- Only what is newer: milliseconds since 1970, or a moment.")
        .gives(&["200 Metrics"]),
    get("/v1/system/backup", "takeBackup", "Everything as one archive, while the hub works")
        .about("For the account that `[backup] account` names.")
        .gives(&["200 application/x-tar binary +Content-Disposition +Cache-Control"])
        .fails("backup_elsewhere"),
];

pub(super) const PLACES: Group = Group {
    tag: "places",
    about: "Sites, services and customers, for pickers.",
    components: &[
        component(
            "Site",
            "A place that orders are at.",
            "id: uuid|null
             address1: text|null
             address2: text|null
             city: text|null
             region: text|null
             postal_code: text|null
             country: text|null
             latitude: number|null
             longitude: number|null",
        ),
        component("SitePage", "Sites.", "sites: [Site]\nnext_cursor: text|null"),
        component(
            "SiteWithOrders",
            "A site and its orders, newest first.",
            "...Site\norders: [OrderListed]\nnext_cursor: text|null",
        ),
        component(
            "Service",
            "What can be ordered.",
            "id: uuid\nslug: text\nname: text\nkind: text\nparent: uuid|null\nactive: flag",
        ),
        component("Services", "What can be ordered.", "services: [Service]"),
        component(
            "Customer",
            "Who orders are for.",
            "id: uuid
             kind: 'company'|'person'
             name: text|null
             email: text|null
             phone: text|null
             created_at: time
             updated_at: time",
        ),
        component("CustomerPage", "Customers.", "customers: [Customer]\nnext_cursor: text|null"),
    ],
    operations: &[
        get("/v1/sites", "listSites", "Sites")
            .query("q?: text(,200) -- Words of the address.\ncursor?: text\nlimit?: whole(1,1000)")
            .gives(&["200 SitePage"]),
        get("/v1/sites/{site}", "showSite", "One site, with its orders")
            .query("cursor?: text\nlimit?: whole(1,1000)")
            .gives(&["200 SiteWithOrders"])
            .fails("not_found"),
        get("/v1/services", "listServices", "What can be ordered").query("q?: text(,200)").gives(&["200 Services"]),
        get("/v1/customers", "listCustomers", "Customers")
            .query("q?: text(,200)\ncursor?: text\nlimit?: whole(1,1000)")
            .gives(&["200 CustomerPage"]),
    ],
};
