-- Takes the fence for this transaction: false while a worker has it.
SELECT pg_catalog.pg_try_advisory_xact_lock($1::pg_catalog.int8) AS free;
