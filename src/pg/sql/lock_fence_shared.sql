SELECT pg_catalog.pg_advisory_lock_shared(:'key'::pg_catalog.int8);
