-- What is owed to the counterparts of connections: one row per connection and order, also when nothing is owed any more.
CREATE TABLE delivery (
    account BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    -- queued, sending, synced, error, held, dropped
    status TEXT NOT NULL,
    -- Why it is held: release, unknown.
    reason TEXT NOT NULL,
    -- Since when it is owed, or stands as it does.
    since_ms BIGINT NOT NULL,
    due_ms BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    -- The last journal place that concerns it, and the one that the counterpart is in line with.
    wanted BIGINT NOT NULL,
    covered BIGINT NOT NULL,
    -- A person released it.
    released BIGINT NOT NULL,
    -- Everything is to be said anew, not only what changed.
    anew BIGINT NOT NULL,
    tried_ms BIGINT,
    error TEXT,
    summary TEXT,
    PRIMARY KEY (connection, serial)
) {clustered};
CREATE INDEX delivery_due ON delivery (connection, status, since_ms, serial);
CREATE INDEX delivery_listed ON delivery (account, since_ms, connection, serial);

-- What comparing with a counterpart found: the standing report.
CREATE TABLE difference (
    connection BIGINT NOT NULL,
    -- missing_there, missing_here, differs, stale, undelivered
    kind TEXT NOT NULL,
    -- The order here, or the counterpart's id of one that is not here.
    subject TEXT NOT NULL,
    serial BIGINT,
    -- When it was seen first and last.
    since_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (connection, kind, subject)
) {clustered};
