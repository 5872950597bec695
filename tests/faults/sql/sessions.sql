-- What a run that is gone may hold for a moment only.
SELECT pg_catalog.format('session %s %s (%s) %s', a.pid, a.application_name, a.state, a.query) AS what
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.application_name LIKE 'matswap/%'
UNION ALL
SELECT pg_catalog.format('advisory lock %s/%s of session %s', l.classid, l.objid, l.pid)
  FROM pg_catalog.pg_locks AS l
 WHERE l.locktype = 'advisory';
