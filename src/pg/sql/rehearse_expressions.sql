-- Which of the relations $1 (OIDs) have an index on an expression; n counts the array from 1.
SELECT p.n
FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS p (oid, n)
WHERE EXISTS (SELECT FROM pg_catalog.pg_index AS i WHERE i.indrelid = p.oid AND i.indexprs IS NOT NULL)
