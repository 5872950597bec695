SELECT count(*) FROM run WHERE set_name = :set
