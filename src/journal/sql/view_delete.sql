DELETE FROM view WHERE run_id = :run_id
