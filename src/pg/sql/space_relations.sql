-- Where the relations $1 (OIDs) and their indexes are stored, and what they take there: with TOAST, free space and visibility
-- maps.  Gives n (position in the array, from 1), index (its name, or NULL: the relation itself), tablespace and bytes.
-- Locks each for a moment.
SELECT s.n,
       s.index,
       t.spcname AS tablespace,
       pg_catalog.pg_table_size(s.oid) AS bytes
  FROM (SELECT p.n, NULL AS index, c.oid, c.reltablespace
          FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
          JOIN pg_catalog.pg_class AS c ON c.oid = p.oid AND c.relkind IN ('m', 'r')
         UNION ALL
        SELECT p.n, c.relname, c.oid, c.reltablespace
          FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
          JOIN pg_catalog.pg_index AS i ON i.indrelid = p.oid
          JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid) AS s
  JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
  -- 0 is the database's own: https://www.postgresql.org/docs/current/catalog-pg-class.html
  JOIN pg_catalog.pg_tablespace AS t ON t.oid = coalesce(nullif(s.reltablespace, 0), d.dattablespace)
 ORDER BY s.n, s.index NULLS FIRST;
