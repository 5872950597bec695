-- What each of the views $1 is computed from, through ordinary views: tables, partitioned ones, materialized views that are
-- not of the generation (whose relations are $1, too).
WITH RECURSIVE below AS (
    SELECT o.position, o.oid, true AS top
      FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS o (oid, position)
    UNION
    SELECT b.position, d.refobjid, false
      FROM below AS b
      JOIN pg_catalog.pg_class AS c ON c.oid = b.oid AND (b.top OR c.relkind = 'v')
      JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = b.oid
      JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
                                    AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                    AND d.refobjid <> b.oid
)
SELECT b.position, pg_catalog.array_agg(DISTINCT b.oid)::pg_catalog.text AS sources
  FROM below AS b
  JOIN pg_catalog.pg_class AS c ON c.oid = b.oid
 WHERE NOT b.top AND c.relkind IN ('r', 'p', 'm') AND c.oid <> ALL ($1::pg_catalog.oid[])
 GROUP BY b.position
 ORDER BY b.position;
