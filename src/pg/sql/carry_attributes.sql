-- Options, column settings and replica identity of the live relations that the new ones lack, as statements.
--   $1 OIDs of the new relations   $2 of the live ones   (parallel arrays; pairs without a live relation give nothing)
-- Gives n (position in the arrays, from 1), sql; in order of execution.
-- Options are set in the live relation's order, in which pg_dump prints them, with the values that the new one has.
-- Materialized views and tables have the same options and column settings. Columns are paired by name; what a kind of relation cannot have is left out. to_jsonb() reads columns that older
-- versions lack (attcompression: 14). attstattarget has -1 for the default up to 16, NULL from 17 on. pg_attver is no
-- option of a user's: the minor releases of November 2026 (15.20) keep a column's version among attoptions. Storage and
-- compression of a column of another type are taken along when somebody has set them and the new type can be stored out
-- of line (ATExecSetStorage() in src/backend/commands/tablecmds.c); carry_losses.sql has the others.
WITH pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, (live.relkind = 'v') = (new.relkind = 'v') AS same_kind,
           live.relkind <> 'v' AND new.relkind <> 'v' AS stored, live.reloptions AS live_options,
           new.reloptions AS new_options, live_toast.reloptions AS live_toast_options,
           new_toast.reloptions AS new_toast_options, live.relreplident AS live_identity,
           new.relreplident AS new_identity,
           CASE new.relkind WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'r' THEN 'TABLE' ELSE 'VIEW' END AS kind,
           pg_catalog.format('%I.%I', s.nspname, new.relname) AS target
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
             WITH ORDINALITY AS p (new, live, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
    JOIN pg_catalog.pg_namespace AS s ON s.oid = new.relnamespace
    LEFT JOIN pg_catalog.pg_class AS live_toast ON live_toast.oid = live.reltoastrelid
    LEFT JOIN pg_catalog.pg_class AS new_toast ON new_toast.oid = new.reltoastrelid
), live_option AS (
    SELECT p.n, 1 AS part, o.name, o.value, o.place
    FROM pair AS p, pg_catalog.pg_options_to_table(p.live_options) WITH ORDINALITY AS o (name, value, place)
    WHERE p.same_kind
    UNION ALL
    SELECT p.n, 2, 'toast.' || o.name, o.value, o.place
    FROM pair AS p, pg_catalog.pg_options_to_table(p.live_toast_options) WITH ORDINALITY AS o (name, value, place)
    WHERE p.stored
), new_option AS (
    SELECT p.n, 1 AS part, o.name, o.value, o.place
    FROM pair AS p, pg_catalog.pg_options_to_table(p.new_options) WITH ORDINALITY AS o (name, value, place)
    UNION ALL
    SELECT p.n, 2, 'toast.' || o.name, o.value, o.place
    FROM pair AS p, pg_catalog.pg_options_to_table(p.new_toast_options) WITH ORDINALITY AS o (name, value, place)
), option AS (
    SELECT n, part, name, coalesce(now.value, was.value) AS value, was.place, now.place AS new_place
    FROM live_option AS was FULL JOIN new_option AS now USING (n, part, name)
), options AS (
    SELECT n, pg_catalog.string_agg(o.name || ' = ' || pg_catalog.quote_literal(o.value), ', '
                                    ORDER BY o.place, o.new_place) AS list
    FROM option AS o
    GROUP BY n, part
    HAVING pg_catalog.string_agg(o.name, ' ' ORDER BY o.place, o.new_place)
           IS DISTINCT FROM pg_catalog.string_agg(o.name, ' ' ORDER BY o.new_place)
                                       FILTER (WHERE o.new_place IS NOT NULL)
), attribute AS (
    SELECT p.n, p.kind, p.target, now.attnum, now.attname, was.attoptions,
           was.atttypid = now.atttypid OR was.attstorage <> was_type.typstorage AS keeps_storage,
           now_type.typstorage <> 'p' AS storable,
           coalesce(was.attstattarget, -1) AS live_target, coalesce(now.attstattarget, -1) AS new_target,
           was.attstorage AS live_storage, now.attstorage AS new_storage,
           coalesce(pg_catalog.to_jsonb(was) ->> 'attcompression', '') AS live_compression,
           coalesce(pg_catalog.to_jsonb(now) ->> 'attcompression', '') AS new_compression
    FROM pair AS p
    JOIN pg_catalog.pg_attribute AS was ON was.attrelid = p.live AND was.attnum > 0 AND NOT was.attisdropped
    JOIN pg_catalog.pg_attribute AS now ON now.attrelid = p.new AND now.attname = was.attname AND now.attnum > 0
    JOIN pg_catalog.pg_type AS was_type ON was_type.oid = was.atttypid
    JOIN pg_catalog.pg_type AS now_type ON now_type.oid = now.atttypid
    WHERE p.stored
), statement AS (
    SELECT p.n, 1 AS step, 0 AS attnum, pg_catalog.format('ALTER %s %s SET (%s)', p.kind, p.target, o.list) AS sql
    FROM options AS o JOIN pair AS p USING (n)
    UNION ALL
    SELECT a.n, 2, a.attnum,
           pg_catalog.format('ALTER %s %s ALTER COLUMN %I %s', a.kind, a.target, a.attname, action.clause)
    FROM attribute AS a,
         LATERAL (VALUES
             (1, a.live_target <> a.new_target,
              'SET STATISTICS ' || a.live_target),
             (2, EXISTS (SELECT FROM pg_catalog.pg_options_to_table(a.attoptions) AS o (name, value)
                         WHERE o.name <> 'pg_attver'),
              (SELECT 'SET (' || pg_catalog.string_agg(o.name || ' = ' || pg_catalog.quote_literal(o.value), ', '
                                                       ORDER BY o.place) || ')'
               FROM pg_catalog.pg_options_to_table(a.attoptions) WITH ORDINALITY AS o (name, value, place)
               WHERE o.name <> 'pg_attver')),
             (3, a.keeps_storage AND a.storable AND a.live_storage <> a.new_storage,
              'SET STORAGE ' || CASE a.live_storage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL'
                                                    WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END),
             (4, a.storable AND a.live_compression <> a.new_compression,
              'SET COMPRESSION ' || CASE a.live_compression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4'
                                                            ELSE 'default' END)) AS action (place, wanted, clause)
    WHERE action.wanted
    UNION ALL
    SELECT p.n, 3, 0,
           pg_catalog.format('ALTER TABLE %s REPLICA IDENTITY %s', p.target,
                             CASE p.live_identity WHEN 'f' THEN 'FULL' WHEN 'n' THEN 'NOTHING' ELSE 'DEFAULT' END)
    FROM pair AS p
    WHERE p.stored AND p.live_identity <> p.new_identity AND p.live_identity <> 'i' -- that one: carry_indexes.sql
)
SELECT n, sql
FROM statement
ORDER BY n, step, attnum, sql
