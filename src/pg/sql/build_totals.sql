-- :sums 'amount', pg_catalog.sum(amount)::pg_catalog.text
-- One pass for the row count and every sum.
SELECT pg_catalog.count(*) AS row_count, pg_catalog.jsonb_build_object(:sums)::pg_catalog.text AS totals
  FROM :"schema".:"name";
