-- The tablespace $1 (OID; NULL: pg_default) and its folder, '' in the data directory.
SELECT t.spcname AS tablespace, pg_catalog.pg_tablespace_location(t.oid) AS location
  FROM pg_catalog.pg_tablespace AS t
 WHERE CASE WHEN $1::pg_catalog.oid IS NULL THEN t.spcname = 'pg_default' ELSE t.oid = $1::pg_catalog.oid END;
