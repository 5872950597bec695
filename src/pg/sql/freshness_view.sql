-- Of each view of a set: how old are its data? Columns may only be added at the end (CREATE OR REPLACE VIEW); whoever changes
-- it gives FRESHNESS_DEFINITION in src/stage/records.c another number.
-- What the newest swap that brought in all views of the set says is enough, with those that came after it. OFFSET 0 keeps
-- the look for it from unpacking the views of every swap that there ever was (subquery_is_pushdown_safe,
-- src/backend/optimizer/path/allpaths.c).
-- A watermark is text; what is no time that the server can read must not make the view fail, so only a date that exists is
-- cast. Without a time zone it is one of the session that reads.
CREATE OR REPLACE VIEW matswap.freshness AS
SELECT p.set, p.schema, p.view, p.rows, p.snapshot_at, p.swapped_at, p.watermark,
       pg_catalog.now() - p.watermark AS lag,
       f.failed_at AS last_failure_at, f.message AS last_failure, p.run
  FROM (SELECT DISTINCT ON (g.set, v.schema, v.name)
               g.set, v.schema, v.name AS view, v.oid, v.rows, COALESCE(v.snapshot_at, g.snapshot_at) AS snapshot_at,
               g.swapped_at, g.run,
               CASE WHEN v.watermark ~ ('^(?!0000)((\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)'
                                        '|02-(0[1-9]|1\d|2[0-8])))|(\d\d(0[48]|[2468][048]|[13579][26])'
                                        '|([02468][048]|[13579][26])00)-02-29)'
                                        '([T ]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)?)?$')
                    THEN v.watermark::pg_catalog.timestamptz END AS watermark
          FROM (SELECT DISTINCT a.set FROM matswap.generation AS a) AS s
          LEFT JOIN LATERAL (SELECT w.swapped_at
                               FROM (SELECT b.swapped_at, b.views
                                       FROM matswap.generation AS b
                                      WHERE b.set = s.set
                                      ORDER BY b.swapped_at DESC
                                     OFFSET 0) AS w
                              WHERE NOT w.views @> '[{"partial": true}]' AND NOT w.views @> '[{"isolated": true}]'
                              LIMIT 1) AS whole ON true
          JOIN matswap.generation AS g ON g.set = s.set AND g.swapped_at >= COALESCE(whole.swapped_at, '-infinity')
         CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(g.views)
               AS v (schema pg_catalog.text, name pg_catalog.text, oid pg_catalog.oid, rows pg_catalog.int8,
                     snapshot_at pg_catalog.timestamptz, watermark pg_catalog.text, isolated pg_catalog.bool)
         WHERE v.isolated IS NOT TRUE
         ORDER BY g.set, v.schema, v.name, g.swapped_at DESC) AS p
  LEFT JOIN LATERAL (SELECT l.failed_at, l.message
                       FROM matswap.failure AS l
                      WHERE l.set = p.set
                        AND ((l.schema = p.schema AND l.view = p.view) OR (l.view IS NULL AND NOT l.partial))
                      ORDER BY l.failed_at DESC, l.view IS NULL, l.id
                      LIMIT 1) AS f ON true
 WHERE p.oid IS NOT NULL;
