-- $1, $2: catalogs and OIDs of rules, policies, column defaults and triggers that follow the set.  $3: is the relation
-- that each is on made anew?  Then the old one goes with that.
-- Statements as in dependents_views.  ALTER POLICY, SET DEFAULT and CREATE OR REPLACE RULE keep all else; on a new
-- relation, a rule lacks its comment (rules and triggers of views are always enabled).  A trigger has no OR REPLACE before
-- 14, and nothing depends on it.
WITH part AS (
    SELECT o.n, o.class, o.oid, o.fresh
    FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[]), unnest($3::boolean[])) WITH ORDINALITY
             AS o (class, oid, fresh, n)
), rule AS (
    SELECT p.n, p.class, r.oid, p.fresh, r.rulename AS name,
           pg_catalog.format('%I.%I', s.nspname, c.relname) AS relation
    FROM part p
    JOIN pg_catalog.pg_rewrite r ON p.class = 'pg_catalog.pg_rewrite'::regclass AND r.oid = p.oid
    JOIN pg_catalog.pg_class c ON c.oid = r.ev_class
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
), trigger AS (
    SELECT p.n, p.class, g.oid, p.fresh, g.tgname AS name, g.tgenabled AS state,
           pg_catalog.format('%I.%I', s.nspname, c.relname) AS relation
    FROM part p
    JOIN pg_catalog.pg_trigger g ON p.class = 'pg_catalog.pg_trigger'::regclass AND g.oid = p.oid
    JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
), remarked AS (
    SELECT r.n, r.class, r.oid, r.name, r.relation, 'RULE' AS kind FROM rule r WHERE r.fresh
    UNION ALL
    SELECT t.n, t.class, t.oid, t.name, t.relation, 'TRIGGER' FROM trigger t
), statement AS (
    SELECT t.n, 'before' AS part, 0 AS step,
           pg_catalog.format('DROP TRIGGER %I ON %s RESTRICT', t.name, t.relation) AS sql
    FROM trigger t WHERE NOT t.fresh
    UNION ALL
    SELECT t.n, 'bind', 1, pg_catalog.pg_get_triggerdef(t.oid)
    FROM trigger t
    UNION ALL
    SELECT r.n, 'bind', 1,
           pg_catalog.regexp_replace(pg_catalog.rtrim(pg_catalog.pg_get_ruledef(r.oid), ';'), '^CREATE RULE',
                                     'CREATE OR REPLACE RULE')
    FROM rule r
    UNION ALL
    SELECT p.n, 'bind', 1,
           pg_catalog.format('ALTER POLICY %I ON %I.%I', l.polname, s.nspname, c.relname)
           || COALESCE(' USING (' || pg_catalog.pg_get_expr(l.polqual, l.polrelid) || ')', '')
           || COALESCE(' WITH CHECK (' || pg_catalog.pg_get_expr(l.polwithcheck, l.polrelid) || ')', '')
    FROM part p
    JOIN pg_catalog.pg_policy l ON p.class = 'pg_catalog.pg_policy'::regclass AND l.oid = p.oid
    JOIN pg_catalog.pg_class c ON c.oid = l.polrelid
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
    UNION ALL
    SELECT p.n, 'bind', 1,
           pg_catalog.format('ALTER TABLE ONLY %I.%I ALTER COLUMN %I SET DEFAULT %s', s.nspname, c.relname, t.attname,
                             pg_catalog.pg_get_expr(a.adbin, a.adrelid))
    FROM part p
    JOIN pg_catalog.pg_attrdef a ON p.class = 'pg_catalog.pg_attrdef'::regclass AND a.oid = p.oid
    JOIN pg_catalog.pg_class c ON c.oid = a.adrelid
    JOIN pg_catalog.pg_namespace s ON s.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute t ON t.attrelid = a.adrelid AND t.attnum = a.adnum
    UNION ALL
    SELECT t.n, 'bind', 2,
           pg_catalog.format('ALTER TABLE %s %s TRIGGER %I', t.relation,
                             CASE t.state WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA'
                                          ELSE 'ENABLE ALWAYS' END,
                             t.name)
    FROM trigger t WHERE t.state <> 'O'
    UNION ALL
    SELECT f.n, 'bind', 3, pg_catalog.format('COMMENT ON %s %I ON %s IS %L', f.kind, f.name, f.relation, d.description)
    FROM remarked f
    JOIN pg_catalog.pg_description d ON d.classoid = f.class AND d.objoid = f.oid
    UNION ALL
    SELECT t.n, 'bind', 4,
           pg_catalog.format('ALTER TRIGGER %I ON %s DEPENDS ON EXTENSION %I', t.name, t.relation, e.extname)
    FROM trigger t
    JOIN pg_catalog.pg_depend d ON d.classid = t.class AND d.objid = t.oid AND d.deptype = 'x'
    JOIN pg_catalog.pg_extension e ON e.oid = d.refobjid
    UNION ALL
    SELECT t.n, 'bind', 4,
           pg_catalog.format('COMMENT ON CONSTRAINT %I ON %s IS %L', k.conname, t.relation, d.description)
    FROM trigger t
    JOIN pg_catalog.pg_trigger g ON g.oid = t.oid
    JOIN pg_catalog.pg_constraint k ON k.oid = g.tgconstraint
    JOIN pg_catalog.pg_description d ON d.classoid = 'pg_catalog.pg_constraint'::regclass AND d.objoid = k.oid
)
SELECT n, part, sql FROM statement ORDER BY n, step, sql
