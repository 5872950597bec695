-- $1: OIDs of new relations.  $2: OIDs of live relations.
-- Everything that the new relations depend on, walked to its end: each step from one object to another, once.
-- Not entered: live relations (reaching one is the finding), and what initdb made (OIDs below FirstNormalObjectId,
-- 16384, src/include/access/transam.h).  A table counts by the types of its columns only, unless it is
-- a new one: an import.
WITH RECURSIVE walk AS (
    SELECT NULL::oid AS from_class, NULL::oid AS from_object, 'pg_catalog.pg_class'::regclass::oid AS class,
           o.oid AS object
    FROM unnest($1::oid[]) AS o (oid)
    UNION
    SELECT w.class, w.object, s.class, s.object
    -- each object is entered by one of the ways to it that this round found
    FROM (SELECT DISTINCT p.class, p.object,
                 p.class = 'pg_catalog.pg_class'::regclass AND p.object = ANY ($1::oid[]) AS new FROM walk p) w
    LEFT JOIN pg_catalog.pg_class c ON w.class = 'pg_catalog.pg_class'::regclass AND c.oid = w.object
    CROSS JOIN LATERAL (
        SELECT d.refclassid AS class, d.refobjid AS object
        FROM pg_catalog.pg_depend d
        WHERE d.classid = w.class AND d.objid = w.object
          AND d.refclassid IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_type'::regclass,
                               'pg_catalog.pg_proc'::regclass, 'pg_catalog.pg_operator'::regclass)
          AND (c.relkind IS NULL OR c.relkind NOT IN ('r', 'p', 'f', 't', 'S') OR w.new
               OR d.refclassid = 'pg_catalog.pg_type'::regclass)
        UNION ALL
        SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid
        FROM pg_catalog.pg_rewrite r WHERE r.ev_class = c.oid AND c.relkind IN ('v', 'm')
        UNION ALL
        SELECT 'pg_catalog.pg_attrdef'::regclass, a.oid
        FROM pg_catalog.pg_attrdef a WHERE a.adrelid = c.oid AND (c.relkind = 'v' OR w.new)
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::regclass, k.oid
        FROM pg_catalog.pg_constraint k WHERE k.conrelid = c.oid AND w.new
        UNION ALL
        SELECT 'pg_catalog.pg_class'::regclass, i.indexrelid
        FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid AND (c.relkind = 'm' OR w.new)
        UNION ALL
        SELECT 'pg_catalog.pg_statistic_ext'::regclass, s.oid
        FROM pg_catalog.pg_statistic_ext s WHERE s.stxrelid = c.oid AND (c.relkind = 'm' OR w.new)
        UNION ALL
        SELECT 'pg_catalog.pg_class'::regclass, t.typrelid
        FROM pg_catalog.pg_type t
        WHERE w.class = 'pg_catalog.pg_type'::regclass AND t.oid = w.object AND t.typrelid <> 0
        UNION ALL
        SELECT 'pg_catalog.pg_constraint'::regclass, k.oid
        FROM pg_catalog.pg_constraint k
        WHERE w.class = 'pg_catalog.pg_type'::regclass AND k.contypid = w.object) s
    WHERE w.object >= 16384 AND s.object >= 16384
      AND NOT (w.class = 'pg_catalog.pg_class'::regclass AND w.object = ANY ($2::oid[]))
)
SELECT DISTINCT w.from_class, w.from_object, w.class, w.object,
       w.class = 'pg_catalog.pg_class'::regclass AND w.object = ANY ($2::oid[]) AS live
FROM walk w
WHERE w.from_class IS NOT NULL AND (w.from_class, w.from_object) <> (w.class, w.object)
ORDER BY 1, 2, 3, 4
