SELECT t.key AS name, t.value AS total FROM pg_catalog.jsonb_each_text($1::pg_catalog.jsonb) AS t ORDER BY t.key;
