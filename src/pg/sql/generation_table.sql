-- One row per swap, written by the swap's own transaction: what was known when.
CREATE TABLE IF NOT EXISTS matswap.generation
(
    run         pg_catalog.text PRIMARY KEY,
    set         pg_catalog.text NOT NULL,
    snapshot    pg_catalog.pg_snapshot,
    wal_lsn     pg_catalog.pg_lsn,
    snapshot_at pg_catalog.timestamptz,
    swapped_at  pg_catalog.timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    swap_xid    pg_catalog.xid8 NOT NULL DEFAULT pg_catalog.pg_current_xact_id(),
    views       pg_catalog.jsonb NOT NULL
);
