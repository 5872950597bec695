-- $1: OIDs of the live relations of the generation.  $2: OIDs of schemas that hold a kept old generation of the set.
-- Every object outside the generation that depends on one of them, on its row type, its array type or a column.
-- https://www.postgresql.org/docs/current/catalog-pg-depend.html ; a view depends through its rule.
WITH member AS (
    SELECT c.oid, c.oid AS relation, 'pg_catalog.pg_class'::regclass AS class
    FROM pg_catalog.pg_class c WHERE c.oid = ANY ($1::oid[])
    UNION ALL
    SELECT t.oid, c.oid, 'pg_catalog.pg_type'::regclass
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_type row_type ON row_type.oid = c.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (row_type.oid, row_type.typarray)
    WHERE c.oid = ANY ($1::oid[])
), dependent AS (
    SELECT d.classid, d.objid, CASE WHEN d.classid = 'pg_catalog.pg_rewrite'::regclass THEN 0 ELSE d.objsubid END
               AS objsubid,
           m.relation, m.class AS class
    FROM member m
    JOIN pg_catalog.pg_depend d ON d.refclassid = m.class AND d.refobjid = m.oid
    -- parts of the relation itself
    WHERE NOT (d.classid = 'pg_catalog.pg_type'::regclass AND d.deptype = 'i'
               AND d.objid IN (SELECT own.oid FROM member own))
      AND NOT (d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = ANY ($1::oid[]) AND d.refobjid = d.objid)
)
SELECT d.classid::regclass::text AS class,
       d.objid AS object,
       v.oid AS rule_on,
       v.relkind AS rule_relkind,
       r.rulename AS rule,
       c.relkind AS relkind,
       pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) AS description,
       pg_catalog.pg_describe_object('pg_catalog.pg_class'::regclass, v.oid, 0) AS rule_relation,
       pg_catalog.bool_or(d.class = 'pg_catalog.pg_type'::regclass) AS uses_type,
       pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', mn.nspname, mc.relname), ', ') AS members
FROM dependent d
JOIN pg_catalog.pg_class mc ON mc.oid = d.relation
JOIN pg_catalog.pg_namespace mn ON mn.oid = mc.relnamespace
LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_catalog.pg_class v ON v.oid = r.ev_class
LEFT JOIN pg_catalog.pg_trigger g ON d.classid = 'pg_catalog.pg_trigger'::regclass AND g.oid = d.objid
LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_catalog.pg_statistic_ext s
       ON d.classid = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = d.objid
LEFT JOIN pg_catalog.pg_attrdef a ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND a.oid = d.objid
-- what the relations themselves do (rules, triggers, defaults) and have is carried over to the new ones
WHERE COALESCE(v.oid, g.tgrelid, 0) <> ALL ($1::oid[])
  AND COALESCE(i.indrelid, s.stxrelid, a.adrelid, 0) <> ALL ($1::oid[])
  AND COALESCE(c.relkind <> 't', true)
  AND COALESCE(v.relnamespace, c.relnamespace, 0) <> ALL ($2::oid[])
  -- the constructors of a range type come and go with it
  AND NOT (d.classid = 'pg_catalog.pg_proc'::regclass
           AND EXISTS (SELECT 1 FROM pg_catalog.pg_depend p
                       WHERE p.classid = d.classid AND p.objid = d.objid AND p.deptype = 'i'))
  -- a column of one member that has the row type of another
  AND COALESCE(c.oid, 0) <> ALL ($1::oid[])
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
ORDER BY description
