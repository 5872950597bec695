-- USAGE on the live schema $1 is given on the outgoing one $2, too, so that a kept generation stays readable: to whoever was
-- granted it, and to the live schema's owner, who needs no grant there.
SELECT pg_catalog.format('GRANT USAGE ON SCHEMA %I TO %s', o.nspname,
                         CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.quote_ident(r.rolname) END) AS statement
  FROM pg_catalog.pg_namespace AS n
  JOIN pg_catalog.pg_namespace AS o ON o.nspname = $2
 CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS a
  LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = a.grantee
 WHERE n.nspname = $1
   AND a.privilege_type = 'USAGE'
   AND a.grantee <> o.nspowner
   AND (a.grantee = 0 OR r.rolname IS NOT NULL)
 GROUP BY o.nspname, a.grantee, r.rolname
 ORDER BY a.grantee;
