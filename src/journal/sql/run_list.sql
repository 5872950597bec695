SELECT id FROM run WHERE set_name = :set ORDER BY id DESC LIMIT :limit
