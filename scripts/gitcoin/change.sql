-- A day at the indexer: the open round is given to, the round before it is paid the rest, and a price that was wrong for
-- an hour is corrected long after. Run in the database `indexer`.
\set ON_ERROR_STOP on
\ir generate.sql
BEGIN;

INSERT INTO donations
SELECT pg_temp.transaction_hash(300000 + i, 'donation'), chain_id, round_id, application_id, donor_address,
       recipient_address, project_id, pg_temp.transaction_hash(300000 + i, 'transaction'), block_number + 7000,
       token_address, amount, amount_in_usd, timestamp + interval '1 day'
FROM (SELECT *, row_number() OVER (ORDER BY id) AS i FROM donations WHERE round_id = 'round-080') AS d
WHERE i <= 2500;

INSERT INTO applications_payouts
SELECT id + 100000, chain_id, application_id, round_id, token_address, round(amount / 10), round(amount_in_usd / 10, 2),
       pg_temp.transaction_hash(id, 'second payout'), sender, timestamp + interval '3 days'
FROM applications_payouts
WHERE round_id = 'round-079';

UPDATE donations SET amount_in_usd = round(amount_in_usd * 1.04, 2)
WHERE round_id = 'round-047' AND extract(hour FROM timestamp AT TIME ZONE 'UTC') = 14;

UPDATE applications SET status = 'APPROVED', status_updated_at_block = status_updated_at_block + 5000
WHERE round_id = 'round-080' AND status = 'PENDING';
COMMIT;
