-- Which of the columns $2 the relation has.
SELECT a.attname AS name
  FROM pg_catalog.pg_attribute AS a
 WHERE a.attrelid = $1::pg_catalog.oid
   AND a.attnum > 0
   AND NOT a.attisdropped
   AND a.attname = ANY ($2::pg_catalog.name[]);
