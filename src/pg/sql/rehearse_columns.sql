-- Columns of the relations $1 (OIDs), in order; n counts the array from 1; collation NULL: the type's default.
SELECT p.n, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.format('%I.%I', cs.nspname, c.collname) END AS collation
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cs ON cs.oid = c.collnamespace
ORDER BY p.n, a.attnum
