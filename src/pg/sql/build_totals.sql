-- :sums 'amount', pg_catalog.sum(amount)::pg_catalog.text
-- :nulls 'donor', (pg_catalog.count(*) - pg_catalog.count(donor))::pg_catalog.text
-- :minimum 'amount', pg_catalog.min(amount)::pg_catalog.text
-- :maximum 'amount', pg_catalog.max(amount)::pg_catalog.text
-- :watermark pg_catalog.to_jsonb(pg_catalog.max("timestamp")) #>> '{}'
-- One pass for the row count and everything else. Text is exact, and jsonb_object, unlike jsonb_build_object, takes any
-- number of pairs (FUNC_MAX_ARGS in src/include/pg_config_manual.h).
SELECT pg_catalog.count(*) AS row_count,
       pg_catalog.jsonb_object(ARRAY[:sums]::pg_catalog.text[])::pg_catalog.text AS totals,
       nullif(pg_catalog.jsonb_build_object('nulls', pg_catalog.jsonb_object(ARRAY[:nulls]::pg_catalog.text[]),
                                            'minimum', pg_catalog.jsonb_object(ARRAY[:minimum]::pg_catalog.text[]),
                                            'maximum', pg_catalog.jsonb_object(ARRAY[:maximum]::pg_catalog.text[])),
              '{"nulls": {}, "minimum": {}, "maximum": {}}'::pg_catalog.jsonb)::pg_catalog.text AS measures,
       (:watermark)::pg_catalog.text AS watermark
  FROM :"schema".:"name";
