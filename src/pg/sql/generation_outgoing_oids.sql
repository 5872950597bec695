-- What one swap moved to the outgoing schemas: the only relations there that may be dropped.
SELECT (v.value ->> 'old_oid')::pg_catalog.oid AS oid
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.views) AS v (value)
 WHERE g.run = $1
   AND v.value ->> 'old_oid' IS NOT NULL;
