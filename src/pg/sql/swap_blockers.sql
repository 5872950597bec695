-- Sessions that hold a lock on one of these relations, the longest transaction first.
SELECT a.pid, a.usename, coalesce(a.application_name, '') AS application, coalesce(a.state, '') AS state,
       pg_catalog.to_char(a.xact_start, 'YYYY-MM-DD HH24:MI:SS TZ') AS since,
       pg_catalog.string_agg(DISTINCT l.relation::pg_catalog.regclass::pg_catalog.text, ', ') AS relations
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
 WHERE l.locktype = 'relation'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND l.relation = ANY ($1::pg_catalog.oid[])
   AND l.granted
   AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
 GROUP BY a.pid, a.usename, a.application_name, a.state, a.xact_start
 ORDER BY a.xact_start NULLS LAST
 LIMIT 5;
