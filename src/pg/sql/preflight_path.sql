-- $1: a search path, for the rest of the transaction
SELECT pg_catalog.set_config('search_path', $1, true)
