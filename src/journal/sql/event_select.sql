SELECT at, kind, schema, name, message
FROM event
WHERE run_id = :run_id
ORDER BY id
