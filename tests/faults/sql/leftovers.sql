-- Schemas of a generation that does not serve, and markers of matswap wherever they may be.
SELECT n.nspname AS name, pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname ~ '_(new|old)$'
UNION ALL
SELECT pg_catalog.format('comment on object %s of %s', d.objoid, d.classoid::pg_catalog.regclass), d.description
  FROM pg_catalog.pg_description AS d
  LEFT JOIN pg_catalog.pg_namespace AS n
    ON d.classoid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND n.oid = d.objoid
 WHERE d.description LIKE 'matswap set=%'
   AND (n.nspname IS NULL OR n.nspname !~ '_(new|old)$')
 ORDER BY 1;
