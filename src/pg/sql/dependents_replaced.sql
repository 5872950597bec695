-- $1: the marker of a run's replaced objects, up to the number that says in which order they came to be.
-- Statements that drop what is still there of them, readers first.
SELECT pg_catalog.format('DROP %s RESTRICT',
           CASE WHEN p.oid IS NULL THEN 'VIEW ' || pg_catalog.format('%I.%I', n.nspname, c.relname)
                ELSE 'ROUTINE ' || p.oid::pg_catalog.regprocedure::pg_catalog.text END) AS sql,
       pg_catalog.pg_describe_object(d.classoid, d.objoid, 0) AS object
  FROM pg_catalog.pg_description AS d
  LEFT JOIN pg_catalog.pg_proc AS p
    ON d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND p.oid = d.objoid AND p.proname = 'matswap_' || p.oid
  LEFT JOIN pg_catalog.pg_class AS c
    ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND c.oid = d.objoid AND c.relkind = 'v'
       AND c.relname = 'matswap_' || c.oid
  LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE d.objsubid = 0
   AND (p.oid IS NOT NULL OR c.oid IS NOT NULL)
   AND pg_catalog.starts_with(d.description, $1)
   AND pg_catalog.substr(d.description, pg_catalog.length($1) + 1) ~ '^\d{1,9}$'
 ORDER BY pg_catalog.substr(d.description, pg_catalog.length($1) + 1)::pg_catalog.int4 DESC;
