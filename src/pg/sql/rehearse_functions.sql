-- Functions with a body in text that the relations $1 call and whose text names one of the views $2 (their bare names).
-- A body in text leaves no dependency: it is resolved at each call (a BEGIN ATOMIC body has no text, prosqlbody instead).
SELECT DISTINCT w.ev_class AS reader,
       p.oid::pg_catalog.regprocedure::pg_catalog.text AS function,
       m.name AS named
  FROM pg_catalog.pg_rewrite AS w
  JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
   AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
  JOIN pg_catalog.pg_proc AS p ON p.oid = d.refobjid
  JOIN pg_catalog.pg_language AS l ON l.oid = p.prolang AND l.lanname NOT IN ('internal', 'c')
  JOIN pg_catalog.unnest($2::pg_catalog.text[]) AS m (name)
    ON p.prosrc ~* ('(^|[^a-z0-9_])' || pg_catalog.regexp_replace(m.name, '([^[:alnum:]_])', '\\\1', 'g')
                    || '($|[^a-z0-9_])')
 WHERE w.ev_class = ANY ($1::pg_catalog.oid[])
 ORDER BY 1, 2, 3
