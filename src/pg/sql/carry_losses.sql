-- What the live relations and their columns have and the new ones cannot have; carry_indexes.sql, carry_statistics.sql and
-- carry_behaviour.sql tell of the rest.
--   $1 OIDs of the new relations   $2 of the live ones   (parallel arrays; pairs without a live relation give nothing)
-- Gives n (position in the arrays, from 1), what and lost, both for messages.
WITH pair AS (
    SELECT p.n, live.oid AS live, new.oid AS new, live.relkind AS live_kind, new.relkind AS new_kind
    FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[]))
             WITH ORDINALITY AS p (new, live, n)
    JOIN pg_catalog.pg_class AS new ON new.oid = p.new
    JOIN pg_catalog.pg_class AS live ON live.oid = p.live
), attribute AS (
    SELECT p.n, p.live_kind <> 'v' AS stored, p.new_kind <> 'v' AS kept_stored, was.attrelid, was.attnum, was.attname,
           was.attacl, was.attoptions, was.attstattarget, was.attstorage <> was_type.typstorage AS own_storage,
           coalesce(pg_catalog.to_jsonb(was) ->> 'attcompression', '') <> '' AS own_compression,
           now.attnum IS NULL AS gone, coalesce(now_type.typstorage, 'p') = 'p' AS plain,
           pg_catalog.format_type(was.atttypid, was.atttypmod) AS was_type,
           pg_catalog.format_type(now.atttypid, now.atttypmod) AS now_type
    FROM pair AS p
    JOIN pg_catalog.pg_attribute AS was ON was.attrelid = p.live AND was.attnum > 0 AND NOT was.attisdropped
    JOIN pg_catalog.pg_type AS was_type ON was_type.oid = was.atttypid
    LEFT JOIN pg_catalog.pg_attribute AS now ON now.attrelid = p.new AND now.attname = was.attname AND now.attnum > 0
    LEFT JOIN pg_catalog.pg_type AS now_type ON now_type.oid = now.atttypid
    WHERE now.attnum IS NULL OR was.atttypid <> now.atttypid
), loss AS (
    SELECT a.*, l.place, l.what
    FROM attribute AS a,
         LATERAL (VALUES
             (1, 'comment', a.gone AND pg_catalog.col_description(a.attrelid, a.attnum) IS NOT NULL),
             (2, 'privileges', a.gone AND a.attacl IS NOT NULL),
             (3, 'security label', a.gone AND EXISTS (SELECT FROM pg_catalog.pg_seclabel AS s
                                                      WHERE s.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
                                                        AND s.objoid = a.attrelid AND s.objsubid = a.attnum)),
             (4, 'statistics target', a.gone AND coalesce(a.attstattarget, -1) <> -1 AND a.kept_stored),
             (5, 'options', a.gone AND a.kept_stored
                            AND EXISTS (SELECT FROM pg_catalog.pg_options_to_table(a.attoptions) AS o (name, value)
                                        WHERE o.name <> 'pg_attver')),
             (6, 'storage', a.stored AND a.kept_stored AND a.own_storage AND a.plain),
             (7, 'compression', a.stored AND a.kept_stored AND a.own_compression AND a.plain))
             AS l (place, what, applies)
    WHERE l.applies
)
SELECT l.n, l.attnum,
       pg_catalog.format('%s of column %I', pg_catalog.string_agg(l.what, ', ' ORDER BY l.place), l.attname) AS what,
       CASE WHEN l.gone THEN 'the new query has no such column'
            ELSE pg_catalog.format('the column changes its type from %s to %s', l.was_type, l.now_type) END AS lost
FROM loss AS l
GROUP BY l.n, l.attnum, l.attname, l.gone, l.was_type, l.now_type
UNION ALL
SELECT p.n, 0, pg_catalog.format('constraint %I', k.conname),
       CASE p.new_kind WHEN 'r' THEN 'the file''s CREATE TABLE does not state it' ELSE 'a view has none' END
FROM pair AS p
JOIN pg_catalog.pg_constraint AS k ON k.conrelid = p.live AND k.contype IN ('c', 'f', 'p', 'u', 'x')
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS had
                  WHERE had.conrelid = p.new AND had.conname = k.conname AND had.contype = k.contype)
ORDER BY n, attnum, what
