-- What units said a moment ago, as it came in: the reports of many units in one row, so that keeping them is one append
-- however many units there are. They are folded into blocks of `track` before long. A unit's are always in the same shard.
CREATE TABLE track_recent (
    shard BIGINT NOT NULL,
    id BYTEA NOT NULL,
    at_us BIGINT NOT NULL,
    reports BYTEA NOT NULL,
    PRIMARY KEY (shard, id)
) {clustered};

-- Who folds a shard has its row; nobody else does meanwhile.
CREATE TABLE track_shard (
    shard {rowid},
    fold BIGINT NOT NULL
);
INSERT INTO track_shard (shard, fold) VALUES (0, 1), (1, 1), (2, 1), (3, 1), (4, 1), (5, 1), (6, 1), (7, 1),
    (8, 1), (9, 1), (10, 1), (11, 1), (12, 1), (13, 1), (14, 1), (15, 1);
