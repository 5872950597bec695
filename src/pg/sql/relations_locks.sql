-- How many locks a DROP of each of the relations $1 takes: on itself, its TOAST table and that one's index, its indexes, and
-- on the objects that go with it, its rule, two types and extended statistics (AcquireDeletionLock in
-- src/backend/catalog/dependency.c).  And the budget of a transaction, a quarter of the lock table:
-- https://www.postgresql.org/docs/current/runtime-config-locks.html
SELECT o.position,
       4 + CASE WHEN c.reltoastrelid <> 0 THEN 2 ELSE 0 END
         + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid)
         + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_statistic_ext AS s WHERE s.stxrelid = c.oid) AS locks,
       pg_catalog.current_setting('max_locks_per_transaction')::pg_catalog.int8
           * (pg_catalog.current_setting('max_connections')::pg_catalog.int8
              + pg_catalog.current_setting('max_prepared_transactions')::pg_catalog.int8) / 4 AS budget
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS o (oid, position)
  LEFT JOIN pg_catalog.pg_class AS c ON c.oid = o.oid
 ORDER BY o.position;
