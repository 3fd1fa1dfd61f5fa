-- The trace that a change is part of, where it is not named like its exchange; and whether who asked records it.
ALTER TABLE journal ADD COLUMN trace BYTEA;
ALTER TABLE journal ADD COLUMN sampled BIGINT;
-- The span that an attempt was, as it was sent.
ALTER TABLE webhook_attempt ADD COLUMN traceparent TEXT;
-- The last call that was made for a delivery.
ALTER TABLE delivery ADD COLUMN exchange BYTEA;
