-- Who we are, where, and what the server allows.  The lock table's size: "max_locks_per_transaction",
-- https://www.postgresql.org/docs/current/runtime-config-locks.html
SELECT r.rolname AS role,
       r.rolsuper AS superuser,
       r.rolinherit AS inherits,
       d.datname AS database,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       pg_catalog.current_setting('default_transaction_read_only')::boolean AS read_only,
       pg_catalog.has_database_privilege(d.oid, 'CREATE') AS may_create_schema,
       pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE') AS may_read_control,
       pg_catalog.current_setting('max_locks_per_transaction')::bigint AS locks_per_transaction,
       pg_catalog.current_setting('max_connections')::bigint
           + pg_catalog.current_setting('max_prepared_transactions')::bigint AS lock_slots
FROM pg_catalog.pg_roles r
JOIN pg_catalog.pg_database d ON d.datname = pg_catalog.current_database()
WHERE r.rolname = CURRENT_USER
