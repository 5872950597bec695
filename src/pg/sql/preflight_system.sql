-- Separate, because the mere mention of a function that may not be executed is an error.
SELECT system_identifier FROM pg_catalog.pg_control_system()
