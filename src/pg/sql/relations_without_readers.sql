-- Those of $1 that no other relation of $1 reads (a view reads through its rewrite rule, pg_rewrite.h): the relation
-- itself, its row type, or an array of that. Each of the three is looked up by pg_depend's index on what is referred to:
-- with OR between them, every relation would read the whole of pg_depend.
SELECT o.oid
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)
EXCEPT
SELECT r.relation
  FROM (SELECT o.oid, 'pg_catalog.pg_class'::pg_catalog.regclass, o.oid
          FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)
         UNION ALL
        SELECT c.oid, 'pg_catalog.pg_type'::pg_catalog.regclass, e.oid
          FROM pg_catalog.pg_class AS c
          JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype
         CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) AS e (oid)
         WHERE c.oid = ANY ($1::pg_catalog.oid[])) AS r (relation, class, object)
  JOIN pg_catalog.pg_depend AS d ON d.refclassid = r.class AND d.refobjid = r.object
  JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
 WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
   AND w.ev_class <> r.relation
   AND w.ev_class = ANY ($1::pg_catalog.oid[]);
