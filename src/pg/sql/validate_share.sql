-- $1 of $2 in percent, and whether that is within $3 percent.  Of nothing there is no part.
SELECT v.part * 100 <= v.percent * v.whole AS within, v.part > 0 AND v.whole = 0 AS of_nothing,
       pg_catalog.round(v.part * 100 / nullif(v.whole, 0), 2)::pg_catalog.text || '%' AS share
  FROM (SELECT $1::pg_catalog.numeric AS part, $2::pg_catalog.numeric AS whole,
               $3::pg_catalog.numeric AS percent) AS v;
