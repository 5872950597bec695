-- What the swaps of the set $1 have published and still carries the name that it was given: a rename, a drop or a move
-- to another schema has taken the others out of matswap's hands.
SELECT DISTINCT p.oid, n.nspname AS schema, c.relname AS name
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(g.views)
       AS p (oid pg_catalog.oid, schema pg_catalog.text, name pg_catalog.text)
  JOIN pg_catalog.pg_class AS c ON c.oid = p.oid AND c.relname = p.name
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = p.schema
 WHERE g.set = $1
 ORDER BY n.nspname, c.relname;
