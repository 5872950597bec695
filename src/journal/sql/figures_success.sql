-- The last new generation of the whole set. One that is published and not retired yet has no end; its swap has.
SELECT coalesce(run.finished_at, (SELECT max(task.started_at) FROM task WHERE task.run_id = run.id AND task.phase = 'swap'),
    run.started_at)
FROM run
WHERE run.set_name = :set AND run.state IN ('swapped', 'done') AND NOT run.partial AND NOT run.is_rollback
ORDER BY run.id DESC
LIMIT 1
