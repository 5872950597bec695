-- $1: live relations.  $2: as in preflight_live.
-- Roles that granted privileges on them, on their columns or their row types, are not their owners, and for which we may not act.
SELECT o.position, r.rolname AS grantor
FROM unnest($1::oid[]) WITH ORDINALITY AS o (oid, position)
JOIN pg_catalog.pg_class c ON c.oid = o.oid
CROSS JOIN LATERAL (SELECT i.grantor FROM pg_catalog.aclexplode(c.relacl) i
                    UNION
                    SELECT i.grantor
                    FROM pg_catalog.pg_attribute a
                    CROSS JOIN LATERAL pg_catalog.aclexplode(a.attacl) i
                    WHERE a.attrelid = c.oid AND NOT a.attisdropped
                    UNION
                    SELECT i.grantor
                    FROM pg_catalog.pg_type t
                    CROSS JOIN LATERAL pg_catalog.aclexplode(t.typacl) i
                    WHERE t.oid = c.reltype) g
JOIN pg_catalog.pg_roles r ON r.oid = g.grantor
WHERE g.grantor <> c.relowner AND NOT pg_catalog.pg_has_role(g.grantor, $2)
ORDER BY o.position, r.rolname
