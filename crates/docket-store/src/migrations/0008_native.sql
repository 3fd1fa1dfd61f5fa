-- When anything of a delivery changed: who looks on reads what changed since it last looked.
ALTER TABLE delivery ADD COLUMN changed_ms BIGINT NOT NULL DEFAULT 0;
CREATE INDEX delivery_changed ON delivery (account, changed_ms);
