-- :snapshot '10:20:10'
-- :wal_lsn '0/16B3748'
-- :snapshot_at '2026-11-21T08:30:00Z'
INSERT INTO matswap.generation (run, set, snapshot, wal_lsn, snapshot_at, views)
VALUES (:'run', :'set', :snapshot::pg_catalog.pg_snapshot, :wal_lsn::pg_catalog.pg_lsn,
        :snapshot_at::pg_catalog.timestamptz, :'views'::pg_catalog.jsonb);
