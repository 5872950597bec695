-- OIDs of the relations that were created: $1 schemas, $2 names (parallel arrays); n counts from 1.
SELECT p.n, c.oid
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
         WITH ORDINALITY AS p (schema, name, n)
JOIN pg_catalog.pg_namespace AS s ON s.nspname = p.schema
JOIN pg_catalog.pg_class AS c ON c.relnamespace = s.oid AND c.relname = p.name
