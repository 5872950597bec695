-- The audit table $1.$2 as it is, and what this role may do with it.
WITH wanted (name) AS (
    VALUES ('view_name'), ('started_at'), ('completed_at'), ('duration_ms'), ('row_count'), ('status'), ('error_message')
)
SELECT n.oid AS schema,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS schema_usage,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS schema_create,
       c.oid AS relation,
       c.relkind,
       (SELECT pg_catalog.string_agg(w.name, ', ')
          FROM wanted AS w
         WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = w.name)) AS missing,
       (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef
           AND a.attidentity = '' AND a.attname NOT IN (SELECT w.name FROM wanted AS w)) AS required,
       (SELECT pg_catalog.bool_and(pg_catalog.has_column_privilege(c.oid, a.attnum, 'INSERT'))
          FROM pg_catalog.pg_attribute AS a
         WHERE a.attrelid = c.oid AND a.attname IN (SELECT w.name FROM wanted AS w)) AS may_insert,
       (SELECT pg_catalog.string_agg(DISTINCT s.oid::pg_catalog.regclass::pg_catalog.text, ', ')
          FROM pg_catalog.pg_attrdef AS x
          JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.objid = x.oid
                                        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
          JOIN pg_catalog.pg_class AS s ON s.oid = d.refobjid
         WHERE x.adrelid = c.oid
           AND CASE WHEN s.relkind = 'S' THEN NOT pg_catalog.has_sequence_privilege(s.oid, 'USAGE, UPDATE') END) AS sequences,
       (SELECT a.atttypid FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'duration_ms')
           AS duration_type,
       (SELECT a.atttypid FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attname = 'row_count')
           AS row_count_type
  FROM (SELECT) AS nothing
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.nspname = $1
  LEFT JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = $2;
