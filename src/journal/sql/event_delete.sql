DELETE FROM event WHERE run_id = :run_id
