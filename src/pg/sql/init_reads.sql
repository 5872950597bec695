-- Which of the views $1 (OIDs) reads which other relation of $1: in its query, or by a row type in it.
SELECT DISTINCT r.ev_class AS reader, x.relation
  FROM pg_catalog.pg_rewrite AS r
  JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
  LEFT JOIN pg_catalog.pg_type AS t ON d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass AND t.oid = d.refobjid
  LEFT JOIN pg_catalog.pg_type AS e ON e.oid = t.typelem AND e.typarray = t.oid
 CROSS JOIN LATERAL (SELECT CASE WHEN d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass THEN d.refobjid
                                 ELSE coalesce(nullif(t.typrelid, 0), nullif(e.typrelid, 0)) END) AS x (relation)
 WHERE r.rulename = '_RETURN' AND r.ev_class = ANY ($1::pg_catalog.oid[]) AND x.relation = ANY ($1::pg_catalog.oid[])
   AND x.relation <> r.ev_class
 ORDER BY 1, 2
