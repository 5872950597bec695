-- Ends exactly the sessions that hold the advisory lock with the bigint key $1 in this database, or wait for it; in one
-- statement, so that a pid is not another session's by the time it is used.
SELECT l.pid,
       a.usename AS role,
       coalesce(a.application_name, '') AS application,
       pg_catalog.pg_terminate_backend(l.pid) AS ended
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = $1::pg_catalog.int8
   AND l.objsubid = 1
   AND l.pid <> pg_catalog.pg_backend_pid();
