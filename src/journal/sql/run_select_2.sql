-- The same from a journal of format 2, for `status`.
SELECT id, name, set_name, state, outcome, started_at, finished_at, host, pid, version, config, system_identifier,
    database, fingerprint, surroundings, keep_old, is_rollback, partial, snapshot, wal_lsn, snapshot_at, swap_xid, lock_ms, lock_tries,
    -1, -1, NULL, NULL, error
FROM run
WHERE id = :id
