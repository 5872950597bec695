-- Watermarks as build_totals.sql gives them: $1 of the live views, $2 of the new ones; $3 when the new ones' snapshots were
-- taken; $4 how far behind that a watermark may be, $5 how far before, in milliseconds (texts in parallel arrays; n counts
-- them from 1; NULL: there is none).  $6 the time zone of times without one; NULL: the session's.
-- A difference with an infinite time is an error before 17.
SELECT w.n, w.after >= w.before AS advanced,
       w.after >= w.snapshot_at - w.lag AS lag_within, w.after <= w.snapshot_at + w.lead AS lead_within,
       CASE WHEN pg_catalog.isfinite(w.after)
            THEN pg_catalog.date_trunc('second', w.snapshot_at - w.after)::pg_catalog.text END AS lag,
       CASE WHEN w.after <= w.snapshot_at THEN '0'
            WHEN pg_catalog.isfinite(w.after)
            THEN pg_catalog.date_trunc('second', w.after - w.snapshot_at)::pg_catalog.text END AS lead
  FROM (SELECT v.n, v.snapshot_at::pg_catalog.timestamptz AS snapshot_at,
               pg_catalog.make_interval(secs => v.lag::pg_catalog.float8 / 1000) AS lag,
               pg_catalog.make_interval(secs => v.lead::pg_catalog.float8 / 1000) AS lead,
               CASE WHEN v.before ~ 'T.*[-+]' THEN v.before::pg_catalog.timestamptz
                    ELSE v.before::pg_catalog.timestamp AT TIME ZONE z.zone END AS before,
               CASE WHEN v.after ~ 'T.*[-+]' THEN v.after::pg_catalog.timestamptz
                    ELSE v.after::pg_catalog.timestamp AT TIME ZONE z.zone END AS after
          FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.text[]), pg_catalog.unnest($2::pg_catalog.text[]),
                          pg_catalog.unnest($3::pg_catalog.text[]), pg_catalog.unnest($4::pg_catalog.text[]),
                          pg_catalog.unnest($5::pg_catalog.text[])) WITH ORDINALITY
               AS v (before, after, snapshot_at, lag, lead, n)
         CROSS JOIN (SELECT coalesce($6::pg_catalog.text, pg_catalog.current_setting('TimeZone')) AS zone) AS z) AS w
 ORDER BY w.n;
