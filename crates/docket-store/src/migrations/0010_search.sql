-- The board's index: a projection of the journal, kept by whoever has time for it. It can be emptied and is made anew.

-- How far it is: the last place of each account's journal that it knows.
CREATE TABLE board_head (
    account BIGINT PRIMARY KEY,
    place BIGINT NOT NULL
);

-- What it says of each order, so that this can be taken back when the order changes.
CREATE TABLE board_order (
    serial {rowid},
    terms BYTEA NOT NULL
);

-- Which orders have a term: those of one block of serials (board/set.rs). Words lie in their order, so that what begins
-- alike lies together.
CREATE TABLE board_term (
    account BIGINT NOT NULL,
    term BYTEA NOT NULL,
    block BIGINT NOT NULL,
    serials BYTEA NOT NULL,
    PRIMARY KEY (account, term, block)
) {clustered};

-- Moments, places and the like, of one chunk of serials (board/column.rs).
CREATE TABLE board_column (
    account BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    chunk BIGINT NOT NULL,
    numbers BYTEA NOT NULL,
    PRIMARY KEY (account, kind, chunk)
) {clustered};
