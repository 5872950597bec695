-- What seam_begin.sql gave ($1), and with each table how many rows have been `written` since, and whether it, or a part of
-- it, was `rewritten` (truncated, refreshed, or by VACUUM FULL and the like).  A part that has come since counts from 0.
-- Not known (null) is what was written when a counter went down, when the statistics were reset, are not kept, or a part
-- is gone.  With the foreign tables $2.
WITH RECURSIVE root AS (
    SELECT e.n, e.entry, (e.entry ->> 'oid')::pg_catalog.oid AS root
      FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb -> 'tables') WITH ORDINALITY AS e (entry, n)
), part AS (
    SELECT r.n, r.root AS oid FROM root AS r
    UNION
    SELECT p.n, i.inhrelid FROM part AS p JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
), known AS (
    SELECT p.n, p.oid FROM part AS p
    UNION
    SELECT r.n, k.oid::pg_catalog.oid
      FROM root AS r CROSS JOIN LATERAL pg_catalog.jsonb_object_keys(r.entry -> 'parts') AS k (oid)
), counted AS (
    SELECT k.n, r.entry -> 'parts' -> (k.oid::pg_catalog.text) AS before, c.oid IS NULL AS gone,
           pg_catalog.pg_stat_get_tuples_inserted(k.oid) + pg_catalog.pg_stat_get_tuples_updated(k.oid)
               + pg_catalog.pg_stat_get_tuples_deleted(k.oid)
               - COALESCE((r.entry -> 'parts' -> (k.oid::pg_catalog.text) ->> 0)::pg_catalog.int8, 0) AS written,
           pg_catalog.pg_relation_filenode(k.oid) AS filenode
      FROM known AS k
      JOIN root AS r ON r.n = k.n
      LEFT JOIN pg_catalog.pg_class AS c ON c.oid = k.oid
), summed AS (
    SELECT c.n,
           CASE WHEN NOT pg_catalog.bool_or(c.gone OR c.written < 0)
                 AND pg_catalog.current_setting('track_counts')::pg_catalog.bool
                 AND (SELECT d.stats_reset FROM pg_catalog.pg_stat_database AS d
                       WHERE d.datname = pg_catalog.current_database())
                     IS NOT DISTINCT FROM ($1::pg_catalog.jsonb ->> 'stats_reset')::pg_catalog.timestamptz
                THEN pg_catalog.sum(c.written) END AS written,
           pg_catalog.bool_or(c.before IS NOT NULL AND NOT c.gone
                              AND c.filenode IS DISTINCT FROM (c.before ->> 1)::pg_catalog.oid) AS rewritten
      FROM counted AS c
     GROUP BY c.n
)
SELECT ($1::pg_catalog.jsonb
        || pg_catalog.jsonb_build_object(
               'foreign', pg_catalog.to_jsonb($2::pg_catalog.text[]),
               'tables', COALESCE((SELECT pg_catalog.jsonb_agg(r.entry || pg_catalog.jsonb_build_object(
                                              'written', s.written, 'rewritten', s.rewritten)
                                          ORDER BY s.rewritten DESC, s.written DESC NULLS LAST,
                                                   r.entry ->> 'table')
                                     FROM root AS r JOIN summed AS s ON s.n = r.n), '[]')))::pg_catalog.text AS seam
