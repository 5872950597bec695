-- Our side of a deadlock is to be the one that notices it, should the observer not have seen it; and nobody needs a line
-- in the server's log for each such wait.
SELECT pg_catalog.set_config('deadlock_timeout', :'milliseconds', true),
       pg_catalog.set_config('log_lock_waits', 'off', true);
