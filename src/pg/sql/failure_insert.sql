-- $1 run, $2 set, $3 partial; for each row: $4 schema, $5 view, $6 kind, $7 exit code, $8 rule, $9 message. Nothing, and no
-- row comes back, when the run's failure is known already: a run that died after it had written it is reverted again.
INSERT INTO matswap.failure (run, set, partial, schema, view, kind, exit_code, rule, message)
SELECT $1, $2, $3::pg_catalog.bool, r.schema, r.view, r.kind, r.exit_code, r.rule, r.message
  FROM ROWS FROM (pg_catalog.unnest($4::pg_catalog.text[]), pg_catalog.unnest($5::pg_catalog.text[]),
                  pg_catalog.unnest($6::pg_catalog.text[]), pg_catalog.unnest($7::pg_catalog.int4[]),
                  pg_catalog.unnest($8::pg_catalog.text[]), pg_catalog.unnest($9::pg_catalog.text[]))
       AS r (schema, view, kind, exit_code, rule, message)
 WHERE NOT EXISTS (SELECT FROM matswap.failure AS f WHERE f.set = $2 AND f.run = $1)
RETURNING id;
