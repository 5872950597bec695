SELECT pg_catalog.pg_xact_status($1::pg_catalog.xid8) AS status;
