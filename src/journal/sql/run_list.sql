SELECT id FROM run WHERE set_name = :set AND id < :before ORDER BY id DESC LIMIT :limit
