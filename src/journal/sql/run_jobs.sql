-- On how many connections a run builds; no row where it is not known.
SELECT json_extract(settings, '$.options.jobs') FROM run WHERE id = :run_id AND settings IS NOT NULL
