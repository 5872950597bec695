-- Opens what is behind a foreign table, or a view of one, and asks it for no row.  Planning alone opens nothing, nor does
-- EXPLAIN; the executor's start does (BeginForeignScan: https://www.postgresql.org/docs/current/fdw-callbacks.html), and
-- postgres_fdw also sends the query, with its LIMIT, so that a table that is missing there is found.
SELECT FROM :"schema".:"name" LIMIT 0;
