-- What the swap of the run $1 moved in (oid) and out (old_oid); no row when it did not swap.
SELECT (v.value ->> 'oid')::pg_catalog.oid AS oid,
       (v.value ->> 'old_oid')::pg_catalog.oid AS old_oid
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.views) AS v (value)
 WHERE g.run = $1;
