-- What the server has counted so far of writes to the sources of a generation: $1 views (as they are written), $2 the OIDs
-- of each one's sources (an oid[] as text, in parallel).  A JSON object: `tables` with their `readers`, and of each table
-- and its partitions and children the `parts`, by OID: [rows inserted, updated and deleted so far, relfilenode].
-- https://www.postgresql.org/docs/current/monitoring-stats.html
WITH RECURSIVE reader AS (
    SELECT DISTINCT r.view, o.oid AS root
      FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
               AS r (view, sources)
     CROSS JOIN LATERAL pg_catalog.unnest(r.sources::pg_catalog.oid[]) AS o (oid)
), part AS (
    SELECT r.root, r.root AS oid FROM reader AS r
    UNION
    SELECT p.root, i.inhrelid FROM part AS p JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
), root AS (
    SELECT p.root,
           pg_catalog.jsonb_object_agg(p.oid, pg_catalog.jsonb_build_array(
               pg_catalog.pg_stat_get_tuples_inserted(p.oid) + pg_catalog.pg_stat_get_tuples_updated(p.oid)
                   + pg_catalog.pg_stat_get_tuples_deleted(p.oid),
               pg_catalog.pg_relation_filenode(p.oid))) AS parts
      FROM part AS p
     GROUP BY p.root
)
SELECT pg_catalog.jsonb_build_object(
           'stats_reset', (SELECT d.stats_reset FROM pg_catalog.pg_stat_database AS d
                            WHERE d.datname = pg_catalog.current_database()),
           'tables', COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
               'table', pg_catalog.format('%I.%I', n.nspname, c.relname),
               'oid', t.root::pg_catalog.int8,
               'readers', (SELECT pg_catalog.jsonb_agg(r.view ORDER BY r.view) FROM reader AS r WHERE r.root = t.root),
               'parts', t.parts)), '[]'))::pg_catalog.text AS seam
  FROM root AS t
  JOIN pg_catalog.pg_class AS c ON c.oid = t.root
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
