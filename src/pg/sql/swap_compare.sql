-- :surroundings SELECT 'a' AS fingerprint
-- :dependents SELECT 'b' AS fingerprint
-- Under the locks, in one statement: what was carried over, and what is rebound.
SELECT s.fingerprint || ' ' || d.fingerprint AS fingerprint
  FROM (:surroundings) AS s
 CROSS JOIN (:dependents) AS d;
