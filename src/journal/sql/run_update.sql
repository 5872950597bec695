-- Everything of a run that changes; no row when the run is not in the state that the writer takes it for.
UPDATE run
SET state = :state,
    outcome = :outcome,
    built_at = CASE WHEN :state = 'built' AND state <> 'built' THEN :now ELSE built_at END,
    finished_at = :finished_at,
    host = :host,
    pid = :pid,
    version = :version,
    config = :config,
    fingerprint = :fingerprint,
    surroundings = :surroundings,
    snapshot = :snapshot,
    wal_lsn = :wal_lsn,
    snapshot_at = :snapshot_at,
    swap_xid = :swap_xid,
    lock_ms = :lock_ms,
    lock_tries = :lock_tries,
    lock_wait_total_ms = :lock_wait_total_ms,
    lock_wait_longest_ms = :lock_wait_longest_ms,
    seam = :seam,
    settings = :settings,
    error = :error
WHERE id = :id AND state = :from_state
