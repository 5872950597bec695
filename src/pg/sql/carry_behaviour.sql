-- What the live ordinary views do beyond their query: defaults of columns, rules and triggers; and the comments on the
-- rules and triggers of all live relations (a query is a rule too, "_RETURN").
--   $1 OIDs of the new relations   $2 of the live ones   $3 live schemas   (three parallel arrays)
-- A definition names the view as it will be called, which the live one need not be.
-- Gives n (position in the arrays, from 1), what (for messages), definition (a statement about the live view, to be
-- rewritten), lost (why the new relation cannot have it, or NULL) and uses (positions of the other live relations that
-- it names, as an array, or NULL); then what is said of that object, as a statement in sql, definition NULL.
-- Rules and triggers of views cannot be disabled (ATPrepCmd() in src/backend/commands/tablecmds.c), so there is no such
-- state to carry.
WITH pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, live.relkind AS live_kind, new.relkind AS new_kind,
           pg_catalog.format(' %I.%I', live_schema.nspname, live.relname) AS source,
           pg_catalog.format(' %I.%I', p.schema, new.relname) AS renamed,
           pg_catalog.format('%I.%I', new_schema.nspname, new.relname) AS target
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]),
                    pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS p (new, live, schema, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    JOIN pg_catalog.pg_namespace AS new_schema ON new_schema.oid = new.relnamespace
    JOIN pg_catalog.pg_namespace AS live_schema ON live_schema.oid = live.relnamespace
), member AS (
    SELECT p.n, 'pg_catalog.pg_class'::pg_catalog.regclass AS class, p.live AS oid FROM pair AS p
    UNION ALL
    SELECT p.n, 'pg_catalog.pg_type'::pg_catalog.regclass, e.oid
    FROM pair AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.live
    JOIN pg_catalog.pg_type AS t ON t.oid = c.reltype
    CROSS JOIN LATERAL (VALUES (t.oid), (t.typarray)) AS e (oid)
), object AS (
    SELECT p.n, 1 AS step, 'default value of column' AS kind, was.attname AS name,
           'pg_catalog.pg_attrdef'::pg_catalog.regclass AS class, d.oid,
           pg_catalog.format('ALTER VIEW%s ALTER COLUMN %I SET DEFAULT %s', p.renamed, was.attname,
                             pg_catalog.pg_get_expr(d.adbin, d.adrelid)) AS definition,
           CASE WHEN now.atttypid <> was.atttypid AND t.typcategory <> 'S'
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast AS c
                                     WHERE c.castsource = was.atttypid AND c.casttarget = now.atttypid
                                       AND c.castcontext IN ('a', 'i'))
                THEN pg_catalog.format('the column changes its type from %s to %s',
                                       pg_catalog.format_type(was.atttypid, was.atttypmod),
                                       pg_catalog.format_type(now.atttypid, now.atttypmod)) END AS unfit
    FROM pair AS p
    JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = p.live AND p.live_kind = 'v' -- those of a table are its file's
    JOIN pg_catalog.pg_attribute AS was ON was.attrelid = p.live AND was.attnum = d.adnum
    LEFT JOIN pg_catalog.pg_attribute AS now ON now.attrelid = p.new AND now.attname = was.attname
    LEFT JOIN pg_catalog.pg_type AS t ON t.oid = now.atttypid
    UNION ALL
    SELECT p.n, 2, 'rule', r.rulename, 'pg_catalog.pg_rewrite'::pg_catalog.regclass, r.oid,
           CASE WHEN r.rulename <> '_RETURN'
                THEN pg_catalog.overlay(def.text, p.renamed, pg_catalog.strpos(def.text, 'TO' || p.source) + 2,
                                        pg_catalog.length(p.source)) END, NULL
    FROM pair AS p
    JOIN pg_catalog.pg_rewrite AS r ON r.ev_class = p.live
    CROSS JOIN LATERAL (SELECT CASE WHEN r.rulename <> '_RETURN' THEN pg_catalog.pg_get_ruledef(r.oid) END)
                       AS def (text)
    UNION ALL
    SELECT p.n, 3, 'trigger', t.tgname, 'pg_catalog.pg_trigger'::pg_catalog.regclass, t.oid,
           pg_catalog.overlay(def.text, p.renamed, pg_catalog.strpos(def.text, ' ON' || p.source) + 3,
                              pg_catalog.length(p.source)), NULL
    FROM pair AS p
    JOIN pg_catalog.pg_trigger AS t ON t.tgrelid = p.live AND NOT t.tgisinternal
    CROSS JOIN LATERAL pg_catalog.pg_get_triggerdef(t.oid) AS def (text)
), judged AS (
    SELECT o.*, p.target,
           CASE WHEN o.definition IS NULL THEN NULL
                WHEN p.new_kind = 'm' THEN 'the view becomes a materialized one'
                WHEN p.new_kind = 'r' THEN 'the view becomes an import'
                ELSE coalesce(
                    (SELECT 'the new query has no column '
                            || pg_catalog.string_agg(DISTINCT pg_catalog.quote_ident(a.attname), ', ')
                     FROM pg_catalog.pg_depend AS used
                     JOIN pg_catalog.pg_attribute AS a ON a.attrelid = used.refobjid AND a.attnum = used.refobjsubid
                     WHERE used.classid = o.class AND used.objid = o.oid
                       AND used.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND used.refobjid = p.live
                       AND used.refobjsubid > 0
                       AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS kept
                                       WHERE kept.attrelid = p.new AND kept.attname = a.attname AND kept.attnum > 0
                                         AND NOT kept.attisdropped)),
                    o.unfit) END AS lost
    FROM object AS o JOIN pair AS p USING (n)
), used AS (
    SELECT o.class, o.oid, pg_catalog.array_agg(DISTINCT m.n) AS members
    FROM object AS o
    JOIN pg_catalog.pg_depend AS d ON d.classid = o.class AND d.objid = o.oid
    JOIN member AS m ON m.class = d.refclassid AND m.oid = d.refobjid
    WHERE o.definition IS NOT NULL AND m.n <> o.n
    GROUP BY o.class, o.oid
)
SELECT j.n, j.step, j.name, 0 AS part, pg_catalog.format('%s %I', j.kind, j.name) AS what, j.definition, j.lost,
       u.members AS uses, NULL AS sql
FROM judged AS j
LEFT JOIN used AS u USING (class, oid)
WHERE j.definition IS NOT NULL
UNION ALL
SELECT j.n, j.step, j.name, 1, NULL, NULL, NULL, NULL,
       pg_catalog.format('COMMENT ON %s %I ON %s IS %L', pg_catalog.upper(j.kind), j.name, j.target, d.description)
FROM judged AS j
JOIN pg_catalog.pg_description AS d ON d.classoid = j.class AND d.objoid = j.oid AND d.objsubid = 0
WHERE j.lost IS NULL
UNION ALL
SELECT j.n, j.step, j.name, 2, NULL, NULL, NULL, NULL,
       pg_catalog.format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION %I', j.name, j.target, x.extname)
FROM judged AS j
JOIN pg_catalog.pg_depend AS d ON d.classid = j.class AND d.objid = j.oid AND d.deptype = 'x'
     AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
JOIN pg_catalog.pg_extension AS x ON x.oid = d.refobjid
WHERE j.lost IS NULL
ORDER BY n, step, name, part, sql
