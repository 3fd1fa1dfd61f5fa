-- When anything of a delivery changed: who looks on reads what changed since it last looked.
ALTER TABLE delivery ADD COLUMN changed_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_changed ON delivery (account, changed_ms);

-- Receivers of webhooks: where to, what, and how far they are.
CREATE TABLE webhook (
    id {rowid},
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    -- What a person sets, as JSON.
    document TEXT NOT NULL,
    -- Sealed.
    secret TEXT NOT NULL,
    -- The one before, valid as long.
    old_secret TEXT,
    old_until_ms BIGINT NOT NULL,
    -- enabled, paused (by a person), disabled (it failed too long), gone (it said so)
    state TEXT NOT NULL,
    state_ms BIGINT NOT NULL,
    -- Entries of the journal up to here were sent, or are in webhook_message.
    place BIGINT NOT NULL,
    -- Moves on with every change by a person: who sends reads again.
    generation BIGINT NOT NULL,
    failing_ms BIGINT,
    failures BIGINT NOT NULL,
    wait_until_ms BIGINT NOT NULL,
    succeeded_ms BIGINT,
    error TEXT,
    UNIQUE (account, name)
);

-- What could not be sent at once: it waits, or was given up.
CREATE TABLE webhook_message (
    webhook BIGINT NOT NULL,
    place BIGINT NOT NULL,
    -- 1 given up, 0 waiting
    failed BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (webhook, place)
) {clustered};

-- The last attempts.
CREATE TABLE webhook_attempt (
    webhook BIGINT NOT NULL,
    id BYTEA NOT NULL,
    at_ms BIGINT NOT NULL,
    -- The message's place; 0 is a test.
    place BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    took_ms BIGINT NOT NULL,
    -- 0: no answer came.
    status BIGINT NOT NULL,
    error TEXT,
    answer TEXT NOT NULL,
    PRIMARY KEY (webhook, id)
) {clustered};
INSERT INTO counter (name, value) VALUES ('webhook', 0);

-- What a bearer token may do, and until when it is worth something.
ALTER TABLE token ADD COLUMN access TEXT NOT NULL DEFAULT 'admin';
ALTER TABLE token ADD COLUMN until_ms BIGINT;
