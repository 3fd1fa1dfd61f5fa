-- Owed messages: by which channel they go, how they stand, when they are tried, and whose they are meanwhile.
ALTER TABLE outbox ADD COLUMN channel BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN status BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN due_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN until_ms BIGINT;
ALTER TABLE outbox ADD COLUMN ended_ms BIGINT NOT NULL DEFAULT 0;
ALTER TABLE outbox ADD COLUMN holder BYTEA;
ALTER TABLE outbox ADD COLUMN held_ms BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET status = 1, ended_ms = sent_us / 1000 WHERE sent_us IS NOT NULL;
DROP INDEX outbox_unsent;
CREATE INDEX outbox_due ON outbox (channel, due_ms, id) WHERE status = 0;
CREATE INDEX outbox_ended ON outbox (ended_ms) WHERE status <> 0;
CREATE INDEX outbox_account ON outbox (account, id);
