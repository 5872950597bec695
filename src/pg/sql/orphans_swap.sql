-- What the swap of the run $1 moved out (old_oid; NULL for a view that was new); no row when it did not swap.
SELECT (v.value ->> 'old_oid')::pg_catalog.oid AS old_oid
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.views) AS v (value)
 WHERE g.run = $1;
