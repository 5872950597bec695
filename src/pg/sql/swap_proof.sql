-- :views (16384::pg_catalog.oid, 'public', 'donations')
-- After the moves, in their transaction: fails, with a division by zero, unless each of the names carries the relation
-- that the run built and recorded.  (Moves go by name, and what has a name can be replaced until the move locks it.)
SELECT 1 / (pg_catalog.count(c.oid) = pg_catalog.count(*))::pg_catalog.int4 AS proven
  FROM (VALUES :views) AS w (oid, schema, name)
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = w.oid AND c.relnamespace = n.oid AND c.relname = w.name;
