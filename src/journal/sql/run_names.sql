SELECT name FROM run WHERE set_name = :set AND substr(name, 1, length(:prefix)) = :prefix ORDER BY id DESC LIMIT :limit
