-- What units said, in blocks of at most a minute: (unit, earliest moment) leads, so that a stretch of one unit's past
-- lies together. The block's form is in track.rs.
CREATE TABLE track (
    unit BIGINT NOT NULL,
    from_us BIGINT NOT NULL,
    id BYTEA NOT NULL,
    reports BYTEA NOT NULL,
    PRIMARY KEY (unit, from_us, id)
) {clustered};

-- Ways in that connections gave out themselves, beside the credentials they were made with.
CREATE TABLE issued (
    connection BIGINT NOT NULL,
    hash TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (connection, hash)
) {clustered};
