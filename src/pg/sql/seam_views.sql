-- The same for each view that reads such tables directly or through ordinary views: what it does not contain; [] when
-- nothing was written to them.
SELECT r.view,
       COALESCE(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object('table', t.entry -> 'table',
                                                                   'written', t.entry -> 'written',
                                                                   'rewritten', t.entry -> 'rewritten') ORDER BY t.n)
                    FILTER (WHERE (t.entry ->> 'written')::pg_catalog.int8 IS DISTINCT FROM 0
                               OR (t.entry ->> 'rewritten')::pg_catalog.bool),
                '[]')::pg_catalog.text AS seam
  FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb -> 'tables') WITH ORDINALITY AS t (entry, n)
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements_text(t.entry -> 'readers') AS r (view)
 GROUP BY r.view
