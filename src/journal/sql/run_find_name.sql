SELECT id FROM run WHERE name = :name
