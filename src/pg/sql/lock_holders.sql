-- Who holds the advisory lock with the bigint key $1: pg_locks splits the key into classid and objid, objsubid is 1
-- (https://www.postgresql.org/docs/current/view-pg-locks.html).  pg_stat_activity shows application_name and role to
-- everybody, the rest only to members of the session's role.
SELECT l.pid,
       a.usename AS role,
       coalesce(a.application_name, '') AS application,
       CASE WHEN a.backend_start IS NOT NULL
            THEN coalesce(a.client_addr::pg_catalog.text, 'the local socket') END AS client,
       pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since,
       pg_catalog.to_char(a.backend_start, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') AS started_at,
       CASE WHEN a.backend_start IS NOT NULL AND a.state <> 'idle'
            THEN pg_catalog."left"(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 80) END AS executes
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'advisory'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = $1::pg_catalog.int8
   AND l.objsubid = 1
   AND l.granted
   AND l.pid <> pg_catalog.pg_backend_pid()
 ORDER BY l.pid;
