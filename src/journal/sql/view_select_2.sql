-- The same from a journal of format 2 or 3, for `status`.
SELECT schema, name, kind, position, level, status, old_oid, old_kind, new_oid, started_at, NULL, duration_ms, rows,
    bytes, totals, NULL, NULL, fingerprint, snapshot, wal_lsn, snapshot_at, NULL, -1, NULL, NULL
FROM view
WHERE run_id = :run_id
ORDER BY position
