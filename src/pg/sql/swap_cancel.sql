SELECT pg_catalog.pg_cancel_backend($1::pg_catalog.int4) AS cancelled;
