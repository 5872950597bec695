-- What the relations $1 are: enough to tell whether a view of an interrupted run is still what was built, and is what
-- the files would make now.
SELECT o.position,
       n.nspname AS schema,
       c.relname AS name,
       c.relkind = 'm' AS materialized,
       c.relispopulated AS populated,
       pg_catalog.pg_get_userbyid(c.relowner) AS owner,
       pg_catalog.md5(pg_catalog.pg_get_viewdef(c.oid)) AS definition
  FROM pg_catalog.unnest($1::pg_catalog.oid[]) WITH ORDINALITY AS o (oid, position)
  JOIN pg_catalog.pg_class AS c ON c.oid = o.oid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('m', 'v');
