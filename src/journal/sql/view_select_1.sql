-- The same from a journal of format 1, for `status`.
SELECT schema, name, kind, position, level, status, old_oid, old_kind, new_oid, started_at, duration_ms, rows, bytes,
    totals, fingerprint, NULL, NULL, NULL
FROM view
WHERE run_id = :run_id
ORDER BY position
