-- What carries each of the names ($1 schemas, $2 names, in parallel) now.
SELECT w.position, c.oid, c.relkind, pg_catalog.pg_get_userbyid(c.relowner) AS owner
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
       WITH ORDINALITY AS w (schema, name, position)
  JOIN pg_catalog.pg_namespace AS n ON n.nspname = w.schema
  JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
 WHERE c.relkind IN ('m', 'v', 'r')
 ORDER BY w.position;
