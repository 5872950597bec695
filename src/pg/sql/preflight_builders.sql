-- $1: roles that the files make owners of views.  $2: as in preflight_live.
SELECT o.position,
       r.oid,
       coalesce(pg_catalog.pg_has_role(r.oid, $2) AND pg_catalog.pg_has_role(r.oid, 'USAGE'), false) AS ours
FROM unnest($1::text[]) WITH ORDINALITY AS o (name, position)
LEFT JOIN pg_catalog.pg_roles r ON r.rolname = o.name
ORDER BY o.position
