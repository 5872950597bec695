SELECT pg_catalog.pg_current_xact_id()::pg_catalog.text AS xid;
