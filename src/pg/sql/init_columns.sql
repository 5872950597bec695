-- The columns of the relations $1 (OIDs), and what the last ANALYZE has seen of them; summable and temporal: as in
-- rehearse_columns.sql.  unseen: there are no statistics of the column, or they are not for our role.
-- age_ms: how long ago the latest value that is in the statistics was, negative for one in the future; NULL: not known.
-- https://www.postgresql.org/docs/current/view-pg-stats.html
SELECT a.attrelid AS oid, a.attname AS name, pg_catalog.format_type(a.atttypid, a.atttypmod) AS type,
       t.typcategory = 'N' AND b.oid <> ALL ('{money,oid}'::pg_catalog.regtype[]) AND b.typname !~ '^reg' AS summable,
       b.oid = ANY ('{int2,int4,int8}'::pg_catalog.regtype[]) AS whole,
       b.oid = ANY ('{date,timestamp,timestamptz}'::pg_catalog.regtype[]) AS temporal,
       b.oid = 'pg_catalog.date'::pg_catalog.regtype AS is_date,
       s.attname IS NULL AS unseen, coalesce(s.null_frac = 0, false) AS never_null, s.null_frac > 0.5 AS mostly_null,
       CASE WHEN s.n_distinct < 0 THEN -s.n_distinct
            WHEN c.reltuples > 0 THEN s.n_distinct / c.reltuples END AS distinct_share,
       s.n_distinct = 1 AS constant,
       CASE WHEN b.oid = ANY ('{date,timestamp,timestamptz}'::pg_catalog.regtype[])
            THEN (SELECT (1000 * extract(epoch FROM pg_catalog.now() - pg_catalog.max(v.value)))::pg_catalog.int8
                    FROM pg_catalog.unnest(s.histogram_bounds::pg_catalog.text::pg_catalog.timestamptz[]
                                           || s.most_common_vals::pg_catalog.text::pg_catalog.timestamptz[]) AS v (value)
                   WHERE pg_catalog.isfinite(v.value)) END AS age_ms
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
  JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
  LEFT JOIN pg_catalog.pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname
                                    AND NOT s.inherited
 WHERE a.attrelid = ANY ($1::pg_catalog.oid[]) AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY a.attrelid, a.attnum
