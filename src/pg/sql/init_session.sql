-- Who looks, and where.  generations: is matswap.generation there, and may we read it?
SELECT CURRENT_USER AS role,
       r.rolinherit AS inherits,
       pg_catalog.current_database() AS database,
       coalesce((SELECT pg_catalog.has_schema_privilege(c.relnamespace, 'USAGE')
                        AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
                   FROM pg_catalog.pg_class AS c
                   JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
                  WHERE n.nspname = 'matswap' AND c.relname = 'generation'), false) AS generations
  FROM pg_catalog.pg_roles AS r
 WHERE r.rolname = CURRENT_USER
