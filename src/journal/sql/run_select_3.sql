-- The same from a journal of format 3, for `status`.
SELECT id, name, set_name, state, outcome, started_at, finished_at, host, pid, version, config, system_identifier,
    database, fingerprint, surroundings, keep_old, is_rollback, partial, snapshot, wal_lsn, snapshot_at, swap_xid, lock_ms, lock_tries,
    lock_wait_total_ms, lock_wait_longest_ms, NULL, NULL, error
FROM run
WHERE id = :id
