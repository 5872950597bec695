-- What the records of runs say, against each other and against matswap.generation: a line for each contradiction.
WITH published AS (
    SELECT CASE v.schema WHEN 'sales' THEN v.name ELSE v.schema || '.' || v.name END AS view_name, pg_catalog.count(v.oid) AS n,
           pg_catalog.count(*) FILTER (WHERE v.isolated) AS isolated
      FROM matswap.generation AS g
     CROSS JOIN LATERAL pg_catalog.jsonb_to_recordset(g.views)
           AS v (schema pg_catalog.text, name pg_catalog.text, oid pg_catalog.oid, isolated pg_catalog.bool)
     GROUP BY 1
), audited AS (
    SELECT r.view_name, pg_catalog.count(*) FILTER (WHERE r.status = 'success') AS n,
           pg_catalog.count(*) FILTER (WHERE r.status = 'failed') AS failed
      FROM matswap.refreshes AS r
     GROUP BY r.view_name
)
SELECT pg_catalog.format('run %s failed %s times', f.run, pg_catalog.count(*)) AS line
  FROM matswap.failure AS f
 WHERE f.view IS NULL
 GROUP BY f.run
HAVING pg_catalog.count(*) > 1
UNION ALL
SELECT pg_catalog.format('%s was published %s times, and is a success %s times', p.view_name, p.n, a.n)
  FROM published AS p
  LEFT JOIN audited AS a ON a.view_name = p.view_name
 WHERE p.n <> COALESCE(a.n, 0)
UNION ALL
SELECT pg_catalog.format('%s has failed %s times, in fewer runs', a.view_name, a.failed)
  FROM audited AS a
  LEFT JOIN published AS p ON p.view_name = a.view_name
 WHERE a.failed > (SELECT pg_catalog.count(*) FROM matswap.failure AS f WHERE f.view IS NULL) + COALESCE(p.isolated, 0);
