-- Which of the columns $2 the relation has, with a type whose sum() can be cast to numeric.
SELECT a.attname AS name
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
 WHERE a.attrelid = $1::pg_catalog.oid
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND a.attname = ANY ($2::pg_catalog.name[])
   AND t.typcategory = 'N'
   AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[])
   AND b.typname !~ '^reg';
