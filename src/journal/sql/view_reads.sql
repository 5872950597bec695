-- Which views of a run read which, as positions: the reader's, then the one's that it reads.
SELECT reader.position, input.position
FROM view AS reader CROSS JOIN json_each(reader.reads) AS item
    JOIN view AS input ON input.run_id = reader.run_id
        AND input.schema = json_extract(item.value, '$.schema') AND input.name = json_extract(item.value, '$.name')
WHERE reader.run_id = :run_id AND reader.reads IS NOT NULL
ORDER BY reader.position, input.position
