-- USAGE on the live schema is given on the outgoing one too, so that a kept generation stays readable.
SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %s', $2::pg_catalog.text,
                         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END) AS statement
  FROM pg_catalog.pg_namespace AS n
 CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
 WHERE n.nspname = $1
   AND a.privilege_type = 'USAGE'
   AND a.grantee <> n.nspowner
   AND (a.grantee = 0 OR r.rolname IS NOT NULL);
