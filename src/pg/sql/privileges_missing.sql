-- What roles lack to execute queries.  $1: roles.  $2: relations.  $3: does the role read the relation itself, or execute
-- the query that is the (empty) relation's?  $4: live relations that are not looked into: their next generation counts.
-- $5, $6: incoming schemas and the live ones whose names stand for them.
-- Gives position (in $1), relation (0: a function), role (that lacks it), object, statement.
--
-- Whoever reads an ordinary view reads what is below it as the view's owner, or as himself with security_invoker (15+),
-- and calls the functions in it himself: https://www.postgresql.org/docs/current/rules-privileges.html
-- A query that uses no column of a relation needs the privilege on any of them (ExecCheckPermissions in
-- src/backend/executor/execMain.c).
WITH RECURSIVE need AS (
    SELECT o.position, r.oid AS caller, r.oid AS role, o.relation, 0 AS attnum, NOT o.itself AS is_query
    FROM unnest($1::text[], $2::oid[], $3::boolean[]) WITH ORDINALITY AS o (role, relation, itself, position)
    JOIN pg_catalog.pg_roles r ON r.rolname = o.role
    UNION
    SELECT p.position, p.caller,
           CASE WHEN p.is_query OR EXISTS (SELECT 1 FROM pg_catalog.pg_options_to_table(c.reloptions) x
                                           WHERE x.option_name = 'security_invoker' AND x.option_value::boolean)
                THEN p.role ELSE c.relowner END,
           b.oid, d.refobjsubid, false
    FROM need p
    JOIN pg_catalog.pg_class c ON c.oid = p.relation
    JOIN pg_catalog.pg_rewrite w ON w.ev_class = c.oid AND w.rulename = '_RETURN'
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> c.oid
    JOIN pg_catalog.pg_class b ON b.oid = d.refobjid AND b.relkind IN ('r', 'v', 'm', 'f', 'p')
    WHERE p.is_query OR (c.relkind = 'v' AND c.oid <> ALL ($4::oid[]))
), lacking AS (
    SELECT p.position, p.role, p.relation, pg_catalog.array_agg(DISTINCT p.attnum) AS attnums
    FROM need p
    WHERE NOT p.is_query
      AND NOT pg_catalog.has_table_privilege(p.role, p.relation, 'SELECT')
      AND NOT CASE WHEN p.attnum = 0 THEN pg_catalog.has_any_column_privilege(p.role, p.relation, 'SELECT')
                   ELSE pg_catalog.has_column_privilege(p.role, p.relation, p.attnum::smallint, 'SELECT') END
    GROUP BY p.position, p.role, p.relation
)
SELECT l.position, l.relation, r.rolname AS role, t.name AS object,
       pg_catalog.format('GRANT SELECT%s ON %s TO %I',
           CASE WHEN pg_catalog.has_any_column_privilege(l.role, l.relation, 'SELECT')
                THEN (SELECT ' (' || pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                             || ')'
                      FROM pg_catalog.pg_attribute a
                      WHERE a.attrelid = l.relation AND a.attnum = ANY (l.attnums)) END,
           t.name, r.rolname) AS statement
FROM lacking l
JOIN pg_catalog.pg_roles r ON r.oid = l.role
JOIN pg_catalog.pg_class c ON c.oid = l.relation
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN unnest($5::text[], $6::text[]) AS s (incoming, live) ON s.incoming = n.nspname
CROSS JOIN LATERAL (SELECT pg_catalog.format('%I.%I', coalesce(s.live, n.nspname), c.relname) AS name) t
UNION ALL
SELECT f.position, 0, r.rolname, f.name, pg_catalog.format('GRANT EXECUTE ON FUNCTION %s TO %I', f.name, r.rolname)
FROM (SELECT DISTINCT p.position, p.caller, d.refobjid::regprocedure::text AS name
      FROM need p
      JOIN pg_catalog.pg_class c ON c.oid = p.relation AND (p.is_query OR c.relkind = 'v')
      JOIN pg_catalog.pg_rewrite w ON w.ev_class = p.relation AND w.rulename = '_RETURN'
      JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = w.oid
                                 AND d.refclassid = 'pg_catalog.pg_proc'::regclass
      WHERE NOT pg_catalog.has_function_privilege(p.caller, d.refobjid, 'EXECUTE')) f
JOIN pg_catalog.pg_roles r ON r.oid = f.caller
ORDER BY position, object, role
