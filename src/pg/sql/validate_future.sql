-- How many rows are of a time after the one that max_future allows.
SELECT pg_catalog.count(*) AS row_count
  FROM :"schema".:"name" AS v
 WHERE v.:"event_time" > :'snapshot_at'::pg_catalog.timestamptz
                         + pg_catalog.make_interval(secs => :'milliseconds'::pg_catalog.float8 / 1000);
