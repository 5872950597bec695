-- $1: the live relations of the generation.  $2, $3, $4: catalogs and OIDs of what follows them, and the relations that
-- each is or is on (0: none).  $5: is it made anew?
-- All of it, and whatever else has come to depend on what gets another OID, as one value: it must be the same under the
-- swap's locks as it was when it was read.  The xmin of a catalog row tells of every change to it; those of pg_class
-- change for other reasons, too.
WITH node AS (
    SELECT o.*
    FROM ROWS FROM (unnest($2::oid[]), unnest($3::oid[]), unnest($4::oid[]), unnest($5::boolean[]))
             AS o (class, oid, relation, anew)
), changed AS (
    SELECT 'pg_catalog.pg_class'::regclass::oid AS class, o.oid FROM unnest($1::oid[]) AS o (oid)
    UNION ALL
    SELECT n.class, n.oid FROM node n WHERE n.anew
), target AS (
    SELECT c.class, c.oid FROM changed c
    UNION ALL
    SELECT 'pg_catalog.pg_type'::regclass, t.oid
    FROM changed c
    JOIN pg_catalog.pg_class r ON c.class = 'pg_catalog.pg_class'::regclass AND r.oid = c.oid
    JOIN pg_catalog.pg_type row_type ON row_type.oid = r.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (row_type.oid, row_type.typarray)
), part AS ( -- catalog rows that make up the nodes
    SELECT n.class, n.oid FROM node n
    UNION
    SELECT 'pg_catalog.pg_rewrite'::regclass, r.oid
    FROM node n JOIN pg_catalog.pg_rewrite r ON n.class = 'pg_catalog.pg_class'::regclass AND r.ev_class = n.oid
), dependency AS (
    SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
    FROM target t
    -- the parts of a relation (indexes, TOAST table, types, its own rules and triggers) depend in other ways
    JOIN pg_catalog.pg_depend d ON d.refclassid = t.class AND d.refobjid = t.oid AND d.deptype = 'n'
    UNION
    SELECT d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid, d.deptype
    FROM part p
    JOIN pg_catalog.pg_depend d ON d.classid = p.class AND d.objid = p.oid
), named AS ( -- what the definitions name
    SELECT DISTINCT d.refclassid AS class, d.refobjid AS oid FROM dependency d
), line AS (
    SELECT pg_catalog.concat_ws(' ', 'depends', d.classid, d.objid, d.objsubid, d.refclassid, d.refobjid, d.refobjsubid,
                                d.deptype) AS text
    FROM dependency d
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'relation', c.oid, c.relname, s.nspname)
    FROM named n
    JOIN pg_catalog.pg_class c ON n.class = 'pg_catalog.pg_class'::regclass AND c.oid = n.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'function', p.oid, p.proname, s.nspname)
    FROM named n
    JOIN pg_catalog.pg_proc p ON n.class = 'pg_catalog.pg_proc'::regclass AND p.oid = n.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'holder', c.oid, c.relname, c.relowner, c.relkind, c.relacl, c.reloptions,
                                s.nspname)
    FROM (SELECT DISTINCT n.relation FROM node n) r
    JOIN pg_catalog.pg_class c ON c.oid = r.relation
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'column', a.attrelid, a.attnum, a.attname, a.attacl)
    FROM node n
    JOIN pg_catalog.pg_attribute a ON n.class = 'pg_catalog.pg_class'::regclass AND a.attrelid = n.oid AND a.attnum > 0
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'rule', r.oid, r.xmin)
    FROM part p JOIN pg_catalog.pg_rewrite r ON p.class = 'pg_catalog.pg_rewrite'::regclass AND r.oid = p.oid
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'function', f.oid, f.xmin, s.nspname)
    FROM part p
    JOIN pg_catalog.pg_proc f ON p.class = 'pg_catalog.pg_proc'::regclass AND f.oid = p.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = f.pronamespace
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'policy', l.oid, l.xmin)
    FROM part p JOIN pg_catalog.pg_policy l ON p.class = 'pg_catalog.pg_policy'::regclass AND l.oid = p.oid
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'default', a.oid, a.xmin)
    FROM part p JOIN pg_catalog.pg_attrdef a ON p.class = 'pg_catalog.pg_attrdef'::regclass AND a.oid = p.oid
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'trigger', g.oid, g.xmin)
    FROM part p JOIN pg_catalog.pg_trigger g ON p.class = 'pg_catalog.pg_trigger'::regclass AND g.oid = p.oid
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'comment', d.classoid, d.objoid, d.objsubid, d.description)
    FROM part p JOIN pg_catalog.pg_description d ON d.classoid = p.class AND d.objoid = p.oid
    UNION ALL
    SELECT pg_catalog.concat_ws(' ', 'label', l.classoid, l.objoid, l.objsubid, l.provider, l.label)
    FROM part p JOIN pg_catalog.pg_seclabel l ON l.classoid = p.class AND l.objoid = p.oid
)
SELECT pg_catalog.md5(COALESCE(pg_catalog.string_agg(l.text, E'\n' ORDER BY l.text COLLATE "C"), '')) AS fingerprint
FROM line l
