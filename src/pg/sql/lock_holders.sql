-- Who holds an advisory lock with a bigint key: pg_locks splits the key into classid and objid, objsubid is 1
-- (https://www.postgresql.org/docs/current/view-pg-locks.html).
SELECT l.pid,
       a.usename,
       coalesce(a.client_addr::pg_catalog.text, 'the local socket') AS client,
       coalesce(a.application_name, '') AS application,
       pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = $1::pg_catalog.int8
   AND l.objsubid = 1
   AND l.granted
   AND l.pid <> pg_catalog.pg_backend_pid()
 ORDER BY l.pid;
