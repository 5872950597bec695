-- All that surrounds the live views, one line per object: it may not change with the generation.  The suffixed schemas
-- are another invariant's business.
WITH place AS (
    SELECT n.*
      FROM pg_catalog.pg_namespace AS n
     WHERE n.nspname !~ '^(pg_|information_schema$|matswap$)'
       AND n.nspname !~ '_(new|old)$'
), relation AS (
    SELECT c.*, c.oid AS relation, pg_catalog.format('%I.%I', p.nspname, c.relname) AS name
      FROM pg_catalog.pg_class AS c
      JOIN place AS p ON p.oid = c.relnamespace
)
SELECT pg_catalog.format('schema %s: owner %s, comment %s, privileges %s', p.nspname,
           pg_catalog.pg_get_userbyid(p.nspowner), pg_catalog.obj_description(p.oid, 'pg_namespace'),
           (SELECT pg_catalog.string_agg(a::pg_catalog.text, ' ' ORDER BY a::pg_catalog.text)
              FROM pg_catalog.aclexplode(coalesce(p.nspacl, pg_catalog.acldefault('n', p.nspowner))) AS a)) AS line
  FROM place AS p
UNION ALL
SELECT pg_catalog.format('relation %s: kind %s, owner %s, options %s, filled %s, am %s, comment %s, privileges %s',
           r.name, r.relkind, pg_catalog.pg_get_userbyid(r.relowner), r.reloptions, r.relispopulated,
           (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = r.relam),
           pg_catalog.obj_description(r.relation, 'pg_class'),
           (SELECT pg_catalog.string_agg(a::pg_catalog.text, ' ' ORDER BY a::pg_catalog.text)
              FROM pg_catalog.aclexplode(coalesce(r.relacl, pg_catalog.acldefault('r', r.relowner))) AS a))
  FROM relation AS r
UNION ALL
SELECT pg_catalog.format('column %s.%I: number %s, type %s, not null %s, statistics %s, options %s, comment %s, privileges %s',
           r.name, a.attname, a.attnum, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attnotnull,
           coalesce(a.attstattarget, -1), a.attoptions, pg_catalog.col_description(r.relation, a.attnum),
           (SELECT pg_catalog.string_agg(x::pg_catalog.text, ' ' ORDER BY x::pg_catalog.text)
              FROM pg_catalog.aclexplode(a.attacl) AS x))
  FROM relation AS r
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.relation
 WHERE r.relkind IN ('r', 'v', 'm')
   AND a.attnum > 0
   AND NOT a.attisdropped
UNION ALL
SELECT pg_catalog.format('index %s: %s, clustered %s, valid %s', r.name,
           pg_catalog.pg_get_indexdef(i.indexrelid), i.indisclustered, i.indisvalid)
  FROM relation AS r
  JOIN pg_catalog.pg_index AS i ON i.indexrelid = r.relation
UNION ALL
SELECT pg_catalog.format('query of %s: %s', r.name, pg_catalog.pg_get_viewdef(r.relation))
  FROM relation AS r
 WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT pg_catalog.format('statistics %I.%I: %s, target %s, owner %s, comment %s', p.nspname, s.stxname,
           pg_catalog.pg_get_statisticsobjdef(s.oid), coalesce(s.stxstattarget, -1),
           pg_catalog.pg_get_userbyid(s.stxowner), pg_catalog.obj_description(s.oid, 'pg_statistic_ext'))
  FROM place AS p
  JOIN pg_catalog.pg_statistic_ext AS s ON s.stxnamespace = p.oid
UNION ALL
SELECT pg_catalog.format('function %I: owner %s, comment %s, privileges %s, %s', p.nspname,
           pg_catalog.pg_get_userbyid(f.proowner), pg_catalog.obj_description(f.oid, 'pg_proc'),
           (SELECT pg_catalog.string_agg(a::pg_catalog.text, ' ' ORDER BY a::pg_catalog.text)
              FROM pg_catalog.aclexplode(coalesce(f.proacl, pg_catalog.acldefault('f', f.proowner))) AS a),
           pg_catalog.pg_get_functiondef(f.oid))
  FROM place AS p
  JOIN pg_catalog.pg_proc AS f ON f.pronamespace = p.oid
UNION ALL
SELECT pg_catalog.format('policy %I on %s: for %s to %s using %s', l.polname, r.name, l.polcmd, l.polroles,
           pg_catalog.pg_get_expr(l.polqual, l.polrelid))
  FROM relation AS r
  JOIN pg_catalog.pg_policy AS l ON l.polrelid = r.relation
UNION ALL
SELECT pg_catalog.format('type %I.%I: kind %s, owner %s', p.nspname, t.typname, t.typtype,
           pg_catalog.pg_get_userbyid(t.typowner))
  FROM place AS p
  JOIN pg_catalog.pg_type AS t ON t.typnamespace = p.oid
 ORDER BY 1;
