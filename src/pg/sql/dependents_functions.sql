-- $1: OIDs of functions and procedures that follow the set.  $2: which of them are made anew; the others are replaced.
-- Statements as in dependents_views.
-- CREATE OR REPLACE keeps owner, privileges and comment, but not DEPENDS ON EXTENSION (ProcedureCreate in
-- src/backend/catalog/pg_proc.c).  A new function's own arguments may name what has moved, so the old one is dropped by
-- the name that it alone has.
WITH function AS (
    SELECT o.n, o.anew, p.oid, owner.rolname, s.nspname, p.proname, 'matswap_' || p.oid AS aside,
           pg_catalog.format('%I.%I(%s)', s.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid))
               AS target
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::boolean[])) WITH ORDINALITY AS o (oid, anew, n)
    JOIN pg_catalog.pg_proc p ON p.oid = o.oid
    JOIN pg_catalog.pg_namespace s ON s.oid = p.pronamespace
    JOIN pg_catalog.pg_roles owner ON owner.oid = p.proowner
), statement AS (
    SELECT f.n, 'before' AS part, 0 AS step,
           pg_catalog.format('ALTER ROUTINE %s RENAME TO %I', f.target, f.aside) AS sql
    FROM function f WHERE f.anew
    UNION ALL
    SELECT f.n, 'bind', 1, pg_catalog.rtrim(pg_catalog.pg_get_functiondef(f.oid), E'\n')
    FROM function f
    UNION ALL
    SELECT f.n, 'bind', 2, pg_catalog.format('ALTER ROUTINE %s OWNER TO %I', f.target, f.rolname)
    FROM function f WHERE f.anew
    UNION ALL
    SELECT f.n, 'bind', 3, pg_catalog.format('ALTER ROUTINE %s DEPENDS ON EXTENSION %I', f.target, e.extname)
    FROM function f
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = f.oid AND d.deptype = 'x'
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    UNION ALL
    SELECT f.n, 'bind', 4, pg_catalog.format('COMMENT ON ROUTINE %s IS %L', f.target, d.description)
    FROM function f
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_proc'::regclass AND d.objoid = f.oid
    WHERE f.anew
    UNION ALL
    SELECT f.n, 'bind', 5, pg_catalog.format('SECURITY LABEL FOR %I ON ROUTINE %s IS %L', l.provider, f.target, l.label)
    FROM function f
    JOIN pg_catalog.pg_seclabel l ON l.classoid = 'pg_catalog.pg_proc'::regclass AND l.objoid = f.oid
    WHERE f.anew
    UNION ALL
    SELECT f.n, 'after', 6, pg_catalog.format('DROP ROUTINE %I.%I RESTRICT', f.nspname, f.aside)
    FROM function f WHERE f.anew
)
SELECT n, part, sql FROM statement ORDER BY n, step, sql
