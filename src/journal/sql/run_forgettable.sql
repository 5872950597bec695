-- The oldest run of the set that the journal need not know any more: it is over, since before that time; it is none of the
-- newest, and not the last one that swapped, whose old generation may be kept.
SELECT id
FROM run
WHERE set_name = :set AND state IN ('done', 'reverted') AND finished_at < :before
    AND id < (SELECT min(id) FROM (SELECT id FROM run WHERE set_name = :set ORDER BY id DESC LIMIT :newest))
    AND id <> coalesce(
        (SELECT id FROM run WHERE set_name = :set AND state = 'done' AND outcome = 'swapped' ORDER BY id DESC LIMIT 1),
        -1)
ORDER BY id
LIMIT 1
