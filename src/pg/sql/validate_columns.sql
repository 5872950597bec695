-- Which of the columns $2 the relations $1 have (parallel arrays; n counts them from 1), and what may be asked of them:
-- summable: the type's sum() can be cast to numeric; is_float: it depends on the order of the rows; temporal: a time.
SELECT w.n,
       t.typcategory = 'N' AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[]) AND b.typname !~ '^reg' AS summable,
       b.oid = ANY ('{float4,float8}'::pg_catalog.regtype[]) AS is_float,
       b.oid = ANY ('{date,timestamp,timestamptz}'::pg_catalog.regtype[]) AS temporal
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.text[]))
       WITH ORDINALITY AS w (relation, name, n)
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = w.relation AND a.attname = w.name
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
 WHERE a.attnum > 0
   AND NOT a.attisdropped
 ORDER BY w.n;
