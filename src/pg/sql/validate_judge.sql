-- $1 before, $2 after, $3 the limit in percent of before; differences in percent, none when before is 0.  A difference
-- is shown with two decimals, or with as many as it takes to see that there is one.
SELECT pg_catalog.abs(v.after - v.before) * 100 <= v.percent * pg_catalog.abs(v.before) AS within,
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
  FROM (SELECT $1::pg_catalog.numeric AS before, $2::pg_catalog.numeric AS after,
               coalesce($3::pg_catalog.numeric, 0) AS percent) AS v
 CROSS JOIN LATERAL (SELECT CASE WHEN v.before <> 0 THEN (v.after - v.before) * 100 / pg_catalog.abs(v.before) END
                                AS difference) AS d;
