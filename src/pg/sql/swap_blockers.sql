-- Who holds a lock on one of the relations $1, the longest transaction first: sessions, and prepared transactions, which
-- have no pid.  Those keep the virtual transaction of the session that prepared them, until the server restarts
-- (MarkAsPreparingGuts() in src/backend/access/transam/twophase.c), so the lock on their own id leads to their name.
-- pg_stat_activity shows state and times only to members of the session's role.
SELECT l.pid,
       p.gid,
       coalesce(a.usename, p.owner) AS role,
       coalesce(a.application_name, '') AS application,
       a.state,
       pg_catalog.to_char(coalesce(a.xact_start, p.prepared), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') AS since,
       pg_catalog.string_agg(DISTINCT l.relation::pg_catalog.regclass::pg_catalog.text, ', ') AS relations
  FROM pg_catalog.pg_locks AS l
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  LEFT JOIN pg_catalog.pg_locks AS i
         ON l.pid IS NULL AND i.pid IS NULL AND i.locktype = 'transactionid'
        AND i.virtualtransaction = l.virtualtransaction
  LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON p.transaction = i.transactionid
 WHERE l.locktype = 'relation'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND l.relation = ANY ($1::pg_catalog.oid[])
   AND l.granted
   AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
 GROUP BY l.pid, p.gid, coalesce(a.usename, p.owner), a.application_name, a.state, coalesce(a.xact_start, p.prepared)
 ORDER BY coalesce(a.xact_start, p.prepared) NULLS LAST, l.pid;
