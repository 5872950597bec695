-- What bounds a try: the shortest deadlock_timeout that any reader may have, in milliseconds, as far as the catalog says it;
-- whether we may set our own.  https://www.postgresql.org/docs/current/runtime-config-locks.html
SELECT least((SELECT s.setting::pg_catalog.float8 FROM pg_catalog.pg_settings AS s WHERE s.name = 'deadlock_timeout'),
             (SELECT min(CASE WHEN c.value ~ '^\d+$' THEN c.value::pg_catalog.float8
                              ELSE 1000 * extract(epoch FROM c.value::pg_catalog.interval) END)
                FROM pg_catalog.pg_db_role_setting AS r
               CROSS JOIN LATERAL (SELECT pg_catalog.split_part(u.setting, '=', 2)
                                     FROM pg_catalog.unnest(r.setconfig) AS u (setting)
                                    WHERE u.setting LIKE 'deadlock\_timeout=%') AS c (value)
               WHERE r.setdatabase IN (0, (SELECT d.oid
                                             FROM pg_catalog.pg_database AS d
                                            WHERE d.datname = pg_catalog.current_database()))
             ))::pg_catalog.int8 AS deadlock_timeout,
       (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) AS superuser,
       (SELECT r.rolsuper OR pg_catalog.pg_has_role(r.oid, 'pg_signal_backend', 'MEMBER')
          FROM pg_catalog.pg_roles AS r
         WHERE r.rolname = CURRENT_USER) AS may_signal,
       (SELECT pg_catalog.count(*)
          FROM pg_catalog.pg_stat_replication AS r
         WHERE r.state IS DISTINCT FROM 'backup'
           AND NOT EXISTS (SELECT
                             FROM pg_catalog.pg_replication_slots AS s
                            WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) AS standbys;
