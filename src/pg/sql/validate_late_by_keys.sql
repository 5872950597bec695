-- :columns id AS k1, "timestamp" AS k2
-- :mark (SELECT pg_catalog.now() AS watermark, pg_catalog.now() AS closed)
-- :event_time "timestamp"
-- :equal l.k1 OPERATOR(pg_catalog.=) n.k1 AND l.k2 OPERATOR(pg_catalog.=) n.k2
-- :either CASE WHEN l.there THEN l.k1 ELSE n.k1 END AS k1, CASE WHEN l.there THEN l.k2 ELSE n.k2 END AS k2
-- :keys u.k1, u.k2
-- :event u.k2
-- :seconds 86400.000
-- The rows, by key and event time, that only one generation has; :mark is the CTE of validate_late.sql.  See validate_keys.sql.
SELECT pg_catalog.floor(extract(epoch FROM :event) / :seconds) AS bucket, :event <= (SELECT m.closed FROM :mark AS m) AS older,
       greatest(pg_catalog.count(*) FILTER (WHERE NOT u.live) - pg_catalog.count(*) FILTER (WHERE u.live), 0) AS appeared,
       greatest(pg_catalog.count(*) FILTER (WHERE u.live) - pg_catalog.count(*) FILTER (WHERE NOT u.live), 0) AS vanished
  FROM (SELECT l.there IS NOT NULL AS live, :either
          FROM (SELECT true AS there, :columns FROM :"live_schema".:"live_name" WHERE :event_time IS NOT NULL) AS l
          FULL JOIN (SELECT true AS there, :columns FROM :"new_schema".:"new_name"
                      WHERE :event_time <= (SELECT m.watermark FROM :mark AS m)) AS n ON :equal
         WHERE l.there IS NULL OR n.there IS NULL) AS u
 GROUP BY :keys
HAVING pg_catalog.count(*) FILTER (WHERE NOT u.live) <> pg_catalog.count(*) FILTER (WHERE u.live)
