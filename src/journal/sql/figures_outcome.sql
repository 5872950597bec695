SELECT outcome, count(*) FROM run WHERE set_name = :set AND finished_at IS NOT NULL GROUP BY outcome
