-- :sources '{16384}'
-- Which of the relations (with their partitions and children) that a view was just computed from is not what it was at the
-- transaction's snapshot.  TRUNCATE and a rewriting ALTER TABLE are not MVCC-safe: to an older snapshot the table is empty
-- afterwards (https://www.postgresql.org/docs/current/mvcc-caveats.html), and a REFRESH shows its new rows to everybody.
-- pg_class is read as of the snapshot, pg_relation_filenode() and pg_partition_tree() look at what is now, which the locks
-- of the REFRESH in this transaction keep as it is.  (VACUUM FULL and CLUSTER, which would do no harm, look the same.)
WITH RECURSIVE source AS (
    SELECT o.oid, o.oid AS root FROM pg_catalog.unnest(:sources::pg_catalog.oid[]) AS o (oid)
    UNION
    SELECT i.inhrelid, s.root FROM source AS s JOIN pg_catalog.pg_inherits AS i ON i.inhparent = s.oid
)
SELECT pg_catalog.string_agg(DISTINCT pg_catalog.format('%I.%I', n.nspname, c.relname), ', ') AS rewritten
  FROM source AS s
  JOIN pg_catalog.pg_class AS c ON c.oid = s.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_class AS r ON r.oid = s.root
 WHERE c.relfilenode <> 0 AND c.relfilenode IS DISTINCT FROM pg_catalog.pg_relation_filenode(c.oid)
    OR r.relkind = 'p' AND NOT EXISTS (SELECT FROM pg_catalog.pg_partition_tree(r.oid) AS t
                                        WHERE t.relid = c.oid);
