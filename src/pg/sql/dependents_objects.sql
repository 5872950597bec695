-- $1, $2: catalogs and OIDs of what gets another OID in the next generation: its live relations, and objects outside it
-- that have to be made anew.  $3: the live relations, and those
-- that leave the set with the old generation.  $4: OIDs of schemas that hold a kept old generation of the set.
-- Every object that depends on one of $1/$2, on its row type, its array type or a column, and is no part of it.
-- https://www.postgresql.org/docs/current/catalog-pg-depend.html ; a view depends through its rule _RETURN: that stands
-- here as the view.
--   kind    how it can follow; NULL: it can't
--   anew    it can't be replaced in its place: a column, or the signature, has one of the types
WITH changed AS (
    SELECT o.class, o.oid, o.oid AS object, pg_catalog.format('%I.%I', n.nspname, c.relname) AS label
    FROM unnest($1::oid[], $2::oid[]) AS o (class, oid)
    JOIN pg_catalog.pg_class c ON o.class = 'pg_catalog.pg_class'::regclass AND c.oid = o.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid, o.oid, pg_catalog.format('%I.%I', n.nspname, c.relname)
    FROM unnest($1::oid[], $2::oid[]) AS o (class, oid)
    JOIN pg_catalog.pg_class c ON o.class = 'pg_catalog.pg_class'::regclass AND c.oid = o.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type row_type ON row_type.oid = c.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (row_type.oid, row_type.typarray)
    UNION ALL
    SELECT o.class, o.oid, o.oid, o.oid::regprocedure::text
    FROM unnest($1::oid[], $2::oid[]) AS o (class, oid)
    WHERE o.class = 'pg_catalog.pg_proc'::regclass
), found AS (
    SELECT m.class AS changed_class, m.oid AS changed_oid, m.object AS changed_object, m.label,
           CASE WHEN r.rulename = '_RETURN' THEN 'pg_catalog.pg_class'::regclass ELSE d.classid END AS class,
           CASE WHEN r.rulename = '_RETURN' THEN r.ev_class ELSE d.objid END AS object,
           d.classid = 'pg_catalog.pg_class'::regclass AND d.objsubid > 0 AS by_column,
           d.objsubid, d.deptype, r.ev_class
    FROM changed m
    JOIN pg_catalog.pg_depend d ON d.refclassid = m.class AND d.refobjid = m.oid
    LEFT JOIN pg_catalog.pg_rewrite r ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND r.oid = d.objid
), dependent AS (
    SELECT f.*, c.relkind, p.prokind, g.tgparentid,
           CASE WHEN c.relkind IN ('v', 'm') THEN 0 ELSE f.objsubid END AS part,
           COALESCE(f.ev_class, c.oid, g.tgrelid, l.polrelid, a.adrelid, 0) AS relation,
           COALESCE(i.indrelid, s.stxrelid, c.oid, f.ev_class, g.tgrelid, a.adrelid, k.conrelid, 0) = ANY ($3::oid[]) AS on_member,
           t.attgenerated, o.relkind AS relation_kind,
           f.changed_class = 'pg_catalog.pg_type'::regclass
               AND (f.by_column OR p.prorettype = f.changed_oid OR f.changed_oid = ANY (p.proargtypes::oid[])
                    OR COALESCE(f.changed_oid = ANY (p.proallargtypes), false)) AS by_type
    FROM found f
    LEFT JOIN pg_catalog.pg_class c ON f.class = 'pg_catalog.pg_class'::regclass AND c.oid = f.object
    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
    LEFT JOIN pg_catalog.pg_proc p ON f.class = 'pg_catalog.pg_proc'::regclass AND p.oid = f.object
    LEFT JOIN pg_catalog.pg_trigger g ON f.class = 'pg_catalog.pg_trigger'::regclass AND g.oid = f.object
    LEFT JOIN pg_catalog.pg_policy l ON f.class = 'pg_catalog.pg_policy'::regclass AND l.oid = f.object
    LEFT JOIN pg_catalog.pg_attrdef a ON f.class = 'pg_catalog.pg_attrdef'::regclass AND a.oid = f.object
    LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid = a.adrelid AND t.attnum = a.adnum
    LEFT JOIN pg_catalog.pg_statistic_ext s ON f.class = 'pg_catalog.pg_statistic_ext'::regclass AND s.oid = f.object
    LEFT JOIN pg_catalog.pg_constraint k ON f.class = 'pg_catalog.pg_constraint'::regclass AND k.oid = f.object
    LEFT JOIN pg_catalog.pg_class o ON o.oid = COALESCE(f.ev_class, c.oid, g.tgrelid, a.adrelid)
    LEFT JOIN pg_catalog.pg_namespace n ON n.oid = o.relnamespace
    WHERE COALESCE(c.relkind <> 't', true)
      AND NOT COALESCE(c.relkind = 'S' AND f.deptype IN ('a', 'i'), false) -- owned: preflight_import_parts.sql
      AND COALESCE(n.oid, 0) <> ALL ($4::oid[])
      AND COALESCE(c.oid, 0) <> f.changed_object -- its own query, a column of its own
      -- its row type and its array type
      AND NOT (f.class = 'pg_catalog.pg_type'::regclass AND f.deptype = 'i'
               AND f.object IN (SELECT own.oid FROM changed own))
      -- the constructors of a range type come and go with it
      AND NOT (p.oid IS NOT NULL
               AND EXISTS (SELECT FROM pg_catalog.pg_depend x
                           WHERE x.classid = f.class AND x.objid = f.object AND x.deptype = 'i'))
)
SELECT d.class AS class_oid,
       d.class::regclass::text AS class,
       d.object,
       d.relation,
       CASE WHEN d.on_member THEN NULL
            WHEN d.class = 'pg_catalog.pg_class'::regclass AND d.relkind = 'v' THEN 'view'
            WHEN d.prokind IN ('f', 'p', 'w') THEN 'function'
            WHEN d.class = 'pg_catalog.pg_rewrite'::regclass THEN 'rule'
            WHEN d.class = 'pg_catalog.pg_policy'::regclass THEN 'policy'
            WHEN d.attgenerated = '' THEN 'default'
            WHEN d.tgparentid = 0 AND d.relation_kind <> 'p' THEN 'trigger' END AS kind,
       d.relkind,
       d.on_member,
       -- the constraint of a domain has no relation
       pg_catalog.pg_describe_object(d.class, d.object, d.part) AS description,
       CASE WHEN c.oid IS NOT NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname) END AS name,
       -- (before 14, a generated column depends itself, not by its expression)
       pg_catalog.bool_or(d.by_column AND d.changed_class = 'pg_catalog.pg_type'::regclass) AS by_column,
       pg_catalog.bool_or(d.by_type) AS anew,
       pg_catalog.string_agg(DISTINCT d.label, ', ') AS members
FROM dependent d
LEFT JOIN pg_catalog.pg_class c ON d.class = 'pg_catalog.pg_class'::regclass AND c.oid = d.object
LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
-- A member, with its indexes, rules, triggers and all, that depends on another one is built with it, or leaves; on what is
-- made anew for it, it can't depend.  (A view that it reads stands between views of the set: preflight_between.)
WHERE NOT (d.on_member AND (d.changed_object = ANY ($3::oid[])
                            OR d.changed_class = 'pg_catalog.pg_class'::regclass))
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
ORDER BY description
