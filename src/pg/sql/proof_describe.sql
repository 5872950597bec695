-- $1, $2: classes and OIDs of objects; a rule is named by its relation, an index or default by itself.
SELECT pg_catalog.pg_describe_object(CASE WHEN r.oid IS NULL THEN o.class ELSE 'pg_catalog.pg_class'::regclass END,
                                     COALESCE(r.ev_class, o.object), 0) AS description
FROM unnest($1::oid[], $2::oid[]) WITH ORDINALITY AS o (class, object, position)
LEFT JOIN pg_catalog.pg_rewrite r ON o.class = 'pg_catalog.pg_rewrite'::regclass AND r.oid = o.object
ORDER BY o.position
