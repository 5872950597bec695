-- A schema, how many objects it holds and three of them; default privileges in it are none, one of these is told apart.
SELECT n.oid,
       coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner))::pg_catalog.text AS acl,
       pg_catalog.obj_description(n.oid, 'pg_namespace') AS comment,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_depend AS d
         WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
           AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass) AS objects,
       (SELECT pg_catalog.string_agg(pg_catalog.pg_describe_object(s.classid, s.objid, 0), ', ')
          FROM (SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d
                 WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.refobjid = n.oid
                   AND d.classid <> 'pg_catalog.pg_default_acl'::pg_catalog.regclass
                 ORDER BY d.classid, d.objid LIMIT 3) AS s) AS examples,
       (SELECT pg_catalog.pg_describe_object('pg_catalog.pg_default_acl'::pg_catalog.regclass, pg_catalog.min(a.oid), 0)
          FROM pg_catalog.pg_default_acl AS a
         WHERE a.defaclnamespace = n.oid) AS default_privileges
  FROM pg_catalog.pg_namespace AS n
 WHERE n.nspname = $1;
