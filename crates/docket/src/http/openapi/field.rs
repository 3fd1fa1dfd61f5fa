//! Units, where they are, their routes and plans.

use super::{Component, Described, Group, component, delete, get, patch, post};

pub(super) const UNITS: Group = Group {
    tag: "units",
    about: "Vehicles, crews and phones, and where they are and were.",
    components: UNIT_COMPONENTS,
    operations: UNIT_OPERATIONS,
};

pub(super) const ROUTES: Group = Group {
    tag: "routes",
    about: "Orders one after another, for one unit.",
    components: ROUTE_COMPONENTS,
    operations: &[
        get("/v1/routes", "listRoutes", "Routes that are worked on")
            .query(
                "status?: text -- planned, started, completed, canceled; several with commas between
                 cursor?: text
                 limit?: whole(1,1000)",
            )
            .gives(&["200 RoutePage"]),
        get("/v1/routes/{route}", "showRoute", "One route, of the history too")
            .gives(&["200 Route"])
            .fails("not_found"),
    ],
};

pub(super) const PLANS: Group = Group {
    tag: "plans",
    about: "Which unit visits which order when: searched for, compared, and made real.",
    components: PLAN_COMPONENTS,
    operations: &[
        post("/v1/plans", "askPlan", "Ask for a plan")
            .takes(&["PlanNew"])
            .gives(&["202 PlanAsked +Location"])
            .fails("syntax invalid limit"),
        get("/v1/plans/{plan}", "showPlan", "How a plan stands, and the plan")
            .gives(&["200 PlanAsked"])
            .fails("not_found"),
        post("/v1/plans/{plan}/accept", "acceptPlan", "Make a plan's routes, all or nothing")
            .gives(&["200 PlanAsked"])
            .fails("not_found invalid missing transition withdrawn taken limit"),
        delete("/v1/plans/{plan}", "cancelPlan", "Call a search off, or forget a plan")
            .gives(&["200 PlanAsked"])
            .fails("not_found"),
    ],
};

const UNIT_COMPONENTS: &[Component] = &[
    component(
        "Position",
        "Where a unit was.",
        "at: time
         latitude: number(-90,90) = 30.267
         longitude: number(-180,180) = -97.743
         altitude_m: number|null
         speed_kmh: number|null -- not known is not nothing
         course: number|null -- degrees from north
         satellites: whole",
    ),
    component(
        "Unit",
        "A unit, with where it was last seen.",
        "id: whole
         name: text = \"Van 1\"
         unique_id: text -- of its tracker
         phone: text
         has_password: flag
         capacity_kg: number|null
         capacity_volume: number|null
         odometer_km: number|null
         position: Position|null
         created_at: time",
    ),
    component("UnitPage", "Units, in order of their ids.", "units: [Unit]\nnext_cursor: text|null"),
    component(
        "UnitChange",
        "What is to be of a unit; `null` takes it back.",
        "name?: text(1,128) = \"Van 1\"
         unique_id?: text(,128)|null
         phone?: text(,128)|null
         password?: text(,128)|null -- its tracker's; it is not shown
         capacity_kg?: number(0,1000000000)|null
         capacity_volume?: number(0,1000000000)|null
         odometer_km?: number(0,1000000000)|null",
    ),
    component(
        "UnitNew",
        "A unit that is to be.",
        "name: text(1,128) = \"Van 1\" -- no other unit has it
         unique_id?: text(,128)|null -- what its tracker calls itself, mostly an IMEI
         phone?: text(,128)|null
         password?: text(,128)|null -- its tracker's; it is not shown
         capacity_kg?: number(0,1000000000)|null
         capacity_volume?: number(0,1000000000)|null
         odometer_km?: number(0,1000000000)|null",
    ),
    component(
        "PositionKept",
        "What a unit said; a position where it had one.",
        "at: time
         latitude?: number(-90,90)
         longitude?: number(-180,180)
         altitude_m?: number|null
         speed_kmh?: number|null
         course?: number|null
         satellites?: whole
         received_at: time
         inputs?: whole -- a bit each
         outputs?: whole
         alarm?: flag
         parameters?: object -- what else it said",
    ),
    component("PositionPage", "What a unit said, oldest first.", "positions: [PositionKept]\nnext_cursor: text|null"),
    component(
        "PositionNew",
        "One position.",
        "unit: text|whole = \"355000000000001\" -- its tracker's unique id (a text), or its id (a number)
         at?: time|number|text|null -- a time, or seconds or milliseconds since 1970; now without
         latitude?: number(-90,90)|null = 30.267
         longitude?: number(-180,180)|null = -97.743
         altitude_m?: number|null
         speed_kmh?: number(0,)|null
         course?: number|null
         accuracy_m?: number|null
         satellites?: whole(0,255)|null
         inputs?: whole|null
         outputs?: whole|null
         alarm?: flag
         parameters?: object|null",
    ),
    component(
        "PositionRefused",
        "A position that was not kept.",
        "index: whole(0,) -- its place in the request, from 0\ncode: 'syntax'|'unknown_unit'|'invalid'\ndetail: text",
    ),
    component(
        "PositionsTaken",
        "What became of them.",
        "kept: whole(0,)\nrefused: whole(0,)\noutcomes: [PositionRefused] -- of the refused the first thousand",
    ),
];

