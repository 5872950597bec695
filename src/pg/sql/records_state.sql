-- What schema matswap has to record runs in, and what this role may do with it.
SELECT n.oid AS schema,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_usage,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS schema_create,
       g.oid AS generation,
       pg_catalog.has_table_privilege(g.oid, 'INSERT') AS generation_insert,
       pg_catalog.has_table_privilege(g.oid, 'SELECT') AS generation_select,
       f.oid AS failure,
       pg_catalog.has_table_privilege(f.oid, 'INSERT') AND pg_catalog.has_table_privilege(f.oid, 'SELECT') AS failure_written,
       v.oid AS freshness,
       pg_catalog.obj_description(v.oid, 'pg_class') AS freshness_comment,
       pg_catalog.pg_has_role(v.relowner, 'USAGE') AS freshness_ours
  FROM (SELECT) AS nothing
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = 'matswap'
  LEFT JOIN pg_catalog.pg_class AS g ON g.relnamespace = n.oid AND g.relname = 'generation'
  LEFT JOIN pg_catalog.pg_class AS f ON f.relnamespace = n.oid AND f.relname = 'failure'
  LEFT JOIN pg_catalog.pg_class AS v ON v.relnamespace = n.oid AND v.relname = 'freshness';
