-- Folders of the tablespaces $1 (names): '' for those in the data directory.  In no order; one that does not exist is left out.
SELECT t.oid, t.spcname AS tablespace, pg_catalog.pg_tablespace_location(t.oid) AS location
  FROM pg_catalog.pg_tablespace AS t
 WHERE t.spcname::text = ANY ($1::pg_catalog.text[]);
