-- What a task takes on average, and how many of them a run has, by the set's last five runs that were built.
SELECT phase, schema, name, avg(duration_ms), 1.0 * count(*) / count(DISTINCT run_id)
FROM task
WHERE run_id IN (
    SELECT id FROM run WHERE set_name = :set AND built_at IS NOT NULL ORDER BY id DESC LIMIT 5
)
GROUP BY phase, schema, name
