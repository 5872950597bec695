-- For people: how much is in the relations $1, and on disk with indexes and TOAST.  Locks each for a moment.
SELECT c.oid,
       c.reltuples::pg_catalog.int8 AS row_estimate,
       CASE WHEN c.relkind IN ('m', 'r') THEN pg_catalog.pg_total_relation_size(c.oid) END AS bytes
  FROM pg_catalog.pg_class AS c
 WHERE c.oid = ANY ($1::pg_catalog.oid[]);
