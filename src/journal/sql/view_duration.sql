-- The middle of the last five builds, or the mean of the two in the middle.  From the view's side: what no run has built yet
-- is known at once, however many runs there are.
WITH build AS (
    SELECT view.duration_ms
    FROM view CROSS JOIN run ON run.id = view.run_id
    WHERE view.schema = :schema AND view.name = :name AND run.set_name = :set
        AND run.built_at IS NOT NULL AND view.duration_ms >= 0 AND view.status IN ('built', 'indexed', 'complete')
    ORDER BY view.run_id DESC
    LIMIT 5
), ranked AS (
    SELECT duration_ms, row_number() OVER (ORDER BY duration_ms) AS place, count(*) OVER () AS builds
    FROM build
)
SELECT coalesce(avg(duration_ms), -1.0) FROM ranked WHERE place IN ((builds + 1) / 2, (builds + 2) / 2)
