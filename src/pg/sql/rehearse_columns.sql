-- Columns of the relations $1 (OIDs), in order; n counts the array from 1; collation NULL: the type's default;
-- summable: a type, or a domain over one, whose sum() can be cast to numeric.
SELECT p.n, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.format('%I.%I', cs.nspname, c.collname) END AS collation,
       t.typcategory = 'N' AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[]) AND b.typname !~ '^reg' AS summable
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cs ON cs.oid = c.collnamespace
ORDER BY p.n, a.attnum
