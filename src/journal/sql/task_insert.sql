INSERT INTO task (run_id, phase, schema, name, subject, worker, started_at, duration_ms, rows, bytes)
VALUES (:run_id, :phase, :schema, :name, :subject, :worker, :started_at, :duration_ms, :rows, :bytes)
