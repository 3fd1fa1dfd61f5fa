//! People: setting up, signing in, what somebody does about itself, who may do what.

use super::{Component, Described, Group, component, delete, get, patch, post, put};

pub(super) const SESSION: Group = Group {
    tag: "session",
    about: "Signing in, and what somebody does about itself. A session is a cookie; changes by it need `Docket-CSRF`.",
    components: COMPONENTS,
    operations: OPERATIONS,
};

pub(super) const USERS: Group = Group {
    tag: "users",
    about: "Who may sign in, and do what.",
    components: USER_COMPONENTS,
    operations: &[
        get("/v1/users", "listUsers", "Users of the account").gives(&["200 Users +Cache-Control"]),
        post("/v1/users", "addUser", "Add a user")
            .takes(&["UserNew"])
            .gives(&["201 User +Cache-Control"])
            .fails("syntax invalid missing taken"),
        patch("/v1/users/{user}", "changeUser", "Change a user")
            .takes(&["UserChange"])
            .gives(&["200 User +Cache-Control"])
            .fails("not_found syntax invalid missing last_admin totp_state"),
        delete("/v1/users/{user}", "removeUser", "Remove a user")
            .gives(&["204 +Cache-Control"])
            .fails("not_found last_admin"),
    ],
};

const COMPONENTS: &[Component] = &[
    component("Setup", "Whether there is nobody yet.", "needed: flag"),
    component(
        "SetupNew",
        "The first administrator.",
        "code: text(1,4096) -- the set-up code that the hub prints when it starts
         name: text(1,4096) = \"ann\"
         password: text(1,4096)",
    ),
    component(
        "SignIn",
        "Who signs in.",
        "name: text(1,4096) = \"admin\"\npassword: text(1,4096)\ntotp?: text(,4096)|null -- a code, or a recovery code",
    ),
    component("SessionUser", "Who has signed in.", "name: text\ntotp: flag\nrecovery_codes_left: whole(0,)"),
    component("Membership", "An account somebody is in.", "name: text\nrole: Access"),
    component(
        "Session",
        "Who has signed in, where, and what it must say with changes.",
        "user: SessionUser
         account: text|null
         role: Access
         accounts: [Membership]
         csrf: text -- what `Docket-CSRF` must be
         expires_at: time",
    ),
    component("SessionSwitch", "The account to go on in.", "account: text(1,) = \"main\""),
    component(
        "SessionHeld",
        "A place where somebody is signed in.",
        "id: text
         current: flag
         created_at: time|null
         last_seen_at: time|null
         address: text
         agent: text",
    ),
    component("Sessions", "Where somebody is signed in.", "sessions: [SessionHeld]"),
    component("PasswordChange", "A new password.", "old: text(1,4096)\nnew: text(1,4096)"),
    component(
        "TotpOffer",
        "A secret for an app that makes codes; it counts once a code of it was given.",
        "secret: text\nuri: text\nsvg: text -- the same as a picture to scan",
    ),
    component("TotpConfirm", "A code of the offered secret.", "code: text(1,4096) = \"123456\""),
    component("RecoveryCodes", "Codes for when the app is lost; shown once.", "recovery_codes: [text]"),
    component("PasswordOnly", "The password.", "password: text(1,4096)"),
    component("Preferences", "Whatever a console keeps for somebody, in an account.", "{any}"),
];

const USER_COMPONENTS: &[Component] = &[
    component(
        "User",
        "A user.",
        "name: text = \"ann\"
         role: Access
         disabled: flag
         totp: flag
         created_at: time|null
         last_seen_at: time|null",
    ),
    component("Users", "Users, by name.", "users: [User]"),
    component(
        "UserNew",
        "A user that is to be.",
        "name: text(1,64) = \"ann\"\npassword: text(1,4096) = \"correct horse battery staple\"\nrole: Access",
    ),
    component(
        "UserChange",
        "What is to be of a user.",
        "role?: Access|null
         disabled?: flag|null
         password?: text(,4096)|null
         totp?: flag|null -- only false: codes are turned off",
    ),
];

const OPERATIONS: &[Described] = &[
    get("/v1/setup", "showSetup", "Whether there is nobody yet")
        .open()
        .gives(&["200 Setup +Cache-Control"])
        .fails("csrf"),
    post("/v1/setup", "setUp", "Make the first administrator, and sign in")
        .open()
        .takes(&["SetupNew"])
        .gives(&["201 Session +Set-Cookie +Cache-Control"])
        .fails("syntax invalid missing setup_code setup_done throttled csrf taken"),
    post("/v1/session", "signIn", "Sign in")
        .open()
        .takes(&["SignIn"])
        .gives(&["201 Session +Set-Cookie +Cache-Control"])
        .fails("syntax invalid missing credentials totp_needed throttled csrf forbidden"),
    get("/v1/session", "showSession", "Who has signed in").gives(&["200 Session +Cache-Control"]),
    patch("/v1/session", "switchAccount", "Go on in another account")
        .takes(&["SessionSwitch"])
        .gives(&["200 Session +Set-Cookie +Cache-Control"])
        .fails("syntax invalid missing not_found"),
    delete("/v1/session", "signOut", "Sign out").gives(&["204 +Set-Cookie +Cache-Control"]),
    get("/v1/sessions", "listSessions", "Where somebody is signed in").gives(&["200 Sessions +Cache-Control"]),
    delete("/v1/sessions/{session}", "endSession", "Sign out somewhere")
        .gives(&["204 +Cache-Control"])
        .fails("not_found"),
    put("/v1/session/password", "changePassword", "Give oneself a new password")
        .about("All other sessions end.")
        .takes(&["PasswordChange"])
        .gives(&["204 +Cache-Control"])
        .fails("syntax invalid missing credentials throttled"),
    post("/v1/session/totp", "offerTotp", "Get a secret for codes")
        .gives(&["200 TotpOffer +Cache-Control"])
        .fails("totp_state"),
    put("/v1/session/totp", "confirmTotp", "Begin to sign in with codes")
        .takes(&["TotpConfirm"])
        .gives(&["200 RecoveryCodes +Cache-Control"])
        .fails("syntax invalid missing totp_state credentials throttled"),
    delete("/v1/session/totp", "removeTotp", "Sign in without codes again")
        .takes(&["PasswordOnly"])
        .gives(&["204 +Cache-Control"])
        .fails("syntax invalid missing totp_state credentials throttled"),
    get("/v1/session/preferences", "showPreferences", "What the console keeps for somebody")
        .gives(&["200 Preferences +Cache-Control"]),
    put("/v1/session/preferences", "putPreferences", "Keep something for oneself, up to 64 kB")
        .takes(&["Preferences"])
        .gives(&["200 Preferences +Cache-Control"])
        .fails("syntax invalid"),
];
