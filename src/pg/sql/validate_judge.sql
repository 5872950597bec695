-- Compares $2, the new values, with $1, the old ones, by the limits $3 in percent of the old; $4: is it a sum of floats?
-- (parallel arrays; n counts them from 1).  Differences in percent, none when the old value is 0, are shown with two
-- decimals, or with as many as it takes to see that there is one.
-- Another order of the rows gives another sum of floats: what differs by less than one part in 10^9 is the same.
-- Before PostgreSQL 14 a numeric cannot be infinite; as here, it can be NaN, which equals itself and nothing else.
SELECT c.n,
       pg_catalog.abs(v.after - v.before) * 100 <= v.percent * pg_catalog.abs(v.before) AS within,
       (v.before - v.after) * 100 <= v.percent * v.before AS shrunk_within,
       v.before = 0 OR (v.after - v.before) * 100 <= v.percent * v.before AS grown_within,
       CASE WHEN v.before <> 0
            THEN CASE WHEN d.difference > 0 AND d.difference <> 'NaN' THEN '+' ELSE '' END
                 || CASE WHEN d.difference = 0 THEN '0.00'
                         WHEN pg_catalog.abs(d.difference) < 0.005
                         THEN pg_catalog.round(d.difference,
                                               1 - pg_catalog.floor(pg_catalog.log(pg_catalog.abs(d.difference)))
                                                   ::pg_catalog.int4)::pg_catalog.text
                         ELSE pg_catalog.round(d.difference, 2)::pg_catalog.text
                    END || '%'
       END AS difference
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                  pg_catalog.unnest($3::pg_catalog.numeric[]), pg_catalog.unnest($4::pg_catalog.bool[]))
       WITH ORDINALITY AS c (before, after, percent, is_float, n)
 CROSS JOIN LATERAL (SELECT CASE WHEN c.before LIKE '%Infinity' THEN 'NaN' ELSE c.before END::pg_catalog.numeric
                                AS before,
                            CASE WHEN c.after LIKE '%Infinity' THEN 'NaN' ELSE c.after END::pg_catalog.numeric AS after,
                            greatest(c.percent, CASE WHEN c.is_float THEN 0.0000001 ELSE 0 END) AS percent) AS v
 CROSS JOIN LATERAL (SELECT CASE WHEN v.before <> 0 THEN (v.after - v.before) * 100 / pg_catalog.abs(v.before) END
                                AS difference) AS d
 ORDER BY c.n;
