-- $1: schemas that hold a generation (a kept old one, or that of an interrupted run).  $2: its relations.
-- What else is in these schemas: their plain members but those relations and their statistics objects.
SELECT n.nspname AS schema, pg_catalog.pg_describe_object(d.classid, d.objid, 0) AS description
FROM pg_catalog.pg_depend d
JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
LEFT JOIN pg_catalog.pg_statistic_ext s
       ON d.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = d.objid
WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass
  AND d.refobjid = ANY ($1::oid[])
  AND d.deptype = 'n'
  AND NOT (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = ANY ($2::oid[]))
  AND COALESCE(s.stxrelid, 0) <> ALL ($2::oid[])
ORDER BY schema, description
