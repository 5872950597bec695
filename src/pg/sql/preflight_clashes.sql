-- $1, $2: schemas and names of the views.  $3: OIDs of the live relations of those names.
-- Types of the live schemas that are not the generation's own, but have a name that one of its relations needs:
-- a row type is named as its relation, its array type with an underscore before (makeArrayTypeName in
-- src/backend/catalog/pg_type.c), and ALTER ... SET SCHEMA renames neither.
WITH planned AS (
    SELECT schema, name, position FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS o (schema, name, position)
), own AS (
    SELECT c.reltype AS oid FROM pg_catalog.pg_class c WHERE c.oid = ANY ($3::oid[])
    UNION ALL
    SELECT t.typarray
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_type t ON t.oid = c.reltype
    WHERE c.oid = ANY ($3::oid[])
)
SELECT p.position, pg_catalog.pg_describe_object('pg_catalog.pg_type'::regclass, t.oid, 0) AS object,
       t.typname <> p.name AS is_array
FROM planned p
JOIN pg_catalog.pg_namespace n ON n.nspname = p.schema
JOIN pg_catalog.pg_type t ON t.typnamespace = n.oid
                         AND (t.typname = p.name OR t.typname = ('_' || p.name)::name)
WHERE t.oid NOT IN (SELECT oid FROM own WHERE oid IS NOT NULL)
  -- what is no view's or import's own has been refused already
  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid AND c.relname = p.name
                                                      AND c.oid <> ALL ($3::oid[]))
ORDER BY p.position, t.typname
