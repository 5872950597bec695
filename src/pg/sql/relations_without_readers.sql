-- Those of $1 that no other relation of $1 reads (a view reads through its rewrite rule, pg_rewrite.h).
SELECT o.oid
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)
 WHERE NOT EXISTS (SELECT 1
                     FROM pg_catalog.pg_depend AS d
                     JOIN pg_catalog.pg_rewrite AS w ON w.oid = d.objid
                    WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
                      AND (   (d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = o.oid)
                           OR (d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass
                               AND d.refobjid IN (SELECT t.oid FROM pg_catalog.pg_type AS t WHERE t.typrelid = o.oid
                                                   UNION ALL
                                                  SELECT t.typarray FROM pg_catalog.pg_type AS t
                                                   WHERE t.typrelid = o.oid)))
                      AND w.ev_class <> o.oid
                      AND w.ev_class = ANY ($1::pg_catalog.oid[]));
