-- Foreign tables that the relations $1 read: what they gave is not of the snapshot, but of its own moment
-- (https://www.postgresql.org/docs/current/postgres-fdw.html#POSTGRES-FDW-TRANSACTION-MANAGEMENT).
SELECT DISTINCT pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname) AS name
  FROM pg_catalog.pg_rewrite AS w
  JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
   AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
  JOIN pg_catalog.pg_class AS c ON c.oid = d.refobjid AND c.relkind = 'f'
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
 WHERE w.ev_class = ANY ($1::pg_catalog.oid[])
 ORDER BY 1
