-- Each of $1 as a part of the one of $2 beside it, in percent, and whether that is within the one of $3 (texts in parallel
-- arrays; n counts them from 1).  Of nothing there is no part.
SELECT v.n, v.part::pg_catalog.numeric * 100 <= v.percent::pg_catalog.numeric * v.whole::pg_catalog.numeric AS within,
       v.part::pg_catalog.numeric > 0 AND v.whole::pg_catalog.numeric = 0 AS of_nothing,
       pg_catalog.round(v.part::pg_catalog.numeric * 100 / nullif(v.whole::pg_catalog.numeric, 0), 2)::pg_catalog.text || '%' AS share
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                  pg_catalog.unnest($3::pg_catalog.text[])) WITH ORDINALITY AS v (part, whole, percent, n)
 ORDER BY v.n;
