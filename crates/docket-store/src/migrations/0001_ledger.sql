-- Orders lie in the order of their serials: lists page along them.
CREATE TABLE orders (
    serial {rowid},
    account BIGINT NOT NULL,
    id BYTEA NOT NULL,
    revision BIGINT NOT NULL,
    state BIGINT NOT NULL,
    -- The journal place of the last entry; each entry names the one before it.
    place BIGINT NOT NULL,
    updated_us BIGINT NOT NULL,
    updated_ns BIGINT NOT NULL,
    origin BIGINT,
    unit BIGINT,
    site BIGINT,
    service TEXT,
    number TEXT,
    version BIGINT NOT NULL,
    document TEXT NOT NULL,
    extra TEXT NOT NULL
);
CREATE UNIQUE INDEX orders_id ON orders (id);
CREATE INDEX orders_state ON orders (account, state{then_serial});
CREATE INDEX orders_updated ON orders (account, updated_us{then_serial});
CREATE INDEX orders_origin ON orders (origin, state{then_serial}) WHERE origin IS NOT NULL;
CREATE INDEX orders_unit ON orders (account, unit{then_serial}) WHERE unit IS NOT NULL;
CREATE INDEX orders_site ON orders (account, site{then_serial}) WHERE site IS NOT NULL;

-- Which orders have a key or number; checked against the order itself.
CREATE TABLE key_index (
    hash BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (hash, serial)
) {clustered};

CREATE TABLE routed (
    connection BIGINT NOT NULL,
    serial BIGINT NOT NULL,
    PRIMARY KEY (connection, serial)
) {clustered};

-- The last place of each account's journal, and how many sites it has. Read and written in the transaction that
-- uses it, so places have no gaps and become visible in their order.
CREATE TABLE ledger_head (
    account BIGINT PRIMARY KEY,
    sequence BIGINT NOT NULL,
    sites BIGINT NOT NULL
);

-- place = account * 2^40 + sequence.
CREATE TABLE journal (
    place {rowid},
    previous BIGINT,
    serial BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    order_id BYTEA NOT NULL,
    at_us BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    connection BIGINT,
    exchange BYTEA,
    actor TEXT NOT NULL,
    version BIGINT NOT NULL,
    body TEXT,
    document TEXT,
    extra TEXT
);

CREATE TABLE site (
    account BIGINT NOT NULL,
    no BIGINT NOT NULL,
    id BYTEA NOT NULL,
    postal TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
CREATE INDEX site_postal ON site (account, postal, id) WHERE postal <> '';

CREATE TABLE service (
    account BIGINT NOT NULL,
    id BYTEA NOT NULL,
    ordering BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE customer (
    account BIGINT NOT NULL,
    id BYTEA NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (account, id)
);

CREATE TABLE unit (
    id {rowid},
    account BIGINT NOT NULL,
    unique_id TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX unit_account ON unit (account, id);
CREATE UNIQUE INDEX unit_unique_id ON unit (unique_id) WHERE unique_id <> '';

CREATE TABLE unit_position (
    unit {rowid},
    at_us BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    latitude DOUBLE PRECISION,
    longitude DOUBLE PRECISION,
    altitude_m DOUBLE PRECISION,
    speed_kmh DOUBLE PRECISION,
    course DOUBLE PRECISION,
    satellites BIGINT NOT NULL
);

CREATE TABLE record (
    connection BIGINT NOT NULL,
    namespace TEXT NOT NULL,
    key TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (connection, namespace, key)
) {clustered};

CREATE TABLE outbox (
    id {rowid},
    account BIGINT NOT NULL,
    at_us BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    sent_us BIGINT,
    sent_ns BIGINT,
    attempts BIGINT NOT NULL,
    error TEXT,
    document TEXT NOT NULL
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_us IS NULL;

CREATE TABLE account (
    id {rowid},
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE connection (
    id {rowid},
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    UNIQUE (account, name)
);

CREATE TABLE credential (
    connection BIGINT NOT NULL,
    kind TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (connection, kind)
);

CREATE TABLE token (
    account BIGINT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    at_ns BIGINT NOT NULL,
    PRIMARY KEY (account, name)
);

-- Numbers that are counted: a row each.
CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES
    ('serial', 0), ('item', 0), ('account', 0), ('connection', 0), ('directory', 1), ('outbox', 0), ('exchange', 0);

CREATE TABLE lease (
    name TEXT PRIMARY KEY,
    holder BYTEA NOT NULL,
    until_ms BIGINT NOT NULL
);

-- The wire log, in compressed chunks.
CREATE TABLE exchange_chunk (
    id {rowid},
    first_id BYTEA NOT NULL,
    last_id BYTEA NOT NULL,
    last_us BIGINT NOT NULL,
    count BIGINT NOT NULL,
    version BIGINT NOT NULL,
    body BYTEA NOT NULL
);
CREATE INDEX exchange_chunk_last ON exchange_chunk (last_id);
CREATE TABLE exchange_in (
    account BIGINT NOT NULL,
    connection BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    PRIMARY KEY (account, connection, chunk)
) {clustered};
