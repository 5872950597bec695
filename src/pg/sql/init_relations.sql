-- Materialized and ordinary views, and tables that may have come from CREATE TABLE AS.  Not those of the system, of matswap,
-- and of the generations that runs keep in schemas of their own (their comment says so: src/stage/schema.c).
--   $1: as in preflight_live
-- Sizes are those of the last vacuum or analyze: nothing is locked or read but the catalog; rows -1: not known.
-- A table is a candidate when it has nothing that CREATE TABLE AS cannot give it, and nobody was seen to change its rows:
-- no constraint or NOT NULL, default, identity or generated column, trigger, rule, policy, sequence of its own, parent, child
-- or publication; an index may have been added.  Counters may have been reset since: so it is a guess.
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind, c.relispopulated AS populated, r.rolname AS owner,
       pg_catalog.pg_has_role(c.relowner, $1) AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AS may_act,
       e.extname AS extension,
       CASE WHEN c.relkind = 'v' OR c.reltuples < 0 OR c.relpages = 0 THEN -1 ELSE c.reltuples::pg_catalog.int8 END AS rows,
       pg_catalog.current_setting('block_size')::pg_catalog.int8
       * (SELECT pg_catalog.sum(p.relpages)
            FROM pg_catalog.pg_class AS p
           WHERE p.oid IN (c.oid, c.reltoastrelid)
              OR p.oid IN (SELECT i.indexrelid FROM pg_catalog.pg_index AS i WHERE i.indrelid = c.oid)) AS bytes
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_roles AS r ON r.oid = c.relowner
  LEFT JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid
                                     AND d.objsubid = 0 AND d.deptype = 'e'
                                     AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
  LEFT JOIN pg_catalog.pg_extension AS e ON e.oid = d.refobjid
 WHERE n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'matswap')
   AND NOT pg_catalog.starts_with(coalesce(pg_catalog.obj_description(n.oid, 'pg_namespace'), ''), 'matswap set=')
   AND (c.relkind IN ('m', 'v')
        OR c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relispartition AND NOT c.relhasrules
           AND NOT c.relhastriggers AND NOT c.relrowsecurity AND NOT c.relhassubclass AND c.reloftype = 0
           AND c.relreplident = 'd' AND d.objid IS NULL
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS y WHERE y.polrelid = c.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication_rel AS b WHERE b.prrelid = c.oid)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint AS k WHERE c.oid IN (k.conrelid, k.confrelid))
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS s
                             JOIN pg_catalog.pg_class AS q ON q.oid = s.objid AND q.relkind = 'S'
                            WHERE s.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                              AND s.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND s.refobjid = c.oid)
           AND EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
           AND NOT EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                            WHERE a.attrelid = c.oid AND a.attnum > 0
                              AND (a.attnotnull OR a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> ''))
           AND pg_catalog.pg_stat_get_tuples_updated(c.oid) = 0 AND pg_catalog.pg_stat_get_tuples_deleted(c.oid) = 0)
 ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
