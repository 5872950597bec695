INSERT INTO view (run_id, position, schema, name, kind, level, status, old_oid, old_kind, new_oid, started_at,
    duration_ms, rows, bytes, totals, fingerprint, snapshot, wal_lsn, snapshot_at)
VALUES (:run_id, :position, :schema, :name, :kind, :level, :status, :old_oid, :old_kind, :new_oid, :started_at,
    :duration_ms, :rows, :bytes, :totals, :fingerprint, :snapshot, :wal_lsn,
    :snapshot_at)
ON CONFLICT (run_id, position) DO UPDATE
SET schema = excluded.schema,
    name = excluded.name,
    kind = excluded.kind,
    level = excluded.level,
    status = excluded.status,
    old_oid = excluded.old_oid,
    old_kind = excluded.old_kind,
    new_oid = excluded.new_oid,
    started_at = excluded.started_at,
    duration_ms = excluded.duration_ms,
    rows = excluded.rows,
    bytes = excluded.bytes,
    totals = excluded.totals,
    fingerprint = excluded.fingerprint,
    snapshot = excluded.snapshot,
    wal_lsn = excluded.wal_lsn,
    snapshot_at = excluded.snapshot_at
