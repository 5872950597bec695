-- The main database: the indexer's tables through postgres_fdw, the archive of dead networks, the two views made once
-- from static data, the landing table of the Dune query, and the role of the web application.
-- psql variable: socket, the folder of the server's unix socket.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
\ir generate.sql

CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER indexer FOREIGN DATA WRAPPER postgres_fdw
    OPTIONS (host :'socket', port '5432', dbname 'indexer', fetch_size '10000');
CREATE USER MAPPING FOR CURRENT_USER SERVER indexer OPTIONS (user 'postgres');
CREATE SCHEMA indexer;
IMPORT FOREIGN SCHEMA public FROM SERVER indexer INTO indexer;

CREATE SCHEMA static_indexer_chain_data_75;
SET search_path = static_indexer_chain_data_75;
\ir schema.sql
\set first 1
\set last 25
\set stamp archive
\ir fill.sql
-- The archive was taken while its last five rounds were still being corrected; the indexer has the final amounts.
UPDATE donations SET amount_in_usd = amount_in_usd + 1 WHERE round_id >= 'round-021' AND block_number % 7 = 0;
RESET search_path;

-- cGrants, the platform before the chain, and the Alpha rounds: their donations and matches never change.
CREATE SCHEMA static_source;
CREATE TABLE static_source.cgrants_contributions AS
SELECT i AS id, pg_temp.address(pg_temp.pick(i, 21, 9000), 'donor') AS contributor,
       pg_temp.pick(i, 22, 900) AS grant_id, 1 + i / 4000 AS round,
       timestamptz '2019-02-01 00:00+00' + i * interval '31 minutes' AS created_on,
       round((1 + power(pg_temp.pick(i, 23, 1000) / 1000.0, 5) * 300)::numeric, 2) AS amount_in_usdt
FROM generate_series(1, 60000) AS i;

CREATE TABLE static_source.alpha_round_donations AS
SELECT pg_temp.transaction_hash(i, 'alpha') AS transaction_hash, pg_temp.address(pg_temp.pick(i, 24, 3000), 'donor') AS donor,
       pg_temp.address(pg_temp.pick(i, 25, 120), 'project') AS payout_address,
       (ARRAY['Climate Alpha', 'Ethereum Infrastructure Alpha', 'UNICEF Alpha'])[1 + pg_temp.pick(i, 26, 3)] AS round_name,
       timestamptz '2023-01-17 00:00+00' + i * interval '3 minutes' AS at,
       round((1 + pg_temp.pick(i, 27, 9000) / 100.0)::numeric, 2) AS amount_in_usd
FROM generate_series(1, 6000) AS i;

CREATE MATERIALIZED VIEW static_donations AS
SELECT 'cgrants-' || id AS id, contributor AS donor_address, NULL::text AS recipient_address, 'grant-' || grant_id AS project_id,
       'GR' || round AS round_name, created_on AS timestamp, amount_in_usdt AS amount_in_usd, 'cgrants' AS source
FROM static_source.cgrants_contributions
UNION ALL
SELECT transaction_hash || '-' || row_number() OVER (PARTITION BY transaction_hash ORDER BY at), donor, payout_address, NULL,
       round_name, at, amount_in_usd, 'alpha'
FROM static_source.alpha_round_donations;
CREATE UNIQUE INDEX static_donations_id ON static_donations (id);

CREATE MATERIALIZED VIEW static_matching AS
SELECT 'GR' || round AS round_name, 'grant-' || grant_id AS project_id,
       round(power(sum(sqrt(amount_in_usdt)), 2) / 40, 2) AS match_amount_in_usd, 'cgrants' AS source
FROM static_source.cgrants_contributions
GROUP BY round, grant_id;
CREATE UNIQUE INDEX static_matching_round_project ON static_matching (round_name, project_id);

-- What the Dune query for the leaderboard returned last.
CREATE TABLE dune_allov2_distribution_events (
    blockchain text NOT NULL,
    tx_hash text NOT NULL,
    event_index integer NOT NULL,
    block_time timestamptz NOT NULL,
    pool_id bigint NOT NULL,
    recipient_address text,
    token_symbol text,
    amount_usd double precision,
    fetched_at timestamptz NOT NULL DEFAULT '2024-12-20 03:00+00',
    PRIMARY KEY (blockchain, tx_hash, event_index)
);
INSERT INTO dune_allov2_distribution_events
SELECT (ARRAY['ethereum', 'optimism', 'polygon', 'arbitrum', 'celo'])[1 + pg_temp.pick(i, 31, 5)],
       pg_temp.transaction_hash(i / 4, 'distribution'), i % 4, timestamptz '2024-02-01 00:00+00' + i * interval '47 minutes',
       1 + pg_temp.pick(i, 32, 60), pg_temp.address(pg_temp.pick(i, 33, 700), 'project'),
       (ARRAY['ETH', 'DAI', 'USDC', 'ARB'])[1 + pg_temp.pick(i, 34, 4)],
       CASE WHEN pg_temp.pick(i, 35, 50) > 0 THEN pg_temp.pick(i, 36, 500000) / 100.0 END
FROM generate_series(1, 8000) AS i
ON CONFLICT DO NOTHING;

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'web_reader') THEN
        CREATE ROLE web_reader LOGIN;
    END IF;
END
$$;
GRANT SELECT ON static_donations, static_matching TO web_reader;
VACUUM ANALYZE;
