-- Of what seam_measure.sql gave ($1), the tables that are not as they were: rewritten ones, then most written first.
SELECT t.entry ->> 'table' AS name, (t.entry ->> 'written')::pg_catalog.int8 AS written,
       (t.entry ->> 'rewritten')::pg_catalog.bool AS rewritten
  FROM pg_catalog.jsonb_array_elements($1::pg_catalog.jsonb -> 'tables') WITH ORDINALITY AS t (entry, n)
 WHERE (t.entry ->> 'written')::pg_catalog.int8 IS DISTINCT FROM 0 OR (t.entry ->> 'rewritten')::pg_catalog.bool
 ORDER BY t.n
