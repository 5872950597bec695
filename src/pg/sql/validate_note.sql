-- What was measured ($1, a JSON object or NULL) and, under the name $2, what was compared ($3).
SELECT (coalesce($1::pg_catalog.jsonb, '{}') || pg_catalog.jsonb_build_object($2::pg_catalog.text, $3::pg_catalog.jsonb))
       ::pg_catalog.text AS measures;
