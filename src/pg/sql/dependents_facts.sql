-- $1, $2, $3: catalogs and OIDs of objects that follow the set, and the relations that they are or are on (0: none).
-- $4: as in preflight_live.
-- Whose each is, and what this role may do with it; its position in the arrays, from 1.
SELECT o.n,
       n.nspname AS schema,
       c.relname AS relation,
       c.relkind = 'v' AS is_view,
       owner.rolname AS owner,
       x.extname AS extension,
       CASE o.class WHEN 'pg_catalog.pg_proc'::regclass
                    THEN CASE p.prokind WHEN 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END
                    WHEN 'pg_catalog.pg_class'::regclass THEN 'VIEW' END AS kind,
       CASE WHEN p.oid IS NULL THEN pg_catalog.format('%I.%I', n.nspname, c.relname)
            ELSE p.oid::regprocedure::text END AS name,
       pg_catalog.pg_has_role(owner.oid, $4) AND pg_catalog.pg_has_role(owner.oid, 'USAGE') AS ours,
       pg_catalog.has_schema_privilege(n.oid, 'USAGE')
           AND (o.class NOT IN ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_proc'::regclass)
                OR pg_catalog.has_schema_privilege(n.oid, 'CREATE')) AS may_create,
       pg_catalog.has_schema_privilege(owner.oid, n.oid, 'CREATE') OR me.rolsuper AS owner_may_create,
       pg_catalog.pg_is_other_temp_schema(n.oid) AS temporary,
       l.lanname AS language,
       me.rolsuper OR p.oid IS NULL OR (l.lanpltrusted AND pg_catalog.has_language_privilege(l.oid, 'USAGE'))
           AS may_use_language,
       me.rolsuper OR p.oid IS NULL OR (NOT p.proleakproof AND p.prosupport = 0) AS may_declare
FROM ROWS FROM (unnest($1::oid[]), unnest($2::oid[]), unnest($3::oid[])) WITH ORDINALITY AS o (class, oid, relation, n)
LEFT JOIN pg_catalog.pg_class c ON c.oid = o.relation
LEFT JOIN pg_catalog.pg_proc p ON o.class = 'pg_catalog.pg_proc'::regclass AND p.oid = o.oid
LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang
JOIN pg_catalog.pg_namespace n ON n.oid = COALESCE(c.relnamespace, p.pronamespace)
JOIN pg_catalog.pg_roles owner ON owner.oid = COALESCE(c.relowner, p.proowner)
JOIN pg_catalog.pg_roles me ON me.rolname = CURRENT_USER
LEFT JOIN pg_catalog.pg_depend d ON d.classid = o.class AND d.objid = o.oid AND d.objsubid = 0 AND d.deptype = 'e'
LEFT JOIN pg_catalog.pg_extension x ON x.oid = d.refobjid
ORDER BY o.n
