-- Does this session hold the advisory lock with the bigint key $1?
SELECT pg_catalog.pg_backend_pid() AS pid,
       EXISTS (SELECT
                 FROM pg_catalog.pg_locks AS l
                WHERE l.locktype = 'advisory'
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d
                                     WHERE d.datname = pg_catalog.current_database())
                  AND (l.classid::pg_catalog.int8 << 32) | l.objid::pg_catalog.int8 = $1::pg_catalog.int8
                  AND l.objsubid = 1
                  AND l.mode = 'ExclusiveLock'
                  AND l.granted
                  AND l.pid = pg_catalog.pg_backend_pid()) AS held;
