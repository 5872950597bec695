SELECT snapshot_at, lock_ms, lock_tries, lock_wait_total_ms, lock_wait_longest_ms
FROM run
WHERE set_name = :set AND state IN ('swapped', 'done')
ORDER BY id DESC
LIMIT 1
