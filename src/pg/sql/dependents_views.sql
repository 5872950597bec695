-- $1: OIDs of ordinary views to be bound to the next generation.  $2: as in preflight_live.
-- Each with the statement that does it, in dependency order.  Options are reset by CREATE OR REPLACE VIEW unless they
-- are given again; owner, privileges, comments and column defaults stay.  The search path holds pg_catalog alone, so
-- pg_get_viewdef qualifies every other name.  (Views can be made to read each other in a ring: the depth is bounded.)
WITH RECURSIVE edge AS (
    SELECT DISTINCT r.ev_class AS reader, d.refobjid AS relation
    FROM pg_catalog.pg_rewrite r
    JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                               AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid <> r.ev_class
    WHERE r.ev_class = ANY ($1::oid[]) AND d.refobjid = ANY ($1::oid[])
), depth AS (
    SELECT o.oid, 0 AS level FROM unnest($1::oid[]) AS o (oid)
    UNION
    SELECT e.reader, p.level + 1
    FROM depth p
    JOIN edge e ON e.relation = p.oid
    WHERE p.level < pg_catalog.cardinality($1::oid[])
)
SELECT c.oid,
       n.nspname AS schema,
       c.relname AS name,
       r.rolname AS owner,
       x.extname AS extension,
       pg_catalog.pg_has_role(c.relowner, $2) AND pg_catalog.pg_has_role(c.relowner, 'USAGE') AS ours,
       pg_catalog.has_schema_privilege(n.oid, 'CREATE') AND pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AS may_create,
       n.oid <> pg_catalog.pg_my_temp_schema() AND c.relpersistence = 't' AS temporary,
       pg_catalog.format('CREATE OR REPLACE VIEW %I.%I (%s)%s AS %s', n.nspname, c.relname,
           (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = c.oid AND a.attnum > 0),
           (SELECT ' WITH (' || pg_catalog.string_agg(pg_catalog.format('%I = %L', o.option_name, o.option_value), ', ')
                   || ')'
            FROM pg_catalog.pg_options_to_table(c.reloptions) o),
           pg_catalog.rtrim(pg_catalog.pg_get_viewdef(c.oid), ';')) AS sql
FROM (SELECT d.oid, pg_catalog.max(d.level) AS level FROM depth d GROUP BY d.oid) v
JOIN pg_catalog.pg_class c ON c.oid = v.oid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_roles r ON r.oid = c.relowner
LEFT JOIN pg_catalog.pg_depend d ON d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid
                                AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
ORDER BY v.level, n.nspname, c.relname
