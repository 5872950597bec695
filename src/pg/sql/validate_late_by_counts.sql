-- :mark (SELECT pg_catalog.now() AS watermark, pg_catalog.now() AS closed)
-- :event_time "timestamp"
-- :seconds 86400.000
-- Without a key: how many rows more or fewer a bucket has; :mark is the CTE of validate_late.sql.
SELECT c.bucket, c.older, greatest(pg_catalog.sum(c.n), 0) AS appeared, greatest(-pg_catalog.sum(c.n), 0) AS vanished
  FROM (SELECT pg_catalog.floor(extract(epoch FROM u.e) / :seconds) AS bucket, u.e <= m.closed AS older, u.n
          FROM (SELECT :event_time AS e, -1 AS n FROM :"live_schema".:"live_name"
                 UNION ALL
                SELECT :event_time AS e, 1 AS n FROM :"new_schema".:"new_name") AS u
          JOIN :mark AS m ON u.e <= m.watermark) AS c
 GROUP BY c.bucket, c.older
HAVING pg_catalog.sum(c.n) <> 0
