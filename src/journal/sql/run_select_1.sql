-- The same from a journal of format 1, for `status`.
SELECT id, name, set_name, state, outcome, started_at, finished_at, host, pid, version, config, system_identifier,
    database, fingerprint, surroundings, keep_old, is_rollback, 1, snapshot, wal_lsn, snapshot_at, swap_xid, lock_ms, lock_tries,
    -1, -1, NULL, NULL, error
FROM run
WHERE id = :id
