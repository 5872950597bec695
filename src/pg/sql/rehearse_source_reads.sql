-- Which of the relations $2 the view $1 reads.
SELECT DISTINCT d.refobjid AS relation
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
                                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
 WHERE r.ev_class = $1::pg_catalog.oid
   AND d.refobjid = ANY ($2::pg_catalog.oid[]);
