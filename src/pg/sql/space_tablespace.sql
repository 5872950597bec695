-- The tablespace $1 (OID) and its folder.
SELECT t.spcname AS tablespace, pg_catalog.pg_tablespace_location(t.oid) AS location
  FROM pg_catalog.pg_tablespace AS t
 WHERE t.oid = $1::pg_catalog.oid;
