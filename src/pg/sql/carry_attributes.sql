-- Options, column settings, defaults and comments of the live relations that the new ones lack, as statements.
--   $1 OIDs of the new relations   $2 of the live ones   (parallel arrays; pairs without a live relation give nothing)
-- Gives n (position in the arrays, from 1), sql; in order of execution.
-- Columns are paired by name; what a kind of relation cannot have is left out. to_jsonb() reads columns that older
-- versions lack (attcompression: 14). attstattarget has -1 for the default up to 16, NULL from 17 on. pg_attver is no
-- option of a user's: the minor releases of November 2026 (15.20) keep a column's version among attoptions.
WITH pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, live.relkind = new.relkind AS same_kind,
           live.relkind = 'm' AND new.relkind = 'm' AS stored, live.reloptions AS live_options,
           new.reloptions AS new_options, live_toast.reloptions AS live_toast_options,
           new_toast.reloptions AS new_toast_options,
           CASE new.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'VIEW' END AS kind,
           pg_catalog.format('%I.%I', s.nspname, new.relname) AS target
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
             WITH ORDINALITY AS p (new, live, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    JOIN pg_catalog.pg_namespace AS s ON s.oid = new.relnamespace
    LEFT JOIN pg_catalog.pg_class AS live_toast ON live_toast.oid = live.reltoastrelid
    LEFT JOIN pg_catalog.pg_class AS new_toast ON new_toast.oid = new.reltoastrelid
), option AS (
    SELECT p.n, 1 AS part, o.place, o.name, o.value
    FROM pair AS p,
         pg_catalog.pg_options_to_table(p.live_options) WITH ORDINALITY AS o (name, value, place)
    WHERE p.same_kind
      AND o.name NOT IN (SELECT option_name FROM pg_catalog.pg_options_to_table(p.new_options))
    UNION ALL
    SELECT p.n, 2, o.place, 'toast.' || o.name, o.value
    FROM pair AS p,
         pg_catalog.pg_options_to_table(p.live_toast_options) WITH ORDINALITY AS o (name, value, place)
    WHERE p.stored
      AND o.name NOT IN (SELECT option_name FROM pg_catalog.pg_options_to_table(p.new_toast_options))
), attribute AS (
    SELECT p.n, p.target, p.kind, p.stored, now.attnum, now.attname, was.attoptions,
           was.atttypid = now.atttypid AS same_type,
           coalesce(was.attstattarget, -1) AS live_target, coalesce(now.attstattarget, -1) AS new_target,
           was.attstorage AS live_storage, now.attstorage AS new_storage,
           coalesce(pg_catalog.to_jsonb(was) ->> 'attcompression', '') AS live_compression,
           coalesce(pg_catalog.to_jsonb(now) ->> 'attcompression', '') AS new_compression,
           pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS default_value,
           pg_catalog.col_description(p.live, was.attnum) AS comment
    FROM pair AS p
    JOIN pg_catalog.pg_attribute AS was ON was.attrelid = p.live AND was.attnum > 0 AND NOT was.attisdropped
    JOIN pg_catalog.pg_attribute AS now ON now.attrelid = p.new AND now.attname = was.attname AND now.attnum > 0
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = was.attrelid AND d.adnum = was.attnum AND p.kind = 'VIEW'
), statement AS (
    SELECT p.n, 1 AS step, 0 AS attnum,
           pg_catalog.format('ALTER %s %s SET (%s)', p.kind, p.target,
                             pg_catalog.string_agg(o.name || ' = ' || pg_catalog.quote_literal(o.value), ', '
                                                   ORDER BY o.part, o.place)) AS sql
    FROM option AS o JOIN pair AS p USING (n)
    GROUP BY p.n, p.kind, p.target
    UNION ALL
    SELECT a.n, 2, a.attnum,
           pg_catalog.format('ALTER %s %s ALTER COLUMN %I %s', a.kind, a.target, a.attname, action.clause)
    FROM attribute AS a,
         LATERAL (VALUES
             (1, a.stored AND a.live_target <> a.new_target,
              'SET STATISTICS ' || a.live_target),
             (2, a.stored AND EXISTS (SELECT FROM pg_catalog.pg_options_to_table(a.attoptions) AS o (name, value)
                                       WHERE o.name <> 'pg_attver'),
              (SELECT 'SET (' || pg_catalog.string_agg(o.name || ' = ' || pg_catalog.quote_literal(o.value), ', '
                                                       ORDER BY o.place) || ')'
               FROM pg_catalog.pg_options_to_table(a.attoptions) WITH ORDINALITY AS o (name, value, place)
               WHERE o.name <> 'pg_attver')),
             (3, a.stored AND a.same_type AND a.live_storage <> a.new_storage,
              'SET STORAGE ' || CASE a.live_storage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                                    WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END),
             (4, a.stored AND a.same_type AND a.live_compression <> a.new_compression,
              'SET COMPRESSION ' || CASE a.live_compression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4'
                                                            ELSE 'default' END),
             (5, a.default_value IS NOT NULL,
              'SET DEFAULT ' || a.default_value)) AS action (place, wanted, clause)
    WHERE action.wanted
    UNION ALL
    SELECT p.n, 3, 0,
           pg_catalog.format('COMMENT ON %s %s IS %L', p.kind, p.target, pg_catalog.obj_description(p.live, 'pg_class'))
    FROM pair AS p
    WHERE pg_catalog.obj_description(p.live, 'pg_class') IS NOT NULL
    UNION ALL
    SELECT a.n, 4, a.attnum, pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', a.target, a.attname, a.comment)
    FROM attribute AS a
    WHERE a.comment IS NOT NULL
)
SELECT n, sql
FROM statement
ORDER BY n, step, attnum, sql
