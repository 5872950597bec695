-- $1, $2: catalogs and OIDs of what is to be bound to the next generation.
-- $3, $4, $5: live relations of the generation, the schemas of the new ones, their names.
-- What those use of the live relations and would not find, or not find the same, in the new ones; n: position in $1.
-- A function whose body is text uses what it finds when it runs.
-- pg_depend has the columns; it does not have whole rows (find_expr_references_walker in
-- src/backend/catalog/dependency.c) nor what is bound by position: a list of column aliases (pg_get_viewdef makes one
-- for JOIN ... USING where names would clash).  The stored tree tells of both.
WITH member AS (
    SELECT o.live, t.oid AS type, t.typarray AS array_type, c.oid AS relation
    FROM unnest($3::oid[], $4::text[], $5::text[]) AS o (live, schema, name)
    JOIN pg_catalog.pg_class l ON l.oid = o.live
    JOIN pg_catalog.pg_type t ON t.oid = l.reltype
    JOIN pg_catalog.pg_namespace n ON n.nspname = o.schema
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = o.name
), twin AS ( -- types that are one another's successor
    SELECT m.type AS old, c.reltype AS new FROM member m JOIN pg_catalog.pg_class c ON c.oid = m.relation
    UNION ALL
    SELECT m.array_type, t.typarray
    FROM member m
    JOIN pg_catalog.pg_class c ON c.oid = m.relation
    JOIN pg_catalog.pg_type t ON t.oid = c.reltype
), tree AS ( -- where the dependencies of each are recorded, and the stored expressions
    SELECT o.n, s.class, s.oid, s.tree
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[])) WITH ORDINALITY AS o (class, oid, n)
    CROSS JOIN LATERAL (
        SELECT 'pg_catalog.pg_rewrite'::regclass::oid AS class, r.oid, pg_catalog.concat(r.ev_action, r.ev_qual) AS tree
        FROM pg_catalog.pg_rewrite r
        WHERE CASE o.class WHEN 'pg_catalog.pg_class'::regclass THEN r.ev_class = o.oid AND r.rulename = '_RETURN'
                           WHEN 'pg_catalog.pg_rewrite'::regclass THEN r.oid = o.oid END
        UNION ALL
        SELECT o.class, p.oid, pg_catalog.to_jsonb(p) ->> 'prosqlbody' -- 14
        FROM pg_catalog.pg_proc p WHERE o.class = 'pg_catalog.pg_proc'::regclass AND p.oid = o.oid
        UNION ALL
        SELECT o.class, l.oid, pg_catalog.concat(l.polqual, l.polwithcheck)
        FROM pg_catalog.pg_policy l WHERE o.class = 'pg_catalog.pg_policy'::regclass AND l.oid = o.oid
        UNION ALL
        SELECT o.class, a.oid, a.adbin::text
        FROM pg_catalog.pg_attrdef a WHERE o.class = 'pg_catalog.pg_attrdef'::regclass AND a.oid = o.oid
        UNION ALL
        SELECT o.class, g.oid, g.tgqual::text
        FROM pg_catalog.pg_trigger g WHERE o.class = 'pg_catalog.pg_trigger'::regclass AND g.oid = o.oid) s
), used AS (
    SELECT t.n, m.live, m.relation, NULLIF(d.refobjsubid, 0) AS attnum,
           COALESCE(d.refclassid = 'pg_catalog.pg_type'::regclass AND t.tree IS NOT NULL
                    OR t.tree ~ '\{VAR :varno \S+ :varattno 0 ', false) AS whole_row,
           -- a row that is put together needs a value for each column, as does the result of a bound body
           COALESCE(t.class = 'pg_catalog.pg_proc'::regclass
                    OR t.tree ~ pg_catalog.format(':row_typeid %s |{CONST :consttype (%s|%s) [^}]*:constisnull false',
                                                  m.type, m.type, m.array_type), false) AS rigid,
           COALESCE(t.tree ~ '(:usingClause \(|:alias \{ALIAS :aliasname (\\.|[^ \\])+ :colnames \()', false)
               AS positional
    FROM tree t
    JOIN pg_catalog.pg_depend d ON d.classid = t.class AND d.objid = t.oid
    JOIN member m ON (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = m.live)
                  OR (d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (m.type, m.array_type))
), use AS (
    SELECT u.n, u.live, u.relation, pg_catalog.bool_or(u.whole_row) AS whole_row,
           pg_catalog.bool_or(u.positional) AS positional, pg_catalog.bool_or(u.rigid) AS rigid,
           pg_catalog.array_agg(u.attnum) AS attnums
    FROM used u
    GROUP BY u.n, u.live, u.relation
)
SELECT u.n, u.live, x.*, u.whole_row,
       -- another column would silently take its place
       u.positional OR COALESCE(x.old_position <> x.new_position, false) AS by_position
FROM use u
CROSS JOIN LATERAL (
    SELECT COALESCE(o.attname, n.attname) AS "column",
           pg_catalog.format_type(o.atttypid, o.atttypmod)
               || COALESCE(' COLLATE ' || NULLIF(o.attcollation, 0)::regcollation, '') AS old_type,
           pg_catalog.format_type(n.atttypid, n.atttypmod)
               || COALESCE(' COLLATE ' || NULLIF(n.attcollation, 0)::regcollation, '') AS new_type,
           o.attnum AS old_position, n.attnum AS new_position,
           CASE WHEN o.attnum IS NULL -- at the end, most whole rows may have more
                    THEN u.whole_row AND (u.rigid OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                                             WHERE a.attrelid = u.live AND a.attnum >= n.attnum))
                ELSE (u.whole_row OR u.positional OR o.attnum = ANY (u.attnums))
                     AND (n.attnum IS NULL
                          OR (n.atttypid <> o.atttypid
                              AND NOT EXISTS (SELECT 1 FROM twin t
                                              WHERE t.old = o.atttypid AND t.new = n.atttypid))
                          OR n.atttypmod <> o.atttypmod OR n.attcollation <> o.attcollation
                          OR ((u.whole_row OR u.positional) AND n.attnum <> o.attnum)) END AS breaks
    FROM (SELECT a.* FROM pg_catalog.pg_attribute a WHERE a.attrelid = u.live AND a.attnum > 0) o
    FULL JOIN (SELECT a.* FROM pg_catalog.pg_attribute a WHERE a.attrelid = u.relation AND a.attnum > 0) n
           ON n.attname = o.attname) x
WHERE x.breaks
ORDER BY u.n, u.live, COALESCE(x.old_position, x.new_position)
