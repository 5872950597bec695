-- What was recorded of the relations $1 when they were swapped in first. Those that a resumed run kept from its first
-- snapshot have a coordinate of their own.
SELECT DISTINCT ON (v.value -> 'oid')
       (v.value ->> 'oid')::pg_catalog.oid AS oid,
       v.value ->> 'rows' AS row_count,
       v.value ->> 'totals' AS totals,
       v.value ->> 'measures' AS measures,
       v.value ->> 'watermark' AS watermark,
       COALESCE(v.value ->> 'snapshot', g.snapshot::pg_catalog.text) AS snapshot,
       COALESCE(v.value ->> 'wal_lsn', g.wal_lsn::pg_catalog.text) AS wal_lsn,
       COALESCE(v.value ->> 'snapshot_at', pg_catalog.to_char(g.snapshot_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) AS snapshot_at
  FROM matswap.generation AS g
 CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(g.views) AS v (value)
 WHERE (v.value ->> 'oid')::pg_catalog.oid = ANY ($1::pg_catalog.oid[])
 ORDER BY v.value -> 'oid', g.swapped_at;
