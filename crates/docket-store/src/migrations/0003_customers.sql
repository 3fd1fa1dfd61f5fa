-- Customers are listed: persons and companies apart, newest first, and found by their e-mail address.
ALTER TABLE customer ADD COLUMN is_company BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN created_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE customer ADD COLUMN email TEXT NOT NULL DEFAULT '';
UPDATE customer SET is_company = 1 WHERE document LIKE '{"is_company":true%';
CREATE INDEX customer_created ON customer (account, is_company, created_us, id);
CREATE INDEX customer_email ON customer (account, email) WHERE email <> '';
