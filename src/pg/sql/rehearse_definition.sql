-- The query of the relation $1 (OID) as the server would print it.
SELECT pg_catalog.pg_get_viewdef($1::pg_catalog.oid) AS query
