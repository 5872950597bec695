-- Who does what and waits for whom: for a command that hangs.
SELECT pg_catalog.format('%s %s %s, waits for %s %s, blocked by %s: %s', a.pid, a.application_name, a.state,
           a.wait_event_type, a.wait_event, pg_catalog.pg_blocking_pids(a.pid), a.query) AS what
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.backend_type = 'client backend'
   AND a.pid <> pg_catalog.pg_backend_pid();
