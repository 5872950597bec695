DELETE FROM task WHERE run_id = :run_id
