-- :query SELECT 1
-- How many rows a check gives, and the first ten of them value by value: one row without a name when there is none to show.
WITH found AS (
SELECT pg_catalog.count(*) AS row_count, pg_catalog.array_agg(r.shown ORDER BY r.n) FILTER (WHERE r.n <= 10) AS shown
  FROM (SELECT w.n, CASE WHEN w.n <= 10 THEN pg_catalog.row_to_json(w.found) END AS shown
          FROM (SELECT pg_catalog.row_number() OVER () AS n, q.*::pg_catalog.record AS found
                  FROM (:query) AS q) AS w) AS r)
SELECT f.row_count, s.n AS row, v.n AS position, v.key AS name, pg_catalog.left(v.value, 64) AS value
  FROM found AS f
  LEFT JOIN LATERAL pg_catalog.unnest(f.shown) WITH ORDINALITY AS s (shown, n) ON true
  LEFT JOIN LATERAL pg_catalog.json_each_text(s.shown) WITH ORDINALITY AS v (key, value, n) ON true
 ORDER BY s.n, v.n;
