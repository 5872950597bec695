-- Who else than its owner has privileges on the schema $1, in words.
SELECT pg_catalog.string_agg(pg_catalog.format('%s to %s', a.privilege_type,
                                               CASE WHEN a.grantee = 0 THEN 'PUBLIC'
                                                    ELSE pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(a.grantee))
                                               END), ', ' ORDER BY a.grantee, a.privilege_type) AS grants
  FROM pg_catalog.pg_namespace AS n
 CROSS JOIN LATERAL pg_catalog.aclexplode(n.nspacl) AS a
 WHERE n.nspname = $1
   AND a.grantee <> n.nspowner;
