-- People who sign in: of the whole hub; what they may do where says membership.
CREATE TABLE person (
    id {rowid},
    -- In lower case.
    name TEXT NOT NULL UNIQUE,
    -- As argon2 writes it, with its salt and costs.
    password TEXT NOT NULL,
    -- Sealed; null while there is none. The other one is offered, and not confirmed yet.
    totp TEXT,
    totp_offered TEXT,
    -- The last step of time whose code was taken: none is taken twice.
    totp_step BIGINT NOT NULL,
    -- Where it worked last.
    account BIGINT,
    created_ms BIGINT NOT NULL
);

CREATE TABLE membership (
    person BIGINT NOT NULL,
    account BIGINT NOT NULL,
    -- viewer, dispatcher, integrator, admin
    access TEXT NOT NULL,
    disabled BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT,
    PRIMARY KEY (person, account)
) {clustered};
CREATE INDEX membership_account ON membership (account, person);

-- What opens once instead of a code.
CREATE TABLE recovery (
    person BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (person, hash)
) {clustered};

CREATE TABLE session (
    -- Of what the browser holds.
    hash TEXT PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    person BIGINT NOT NULL,
    account BIGINT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    -- It ends then, whatever happens.
    until_ms BIGINT NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX session_person ON session (person);

-- What a person likes, per account: a JSON object that means nothing here.
CREATE TABLE preference (
    person BIGINT NOT NULL,
    account BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (person, account)
) {clustered};

INSERT INTO counter (name, value) VALUES ('person', 0);
-- Moves on with every change of who may sign in, and of who has.
INSERT INTO counter (name, value) VALUES ('people', 0);
