-- What the swaps of the set $1 have published and still carries the name that it was given, the views $2, $3 (schemas and
-- names) aside: a rename, a drop or a move to another schema has taken the others out of matswap's hands.
-- Where the database has no other view or table, the rows of all those swaps are not read: thousands of views, every night.
WITH candidate AS MATERIALIZED (
    SELECT c.oid, n.nspname AS schema, c.relname AS name
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('m', 'v', 'r')
       AND n.nspname <> 'matswap' -- where matswap's own table is
       AND c.oid >= 16384 -- FirstNormalObjectId, src/include/access/transam.h
       AND (n.nspname, c.relname) NOT IN (SELECT p.schema, p.name
                                            FROM ROWS FROM (pg_catalog.unnest($2::pg_catalog.text[]),
                                                            pg_catalog.unnest($3::pg_catalog.text[])) AS p (schema, name))
), published AS (
    SELECT p.oid, p.schema, p.name
      FROM matswap.generation AS g
     CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(g.views)
           AS p (oid pg_catalog.oid, schema pg_catalog.text, name pg_catalog.text)
     WHERE g.set = $1
       AND EXISTS (SELECT FROM candidate)
)
SELECT DISTINCT c.oid, c.schema, c.name
  FROM candidate AS c
  JOIN published AS p ON p.oid = c.oid AND p.schema = c.schema AND p.name = c.name
 ORDER BY c.schema, c.name;
