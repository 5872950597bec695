-- The grants on schemas $1 that roles $2 lack to build there ($3 true) or to name what stands there ($3 false).
SELECT pg_catalog.format('GRANT %s ON SCHEMA %I TO %I', CASE WHEN p.builds THEN 'USAGE, CREATE' ELSE 'USAGE' END,
                         p.schema, p.role) AS sql
FROM (SELECT schema, role, pg_catalog.bool_or(builds) AS builds
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                      pg_catalog.unnest($3::pg_catalog.bool[])) AS a (schema, role, builds)
      GROUP BY schema, role) AS p
JOIN pg_catalog.pg_namespace AS s ON s.nspname = p.schema
JOIN pg_catalog.pg_roles AS r ON r.rolname = p.role
WHERE NOT pg_catalog.has_schema_privilege(r.oid, s.oid, 'USAGE')
   OR p.builds AND NOT pg_catalog.has_schema_privilege(r.oid, s.oid, 'CREATE')
ORDER BY p.schema, p.role
