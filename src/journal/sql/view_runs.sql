-- The set's runs that have this view, the newest first: each with its columns as in run_select.sql, then those of the view
-- as in view_select.sql.  From the view's side, so that a view which few runs have is found as fast.
SELECT run.id, run.name, run.set_name, run.state, run.outcome, run.started_at, run.finished_at, run.host, run.pid,
    run.version, run.config, run.system_identifier, run.database, run.fingerprint, run.surroundings, run.keep_old,
    run.is_rollback, run.partial, run.snapshot, run.wal_lsn, run.snapshot_at, run.swap_xid, run.lock_ms, run.lock_tries,
    run.lock_wait_total_ms, run.lock_wait_longest_ms, run.seam, run.settings, run.error,
    view.schema, view.name, view.kind, view.position, view.level, view.status, view.old_oid, view.old_kind, view.new_oid,
    view.started_at, view.completed_at, view.duration_ms, view.rows, view.bytes, view.totals, view.measures,
    view.watermark, view.fingerprint, view.snapshot, view.wal_lsn, view.snapshot_at, view.error, view.old_bytes,
    view.reads, view.changes
FROM view CROSS JOIN run ON run.id = view.run_id
WHERE view.schema = :schema AND view.name = :name AND run.set_name = :set
ORDER BY view.run_id DESC
LIMIT :limit
