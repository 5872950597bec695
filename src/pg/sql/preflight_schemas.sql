-- $1: names of schemas.  $2: as in preflight_live.  What depends on a schema as a plain member is what it contains;
-- row types, indexes and TOAST tables depend on their relations instead.
SELECT o.position,
       n.oid,
       pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment,
       pg_catalog.pg_get_userbyid(n.nspowner) AS owner,
       pg_catalog.pg_has_role(n.nspowner, $2) AND pg_catalog.pg_has_role(n.nspowner, 'USAGE') AS ours,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AS may_create,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE') AS may_use,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend d
        WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n')
           AS object_count,
       (SELECT pg_catalog.string_agg(m.description, ', ' ORDER BY m.description)
        FROM (SELECT pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description
              FROM pg_catalog.pg_depend d
              WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = n.oid AND d.deptype = 'n'
              ORDER BY 1 LIMIT 3) m) AS first_objects
FROM unnest($1::text[]) WITH ORDINALITY AS o (name, position)
JOIN pg_catalog.pg_namespace n ON n.nspname = o.name
ORDER BY o.position
