DELETE FROM namespace WHERE run_id = :run_id
