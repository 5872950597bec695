-- Those of the relations $1 that some swap brought in, whichever run's it was.
SELECT DISTINCT p.oid
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.views) AS v (value)
 CROSS JOIN LATERAL (SELECT (v.value ->> 'oid')::pg_catalog.oid) AS p (oid)
 WHERE p.oid = ANY ($1::pg_catalog.oid[]);
