SELECT phase, schema, name, subject, worker, started_at, duration_ms, rows, bytes
FROM task
WHERE run_id = :run_id
ORDER BY started_at, id
