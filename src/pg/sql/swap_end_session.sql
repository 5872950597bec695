-- Cancels (or, with $3, ends) backend $1, but only while it is in the transaction $2 that was seen in the way: a pid may be
-- another session's by now.
SELECT CASE WHEN $3::boolean THEN pg_catalog.pg_terminate_backend(l.pid) ELSE pg_catalog.pg_cancel_backend(l.pid) END AS ended
  FROM (SELECT k.pid
          FROM pg_catalog.pg_locks AS k
         WHERE k.pid = $1::pg_catalog.int4 AND k.virtualtransaction = $2 AND k.granted
         LIMIT 1) AS l;
