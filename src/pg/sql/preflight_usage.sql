-- $1: roles.  $2, $3, $4: a relation, a type (0: none), or a schema (NULL: none) that a statement to be executed by that
-- role names.
-- Where the role may not look into the schema: an unqualified name would not be found there, a qualified one be refused.
SELECT DISTINCT ON (o.position, n.nspname) o.position, n.nspname AS schema
FROM unnest($1::text[], $2::oid[], $3::oid[], $4::text[])
     WITH ORDINALITY AS o (role, relation, type, schema, position)
JOIN pg_catalog.pg_roles r ON r.rolname = o.role
LEFT JOIN pg_catalog.pg_class c ON c.oid = o.relation
LEFT JOIN pg_catalog.pg_type t ON t.oid = o.type
JOIN pg_catalog.pg_namespace n ON n.oid IN (c.relnamespace, t.typnamespace) OR n.nspname = o.schema
WHERE NOT pg_catalog.has_schema_privilege(r.oid, n.oid, 'USAGE')
ORDER BY o.position, n.nspname
