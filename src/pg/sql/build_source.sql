-- :sums 'amount', q.amount::pg_catalog.text
-- :rows 'rows', q.rows::pg_catalog.text
-- :floats 'amount', 't'
-- :query SELECT 1 AS amount, 1 AS rows
-- What source_total gives, as measures of the view; its text ends with the query, which keeps its lines.
SELECT pg_catalog.count(*) AS row_count, pg_catalog.min(s.measures) AS measures
  FROM (SELECT pg_catalog.jsonb_build_object('source', pg_catalog.jsonb_object(ARRAY[:sums]::pg_catalog.text[]),
                                             'source_rows', pg_catalog.jsonb_object(ARRAY[:rows]::pg_catalog.text[]),
                                             'source_floats', pg_catalog.jsonb_object(ARRAY[:floats]::pg_catalog.text[]))
                   ::pg_catalog.text AS measures
          FROM (:query) AS q) AS s;
