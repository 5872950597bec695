SELECT n.oid,
       coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::pg_catalog.text AS acl,
       pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend AS d
         WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid) AS objects,
       (SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(s.classid, s.objid, 0), ', ')
          FROM (SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d
                 WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
                 ORDER BY d.classid, d.objid LIMIT 3) AS s) AS examples
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname = $1;
