//! Jobs, and the products that they are orders for.

use super::{Component, Described, Group, component, get, post, put};

pub(super) const JOBS: Group = Group {
    tag: "jobs",
    about: "Orders for documents: claimed by producers, worked on, asked about, finished.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

pub(super) const PRODUCTS: Group = Group {
    tag: "products",
    about: "What can be ordered as a document, and who makes it.",
    components: PRODUCT_COMPONENTS,
    operations: &[
        get("/v1/products", "listProducts", "Products").gives(&["200 Products"]),
        get("/v1/products/{slug}", "showProduct", "One product").gives(&["200 Product"]).fails("not_found"),
        put("/v1/products/{slug}", "putProduct", "Add a product, or change it")
            .takes(&["ProductPut"])
            .gives(&["201 Product +Location", "200 Product +Location"])
            .fails("syntax invalid missing"),
    ],
};

const PRODUCT_COMPONENTS: &[Component] = &[
    component(
        "Product",
        "What can be ordered as a document.",
        "slug: text = \"valuation\"
         name: text
         producer: text -- `built-in` is the hub itself
         active: flag
         ordering: whole
         service: uuid -- its entry in the catalogue
         created_at: time
         updated_at: time",
    ),
    component("Products", "Products, as they are ordered.", "products: [Product]"),
    component(
        "ProductPut",
        "What is to be of a product.",
        "name?: text(1,255)|null = \"Valuation\"
         producer?: text(1,64)|null = \"acme\"
         active?: flag|null
         ordering?: whole(-1000000,1000000)|null",
    ),
];

const COMPONENTS: &[Component] = &[
    component("JobProgress", "Steps done, as clients see it.", "current: whole|null\ntotal: whole|null"),
    component("JobReported", "What its producer last said.", "current: whole\ntotal: whole\nmessage?: text\nat: time"),
    component("JobHolder", "Who has a claim.", "producer: text\nby: text\nsince: time"),
    component(
        "JobFailure",
        "Why an attempt came to nothing.",
        "producer: text\nby: text\nend: 'finished'|'failed'|'released'|'lost'\nreason: text|null\nat: time",
    ),
    component(
        "JobAttempt",
        "An attempt that is over.",
        "producer: text
         by: text
         since: time
         ended_at: time
         end: 'finished'|'failed'|'released'|'lost'
         reason: text|null",
    ),
    component(
        "JobResult",
        "The file it was finished with.",
        "name: text|null\nmedia_type: text|null\nblob: text\nurl: text = \"/v1/jobs/1042/result\"",
    ),
    component(
        "JobListed",
        "An order for a document.",
        "id: uuid
         serial: whole
         title: text|null
         product: text|null
         producer: text|null
         state: JobState
         status: State -- its order's
         progress: JobProgress
         reported: JobReported|null
         held_by: JobHolder|null
         lease_until: time|null
         not_before: time|null -- nobody gets it sooner
         follows: whole|null -- the order that must change before it goes on
         attempts_spent: whole
         attempts_limit: whole
         last_failure: JobFailure|null
         reason: text|null
         question: Question|null -- the open one
         questions: [Question]
         result: JobResult|null
         created_at: time
         updated_at: time",
    ),
    component("Job", "A job with its attempts.", "...JobListed\nattempts?: [JobAttempt]"),
    component(
        "JobGiven",
        "A job with its claim.",
        "...JobListed\nclaim: text -- what its holder shows with everything it says\norder: Order",
    ),
    component("JobPage", "Jobs.", "jobs: [JobListed]\nnext_cursor: text|null"),
    component("JobsGiven", "What was given out.", "jobs: [JobGiven]"),
    component(
        "ClaimNew",
        "Whose jobs are wanted.",
        "producer: text(1,64) = \"acme\"
         products?: [text](,1000)|null -- only these slugs
         lease_s?: whole(1,3600)|null -- how long each sign of life lasts
         wait_s?: whole(0,60)|null -- how long to wait when there is none
         limit?: whole(1,100)|null",
    ),
    component("Claimed", "Who says it.", "claim?: text(,255)|null = \"claim_5f0c\" -- or the header `Docket-Claim`"),
    component(
        "JobProgressNew",
        "So many steps are done.",
        "...Claimed\ncurrent: whole(0,1000000000) = 2\ntotal: whole(1,1000000000) = 5\nmessage?: text(,4096)|null",
    ),
    component(
        "JobAsk",
        "The user must choose. Choices that are texts are numbered from 1.",
        "...Claimed
         id?: text(,255)|null
         author?: text(,255)|null
         at?: time|null
         message: text(1,) = \"Which lot is meant?\"
         choices: [text|Choice](2,1000) = [\"B 210\",\"B 211\"]
         release?: flag|null -- the job is given back until there is an answer",
    ),
    component(
        "JobFail",
        "It cannot be done, or not now.",
        "...Claimed\nreason: text(1,4096) = \"No such lot\"\nretry?: flag|null\nretry_after_s?: whole(0,604800)|null",
    ),
    component(
        "JobFinishAbout",
        "What is said about its file.",
        "...Claimed\nname?: text(,255)|null\nmedia_type?: text(,255)|null",
    ),
    component("JobFinish", "It is done, with this file.", "...JobFinishAbout\ncontent: bytes"),
    component("JobFinishParts", "It is done, with this file.", "file: binary\njob?: JobFinishAbout"),
];

const SAID: &str = "not_found syntax invalid missing claim_lost taken transition limit withdrawn";

const OPERATIONS: &[Described] = &[
    get("/v1/jobs", "listJobs", "Jobs")
        .query(
            "state?: text -- Only jobs that stand so; several with commas between.
             product?: text
             producer?: text
             follows?: text -- Only those that are about this order, by id or serial.
             sort?: 'serial'|'-serial'
             cursor?: text
             limit?: whole(1,1000)",
        )
        .gives(&["200 JobPage"])
        .fails("not_found"),
    get("/v1/jobs/{job}", "showJob", "One job")
        .about("With `wait_s`: once its question is answered, or the wait is over.")
        .query("wait_s?: whole(0,60)")
        .gives(&["200 Job"])
        .fails("not_found"),
    post("/v1/jobs/claim", "claimJobs", "Get jobs to do")
        .headers("Idempotency-Key")
        .takes(&["ClaimNew"])
        .gives(&["200 JobsGiven +Cache-Control"])
        .fails("syntax invalid missing idempotency_key idempotency_key_reused"),
    post("/v1/jobs/{job}/heartbeat", "heartbeatJob", "Say: I am still there")
        .headers("Docket-Claim")
        .may_take(&["Claimed"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    post("/v1/jobs/{job}/progress", "progressJob", "Say how far it is")
        .headers("Docket-Claim")
        .takes(&["JobProgressNew"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    post("/v1/jobs/{job}/ask", "askJob", "Ask the user")
        .headers("Docket-Claim")
        .takes(&["JobAsk"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    post("/v1/jobs/{job}/fail", "failJob", "Say that it cannot be done, or not now")
        .headers("Docket-Claim")
        .takes(&["JobFail"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    post("/v1/jobs/{job}/release", "releaseJob", "Give it back")
        .headers("Docket-Claim")
        .may_take(&["Claimed"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    post("/v1/jobs/{job}/finish", "finishJob", "Finish it with a file")
        .headers("Docket-Claim")
        .takes(&["JobFinish", "multipart/form-data JobFinishParts"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails("not_found syntax invalid missing claim_lost taken transition limit withdrawn multipart"),
    put("/v1/jobs/{job}/result", "putResult", "Finish it with the body as the file")
        .headers("Docket-Claim Content-Disposition")
        .takes(&["application/octet-stream binary", "*/* binary"])
        .gives(&["200 Job +Idempotency-Replayed"])
        .fails(SAID),
    get("/v1/jobs/{job}/result", "showResult", "The file it was finished with")
        .headers("Range If-Range If-None-Match")
        .gives(&[
            "200 application/octet-stream binary +ETag +Content-Disposition",
            "200 */* binary",
            "206 */* binary +ETag +Content-Range",
            "304 +ETag",
            "416 +Content-Range",
        ])
        .fails("not_found"),
];
