-- The grants that roles $2 lack on schemas $1 (parallel arrays) to name what is in them and, if $3, to create there.
SELECT pg_catalog.format('GRANT %s ON SCHEMA %I TO %I', CASE WHEN $3::pg_catalog.bool THEN 'USAGE, CREATE' ELSE 'USAGE'
                                                        END, s.nspname, r.rolname) AS sql
FROM (SELECT DISTINCT schema, role
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
           AS a (schema, role)) AS p
JOIN pg_catalog.pg_namespace AS s ON s.nspname = p.schema
JOIN pg_catalog.pg_roles AS r ON r.rolname = p.role
WHERE NOT pg_catalog.has_schema_privilege(r.oid, s.oid, 'USAGE')
   OR $3::pg_catalog.bool AND NOT pg_catalog.has_schema_privilege(r.oid, s.oid, 'CREATE')
ORDER BY p.schema, p.role
