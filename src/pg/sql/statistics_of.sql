SELECT s.stxrelid AS relation, n.nspname AS schema, s.stxname AS name
  FROM pg_catalog.pg_statistic_ext AS s
  JOIN pg_catalog.pg_namespace AS n ON n.oid = s.stxnamespace
 WHERE s.stxrelid = ANY ($1::pg_catalog.oid[])
 ORDER BY s.stxrelid, n.nspname, s.stxname;
