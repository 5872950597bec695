-- :keys id AS k1
-- :values , price AS c1, note AS c2
-- :sampling TABLESAMPLE pg_catalog.system (least(100, 2e5 / greatest(1, pg_catalog.pg_relation_size(16384) / 8192)))
-- :rows 1000
-- :first_equal w.k1 OPERATOR(pg_catalog.=) u.k1
-- :equal w.k1 OPERATOR(pg_catalog.=) d.k1
-- :null_key d.k1 IS NULL
-- :null_safe ARRAY[CASE WHEN true THEN d.k1 ELSE w.k1 END] OPERATOR(pg_catalog.=) ARRAY[CASE WHEN true THEN w.k1 ELSE d.k1 END]
-- :differences , NOT coalesce(d.c1 OPERATOR(pg_catalog.=) w.c1, d.c1 IS NULL AND w.c1 IS NULL) AS d1
-- :in_all , pg_catalog.bool_and(m.d1) AS d1
-- :counts , pg_catalog.count(*) FILTER (WHERE g.d1) AS d1
-- :changed g.d1
-- :shown pg_catalog.left(d.k1::pg_catalog.text, 64) AS k1
-- :limit 5
-- Rows of the live view, drawn at random from pages drawn at random, looked up by their key among the new ones: how many of
-- them are there again, of how many something has changed, of how many each column, and ten of their keys.  The planner
-- knows nothing of rows that were drawn, and would rather hash the whole view than these; DISTINCT makes it expect few to a
-- hash bucket (estimate_hash_bucket_stats() in src/backend/utils/adt/selfuncs.c), and what is hashed is narrow in any case.
-- OFFSET 0 has it fetch the rows that were found one by one, by their place: it expects fifty times as many, and would hash
-- the view once more.
-- A key with a NULL in it is found by arrays of one element: they are equal when both elements are NULL, and can be hashed
-- (array_eq() in src/backend/utils/adt/arrayfuncs.c).  Where several new rows have the key, it has changed when all differ.
WITH drawn AS MATERIALIZED (
SELECT pg_catalog.row_number() OVER () AS n, d.*
  FROM (SELECT :keys :values FROM :"live_schema".:"live_name" :sampling ORDER BY pg_catalog.random() LIMIT :rows) AS d
), hit AS MATERIALIZED (
SELECT d.n, w.there
  FROM (SELECT DISTINCT d.k1 FROM drawn AS d) AS u
  JOIN (SELECT ctid AS there, :keys FROM :"new_schema".:"new_name") AS w ON :first_equal
  JOIN drawn AS d ON :equal
 UNION ALL
SELECT d.n, w.there
  FROM drawn AS d
  JOIN (SELECT ctid AS there, :keys FROM :"new_schema".:"new_name") AS w ON :null_safe
 WHERE :null_key
), matched AS (
SELECT h.n :differences
  FROM hit AS h
  JOIN drawn AS d ON d.n = h.n
 CROSS JOIN LATERAL (SELECT v.ctid AS there :values FROM :"new_schema".:"new_name" AS v WHERE v.ctid = h.there OFFSET 0) AS w
), graded AS MATERIALIZED (
SELECT m.n :in_all FROM matched AS m GROUP BY m.n
), counted AS (
SELECT pg_catalog.count(*) AS found, pg_catalog.count(*) FILTER (WHERE :changed) AS changed :counts FROM graded AS g
)
SELECT (SELECT pg_catalog.count(*) FROM drawn AS d) AS sampled, c.*, c.changed * 100 <= (:limit)::pg_catalog.numeric * c.found AS within,
       pg_catalog.round(c.changed * 100.0 / nullif(c.found, 0), 2)::pg_catalog.text || '%' AS share, k.*
  FROM counted AS c
  LEFT JOIN LATERAL (SELECT d.n, :shown FROM graded AS g JOIN drawn AS d ON d.n = g.n WHERE :changed ORDER BY d.n LIMIT 10)
       AS k ON true
 ORDER BY k.n;
