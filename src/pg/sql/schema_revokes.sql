-- Privileges on the schema $1 that $2, its list when the run took it over, did not have: one REVOKE each.
SELECT pg_catalog.format('REVOKE %s ON SCHEMA %I FROM %s', a.privilege_type, n.nspname,
                         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END) AS statement
  FROM pg_catalog.pg_namespace AS n
 CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
 WHERE n.nspname = $1
   AND (a.grantee = 0 OR r.rolname IS NOT NULL)
   AND NOT EXISTS (SELECT 1
                     FROM pg_catalog.aclexplode($2::pg_catalog.aclitem[]) AS b
                    WHERE b.grantee = a.grantee AND b.privilege_type = a.privilege_type);
