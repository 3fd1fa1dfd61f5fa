-- What is in a chunk of the wire log: dialects, operations, statuses, ways. A filter unpacks only chunks that can match.
ALTER TABLE exchange_chunk ADD COLUMN tagged BIGINT NOT NULL DEFAULT 0;
CREATE INDEX exchange_chunk_first ON exchange_chunk (first_id);
CREATE TABLE exchange_tag (
    chunk BIGINT NOT NULL,
    account BIGINT NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (chunk, account, tag)
) {clustered};

-- Which entries an exchange caused.
CREATE INDEX journal_exchange ON journal (exchange) WHERE exchange IS NOT NULL;
