-- $1 before, $2 after, $3 the limit in percent of before; differences in percent, none when before is 0.
SELECT pg_catalog.abs(v.after - v.before) * 100 <= v.percent * pg_catalog.abs(v.before) AS within,
       (v.before - v.after) * 100 <= v.percent * v.before AS shrunk_within,
       v.before = 0 OR (v.after - v.before) * 100 <= v.percent * v.before AS grown_within,
       CASE WHEN v.before <> 0
            THEN pg_catalog.to_char((v.after - v.before) * 100 / pg_catalog.abs(v.before), 'FMSG999999999990.00')
                 || '%'
       END AS difference
  FROM (SELECT $1::pg_catalog.numeric AS before, $2::pg_catalog.numeric AS after,
               coalesce($3::pg_catalog.numeric, 0) AS percent) AS v;
