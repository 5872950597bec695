-- :event_time "timestamp"
-- :lateness pg_catalog.make_interval(secs => 604800.000)
-- :seconds 86400.000
-- :changes SELECT 1 AS bucket, true AS older, 1 AS appeared, 0 AS vanished
-- What has come and gone up to the live view's watermark, by bucket of event time: the totals, the ten buckets in which most
-- is older than the lateness that is allowed, and all that as JSON.  A bucket is counted from the epoch: of a timestamp with
-- time zone that is midnight UTC, of one without, and of a date, midnight by its own clock.
WITH mark AS MATERIALIZED (
SELECT m.watermark, m.watermark - :lateness AS closed,
       CASE pg_catalog.pg_typeof(m.watermark) WHEN 'pg_catalog.timestamptz'::pg_catalog.regtype THEN 'Z' ELSE '' END AS zone
  FROM (SELECT pg_catalog.max(l.e) AS watermark FROM (SELECT :event_time AS e FROM :"live_schema".:"live_name") AS l) AS m
), changes AS (
:changes
), buckets AS MATERIALIZED (
SELECT pg_catalog.to_timestamp(c.bucket * :seconds) AT TIME ZONE 'UTC' AS start,
       pg_catalog.sum(c.appeared) AS appeared, pg_catalog.sum(c.vanished) AS vanished,
       coalesce(pg_catalog.sum(c.appeared) FILTER (WHERE c.older), 0) AS older_appeared,
       coalesce(pg_catalog.sum(c.vanished) FILTER (WHERE c.older), 0) AS older_vanished
  FROM changes AS c
 GROUP BY c.bucket
), totals AS (
SELECT coalesce(pg_catalog.sum(b.appeared), 0) AS appeared, coalesce(pg_catalog.sum(b.vanished), 0) AS vanished,
       coalesce(pg_catalog.sum(b.older_appeared), 0) AS older_appeared,
       coalesce(pg_catalog.sum(b.older_vanished), 0) AS older_vanished,
       pg_catalog.count(*) FILTER (WHERE b.older_appeared + b.older_vanished > 0) AS older_buckets
  FROM buckets AS b
)
SELECT t.*, pg_catalog.to_jsonb(m.watermark) #>> '{}' AS watermark,
       CASE WHEN (:seconds) % 86400 = 0 THEN pg_catalog.to_jsonb(b.start::pg_catalog.date) #>> '{}'
            ELSE (pg_catalog.to_jsonb(b.start) #>> '{}') || m.zone END AS bucket,
       b.older_appeared AS bucket_appeared, b.older_vanished AS bucket_vanished,
       pg_catalog.jsonb_build_object(
           'by', :'by', 'appeared', t.appeared, 'vanished', t.vanished,
           'older', pg_catalog.jsonb_build_object('appeared', t.older_appeared, 'vanished', t.older_vanished),
           'buckets', (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                                  'bucket', (pg_catalog.to_jsonb(s.start) #>> '{}') || m.zone, 'appeared', s.appeared,
                                  'vanished', s.vanished) ORDER BY s.start), '[]')
                         FROM (SELECT * FROM buckets AS b ORDER BY b.appeared + b.vanished DESC, b.start LIMIT 100) AS s)
       )::pg_catalog.text AS found
  FROM totals AS t
 CROSS JOIN mark AS m
  LEFT JOIN LATERAL (SELECT * FROM buckets AS b WHERE b.older_appeared + b.older_vanished > 0
                      ORDER BY b.older_appeared + b.older_vanished DESC, b.start LIMIT 10) AS b ON true
 ORDER BY b.older_appeared + b.older_vanished DESC, b.start;
