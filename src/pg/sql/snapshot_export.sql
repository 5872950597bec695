SELECT pg_catalog.pg_export_snapshot() AS name,
       pg_catalog.pg_current_snapshot()::pg_catalog.text AS snapshot,
       pg_catalog.pg_current_wal_lsn()::pg_catalog.text AS wal_lsn,
       pg_catalog.to_char(pg_catalog.clock_timestamp() AT TIME ZONE 'UTC',
                          'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS taken_at;
