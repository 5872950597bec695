-- Which of the roles $1 the connected role may not act for.  $2: as in preflight_live.
SELECT r.rolname AS role
FROM pg_catalog.pg_roles r
WHERE r.rolname = ANY ($1::pg_catalog.name[])
  AND NOT pg_catalog.pg_has_role(r.oid, $2)
