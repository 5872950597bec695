-- $1: OIDs of ordinary views that follow the set.  $2: which of them are made anew; the others are replaced.
-- Statements, each with the view's position in the arrays and its part: 'before' the generations change places, 'bind'
-- once they have, in order, and 'after' everything is bound.
-- CREATE OR REPLACE VIEW resets the options unless they are given again; owner, privileges, comments, defaults, rules
-- and triggers stay.  A new view gets its defaults, rules and triggers as objects of their own.  The search path holds
-- pg_catalog alone, so pg_get_viewdef qualifies every other name.
WITH view AS (
    SELECT o.n, o.anew, c.oid, c.reltype, c.reloptions, c.relname, n.nspname, owner.rolname,
           pg_catalog.format('%I.%I', n.nspname, c.relname) AS target,
           'matswap_' || c.oid AS aside
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::boolean[])) WITH ORDINALITY AS o (oid, anew, n)
    JOIN pg_catalog.pg_class c ON c.oid = o.oid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_roles owner ON owner.oid = c.relowner
), statement AS (
    SELECT v.n, 'before' AS part, 0 AS step, 0 AS place,
           pg_catalog.format('ALTER VIEW %s RENAME TO %I', v.target, v.aside) AS sql
    FROM view v WHERE v.anew
    UNION ALL
    SELECT v.n, 'bind', 1, 0,
           pg_catalog.format('CREATE %sVIEW %s (%s)%s AS %s', CASE WHEN v.anew THEN '' ELSE 'OR REPLACE ' END, v.target,
               (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute a
                WHERE a.attrelid = v.oid AND a.attnum > 0),
               (SELECT ' WITH (' || pg_catalog.string_agg(pg_catalog.format('%I = %L', o.option_name, o.option_value),
                                                          ', ' ORDER BY o.ordinality) || ')'
                FROM pg_catalog.pg_options_to_table(v.reloptions)
                         WITH ORDINALITY AS o (option_name, option_value, ordinality)),
               pg_catalog.rtrim(pg_catalog.pg_get_viewdef(v.oid), ';'))
    FROM view v
    UNION ALL
    SELECT v.n, 'bind', 2, 0, pg_catalog.format('ALTER VIEW %s OWNER TO %I', v.target, v.rolname)
    FROM view v WHERE v.anew
    UNION ALL
    SELECT v.n, 'bind', 3, d.objsubid,
           CASE d.objsubid
               WHEN 0 THEN pg_catalog.format('COMMENT ON VIEW %s IS %L', v.target, d.description)
               ELSE pg_catalog.format('COMMENT ON COLUMN %s.%I IS %L', v.target, a.attname, d.description) END
    FROM view v
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_class'::regclass AND d.objoid = v.oid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = v.oid AND a.attnum = d.objsubid
    WHERE v.anew
    UNION ALL
    SELECT v.n, 'bind', 4, 0, pg_catalog.format('COMMENT ON TYPE %s IS %L', v.target, d.description)
    FROM view v
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_type'::regclass AND d.objoid = v.reltype
    WHERE v.anew
    UNION ALL
    SELECT v.n, 'bind', 5, l.objsubid,
           pg_catalog.format('SECURITY LABEL FOR %I ON %s IS %L', l.provider,
                             CASE l.objsubid WHEN 0 THEN 'VIEW ' || v.target
                                             ELSE pg_catalog.format('COLUMN %s.%I', v.target, a.attname) END, l.label)
    FROM view v
    JOIN pg_catalog.pg_seclabel l ON l.classoid = 'pg_catalog.pg_class'::regclass AND l.objoid = v.oid
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = v.oid AND a.attnum = l.objsubid
    WHERE v.anew
    UNION ALL
    SELECT v.n, 'after', 6, 0, pg_catalog.format('DROP VIEW %I.%I RESTRICT', v.nspname, v.aside)
    FROM view v WHERE v.anew
)
SELECT n, part, sql FROM statement ORDER BY n, step, place, sql
