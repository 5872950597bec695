SELECT c.oid, CASE WHEN c.relkind IN ('m', 'r') THEN pg_catalog.pg_total_relation_size(c.oid) END AS bytes
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = :'schema'
   AND c.relname = :'name';
