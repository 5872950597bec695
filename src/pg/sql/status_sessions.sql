-- Sessions in this database whose application_name begins with $1, as the server cuts names at 63 bytes; but not $2.
-- State and query are shown only to members of the session's role; what others get to see of a query says so.
SELECT a.pid,
       a.usename AS role,
       a.application_name AS application,
       a.state,
       nullif(pg_catalog.concat_ws(' ', a.wait_event_type, a.wait_event), '') AS wait,
       pg_catalog.to_char(a.query_start, 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM') AS since,
       1000 * extract(epoch FROM pg_catalog.clock_timestamp() - a.query_start) AS elapsed_ms,
       CASE WHEN a.state <> 'idle'
            THEN pg_catalog."left"(pg_catalog.regexp_replace(a.query, '\s+', ' ', 'g'), 60) END AS query,
       a.query = '<insufficient privilege>' AS hidden
  FROM pg_catalog.pg_stat_activity AS a
 WHERE a.datname = pg_catalog.current_database()
   AND pg_catalog.starts_with(a.application_name, pg_catalog."left"($1, 63))
   AND a.application_name <> pg_catalog."left"($2, 63)
 ORDER BY a.application_name, a.pid;
