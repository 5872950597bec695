SELECT id FROM run WHERE set_name = :set AND state NOT IN ('done', 'reverted') ORDER BY id DESC LIMIT 1
