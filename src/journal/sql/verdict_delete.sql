DELETE FROM verdict WHERE run_id = :run_id
