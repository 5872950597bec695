-- :text ROW(v.a, v.b)
-- :keys v.a, v.b
-- :present v.a IS NOT NULL AND v.b IS NOT NULL
-- Keys that occur more than once, the most frequent first; as in SQL's UNIQUE no null equals another
-- (https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-UNIQUE-CONSTRAINTS).
SELECT d.key, d.copies, pg_catalog.count(*) OVER () AS keys, pg_catalog.sum(d.copies - 1) OVER () AS surplus
  FROM (SELECT pg_catalog.left((:text)::pg_catalog.text, 64) AS key, pg_catalog.count(*) AS copies
          FROM :"schema".:"name" AS v
         WHERE :present
         GROUP BY :keys
        HAVING pg_catalog.count(*) > 1) AS d
 ORDER BY d.copies DESC, d.key
 LIMIT 10;
