SELECT id FROM run WHERE set_name = :set AND state = 'done' AND outcome = 'swapped' ORDER BY id DESC LIMIT 1
