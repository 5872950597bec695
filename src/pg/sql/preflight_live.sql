-- $1, $2: schemas and names.  $3: the privilege that SET ROLE asks for (SET from PostgreSQL 16 on, MEMBER before).
-- What carries each name, who owns it, and whether it belongs to an extension.
SELECT o.position,
       c.oid,
       c.relkind,
       c.relispopulated AS populated,
       r.rolname AS owner,
       CASE WHEN c.relkind IN ('m', 'r') THEN pg_catalog.pg_total_relation_size(c.oid) ELSE 0 END AS bytes,
       pg_catalog.pg_has_role(c.relowner, $3) AS may_become_owner,
       pg_catalog.pg_has_role(c.relowner, 'USAGE') AS acts_as_owner,
       pg_catalog.has_any_column_privilege(c.relowner, c.oid, 'SELECT') AS owner_reads,
       e.extname AS extension,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS index_count
FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (schema, name, position)
JOIN pg_catalog.pg_namespace n ON n.nspname = o.schema
JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = o.name
JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                                AND d.objsubid = 0 AND d.deptype = 'e'
                                AND d.refclassid = 'pg_catalog.pg_extension'::regclass
LEFT JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
ORDER BY o.position
