-- $1, $2: catalogs and OIDs of objects that follow the set.
-- Which of them (position, from 1) needs which: reader, needed.  Its types stand for a view.
WITH node AS (
    SELECT o.n, o.class, o.oid
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) WITH ORDINALITY AS o (class, oid, n)
), needed AS (
    SELECT n.n, n.class, n.oid FROM node n
    UNION ALL
    SELECT n.n, 'pg_catalog.pg_type'::regclass, t.oid
    FROM node n
    JOIN pg_catalog.pg_class c ON n.class = 'pg_catalog.pg_class'::regclass AND c.oid = n.oid
    JOIN pg_catalog.pg_type row_type ON row_type.oid = c.reltype
    JOIN pg_catalog.pg_type t ON t.oid IN (row_type.oid, row_type.typarray)
), reader AS (
    SELECT n.n, n.class, n.oid FROM node n
    UNION ALL
    SELECT n.n, 'pg_catalog.pg_rewrite'::regclass, r.oid
    FROM node n
    JOIN pg_catalog.pg_rewrite r ON n.class = 'pg_catalog.pg_class'::regclass AND r.ev_class = n.oid
                                AND r.rulename = '_RETURN'
)
SELECT DISTINCT r.n AS reader, d.n AS needed
FROM reader r
JOIN pg_catalog.pg_depend x ON x.classid = r.class AND x.objid = r.oid
JOIN needed d ON d.class = x.refclassid AND d.oid = x.refobjid
WHERE r.n <> d.n
ORDER BY 1, 2
