-- Who has, or waits for, a lock on one of the relations $1, but for what backend $2 has.  A parallel worker's leader has
-- its locks, too.  The lock on a prepared transaction's relation has no pid; age_ms and autovacuum are null where the role
-- may not see them, and autovacuum is `wraparound` for a worker that does not yield (autovacuum_do_vac_analyze and
-- "to prevent wraparound" in src/backend/postmaster/autovacuum.c).  Any lock conflicts with the one that the swap wants.
SELECT l.relation,
       coalesce(l.pid, 0) AS pid,
       l.virtualtransaction AS session,
       l.granted,
       1000 * extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start) AS age_ms,
       coalesce(a.state, '') LIKE 'idle in transaction%' AS idle,
       CASE WHEN a.backend_type = 'autovacuum worker'
            THEN CASE WHEN a.query LIKE '%(to prevent wraparound)%' THEN 'wraparound' ELSE 'yields' END
       END AS autovacuum
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND l.relation = ANY ($1::pg_catalog.oid[])
   AND NOT (l.granted AND l.pid IS NOT DISTINCT FROM $2::pg_catalog.int4)
   AND a.leader_pid IS NULL;
