-- What is live of each view: what the newest swap that brought in all views of the set says of it, or one that came after it.
WITH swapped AS (
    SELECT id, snapshot_at, partial OR is_rollback OR EXISTS (
            SELECT 1 FROM view WHERE view.run_id = run.id AND view.status IN ('failed', 'isolated')
        ) AS in_part
    FROM run
    WHERE set_name = :set AND state IN ('swapped', 'done')
), ranked AS (
    SELECT view.schema, view.name, view.new_oid, view.rows, view.bytes, view.duration_ms, view.watermark,
        coalesce(view.snapshot_at, swapped.snapshot_at) AS snapshot_at,
        row_number() OVER (PARTITION BY view.schema, view.name ORDER BY view.run_id DESC) AS place
    FROM swapped JOIN view ON view.run_id = swapped.id
    WHERE view.status NOT IN ('failed', 'isolated')
        AND swapped.id >= coalesce((SELECT max(id) FROM swapped WHERE NOT in_part), 0)
)
SELECT schema, name, rows, bytes, duration_ms, snapshot_at, watermark
FROM ranked
WHERE place = 1 AND new_oid <> 0
ORDER BY schema, name
