-- Columns of the relations $1 (OIDs), in order; n counts the array from 1; collation NULL: the type's default;
-- summable: a type, or a domain over one, whose sum() can be cast to numeric; is_float: it depends on the order of the rows;
-- temporal: a point in time.
--   $2 OIDs of the new relations   $3 their live schemas   (parallel arrays)
-- The row type of a new relation, and the array type of that, are given the name that they have after the swap.
SELECT p.n, a.attname AS name,
       CASE WHEN own.schema IS NOT NULL THEN pg_catalog.format('%I.%I', own.schema, t.typname)
            WHEN of.schema IS NOT NULL THEN pg_catalog.format('%I.%I[]', of.schema, e.typname)
            ELSE pg_catalog.format_type(a.atttypid, a.atttypmod) END AS type,
       CASE WHEN a.attcollation <> t.typcollation
            THEN pg_catalog.format('%I.%I', cs.nspname, c.collname) END AS collation,
       t.typcategory = 'N' AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[]) AND b.typname !~ '^reg' AS summable,
       b.oid = ANY ('{float4,float8}'::pg_catalog.regtype[]) AS is_float,
       b.oid = ANY ('{date,timestamp,timestamptz}'::pg_catalog.regtype[]) AS temporal,
       a.attgenerated <> '' AS generated, a.atthasdef AND a.attgenerated = '' AS has_default,
       b.oid = ANY ('{json,jsonb}'::pg_catalog.regtype[]) AS is_json
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = p.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND e.typarray = t.oid
LEFT JOIN pg_catalog.pg_collation AS c ON c.oid = a.attcollation
LEFT JOIN pg_catalog.pg_namespace AS cs ON cs.oid = c.collnamespace
LEFT JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.oid[]), pg_catalog.unnest($3::pg_catalog.text[]))
     AS own (oid, schema) ON own.oid = nullif(t.typrelid, 0)
LEFT JOIN ROWS FROM (pg_catalog.unnest($2::pg_catalog.oid[]), pg_catalog.unnest($3::pg_catalog.text[]))
     AS of (oid, schema) ON of.oid = nullif(e.typrelid, 0)
ORDER BY p.n, a.attnum
