-- Who keeps each of the backends $1 from a lock that it waits for: sessions, and prepared transactions, for which
-- pg_blocking_pids has 0 (https://www.postgresql.org/docs/current/functions-info.html).  A prepared transaction keeps the
-- lock on its own id: see swap_blockers.sql.
SELECT w.waiter,
       CASE WHEN b.pid <> 0 THEN b.pid END AS pid,
       x.gid,
       coalesce(a.usename, x.owner) AS role,
       a.application_name AS application,
       a.state,
       pg_catalog.to_char(coalesce(a.xact_start, x.prepared), 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') AS since,
       pg_catalog."left"(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60) AS query,
       a.query = '<insufficient privilege>' AS hidden,
       CASE WHEN l.relation IS NULL THEN l.locktype
            WHEN l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
                                WHERE d.datname = pg_catalog.current_database())
            THEN l.relation::pg_catalog.regclass::pg_catalog.text END AS relations
  FROM pg_catalog.unnest($1::pg_catalog.int4[]) AS w (waiter)
 CROSS JOIN LATERAL (SELECT DISTINCT p.pid
                       FROM pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.waiter)) AS p (pid)) AS b
  LEFT JOIN LATERAL (SELECT n.locktype, n.database, n.relation, n.transactionid
                       FROM pg_catalog.pg_locks AS n
                      WHERE n.pid = w.waiter AND NOT n.granted
                      LIMIT 1) AS l ON true
  LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = b.pid AND b.pid <> 0
  LEFT JOIN LATERAL (SELECT q.gid, q.owner, q.prepared
                       FROM pg_catalog.pg_locks AS h
                       JOIN pg_catalog.pg_locks AS o
                         ON o.virtualtransaction = h.virtualtransaction AND o.pid IS NULL
                            AND o.locktype = 'transactionid' AND o.mode = 'ExclusiveLock'
                       JOIN pg_catalog.pg_prepared_xacts AS q ON q.transaction = o.transactionid
                      WHERE b.pid = 0 AND h.pid IS NULL AND h.granted
                        AND ((h.locktype = 'relation' AND h.relation = l.relation AND h.database = l.database)
                             OR (h.locktype = 'transactionid' AND h.transactionid = l.transactionid))) AS x ON true
 ORDER BY w.waiter, since NULLS LAST, b.pid;
