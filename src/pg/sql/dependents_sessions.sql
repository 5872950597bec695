-- The transactions of this database's sessions that are open now; of those in $1 only, unless it is null.
-- https://www.postgresql.org/docs/current/view-pg-locks.html: every transaction holds its virtual ID, for all to see.
SELECT l.virtualtransaction AS session
  FROM pg_catalog.pg_locks AS l
  JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'virtualxid'
   AND l.granted
   AND a.datname = pg_catalog.current_database()
   AND a.application_name NOT LIKE 'matswap/%'
   AND coalesce(a.backend_type, '') NOT IN ('autovacuum worker', 'walsender')
   AND ($1::pg_catalog.text[] IS NULL OR l.virtualtransaction = ANY ($1::pg_catalog.text[]));
