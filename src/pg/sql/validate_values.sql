-- What is in the totals $1 and the measures $2 (JSON texts in parallel arrays, as build_totals.sql gives them; n counts
-- them from 1), one by one: section 'sums' is that of the totals.
SELECT d.n, s.key AS section, v.key AS name, v.value
  FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]))
       WITH ORDINALITY AS d (totals, measures, n)
 CROSS JOIN LATERAL pg_catalog.jsonb_each(pg_catalog.jsonb_build_object('sums', d.totals::pg_catalog.jsonb)
                                          || coalesce(d.measures::pg_catalog.jsonb, '{}')) AS s
 CROSS JOIN LATERAL pg_catalog.jsonb_each_text(CASE WHEN pg_catalog.jsonb_typeof(s.value) = 'object' THEN s.value
                                                    ELSE '{}' END) AS v
 ORDER BY d.n;
