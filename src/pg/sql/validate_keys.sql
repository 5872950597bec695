-- :columns id AS k1, kind AS k2
-- :equal l.k1 OPERATOR(pg_catalog.=) n.k1 AND l.k2 OPERATOR(pg_catalog.=) n.k2
-- :either CASE WHEN l.there THEN l.k1 ELSE n.k1 END AS k1, CASE WHEN l.there THEN l.k2 ELSE n.k2 END AS k2
-- :keys u.k1, u.k2
-- :shown pg_catalog.left(u.k1::pg_catalog.text, 64) AS k1, pg_catalog.left(u.k2::pg_catalog.text, 64) AS k2
-- Keys that only one generation has: how many, and the first ten of each kind.  A hash join knows no NULL; what it leaves
-- over is grouped by key, where NULL equals NULL.  (EXCEPT and a GROUP BY over both took three times as long.)
WITH alone AS MATERIALIZED (
SELECT pg_catalog.bool_or(u.live) AS vanished, :keys
  FROM (SELECT l.there IS NOT NULL AS live, :either
          FROM (SELECT true AS there, :columns FROM :"live_schema".:"live_name") AS l
          FULL JOIN (SELECT true AS there, :columns FROM :"new_schema".:"new_name") AS n ON :equal
         WHERE l.there IS NULL OR n.there IS NULL) AS u
 GROUP BY :keys
HAVING pg_catalog.bool_and(u.live) OR NOT pg_catalog.bool_or(u.live)
)
SELECT s.vanished, (SELECT pg_catalog.count(*) FROM alone AS u WHERE u.vanished = s.vanished) AS count, k.*
  FROM (VALUES (true), (false)) AS s (vanished)
  LEFT JOIN LATERAL (SELECT pg_catalog.row_number() OVER () AS n, :shown
                       FROM (SELECT * FROM alone AS u WHERE u.vanished = s.vanished ORDER BY :keys LIMIT 10) AS u) AS k ON true
 ORDER BY s.vanished DESC, k.n;
