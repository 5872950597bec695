SELECT schema, name, kind, position, level, status, old_oid, old_kind, new_oid, started_at, completed_at, duration_ms,
    rows, bytes, totals, measures, watermark, fingerprint, snapshot, wal_lsn, snapshot_at, error, old_bytes,
    reads, changes
FROM view
WHERE run_id = :run_id
ORDER BY position
