//! Orders and what belongs to them.

use super::board::LISTED;
use super::{Component, Described, Group, component, delete, get, patch, post};

pub(super) const GROUP: Group = Group {
    tag: "orders",
    about: "What is to be done somewhere, whatever system it came from.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

pub(super) const ITEMS: Group = Group {
    tag: "items",
    about: "What the field sends back, and what is said about an order.",
    components: &[],
    operations: ITEM_OPERATIONS,
};

const COMPONENTS: &[Component] = &[
    component(
        "Problem",
        "What went wrong. `type` is the address of the page about its `code`.",
        "type: text = \"/docs/errors/not_found\"
         title: text = \"Not found\"
         status: whole(400,599) = 404
         code: text = \"not_found\"
         detail: text = \"there is no such order\" -- what went wrong this time
         pointer?: text -- JSON pointer to the member that is wrong",
    ),
    component(
        "Origin",
        "Where something came from.",
        "dialect: Face
         connection: whole|null -- through which connection, by its id",
    ),
    component(
        "Task",
        "One thing to do within an order.",
        "key?: text|null -- the originator's own id of it
         name: text(1,65536) = \"Mow\"
         instructions?: text|null
         options?: text|null -- what its dialect says besides, as JSON text
         quantity?: number|null
         unit_price?: number|null
         done?: flag|null -- the field reported it done",
    ),
    component(
        "Point",
        "A measured position.",
        "latitude: number(-90,90) = 30.267
         longitude: number(-180,180) = -97.743
         accuracy_m?: number(0,)|null",
    ),
    component(
        "Item",
        "What every item has.",
        "place: whole -- its number within the order, never given again
         id: text -- the sender's own id of it
         origin: Origin
         author: text
         at: time
         kind: ItemKind",
    ),
    component("Note", "A text.", "...Item\ntext: text\nsite_wide: flag -- for all orders of the site\nrevises?: text"),
    component(
        "Attachment",
        "A photo or another file.",
        "...Item
         photo: flag
         name: text
         media_type: text
         size_bytes: whole
         blob: text -- SHA-256 of its bytes, in hexadecimal
         stage?: 'before'|'during'|'after'
         task?: text -- the name of the task it belongs to
         caption?: text
         taken_at?: time
         point?: Point
         note?: text -- the id of the note it hangs on",
    ),
    component(
        "FormAnswer",
        "The answer to one question of a form.",
        "question: text
         text?: text|null
         kind?: text|null
         values?: [text](,1000)|null
         photos?: [text](,1000)|null -- ids of attachments",
    ),
    component(
        "Form",
        "A questionnaire.",
        "...Item
         name: text
         template?: text
         version?: text
         task?: text
         required: flag
         definition?: text -- the questions, as the sender's own JSON text
         submitted_at?: time
         answers: [FormAnswer]",
    ),
    component("CheckIn", "Somebody was at the place.", "...Item\npoint?: Point\ndata?: text"),
    component(
        "Charge",
        "A line of a bid, a completion or an invoice.",
        "...Item
         charge: 'bid'|'completion'|'invoice'
         item?: text -- the catalogue's id
         description: text
         quantity?: number
         unit_price?: number
         comment?: text
         flat_fee: flag
         photos?: [text]",
    ),
    component("Choice", "What can be answered.", "key: text(1,255) = \"1\"\nlabel: text(1,4096) = \"Yes\""),
    component("ChoiceAnswer", "What was answered.", "choice: text\nby: text\nat: time"),
    component(
        "Question",
        "A question to the user.",
        "...Item\nmessage: text\nchoices: [Choice]\nanswer?: ChoiceAnswer -- not there while it is open",
    ),
    component(
        "ItemNew",
        "What every item may be given.",
        "id?: text(,255)|null -- your own id of it; the same again replaces it
         author?: text(,255)|null
         at?: time|null",
    ),
    component(
        "NoteNew",
        "A text.",
        "...ItemNew\ntext: text(1,65536) = \"The gate is locked.\"\nsite_wide?: flag|null\nrevises?: text(,255)|null",
    ),
    component(
        "AttachmentAbout",
        "What is said about a file.",
        "...ItemNew
         photo?: flag|null
         name?: text(,255)|null
         media_type?: text(,255)|null
         stage?: 'before'|'during'|'after'|null
         task?: text(,255)|null
         caption?: text|null
         taken_at?: time|null
         point?: Point|null
         note?: text(,255)|null",
    ),
    component("AttachmentNew", "A file.", "...AttachmentAbout\ncontent: bytes -- the file, in base64"),
    component("AttachmentParts", "A file, and what is said about it.", "file: binary\nattachment?: AttachmentAbout"),
    component(
        "FormNew",
        "A questionnaire, answered or not.",
        "...ItemNew
         name: text(1,) = \"Property condition\"
         template?: text(,255)|null
         version?: text(,255)|null
         task?: text(,255)|null
         required?: flag|null
         definition?: any -- the questions: JSON, or its text
         submitted_at?: time|null
         answers?: [FormAnswer](,1000)|null",
    ),
    component(
        "CheckInNew",
        "Somebody is at the place; one of both must be said.",
        "...ItemNew
         point?: Point|null = {\"latitude\":30.267,\"longitude\":-97.743}
         data?: any -- what else is known: JSON, or its text",
    ),
    component(
        "ChargeNew",
        "A line of a bid, a completion or an invoice.",
        "...ItemNew
         charge?: 'bid'|'completion'|'invoice'|null
         item?: text(,255)|null
         description: text(1,) = \"Board up a window\"
         quantity?: number|null
         unit_price?: number|null
         comment?: text|null
         flat_fee?: flag|null
         photos?: [text](,1000)|null",
    ),
    component(
        "QuestionNew",
        "A question to the user.",
        "...ItemNew
         message: text(1,) = \"Which lot is meant?\"
         choices: [Choice](2,1000) = [{\"key\":\"1\",\"label\":\"B 210\"},{\"key\":\"2\",\"label\":\"B 211\"}]",
    ),
    component("QuestionAsked", "A question with an id of its own.", "...QuestionNew\nid: text(1,255) = \"lot\""),
    component("OrderPage", "Orders.", "orders: [OrderListed]\nnext_cursor: text|null"),
    component("OrdersMade", "The orders that were made, in the order of the list.", "orders: [Order]"),
    component("OrderBatch", "Several orders, made all or none.", "[OrderNew](1,1000)"),
    component(
        "Change",
        "One thing that changed: what it was and is. What an order was made with was null before.",
        "field: text -- a field, `status`, a list of items, `keys`, `routed_to`, `imported_by`, `wire.DIALECT` …
         from: any
         to: any",
    ),
    component("Refusal", "A write that was refused, and why.", "field: text\noffered: any\nrule: Ownership"),
    component(
        "Entry",
        "An entry of the journal: what one command did to one order.",
        "seq: whole -- its place in the journal
         at: time
         order: uuid
         serial: whole
         revision: whole
         actor: text
         connection: whole|null
         verb: Verb
         changes: [Change]
         refused: [Refusal]
         advisories: [text] -- what was done though it was not advised
         exchange: uuid|null -- the request it came in",
    ),
    component("Entries", "Entries of the journal, in order.", "entries: [Entry]"),
    component("Faces", "The order as each order API shows it, in that API's own form.", "{any}"),
    component(
        "Answered",
        "An answer to a question.",
        "question?: text|null -- its id, or the open one\nchoice: text = \"1\"",
    ),
    component("AnsweredAt", "An answer to the question at a place.", "choice: text = \"1\""),
    component("Notes", "Notes of an order.", "notes: [Note]"),
    component(
        "AttachmentChange",
        "What is to be said of a file; `null` takes it back.",
        "name?: text(1,255)
         caption?: text|null = \"Front, before\"
         stage?: 'before'|'during'|'after'|null
         task?: text(,255)|null",
    ),
    component("Attachments", "Files of an order.", "attachments: [Attachment]"),
    component("Forms", "Forms of an order.", "forms: [Form]"),
    component("CheckIns", "Check-ins of an order.", "check_ins: [CheckIn]"),
    component("Charges", "Charges of an order.", "charges: [Charge]"),
    component("Questions", "Questions of an order.", "questions: [Question]"),
];

const MADE: &str =
    "invalid missing transition taken idempotency_key idempotency_key_reused limit withdrawn forbidden syntax";
const MOVED: &str = "not_found invalid missing syntax transition taken outdated if_match limit withdrawn";
const PUT_FILE: &str = "not_found invalid missing syntax idempotency_key idempotency_key_reused limit taken transition \
    withdrawn multipart";
const PUT: &str =
    "not_found invalid missing syntax idempotency_key idempotency_key_reused limit taken transition withdrawn";

const OPERATIONS: &[Described] = &[
    get("/v1/orders", "listOrders", "Orders")
        .about("Oldest first unless it is said otherwise.")
        .query(LISTED)
        .gives(&["200 OrderPage|OrderRows +Docket-Behind"]),
    post("/v1/orders", "createOrder", "Make an order, or several")
        .about(
            "A list is made whole or not at all, and takes no `Idempotency-Key`. Lines (NDJSON) stand for themselves: each \
             is answered by a line with `index`, `status`, and `id` and `serial` or `code`, `detail` and `pointer`.",
        )
        .headers("Idempotency-Key")
        .takes(&["OrderNew|OrderBatch", "application/x-ndjson text"])
        .gives(&["201 Order|OrdersMade +ETag +Location +Idempotency-Replayed", "200 application/x-ndjson text"])
        .fails(MADE),
    get("/v1/orders/{order}", "showOrder", "One order, with its items")
        .query("at?: text -- As it stood behind this place in the journal, or at this moment.")
        .headers("If-None-Match")
        .gives(&["200 Order +ETag", "304 +ETag"])
        .fails("not_found"),
    patch("/v1/orders/{order}", "changeOrder", "Change an order")
        .about("Sets the members that are given; `null` takes one back. The same again changes nothing.")
        .headers("If-Match")
        .takes(&["OrderChange"])
        .gives(&["200 Order +ETag +Docket-Refused"])
        .fails(MOVED),
    delete("/v1/orders/{order}", "removeOrder", "Remove an order")
        .about("Its history stays in the journal.")
        .headers("If-Match")
        .gives(&["204"])
        .fails("not_found transition outdated if_match withdrawn"),
    post("/v1/orders/{order}/transitions", "moveOrder", "Move an order on in its life cycle")
        .headers("If-Match")
        .takes(&["OrderMove"])
        .gives(&["200 Order +ETag +Docket-Refused"])
        .fails(MOVED),
    get("/v1/orders/{order}/history", "showHistory", "What happened to an order")
        .about("Of removed orders too.")
        .gives(&["200 Entries"])
        .fails("not_found"),
    get("/v1/orders/{order}/faces", "showFaces", "An order as each order API shows it")
        .gives(&["200 Faces"])
        .fails("not_found"),
    get("/v1/orders/{order}/report", "orderReport", "A report of an order")
        .query("format?: 'pdf'|'json'|'csv'")
        .headers("If-None-Match")
        .gives(&[
            "200 application/pdf binary +ETag +Content-Disposition +Cache-Control +Docket-Missing-Scripts",
            "200 application/json object",
            "200 text/csv text",
            "304 +ETag",
        ])
        .fails("not_found"),
    get("/v1/sites/{site}/report", "siteReport", "A report of a site and its newest orders")
        .query("format?: 'pdf'|'json'|'csv'")
        .headers("If-None-Match")
        .gives(&[
            "200 application/pdf binary +ETag +Content-Disposition +Cache-Control +Docket-Missing-Scripts",
            "200 application/json object",
            "200 text/csv text",
            "304 +ETag",
        ])
        .fails("not_found"),
];

const ITEM_OPERATIONS: &[Described] = &[
    get("/v1/orders/{order}/notes", "listNotes", "Notes of an order").gives(&["200 Notes"]).fails("not_found"),
    post("/v1/orders/{order}/notes", "addNote", "Add a note, or replace the one of its id")
        .headers("Idempotency-Key")
        .takes(&["NoteNew"])
        .gives(&["201 Note +Location", "200 Note +Location +Idempotency-Replayed"])
        .fails(PUT),
    get("/v1/orders/{order}/attachments", "listAttachments", "Files of an order")
        .gives(&["200 Attachments"])
        .fails("not_found"),
    post("/v1/orders/{order}/attachments", "addAttachment", "Add a file, or replace the one of its id")
        .headers("Idempotency-Key")
        .takes(&["AttachmentNew", "multipart/form-data AttachmentParts"])
        .gives(&["201 Attachment +Location", "200 Attachment +Location +Idempotency-Replayed"])
        .fails(PUT_FILE),
    get("/v1/orders/{order}/attachments/{place}", "showAttachmentItem", "What is said of a file")
        .gives(&["200 Attachment"])
        .fails("not_found"),
    patch("/v1/orders/{order}/attachments/{place}", "changeAttachment", "Say something else of a file")
        .takes(&["AttachmentChange"])
        .gives(&["200 Attachment"])
        .fails("not_found syntax invalid transition withdrawn"),
    get("/v1/orders/{order}/attachments/{place}/content", "showAttachment", "A file")
        .headers("Range If-Range If-None-Match")
        .gives(&[
            "200 application/octet-stream binary +ETag +Content-Disposition",
            "200 */* binary",
            "206 */* binary +ETag +Content-Range",
            "304 +ETag",
            "416 +Content-Range",
        ])
        .fails("not_found"),
    get("/v1/orders/{order}/forms", "listForms", "Forms of an order").gives(&["200 Forms"]).fails("not_found"),
    post("/v1/orders/{order}/forms", "addForm", "Add a form, or replace the one of its id")
        .headers("Idempotency-Key")
        .takes(&["FormNew"])
        .gives(&["201 Form +Location", "200 Form +Location +Idempotency-Replayed"])
        .fails(PUT),
    get("/v1/orders/{order}/check_ins", "listCheckIns", "Check-ins of an order")
        .gives(&["200 CheckIns"])
        .fails("not_found"),
    post("/v1/orders/{order}/check_ins", "addCheckIn", "Add a check-in, or replace the one of its id")
        .headers("Idempotency-Key")
        .takes(&["CheckInNew"])
        .gives(&["201 CheckIn +Location", "200 CheckIn +Location +Idempotency-Replayed"])
        .fails(PUT),
    get("/v1/orders/{order}/charges", "listCharges", "Charges of an order").gives(&["200 Charges"]).fails("not_found"),
    post("/v1/orders/{order}/charges", "addCharge", "Add a charge, or replace the one of its id")
        .headers("Idempotency-Key")
        .takes(&["ChargeNew"])
        .gives(&["201 Charge +Location", "200 Charge +Location +Idempotency-Replayed"])
        .fails(PUT),
    get("/v1/orders/{order}/questions", "listQuestions", "Questions of an order")
        .gives(&["200 Questions"])
        .fails("not_found"),
    post("/v1/orders/{order}/questions", "askQuestion", "Put a question to the user")
        .about("The order waits for the answer.")
        .takes(&["QuestionAsked"])
        .gives(&["201 Order +ETag", "200 Order +ETag"])
        .fails("not_found invalid missing syntax taken transition limit withdrawn"),
    post("/v1/orders/{order}/answers", "answerQuestion", "Answer a question")
        .takes(&["Answered"])
        .gives(&["201 Order +ETag", "200 Order +ETag"])
        .fails("not_found invalid missing syntax taken transition limit withdrawn"),
    post("/v1/orders/{order}/questions/{place}/answer", "answerQuestionAt", "Answer the question at a place")
        .takes(&["AnsweredAt"])
        .gives(&["201 Order +ETag", "200 Order +ETag"])
        .fails("not_found invalid missing syntax taken transition limit withdrawn"),
];
