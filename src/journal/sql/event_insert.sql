INSERT INTO event (run_id, at, kind, schema, name, message)
VALUES (:run_id, :at, :kind, :schema, :name, :message)
