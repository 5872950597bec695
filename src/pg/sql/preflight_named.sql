-- $1, $2: schemas and names of the indexes and statistics objects that the files make.  $3: OIDs of the live views.
-- Those names that something outside the generation has: moving the new one there would fail.
SELECT o.position,
       CASE WHEN c.oid IS NOT NULL THEN pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, c.oid, 0)
            ELSE pg_catalog.pg_describe_object('pg_catalog.pg_statistic_ext'::regclass, s.oid, 0) END AS object
FROM unnest($1::text[], $2::text[], $4::boolean[]) WITH ORDINALITY AS o (schema, name, is_index, position)
JOIN pg_catalog.pg_namespace n ON n.nspname = o.schema
LEFT JOIN pg_catalog.pg_class c ON o.is_index AND c.relnamespace = n.oid AND c.relname = o.name
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_statistic_ext s ON NOT o.is_index AND s.stxnamespace = n.oid AND s.stxname = o.name
WHERE (c.oid IS NOT NULL OR s.oid IS NOT NULL)
  AND COALESCE(i.indrelid, s.stxrelid, 0) <> ALL ($3::oid[])
ORDER BY o.position
