-- The same from a journal of format 4, for `status`.
SELECT schema, name, kind, position, level, status, old_oid, old_kind, new_oid, started_at, completed_at, duration_ms,
    rows, bytes, totals, measures, watermark, fingerprint, snapshot, wal_lsn, snapshot_at, error, -1, NULL, NULL
FROM view
WHERE run_id = :run_id
ORDER BY position
