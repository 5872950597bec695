-- How far these backends ($1) are with what the server counts.  A B-tree is built by scanning the table, sorting, and
-- loading the sorted rows; other kinds of index are ready when the table is scanned.  On 13: COPY is not counted.
SELECT p.pid, p.phase AS step, NULL::pg_catalog.int8 AS row_count, NULL::pg_catalog.int8 AS bytes,
       CASE WHEN p.phase LIKE '%loading tuples%'
            THEN 0.6 + 0.4 * p.tuples_done / greatest(p.tuples_total, p.tuples_done, 1)
            WHEN p.phase LIKE '%sorting%' THEN 0.5
            WHEN p.blocks_total > 0
            THEN CASE WHEN p.phase = 'building index' THEN 1.0 ELSE 0.5 END * p.blocks_done / p.blocks_total
       END AS fraction
FROM pg_catalog.pg_stat_progress_create_index p
WHERE p.pid = ANY ($1::pg_catalog.int4[])
UNION ALL
SELECT p.pid, p.phase, NULL, NULL,
       CASE WHEN p.heap_blks_total > 0 THEN 1.0 * p.heap_blks_scanned / p.heap_blks_total END
FROM pg_catalog.pg_stat_progress_vacuum p
WHERE p.pid = ANY ($1::pg_catalog.int4[])
UNION ALL
SELECT p.pid, 'analyze', NULL, NULL, NULL
FROM pg_catalog.pg_stat_progress_analyze p
WHERE p.pid = ANY ($1::pg_catalog.int4[])
