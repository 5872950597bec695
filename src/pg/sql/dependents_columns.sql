-- $1: OIDs of ordinary views to be bound to the next generation.
-- $2, $3, $4: live relations of the generation, the schemas of the new ones, their names.
-- What those views use of the live relations and would not find, or not find the same, in the new ones.
-- pg_depend has the columns; it does not have whole rows (find_expr_references_walker in
-- src/backend/catalog/dependency.c) nor what is bound by position: a list of column aliases (pg_get_viewdef makes one
-- for JOIN ... USING where names would clash).  The stored tree tells of both.
WITH member AS (
    SELECT o.live, t.oid AS type, t.typarray AS array_type, c.oid AS relation
    FROM unnest($2::oid[], $3::text[], $4::text[]) AS o (live, schema, name)
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
), used AS (
    SELECT r.ev_class AS view, m.live, m.relation, NULLIF(d.refobjsubid, 0) AS attnum,
           d.refclassid = 'pg_catalog.pg_type'::regclass
               OR r.ev_action::text ~ '\{VAR :varno \S+ :varattno 0 ' AS whole_row,
           r.ev_action::text ~ '(:usingClause \(|:alias \{ALIAS :aliasname (\\.|[^ \\])+ :colnames \()' AS positional
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
    JOIN member m ON (d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = m.live)
                  OR (d.refclassid = 'pg_catalog.pg_type'::regclass AND d.refobjid IN (m.type, m.array_type))
    WHERE r.ev_class = ANY ($1::oid[]) AND r.rulename = '_RETURN'
), use AS (
    SELECT u.view, u.live, u.relation, pg_catalog.bool_or(u.whole_row) AS whole_row,
           pg_catalog.bool_or(u.positional) AS positional, pg_catalog.array_agg(u.attnum) AS attnums
    FROM used u
    GROUP BY u.view, u.live, u.relation
)
SELECT u.view, u.live, x.*, u.whole_row
FROM use u
CROSS JOIN LATERAL (
    SELECT COALESCE(o.attname, n.attname) AS "column",
           pg_catalog.format_type(o.atttypid, o.atttypmod)
               || COALESCE(' COLLATE ' || NULLIF(o.attcollation, 0)::regcollation, '') AS old_type,
           pg_catalog.format_type(n.atttypid, n.atttypmod)
               || COALESCE(' COLLATE ' || NULLIF(n.attcollation, 0)::regcollation, '') AS new_type,
           o.attnum AS old_position, n.attnum AS new_position,
           CASE WHEN o.attnum IS NULL THEN u.whole_row
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
ORDER BY u.view, u.live, COALESCE(x.old_position, x.new_position)
