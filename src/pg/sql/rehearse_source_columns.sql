-- The columns of the view of rehearse_source_view.sql in the schema $1, in order; number: the type can be compared with a
-- sum, is_float: it depends on the order of the rows.
SELECT v.oid, a.attname AS name,
       t.typcategory = 'N' AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[]) AND b.typname !~ '^reg' AS number,
       b.oid = ANY ('{float4,float8}'::pg_catalog.regtype[]) AS is_float
  FROM pg_catalog.pg_namespace AS n
  JOIN pg_catalog.pg_class AS v ON v.relnamespace = n.oid AND v.relname = 'matswap source_total'
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = v.oid AND a.attnum > 0
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
 WHERE n.nspname = $1
 ORDER BY a.attnum;
