-- What is on the live tables $1 (OIDs), or binds them, that neither the CREATE TABLE of an import nor a view states, and that
-- the next one would be without.  Gives relation (OID), table (its name), kind (a word), object (described).
-- Constraints: carry_losses.sql.  What depends on the tables, their children too: dependents_objects.sql.
WITH part AS (
    SELECT g.tgrelid AS relation, 'trigger' AS kind,
           pg_catalog.pg_describe_object('pg_catalog.pg_trigger'::pg_catalog.regclass, g.oid, 0) AS object
      FROM pg_catalog.pg_trigger AS g
     WHERE g.tgrelid = ANY ($1::pg_catalog.oid[]) AND NOT g.tgisinternal
     UNION ALL
    SELECT w.ev_class, 'rule', pg_catalog.pg_describe_object('pg_catalog.pg_rewrite'::pg_catalog.regclass, w.oid, 0)
      FROM pg_catalog.pg_rewrite AS w
     WHERE w.ev_class = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT y.polrelid, 'policy', pg_catalog.pg_describe_object('pg_catalog.pg_policy'::pg_catalog.regclass, y.oid, 0)
      FROM pg_catalog.pg_policy AS y
     WHERE y.polrelid = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT c.oid, 'row security', 'row security'
      FROM pg_catalog.pg_class AS c
     WHERE c.oid = ANY ($1::pg_catalog.oid[]) AND (c.relrowsecurity OR c.relforcerowsecurity)
     UNION ALL
    SELECT i.inhrelid, 'parent', pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, i.inhparent, 0)
      FROM pg_catalog.pg_inherits AS i
     WHERE i.inhrelid = ANY ($1::pg_catalog.oid[])
     UNION ALL
    SELECT d.refobjid, 'sequence', pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, d.objid, 0)
      FROM pg_catalog.pg_depend AS d
      JOIN pg_catalog.pg_class AS c ON c.oid = d.objid AND c.relkind = 'S'
     WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
       AND d.refobjid = ANY ($1::pg_catalog.oid[])
       AND d.deptype IN ('a', 'i')
)
SELECT p.relation, pg_catalog.format('%I.%I', n.nspname, c.relname) AS "table", p.kind, p.object
  FROM part AS p
  JOIN pg_catalog.pg_class AS c ON c.oid = p.relation
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 ORDER BY 2, 3, 4;
