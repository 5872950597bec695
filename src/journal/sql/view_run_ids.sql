-- The same runs, for a journal of an older format.
SELECT run.id
FROM view CROSS JOIN run ON run.id = view.run_id
WHERE view.schema = :schema AND view.name = :name AND run.set_name = :set
ORDER BY view.run_id DESC
LIMIT :limit
