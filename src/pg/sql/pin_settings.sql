-- What our own statements rely on, whatever the role, the database or the environment has set.
SELECT pg_catalog.set_config('search_path', 'pg_catalog', false),
       pg_catalog.set_config('client_encoding', 'UTF8', false),
       pg_catalog.set_config('datestyle', 'ISO', false),
       pg_catalog.set_config('intervalstyle', 'postgres', false),
       pg_catalog.set_config('lock_timeout', '0', false),
       pg_catalog.set_config('statement_timeout', '0', false),
       pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false)
