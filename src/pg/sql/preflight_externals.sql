-- $1, $2: schemas (NULL: unqualified) and names; $3, $4: may it be a relation, a type?  Runs under the search path
-- of the live schemas.  to_regclass() would do but for its error on a schema we may not use.
SELECT o.position,
       (SELECT c.oid
        FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE o.as_relation AND c.relname = o.name
          AND CASE WHEN o.schema IS NULL THEN n.nspname = ANY (p.path) ELSE n.nspname = o.schema END
        ORDER BY pg_catalog.array_position(p.path, n.nspname) LIMIT 1) AS relation,
       (SELECT t.oid
        FROM pg_catalog.pg_type t
        JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
        WHERE o.as_type AND t.typname = o.name
          AND CASE WHEN o.schema IS NULL THEN n.nspname = ANY (p.path) ELSE n.nspname = o.schema END
        ORDER BY pg_catalog.array_position(p.path, n.nspname) LIMIT 1) AS type
FROM unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[])
     WITH ORDINALITY AS o (schema, name, as_relation, as_type, position)
CROSS JOIN (SELECT pg_catalog.current_schemas(true) AS path) p
ORDER BY o.position
