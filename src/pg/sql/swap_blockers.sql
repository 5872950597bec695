-- Who holds a lock on one of the relations $1, or on an index of one: sessions, and prepared transactions, which have a
-- gid and no pid.  Whoever keeps readers out comes first, then the longest transaction.  A prepared transaction keeps the
-- lock on its own id; its virtualtransaction is that of the session that prepared it, or '-1/ID' after a restart
-- (MarkAsPreparingGuts in src/backend/access/transam/twophase.c).  Who has no role, which all may see, is no session.
SELECT l.pid,
       x.gid,
       coalesce(a.usename, x.owner) AS role,
       a.pid IS NOT NULL AND a.usesysid IS NULL AS server_process,
       coalesce(a.application_name, '') AS application,
       coalesce(a.state, '') AS state,
       pg_catalog.to_char(s.since, 'YYYY-MM-DD HH24:MI:SS TZ') AS since,
       pg_catalog.to_char(s.since, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') AS since_iso,
       pg_catalog.bool_or(l.mode = 'AccessExclusiveLock') AS exclusive,
       pg_catalog.string_agg(DISTINCT t.relation::pg_catalog.regclass::pg_catalog.text, ', ') AS relations
  FROM (SELECT o.oid, o.oid AS relation
          FROM pg_catalog.unnest($1::pg_catalog.oid[]) AS o (oid)
        UNION ALL
        SELECT i.indexrelid, i.indrelid
          FROM pg_catalog.pg_index AS i
         WHERE i.indrelid = ANY ($1::pg_catalog.oid[])) AS t
  JOIN pg_catalog.pg_locks AS l ON l.relation = t.oid
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  LEFT JOIN pg_catalog.pg_locks AS o
         ON l.pid IS NULL AND o.pid IS NULL AND o.locktype = 'transactionid' AND o.mode = 'ExclusiveLock'
            AND o.virtualtransaction = l.virtualtransaction
  LEFT JOIN pg_catalog.pg_prepared_xacts AS x ON x.transaction = o.transactionid
 CROSS JOIN LATERAL (SELECT coalesce(a.xact_start, x.prepared)) AS s (since)
 WHERE l.locktype = 'relation'
   AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
   AND l.granted
   AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
 GROUP BY l.pid, x.gid, a.pid, a.usesysid, a.usename, x.owner, a.application_name, a.state, s.since
 ORDER BY exclusive DESC, s.since NULLS LAST, l.pid;
