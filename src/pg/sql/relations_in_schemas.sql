-- Views and tables in the given schemas with the relations of the same list that read them: the order of a drop without
-- CASCADE (readers first).
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind,
       pg_catalog.pg_get_userbyid(c.relowner) AS owner
  FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname = ANY ($1::pg_catalog.text[])
   AND c.relkind IN ('m', 'v', 'r')
 ORDER BY n.nspname, c.relname;
