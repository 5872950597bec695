-- How dates and intervals become text inside a view, and whether its query is compiled, is the database's or the role's
-- choice, as it is for a REFRESH by hand: the workers take back what pin_settings.sql has set.
SELECT pg_catalog.set_config(s.name, s.reset_val, false)
  FROM pg_catalog.pg_settings AS s
 WHERE pg_catalog.lower(s.name) IN ('datestyle', 'intervalstyle', 'jit')
