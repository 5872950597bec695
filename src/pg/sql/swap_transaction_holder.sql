-- Whose transaction is it?  Every transaction holds a lock on its own id, which pg_locks shows without its epoch.
SELECT l.pid
  FROM pg_catalog.pg_locks AS l
 WHERE l.locktype = 'transactionid'
   AND l.transactionid = ($1::pg_catalog.xid8)::pg_catalog.xid
   AND l.mode = 'ExclusiveLock'
   AND l.granted
   AND l.pid IS NOT NULL;
