-- What the relations $1 are: enough to tell whether a view of an interrupted run is still what was built, and is what
-- the files would make now.
SELECT o.position,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind,
       c.relispopulated AS populated,
       pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       pg_catalog.md5(CASE WHEN c.relkind <> 'r' THEN pg_catalog.pg_get_viewdef(c.oid)
                           ELSE (SELECT pg_catalog.string_agg(pg_catalog.concat_ws(' ', a.attname, a.atttypid, a.atttypmod,
                                                                                   a.attcollation, a.attnotnull,
                                                                                   a.attgenerated, e.text),
                                                              E'\n' ORDER BY a.attnum)
                                   FROM pg_catalog.pg_attribute AS a
                                   LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
                                  CROSS JOIN LATERAL pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS e (text)
                                  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
                                || coalesce((SELECT pg_catalog.string_agg(k.conname || ' '
                                                                          || pg_catalog.pg_get_constraintdef(k.oid),
                                                                          E'\n' ORDER BY k.conname)
                                               FROM pg_catalog.pg_constraint AS k WHERE k.conrelid = c.oid), '')
                      END) AS definition
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS o (oid, position)
  JOIN pg_catalog.pg_class AS c ON c.oid = o.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('m', 'v', 'r');