const UNIT_OPERATIONS: &[Described] = &[
    get("/v1/units", "listUnits", "Units")
        .query("unique_id?: text -- The one of this tracker.\ncursor?: text\nlimit?: whole(1,1000)")
        .gives(&["200 UnitPage"]),
    post("/v1/units", "addUnit", "Add a unit")
        .takes(&["UnitNew"])
        .gives(&["201 Unit +Location"])
        .fails("syntax invalid missing taken"),
    get("/v1/units/{unit}", "showUnit", "One unit").gives(&["200 Unit"]).fails("not_found"),
    patch("/v1/units/{unit}", "changeUnit", "Change a unit")
        .takes(&["UnitChange"])
        .gives(&["200 Unit"])
        .fails("not_found syntax invalid missing taken"),
    delete("/v1/units/{unit}", "removeUnit", "Remove a unit")
        .about("With its past. A unit that open orders are assigned to stays.")
        .gives(&["204"])
        .fails("not_found in_use"),
    get("/v1/units/{unit}/positions", "listPositions", "Where a unit was")
        .query(
            "from?: time
             until?: time
             messages?: flag -- Messages without a position, too.
             cursor?: text
             limit?: whole(1,10000)",
        )
        .gives(&["200 PositionPage"])
        .fails("not_found"),
    post("/v1/positions", "addPositions", "Many positions of many units")
        .about("An array, or an object a line, up to 100,000. Each stands for itself: 422 when none was kept.")
        .headers("Content-Encoding")
        .takes(&["[PositionNew](1,100000)", "application/x-ndjson text"])
        .gives(&["200 PositionsTaken", "422 PositionsTaken"])
        .fails("syntax too_many"),
];

const ROUTE_COMPONENTS: &[Component] = &[
    component(
        "RouteStop",
        "An order of a route, and when it is planned to be visited.",
        "order: uuid
         serial: whole
         number: text|null
         title: text|null
         status: State
         position: whole|null -- its place in the route, from 0
         latitude: number|null
         longitude: number|null
         leg_m: number|null
         leg_s: whole|null
         visit_at: time|null
         arrived_at: time|null
         departed_at: time|null",
    ),
    component(
        "Route",
        "Orders one after another.",
        "id: whole
         name: text
         status: RouteStatus
         unit: whole|null
         strict: flag -- stop by stop
         fixed: flag -- its plan is not to be changed
         distance_m: number|null
         duration_s: whole|null
         expires_at: time|null
         stops: [RouteStop]
         created_at: time
         updated_at: time
         updated_by: text
         registered_at: time|null -- when it went to the history",
    ),
    component("RoutePage", "Routes, in order of their ids.", "routes: [Route]\nnext_cursor: text|null"),
];

const PLAN_COMPONENTS: &[Component] = &[
    component(
        "PlanStart",
        "Where all units set out.",
        "latitude: number(-90,90) = 30.267\nlongitude: number(-180,180) = -97.743",
    ),
    component(
        "PlanNew",
        "What a plan is asked for; every member may be left out.",
        "orders?: [text|whole] -- ids, serials or numbers
         status?: [text] -- of those: received, assigned, accepted
         units?: [text|whole] -- ids or names
         objective?: 'distance'|'duration'|'soonest' = \"distance\"
         budget_ms?: whole(0,)|null = 2000 -- how long is searched
         attempts?: whole(0,)|null
         seed?: whole(0,)|null
         from?: time|null
         to?: time|null
         start?: PlanStart|null
         returns?: flag
         keep_units?: flag
         speed_kmh?: number(1,300)|null
         service_time_s?: whole(0,86400)",
    ),
    component(
        "PlanStop",
        "A visit.",
        "order: uuid
         serial: whole
         number: text|null
         title: text|null
         latitude: number
         longitude: number
         arrives_at: time
         begins_at: time
         leaves_at: time
         waits_s: whole
         leg_m: whole
         leg_s: whole",
    ),
    component(
        "PlanRoute",
        "What a unit does.",
        "unit: whole
         unit_name: text
         departs_at: time
         ends_at: time
         distance_m: whole
         duration_s: whole
         waits_s: whole
         stops: [PlanStop]",
    ),
    component(
        "PlanUnserved",
        "An order on no route, and why.",
        "order: uuid
         serial: whole
         number: text|null
         title: text|null
         code: text = \"too_late\"
         reason: text",
    ),
    component(
        "Plan",
        "A plan.",
        "routes: [PlanRoute]
         unserved: [PlanUnserved]
         distance_m: whole
         duration_s: whole
         by_road: flag
         warnings?: [text]
         attempts: whole",
    ),
    component("PlanMade", "A route that was made of it.", "route: whole\nunit: whole\nstops: whole"),
    component(
        "PlanAsked",
        "How a plan stands, and the plan once it is there.",
        "id: uuid
         status: 'searching'|'ready'|'accepted'|'failed'|'canceled'
         progress: number(0,1)
         asked_at: time
         asked_by: text
         ready_by: time
         error?: text
         plan?: Plan
         made?: [PlanMade]",
    ),
];
