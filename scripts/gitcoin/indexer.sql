-- The database `indexer`: what the live indexer has read from the chains.
\set ON_ERROR_STOP on
\ir generate.sql
\ir schema.sql
\set first 21
\set last 80
\set stamp indexer
BEGIN;
\ir fill.sql
COMMIT;

CREATE TABLE round_roles (
    chain_id integer NOT NULL,
    round_id text NOT NULL,
    address text NOT NULL,
    role text NOT NULL,
    created_at_block bigint NOT NULL,
    PRIMARY KEY (chain_id, round_id, role, address)
);

INSERT INTO round_roles
SELECT chain_id, id, pg_temp.address(r * 10 + n, 'operator'), CASE n WHEN 0 THEN 'ADMIN' ELSE 'MANAGER' END, block
FROM g_rounds, generate_series(0, 3) AS n
WHERE r >= 21;

CREATE INDEX ON donations (round_id);
VACUUM ANALYZE;
