-- What decides about the room for a new generation: the backend's title as ps shows it (init_ps_display() in
-- src/backend/utils/misc/ps_status.c), by which it is known whether the server is on this host; the data directory, NULL
-- for a role that may not see it; what writing means for the WAL.
SELECT pg_catalog.pg_backend_pid() AS pid,
       pg_catalog.format('%s %s ', SESSION_USER, pg_catalog.current_database()) AS title,
       coalesce('(' || pg_catalog.inet_client_port() || ')', '[local]') AS client,
       (SELECT s.setting FROM pg_catalog.pg_settings AS s WHERE s.name = 'data_directory') AS data_directory,
       pg_catalog.current_setting('wal_level') AS wal_level,
       (SELECT t.spcname
          FROM pg_catalog.pg_database AS d
          JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace
         WHERE d.datname = pg_catalog.current_database()) AS tablespace,
       (SELECT s.setting::pg_catalog.int8 * 1024 * 1024
          FROM pg_catalog.pg_settings AS s
         WHERE s.name = 'max_wal_size') AS max_wal_bytes;
