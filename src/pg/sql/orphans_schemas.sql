-- Schemas whose comment begins with $1: the marker of a set (src/stage/schema.c).
SELECT n.oid,
       n.nspname AS schema,
       d.description AS comment,
       pg_catalog.to_regclass('matswap.generation') IS NOT NULL AS generation_table
  FROM pg_catalog.pg_namespace AS n
  JOIN pg_catalog.pg_description AS d ON d.objoid = n.oid AND d.objsubid = 0
 WHERE d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
   AND pg_catalog.starts_with(d.description, $1)
 ORDER BY n.nspname;
