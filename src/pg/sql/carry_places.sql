-- Where the live materialized views and imports $1 (OIDs) and their indexes are stored.
-- Gives n (position in the array, from 1), index (its name, or NULL: the view itself), access_method (NULL for an
-- index: its definition has it) and tablespace ('': the database's).
SELECT p.n, NULL AS index, m.amname AS access_method, coalesce(t.spcname, '') AS tablespace
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
JOIN pg_catalog.pg_class AS c ON c.oid = p.oid AND c.relkind IN ('m', 'r')
JOIN pg_catalog.pg_am AS m ON m.oid = c.relam
LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
UNION ALL
SELECT p.n, c.relname, NULL, coalesce(t.spcname, '')
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
JOIN pg_catalog.pg_index AS i ON i.indrelid = p.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
LEFT JOIN pg_catalog.pg_tablespace AS t ON t.oid = c.reltablespace
ORDER BY n, index NULLS FIRST
