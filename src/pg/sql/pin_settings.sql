-- What our own statements rely on, whatever the role, the database or the environment has set; standard_conforming_strings
-- also because that is how the parser that reads the files (libpg_query) understands a backslash.  A setting that the
-- server does not know yet (idle_session_timeout is of 14, transaction_timeout of 17) is left out.  jit: the planner takes
-- our catalog queries over thousands of views for expensive and compiles them for seconds; they run for milliseconds,
-- some under the swap's locks.
SELECT pg_catalog.set_config(s.name, s.value, false)
  FROM (VALUES ('search_path', 'pg_catalog'),
               ('client_encoding', 'UTF8'),
               ('standard_conforming_strings', 'on'),
               ('array_nulls', 'on'),
               ('datestyle', 'ISO'),
               ('intervalstyle', 'postgres'),
               ('jit', 'off'),
               ('lock_timeout', '0'),
               ('statement_timeout', '0'),
               ('transaction_timeout', '0'),
               ('idle_session_timeout', '0'),
               ('idle_in_transaction_session_timeout', '0')) AS s (name, value)
 WHERE pg_catalog.current_setting(s.name, true) IS NOT NULL
