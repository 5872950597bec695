-- What the last swap recorded of those of the materialized views $1 (n counts the array from 1) that nothing has touched
-- since: the transaction that wrote the row of matswap.generation is the one that wrote the view's row of pg_class last.
-- REFRESH, CONCURRENTLY too, updates that row (SetMatViewPopulatedState in src/backend/commands/matview.c), so does all
-- else that changes what the view holds or is; VACUUM, ANALYZE and CREATE INDEX do it in place, and leave xmin
-- (vac_update_relstats in src/backend/commands/vacuum.c, index_update_stats in src/backend/catalog/index.c).
-- A renamed column is a row of pg_attribute alone: none may be younger.  Freezing leaves xmin to be seen (htup_details.h);
-- what is restored from a dump has the restoring transaction's, and another swap_xid.
WITH live AS MATERIALIZED (
    SELECT w.n, c.oid, c.xmin, s.nspname AS schema, c.relname AS name
      FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS w (oid, n)
      JOIN pg_catalog.pg_class AS c ON c.oid = w.oid AND c.relkind = 'm'
      JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
     WHERE NOT EXISTS (SELECT
                         FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = c.oid
                          AND a.attnum > 0
                          AND pg_catalog.age(a.xmin) < pg_catalog.age(c.xmin))
), recorded AS MATERIALIZED (
    SELECT g.run, g.xmin, v.oid, v.schema, v.name, v.rows, v.totals, v.measures
      FROM matswap.generation AS g
     CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(g.views)
           AS v (oid pg_catalog.oid, schema pg_catalog.text, name pg_catalog.text, rows pg_catalog.text,
                 totals pg_catalog.jsonb, measures pg_catalog.jsonb)
     WHERE g.xmin IN (SELECT l.xmin FROM live AS l)
       AND g.swap_xid::pg_catalog.text::pg_catalog.numeric % 4294967296 = g.xmin::pg_catalog.text::pg_catalog.numeric
       -- beyond, the comparison of ages would not hold
       AND pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::pg_catalog.text::pg_catalog.numeric
           - g.swap_xid::pg_catalog.text::pg_catalog.numeric BETWEEN 1 AND 2000000000
)
SELECT l.n, r.run, r.rows AS row_count, r.totals::pg_catalog.text AS totals, r.measures::pg_catalog.text AS measures
  FROM live AS l
  JOIN recorded AS r ON r.oid = l.oid AND r.xmin = l.xmin AND r.schema = l.schema AND r.name = l.name
 ORDER BY l.n;
