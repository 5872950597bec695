INSERT INTO run (name, set_name, state, outcome, started_at, host, pid, version, config, system_identifier, database,
    fingerprint, surroundings, keep_old, is_rollback, partial, snapshot, wal_lsn, snapshot_at, lock_ms, lock_tries,
    lock_wait_total_ms, lock_wait_longest_ms, settings, error)
VALUES (:name, :set, :state, :outcome, :started_at, :host, :pid, :version, :config, :system_identifier, :database,
    :fingerprint, :surroundings, :keep_old, :is_rollback, :partial, :snapshot, :wal_lsn, :snapshot_at, :lock_ms, :lock_tries,
    :lock_wait_total_ms, :lock_wait_longest_ms, :settings, :error)
